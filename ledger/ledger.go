package ledger

import (
	"cmp"
	"slices"

	"github.com/cella-secrets/cella/ledger/chunk"
	"github.com/cella-secrets/cella/secret"
)

// Book is one owner's ledger as it was read. Only a Whole one has Records, and
// an Unverified one, whose Records are what somebody wrote there.
type Book struct {
	Identity Identity
	Status   Status
	// Reason says in words what is wrong; empty for None, NoKey, Whole and
	// Unverified. It names secrets of the ledger and quotes nothing of their
	// content.
	Reason string
	// Records are verified, unless the book is Unverified; sorted by name.
	Records []Record
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
func (b Book) Unusable() bool { return b.Status.Unusable() }

// Read finds this project's ledger in an owner's listing and verifies it. It
// never fails: what cannot be believed is a Status. Of several faults the one
// that is told is a newer format, else another key, else the first damaged
// chunk.
func Read(live secret.Live, id Identity, keys Keys) Book {
	if !keys.Known() {
		return Book{Identity: id, Status: NoKey}
	}
	return read(format.Entries(live.Secrets, id.Owner.Kind)[id.Project], id, keys)
}

func read(entries []chunk.Entry, id Identity, keys Keys) Book {
	if !keys.Known() {
		return Book{Identity: id, Status: NoKey}
	}
	book := bookOf(id, chunk.Assemble(format, id, entries, func(e chunk.Entry) (chunk.Mark, content, error) {
		return verified(e, id, keys)
	}))
	book.NeedsRekey = book.stored.NeedsRekey(keys.Keys) ||
		slices.ContainsFunc(book.Records, func(r Record) bool { return !r.under(keys.Current()) })
	return book
}

// bookOf makes a book of the chunks that were found.
func bookOf(id Identity, found chunk.Found[content]) Book {
	book := Book{Identity: id, Status: found.Status, Reason: found.Reason, stored: found.Stored}
	switch {
	case book.Unusable():
		book.Names = namesOf(found.Entries)
	case found.Status == Whole:
		book.Records, book.Origin = recordsOf(found), found.Last.origin
		ruling := found.Ruling
		book.Serial, book.Count, book.Run, book.OwnerName = ruling.Serial, ruling.Count, ruling.Run, ruling.OwnerName
	}
	return book
}

// recordsOf returns the records of all classes, sorted by name.
func recordsOf(found chunk.Found[content]) []Record {
	records := []Record{}
	for class, says := range found.Says {
		for _, record := range says.records {
			if chunk.Class(string(record.Name), len(found.Says)) == class {
				records = append(records, record)
			}
		}
	}
	slices.SortFunc(records, compareNames)
	return records
}

func compareNames(a, b Record) int { return cmp.Compare(a.Name, b.Name) }

// namesOf returns everything that the chunks list, read with good will.
func namesOf(entries []chunk.Entry) []secret.Name {
	var names []secret.Name
	for _, e := range entries {
		names = append(names, listedNames(e.Text())...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// under reports whether all fingerprints were made with key.
func (r Record) under(key KeyID) bool {
	return !slices.ContainsFunc(r.Fingerprints, func(e EnvFingerprint) bool { return e.Fingerprint.Key != key })
}

// Record returns the verified record of name.
func (b Book) Record(name secret.Name) (Record, bool) {
	i, found := slices.BinarySearchFunc(b.Records, name, func(r Record, n secret.Name) int { return cmp.Compare(r.Name, n) })
	if !found {
		return Record{}, false
	}
	return b.Records[i], true
}
