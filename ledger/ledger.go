package ledger

import (
	"cmp"
	"slices"

	"github.com/cella-secrets/cella/ledger/chunk"
	"github.com/cella-secrets/cella/secret"
)

// Ledger is one owner's ledger as it was read. Only a Whole one has Entries, and
// an Unverified one, whose Entries are what somebody wrote there.
type Ledger struct {
	Identity Identity
	Status   Status
	// Reason says in words what is wrong; empty for None, NoKey, Whole and
	// Unverified. It names secrets of the ledger and quotes nothing of their
	// content.
	Reason string
	// Entries are verified, unless the ledger is Unverified; sorted by name.
	Entries []Entry
	// Names are what an unusable ledger lists, sorted: formerly ours, or so
	// it says. Anybody may have written them.
	Names []secret.Name
	// OwnerName is what the owner was called when the ledger was last
	// written; empty unless Whole or Unverified. It may differ from
	// Identity.Owner.Name.
	OwnerName string
	// Run is the id of the run that last wrote the ledger, Origin where that
	// came from; empty unless Whole or Unverified.
	Run    string
	Origin Origin
	// Serial is the highest serial; the next write has a higher one. Count is
	// the number of chunks. Both are 0 unless Whole or Unverified.
	Serial uint64
	Count  int
	// NeedsRekey: a chunk or a fingerprint was made with another key than the
	// current one. While it is true, previous_fingerprint_key is still needed.
	NeedsRekey bool

	stored chunk.Stored
}

// Unusable reports whether there is a ledger that cannot be believed.
func (l Ledger) Unusable() bool { return l.Status.Unusable() }

// read verifies the chunks of a ledger. It never fails: what cannot be believed is
// a Status. Of several faults the one that is told is a newer format, else another
// key, else the first damaged chunk.
func read(entries []chunk.Chunk, id Identity, keys Keys) Ledger {
	if !keys.Known() {
		return Ledger{Identity: id, Status: NoKey}
	}
	stored := ledgerOf(id, chunk.Assemble(format, id, entries, func(e chunk.Chunk) (chunk.Mark, content, error) {
		return verified(e, id, keys)
	}))
	stored.NeedsRekey = stored.stored.NeedsRekey(keys.Keys) ||
		slices.ContainsFunc(stored.Entries, func(e Entry) bool { return !e.under(keys.Current()) })
	return stored
}

// ledgerOf makes a ledger of the chunks that were found.
func ledgerOf(id Identity, found chunk.Found[content]) Ledger {
	stored := Ledger{Identity: id, Status: found.Status, Reason: found.Reason, stored: found.Stored}
	switch {
	case stored.Unusable():
		stored.Names = namesOf(found.Chunks)
	case found.Status == Whole:
		stored.Entries, stored.Origin = entriesOf(found), found.Last.origin
		ruling := found.Ruling
		stored.Serial, stored.Count, stored.Run, stored.OwnerName = ruling.Serial, ruling.Count, ruling.Run, ruling.OwnerName
	}
	return stored
}

// entriesOf returns the entries of all classes, sorted by name.
func entriesOf(found chunk.Found[content]) []Entry {
	records := []Entry{}
	for class, says := range found.Says {
		for _, entry := range says.records {
			if chunk.Class(string(entry.Name), len(found.Says)) == class {
				records = append(records, entry)
			}
		}
	}
	slices.SortFunc(records, compareNames)
	return records
}

func compareNames(a, b Entry) int { return cmp.Compare(a.Name, b.Name) }

// namesOf returns everything that the chunks list, read with good will.
func namesOf(entries []chunk.Chunk) []secret.Name {
	var names []secret.Name
	for _, e := range entries {
		names = append(names, listedNames(e.Text())...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// under reports whether all fingerprints were made with key.
func (e Entry) under(key KeyID) bool {
	return !slices.ContainsFunc(e.Fingerprints, func(made EnvFingerprint) bool { return made.Fingerprint.Key != key })
}

// Entry returns the verified entry of name.
func (l Ledger) Entry(name secret.Name) (Entry, bool) {
	i, found := slices.BinarySearchFunc(l.Entries, name, func(r Entry, n secret.Name) int { return cmp.Compare(r.Name, n) })
	if !found {
		return Entry{}, false
	}
	return l.Entries[i], true
}
