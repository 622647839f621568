// Package record decides what becomes of the project's record, which says which
// sites and organizations the project has, and where it is applied from: who
// joins and who leaves, whether this manifest may continue it at all, and which
// writes that takes (Steps, which package apply carries out).
//
// It knows nothing of single secrets: package plan/decision asks it after
// everything of the owners was decided. The record as it is stored is package
// ledger/project's.
//
// Invariants: a record that cannot be believed is refused, unless the manifest
// gives it up; nobody leaves it but by a word in the manifest.
package record
