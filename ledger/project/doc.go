// Package project is what a project remembers of itself as a whole: which
// sites and organizations have, or are about to have, a ledger of it, and from
// which file of which repository it is applied. It is stored as one text, the
// project's record, on a site or an organization that the manifest names, its
// home. Without it nobody could tell that an owner is missing from the manifest.
//
// It does no I/O, reads no clock and draws no random numbers: Read interprets
// a listing, a Revision answers with the writes that make the next record. How it
// is parted into secrets, closed by MACs and written is package ledger/chunk's.
//
// Before an owner gets its first ledger an apply revises the Record with Join,
// encodes it and sends the writes; after the ledger of an owner that leaves is
// gone it does so with Leave.
//
// Rules, beside those of package chunk:
//
//  1. Rows are too many rather than too few: whatever the point at which writes
//     are interrupted, an owner that was in the record and is to stay is in it.
//  2. The rows and the source are encrypted (AES-256-GCM): who sees the home
//     sees its own name, the serial, the last run, the number of chunks and
//     their sizes, so roughly how many owners there are, and nothing of them.
//  3. Serials go on when the home moves and when a record is given up (see
//     Revision.After), so that an older one can be told from what ledgers say.
//  4. The format is Linked: parts of an older record cannot be put back, only
//     all of it.
//  5. What a chunk unpacks to is bounded by maxPlainBytes, and nothing is
//     unpacked that is not verified.
//
// A row takes some 35 bytes once it is packed: 408 sites with names as agencies
// give them add 14 kB to the home's list, in one secret, and 5,000 sites 176 kB,
// in 16 (see TestSizes).
//
// Invariant: a Record that Read returns is one that was written, as a whole,
// under one of the given keys, by this project, for this home.
package project
