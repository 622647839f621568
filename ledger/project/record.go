package project

import (
	"fmt"
	"slices"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/ledger/chunk"
	"github.com/cella-secrets/cella/secret"
)

// Book is the record on one home as it was read.
type Book struct {
	// Record holds its Identity, and only where the book is Whole more than
	// that.
	Record
	Status ledger.Status
	// Reason says in words what is wrong; empty for None, NoKey, Whole and
	// Unverified. It names secrets of the record and quotes nothing of their
	// content.
	Reason string
	// HomeName is what the home was called when the record was last written,
	// Run the id of the run that did. Anybody may have written them where the
	// book is Unverified; otherwise they are empty unless it is Whole.
	HomeName string
	Run      string
	// Origin is where the last writing came from, as far as that is known; it says
	// nothing of the record itself.
	Origin ledger.Origin
	// Count is the number of chunks; 0 unless Whole or Unverified.
	Count int
	// NeedsRekey: a chunk is under another key than the current one. While it
	// is true, previous_fingerprint_key is still needed.
	NeedsRekey bool

	stored chunk.Stored
}

// Unusable reports whether there is a record that cannot be believed.
func (b Book) Unusable() bool { return b.Status.Unusable() }

// Read finds the record of this project in the listing of a home and verifies
// it. It never fails: what cannot be believed is a Status. Of several faults
// the one that is told is a newer format, else another key, else the first
// damaged chunk.
func Read(live secret.Live, id ledger.Identity, keys ledger.Keys) Book {
	return read(format.Entries(live.Secrets, id.Owner.Kind)[id.Project], id, keys)
}

// Find reads the records under the project's name and under its former ones in
// the listing of any owner. The first one is under the present name, whether
// there is one or not; former names without a record are left out.
func Find(live secret.Live, project string, formerly []string, keys ledger.Keys) []Book {
	found := format.Entries(live.Secrets, live.Owner.Kind)
	books := []Book{read(found[project], ledger.Identity{Project: project, Owner: live.Owner}, keys)}
	if !keys.Known() {
		return books
	}
	for _, former := range formerly {
		if entries := found[former]; len(entries) > 0 {
			books = append(books, read(entries, ledger.Identity{Project: former, Owner: live.Owner}, keys))
		}
	}
	return books
}

// Presume reads the record without the key: it is None, or damaged, of a newer
// format, or else Unverified. Nothing can be said of its rows.
func Presume(live secret.Live, id ledger.Identity) Book {
	entries := format.Entries(live.Secrets, id.Owner.Kind)[id.Project]
	book := bookOf(id, chunk.Assemble(format, id, entries, func(e chunk.Entry) (chunk.Mark, content, error) {
		text, err := openForm(e, id)
		return text.Mark, content{}, err
	}))
	if book.Status == ledger.Whole {
		book.Status = ledger.Unverified
		book.Record = Record{Identity: id}
	}
	return book
}

// Names returns the secrets of a listing that hold a record, of whatever
// project, sorted.
func Names(live secret.Live) []secret.Name {
	var names []secret.Name
	for _, entries := range format.Entries(live.Secrets, live.Owner.Kind) {
		for _, e := range entries {
			names = append(names, e.Live.Name)
		}
	}
	slices.Sort(names)
	return names
}

// Name returns the name of the secret that holds a chunk; numbers count from
// 1. Project must be a valid project name.
//
//	CELLA_PROJECT__STOREFRONT  CELLA_PROJECT__STOREFRONT__2  CELLA_ORG_PROJECT__STOREFRONT
func Name(project string, kind secret.OwnerKind, number int) secret.Name {
	return format.Name(project, kind, number)
}

// ParseName is the inverse of Name; it accepts what Name returns and nothing
// else.
func ParseName(name secret.Name, kind secret.OwnerKind) (project string, number int, ok bool) {
	return format.ParseName(name, kind)
}

func read(entries []chunk.Entry, id ledger.Identity, keys ledger.Keys) Book {
	if !keys.Known() {
		return Book{Record: Record{Identity: id}, Status: ledger.NoKey}
	}
	book := bookOf(id, chunk.Assemble(format, id, entries, func(e chunk.Entry) (chunk.Mark, content, error) {
		text, err := openForm(e, id)
		if err != nil {
			return chunk.Mark{}, content{}, err
		}
		set, err := format.Verify(text, id, keys.Keys)
		if err != nil {
			return chunk.Mark{}, content{}, err
		}
		c, err := open(id, set, text)
		return text.Mark, c, err
	}))
	book.NeedsRekey = book.stored.NeedsRekey(keys.Keys)
	return book
}

// openForm reads a chunk as far as it goes without a key.
func openForm(e chunk.Entry, id ledger.Identity) (chunk.Text, error) {
	text, err := format.Open(e, id)
	if err == nil && len(text.Lines) != 1 {
		err = chunk.ErrForm
	}
	return text, err
}

// bookOf makes a book of the chunks that were found.
func bookOf(id ledger.Identity, found chunk.Found[content]) Book {
	book := Book{Record: Record{Identity: id}, Status: found.Status, Reason: found.Reason, stored: found.Stored}
	if found.Status != ledger.Whole {
		return book
	}
	ruling, last := found.Ruling, found.Last
	owners := []secret.Owner{}
	for class, says := range found.Says {
		for _, owner := range says.owners {
			if chunk.Class(rowName(owner), ruling.Count) == class {
				owners = append(owners, owner)
			}
		}
	}
	if len(owners) > MaxOwners {
		book.Status, book.Reason = ledger.Damaged, fmt.Sprintf("%s names more than %d sites and organizations", found.Entries[0].Live.Name, MaxOwners)
		return book
	}
	slices.SortFunc(owners, compareIDs)
	book.HomeName, book.Run, book.Count, book.Origin = ruling.OwnerName, ruling.Run, ruling.Count, last.origin
	book.Record = Record{
		Identity: id, Serial: ruling.Serial, Owners: owners, Source: last.source, Former: last.former, MovedAt: last.movedAt,
	}
	return book
}
