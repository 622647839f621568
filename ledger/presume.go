package ledger

import (
	"github.com/cella-secrets/cella/ledger/chunk"
	"github.com/cella-secrets/cella/secret"
)

// Presume reads every ledger in an owner's listing as ReadAll does, for somebody
// who knows that the manifest has a fingerprint_key and has not got it. What
// can be seen without it is seen: that a ledger is missing, damaged, of a newer
// format, or else Unverified. What it records can then be told as what would
// follow if it verifies, and nothing may be done on the strength of it: no
// revision continues such a ledger.
func Presume(live secret.Live, project string, formerly []string) Ledgers {
	ledgers := readAll(live, project, formerly, presume)
	ledgers.Presumed = true
	return ledgers
}

// presume reads a ledger without verifying it.
func presume(entries []chunk.Chunk, id Identity) Ledger {
	stored := ledgerOf(id, chunk.Assemble(format, id, entries, func(e chunk.Chunk) (chunk.Mark, content, error) {
		text, c, err := open(e, id)
		return text.Mark, c, err
	}))
	if stored.Status == Whole {
		stored.Status = Unverified
	}
	return stored
}
