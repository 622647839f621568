package ledger

import (
	"slices"
	"strings"

	"github.com/cella-secrets/cella/ledger/chunk"
	"github.com/cella-secrets/cella/secret"
)

// Holding is all that one owner's listing says of ledgers.
type Holding struct {
	Owner secret.Owner
	// Own is this project's ledger.
	Own Book
	// Former are the ledgers under the project's former names, in the order
	// of the manifest; names without a ledger are left out.
	Former []Book
	// Claims are the ledgers of all other projects.
	Claims []Claim
	// Presumed: Own and Former were read without a key, of a manifest that has
	// one. See Presume.
	Presumed bool
}

// Hold reads every ledger in an owner's listing. Without keys the statuses of
// Own and Former are NoKey, and Claims are read all the same.
func Hold(live secret.Live, project string, formerly []string, keys Keys) Holding {
	return hold(live, project, formerly, func(entries []chunk.Entry, id Identity) Book { return read(entries, id, keys) })
}

// hold goes through the listing once, however many former names there are.
func hold(live secret.Live, project string, formerly []string, read func([]chunk.Entry, Identity) Book) Holding {
	found := format.Entries(live.Secrets, live.Owner.Kind)
	holding := Holding{
		Owner:  live.Owner,
		Own:    read(found[project], Identity{Project: project, Owner: live.Owner}),
		Claims: foreign(live.Owner, found, append([]string{project}, formerly...)),
	}
	for _, former := range formerly {
		book := read(found[former], Identity{Project: former, Owner: live.Owner})
		if book.Status != None {
			holding.Former = append(holding.Former, book)
		}
	}
	return holding
}

// OfSite is what an organization's ledgers remember of one site: for the names
// under which that is known, whether it had a secret of its own.
func (h Holding) OfSite(keys Keys, siteID string) map[secret.Name]bool {
	known := map[secret.Name]bool{}
	books := append(slices.Clone(h.Former), h.Own) // what comes later outweighs
	for _, book := range books {
		marks := keys.Marks(book.Identity, siteID)
		for _, record := range book.Records {
			delete(known, record.Name)
			if own, found := record.Sites.Of(marks...); found {
				known[record.Name] = own
			}
		}
	}
	return known
}

// Draft starts the next edition of this project's ledger. With reset, one
// that cannot be believed is given up; a Whole one is continued all the same,
// as there is nothing to give up. Without reset, encoding a draft of an
// unusable ledger fails with ErrUnusable.
//
// An announcing and a closing draft are both made by it, unless the first was
// encoded: then the closing one continues the Book that Encode returned.
func (h Holding) Draft(reset bool) *Draft {
	if reset && h.Own.Unusable() {
		return h.Own.Reset()
	}
	return h.Own.Edit()
}

// RunIDBytes is the size of run ids, which is that of crypto/rand.Text.
const RunIDBytes = 26

// NoRun stands for the id of a run where writes are only counted.
var NoRun = strings.Repeat("0", RunIDBytes)

// Discard returns the writes that delete the whole ledger, in order, whatever
// its state: see Remove, and Reset for one that cannot be believed.
func (b Book) Discard(keys Keys, run string, origin Origin) ([]Write, error) {
	if !b.Unusable() {
		return b.Remove(keys, run, origin)
	}
	writes, _, err := b.Reset().Encode(keys, run, origin)
	return writes, err
}
