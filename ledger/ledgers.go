package ledger

import (
	"slices"
	"strings"

	"github.com/cella-secrets/cella/ledger/chunk"
	"github.com/cella-secrets/cella/secret"
)

// Ledgers is all that one owner's listing says of ledgers.
type Ledgers struct {
	Owner secret.Owner
	// Own is this project's ledger.
	Own Ledger
	// Former are the ledgers under the project's former names, in the order
	// of the manifest; names without a ledger are left out.
	Former []Ledger
	// Claims are the ledgers of all other projects.
	Claims []Claim
	// Presumed: Own and Former were read without a key, of a manifest that has
	// one. See Presume.
	Presumed bool
}

// ReadAll reads every ledger in an owner's listing. Without keys the statuses of
// Own and Former are NoKey, and Claims are read all the same.
func ReadAll(live secret.Live, project string, formerly []string, keys Keys) Ledgers {
	return readAll(live, project, formerly, func(entries []chunk.Chunk, id Identity) Ledger { return read(entries, id, keys) })
}

// readAll goes through the listing once, however many former names there are.
func readAll(live secret.Live, project string, formerly []string, read func([]chunk.Chunk, Identity) Ledger) Ledgers {
	found := format.Chunks(live.Secrets, live.Owner.Kind)
	ledgers := Ledgers{
		Owner:  live.Owner,
		Own:    read(found[project], Identity{Project: project, Owner: live.Owner}),
		Claims: foreign(live.Owner, found, append([]string{project}, formerly...)),
	}
	for _, former := range formerly {
		stored := read(found[former], Identity{Project: former, Owner: live.Owner})
		if stored.Status != None {
			ledgers.Former = append(ledgers.Former, stored)
		}
	}
	return ledgers
}

// OfSite is what an organization's ledgers remember of one site: for the names
// under which that is known, whether it had a secret of its own.
func (l Ledgers) OfSite(keys Keys, siteID string) map[secret.Name]bool {
	known := map[secret.Name]bool{}
	all := append(slices.Clone(l.Former), l.Own) // what comes later outweighs
	for _, stored := range all {
		marks := keys.Marks(stored.Identity, siteID)
		for _, entry := range stored.Entries {
			delete(known, entry.Name)
			if own, found := entry.Sites.Of(marks...); found {
				known[entry.Name] = own
			}
		}
	}
	return known
}

// Revise starts the revision of this project's ledger. With reset, one that
// cannot be believed is given up; a Whole one is continued all the same, as
// there is nothing to give up. Without reset, encoding the revision of an
// unusable ledger fails with ErrUnusable.
//
// An announcing and a closing revision are both made by it, unless the first
// was encoded: then the closing one continues the Ledger that Encode returned.
func (l Ledgers) Revise(reset bool) *Revision {
	if reset && l.Own.Unusable() {
		return l.Own.Reset()
	}
	return l.Own.Revise()
}

// RunIDBytes is the size of run ids, which is that of crypto/rand.Text.
const RunIDBytes = 26

// NoRun stands for the id of a run where writes are only counted.
var NoRun = strings.Repeat("0", RunIDBytes)

// Discard returns the writes that delete the whole ledger, in order, whatever
// its state: see Remove, and Reset for one that cannot be believed.
func (b Ledger) Discard(keys Keys, run string, origin Origin) ([]Write, error) {
	if !b.Unusable() {
		return b.Remove(keys, run, origin)
	}
	writes, _, err := b.Reset().Encode(keys, run, origin)
	return writes, err
}
