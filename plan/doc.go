// Package plan decides what has to change: Diff compares the desired state
// with the live state and returns a Plan, which is inert data. Package
// plan/view shows it, package apply carries it out.
//
// Every decision is a row of one ordered list (rules.go), taken by the first
// row that holds for the facts (facts.go). What is told beside an action, as
// a warning or a refusal, is in findings.go.
//
// It leaves out everything else: it does no I/O, reads no clock, knows
// neither YAML nor HTTP nor colour. A test over imports keeps it so.
//
// Invariants: a Plan holds no secret value, so it is safe to publish; the
// same input gives the same Plan, whatever the order of the input; an owner
// that could not be read is an error in the Plan and never "absent"; nothing
// that the manifest does not name is written, and nothing live is removed
// without a word in the manifest that allows it.
package plan
