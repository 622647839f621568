// Package ledger is the memory of what a project last applied to one owner:
// which secrets are its own, with which type and scopes, and keyed
// fingerprints of their values, which Pantheon never gives back. It is stored
// on Pantheon beside the secrets it speaks of, where anybody with write access
// can change it, so nothing in it is believed before it is verified.
//
// It does no I/O, reads no clock and draws no random numbers: Read interprets
// a listing, a Revision answers with the writes that make the next ledger. What
// ownership means is decided by plan/decision, and package apply sends the
// writes. How a ledger is parted into secrets, closed and written is package
// ledger/chunk's.
//
// An apply reads a Ledger, makes a Revision in which everything it is about to
// touch is Pending, encodes it and sends the writes; then it revises the Ledger
// that Encode returned into one with the results, and does the same again.
//
// Rules, beside those of package chunk:
//
//  1. Every entry is closed by a MAC, and so is every chunk. The entry's MAC
//     binds it to project, owner and ledger. The chunk's MAC goes beyond it:
//     without it an entry could be taken out, or a header edited, and
//     every remaining entry would still verify.
//  2. An unusable ledger owns nothing and only lists names.
//  3. Whatever the point at which writes are interrupted, every name reads
//     back as its old or its new entry.
//
// Invariant: an Entry that Read returns was written under one of the given
// keys, by this project, for this owner. What cannot be noticed is that an
// older genuine chunk was put back.
package ledger
