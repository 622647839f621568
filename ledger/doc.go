// Package ledger is the memory of what a project last applied to one owner:
// which secrets are its own, with which type and scopes, and keyed
// fingerprints of their values, which Pantheon never gives back. It is stored
// on Pantheon beside the secrets it speaks of, where anybody with write access
// can change it, so nothing in it is believed before it is verified.
//
// It does no I/O, reads no clock and draws no random numbers: Read interprets
// a listing, a Draft answers with the writes that make the next ledger. What
// ownership means is decided by package plan, and package apply sends the
// writes.
//
// An apply reads a Book, edits a Draft in which everything it is about to
// touch is Pending, encodes it and sends the writes; then it edits the Book
// that Encode returned into one with the results, and does the same again.
//
// Rules:
//
//  1. A ledger is 1, 2, 4 … MaxChunks secrets of type runtime and scope user,
//     each a text of its own of at most MaxChunkBytes (see chunk).
//  2. Every record is closed by a MAC, and so is every chunk. The record's MAC
//     binds it to project, owner and ledger. The chunk's seal goes beyond it:
//     without the seal a record could be taken out, or a header edited, and
//     every remaining record would still verify.
//  3. A record lives in chunk SHA-256(name) modulo count. The chunk with the
//     highest serial says the count; where an interrupted doubling left a
//     chunk unwritten, the chunk of the next lower count speaks for it.
//  4. A chunk that is missing, hidden, perhaps inherited, of another type or
//     scope, not in canonical form or not verified makes the whole ledger
//     unusable: it then owns nothing and only lists names.
//  5. Writes are carried out in the order given (see Draft.Encode); whatever
//     the point of interruption, every name reads back as its old or its new
//     record.
//
// Invariant: a Record that Read returns was written under one of the given
// keys, by this project, for this owner. What cannot be noticed is that an
// older genuine chunk was put back.
package ledger
