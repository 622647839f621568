// Package decision decides what has to change: Diff compares the desired state
// with what is on Pantheon and with what the ledgers say, and returns a
// plan.Plan.
//
// To be read in this order: Diff (diff.go) brings the sides of every owner
// together (sides.go) and walks its names (owner.go); each name is a pair of
// what is declared and what is there (pair.go). Every decision about it is a
// row of one ordered list (rules.go), taken by the first row that holds for
// the facts (facts.go). What is told beside an action, as a warning or a
// refusal, is in findings.go and findings_ledger.go; what is refused because
// it is too much at once, in brake.go; what lies between an organization and
// its sites, in cover.go and shadow.go.
//
// What the ledgers of an owner say is package plan/entry's, and what becomes of
// the project's record is package plan/record's.
//
// Invariants: the same input gives the same Plan, whatever the order of the
// input; an owner that could not be read is an error in the Plan and never
// "absent"; nothing is written that the manifest does not name; nothing is
// removed from Pantheon that neither a verified ledger owns nor a word in the
// manifest names; a hidden value is never said to be right without a
// fingerprint of it.
package decision
