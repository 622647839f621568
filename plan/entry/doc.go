// Package entry reads what the ledgers of one owner say of its secrets (Ledgers,
// Known), and says what carrying out a plan enters there (Edits).
//
// A project may have several ledgers on one owner while it is being renamed, and
// a ledger may be one that cannot be believed, or that nobody has the key of.
// What all of that comes to for one secret is answered here, so that package
// plan/decision has one entry to decide by. Nothing is decided here.
//
// Invariants: what is about to be written is announced with everything that any
// of the project's ledgers has of it; a ledger that cannot be believed says
// nothing but names.
package entry
