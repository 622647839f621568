// Package plan decides what has to change: Diff compares the desired state
// with the live state and with what the ledger remembers, and returns a Plan,
// which is inert data. Package plan/view shows it, package apply carries it
// out. Edits says what carrying it out does to the ledger.
//
// Every decision is a row of one ordered list (rules.go), taken by the first
// row that holds for the facts (facts.go). What is told beside an action, as
// a warning or a refusal, is in findings.go and findings_ledger.go; what is
// refused because it is too much at once, in brake.go.
//
// It leaves out everything else: it does no I/O, reads no clock, knows
// neither YAML nor HTTP nor colour. A test over imports keeps it so.
//
// Invariants: a Plan holds no secret value, so it is safe to publish; the
// same input gives the same Plan, whatever the order of the input; an owner
// that could not be read is an error in the Plan and never "absent"; nothing
// is written that the manifest does not name; nothing live is removed that
// neither a verified record owns nor a word in the manifest names; a hidden
// value is never said to be right without a fingerprint of it.
package plan
