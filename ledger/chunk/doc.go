// Package chunk keeps a text of this project in secrets on Pantheon: parted
// into chunks that each fit into one secret, under names of their own, closed
// by MACs, and written in an order that an interruption does no harm to. What
// the text says is the business of its kind: a ledger (package ledger), the
// record of a project (package ledger/project). The keys for all of it are
// derived here too, each for one purpose.
//
// It does no I/O, reads no clock and draws no random numbers.
//
// Rules:
//
//  1. A text is 1, 2, 4 … MaxCount secrets of type runtime and scope user,
//     each with a text of its own of at most MaxBytes (see Format).
//  2. Every chunk is closed by a MAC over all of it that binds it to
//     project, owner and kind.
//  3. Every line has a name, and lives in chunk SHA-256(name) modulo count. The
//     chunk with the highest serial was written last and says the count; where
//     an interrupted doubling left a chunk unwritten, the chunk of the next
//     lower count speaks for it.
//  4. A chunk that is missing, hidden, perhaps inherited, of another type or
//     scope, not in canonical form or not verified makes the whole text
//     unusable.
//  5. Where a format is Linked, the chunk that was written last vouches for all
//     that speak beside it, so what reads as whole is what stood there at one
//     time: of all of it an older state can be put back, not of a part.
//  6. Writes are carried out in the order given (see Edition.Encode); whatever
//     the point of interruption, what each chunk said reads back as it was or
//     as it is to be.
//
// Invariant: what Assemble opens with verified MACs was written under one of
// the given keys, by this project, for this owner.
package chunk
