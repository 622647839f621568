package ledger

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/cella-secrets/cella/secret"
)

// Status says how far a ledger can be believed.
type Status uint8

const (
	// None: the listing shows no ledger of this project.
	None Status = iota
	// NoKey: there is no fingerprint_key, so none was looked for.
	NoKey
	// Whole: every chunk is there and verified.
	Whole
	// Unverified: every chunk is there and well-formed, and there is no key at
	// hand to verify them with. Anybody may have written it.
	Unverified
	// Damaged: a chunk is missing, or was not written by this project.
	Damaged
	// OtherKey: a chunk was written under a key that is not at hand.
	OtherKey
	// Newer: a chunk was written in a later format.
	Newer
)

var statuses = [...]string{None: "none", NoKey: "no key", Whole: "whole", Unverified: "unverified", Damaged: "damaged", OtherKey: "other key", Newer: "newer"}

// String returns the status in a word or two.
func (s Status) String() string {
	if int(s) >= len(statuses) {
		return fmt.Sprintf("Status(%d)", uint8(s))
	}
	return statuses[s]
}

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
	// Run is the id of the run that last wrote the ledger; empty unless
	// Whole.
	Run string
	// Serial is the highest serial; the next write has a higher one. Count is
	// the number of chunks. Both are 0 unless Whole.
	Serial uint64
	Count  int
	// NeedsRekey: a chunk or a fingerprint was made with another key than the
	// current one. While it is true, previous_fingerprint_key is still needed.
	NeedsRekey bool

	entries []entry
	chunks  shelf // nil unless Whole
}

// Unusable reports whether there is a ledger that cannot be believed.
func (b Book) Unusable() bool {
	return b.Status == Damaged || b.Status == OtherKey || b.Status == Newer
}

// Read finds this project's ledger in an owner's listing and verifies it. It
// never fails: what cannot be believed is a Status. Of several faults the one
// that is told is a newer format, else another key, else the first damaged
// chunk.
func Read(live secret.Live, id Identity, keys Keys) Book {
	if !keys.Known() {
		return Book{Identity: id, Status: NoKey}
	}
	return read(entries(live.Secrets, id.Owner.Kind)[id.Project], id, keys)
}

func read(found []entry, id Identity, keys Keys) Book {
	book := assemble(found, id, func(e entry) (chunk, error) { return e.verified(id, keys) })
	book.NeedsRekey = book.Status == Whole && needsRekey(book.chunks, book.Records, keys)
	return book
}

// assemble makes a book of the chunks that open accepts.
func assemble(found []entry, id Identity, open func(entry) (chunk, error)) Book {
	book := Book{Identity: id, entries: found}
	if len(found) == 0 {
		return book
	}
	chunks := shelf{}
	for _, e := range found {
		c, err := open(e)
		if err != nil {
			book.refuse(statusOf(err), fmt.Sprintf("%s %v", e.live.Name, err))
			continue
		}
		chunks[e.number] = &c
	}
	if book.Status != None {
		return book
	}
	records, ruling, err := chunks.read(id.name)
	if err != nil {
		book.refuse(Damaged, err.Error())
		return book
	}
	book.Status, book.Records, book.chunks = Whole, records, chunks
	book.Serial, book.Count, book.Run, book.OwnerName = ruling.serial, ruling.count, ruling.run, ruling.ownerName
	return book
}

var errOtherKey = errors.New("is under another fingerprint key")

// verified reads the chunk and verifies it under the key that it names.
func (e entry) verified(id Identity, keys Keys) (chunk, error) {
	c, err := e.parse(id.ownerID())
	if err != nil {
		return chunk{}, err
	}
	set, known := keys.set(c.key)
	if !known {
		return chunk{}, fmt.Errorf("%w (key id %s)", errOtherKey, c.key)
	}
	return c, c.verify(id, set)
}

func statusOf(err error) Status {
	switch {
	case errors.Is(err, errNewer):
		return Newer
	case errors.Is(err, errOtherKey):
		return OtherKey
	}
	return Damaged
}

// refuse makes the book unusable; the highest status is kept.
func (b *Book) refuse(status Status, reason string) {
	if status <= b.Status {
		return
	}
	b.Status, b.Reason, b.Names = status, reason, namesOf(b.entries)
}

// namesOf returns everything that the chunks list, read with good will.
func namesOf(found []entry) []secret.Name {
	var names []secret.Name
	for _, e := range found {
		names = append(names, listedNames(e.live.Value.Value().Reveal())...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func needsRekey(chunks shelf, records []Record, keys Keys) bool {
	for _, c := range chunks {
		if c.key != keys.Current() {
			return true
		}
	}
	return slices.ContainsFunc(records, func(r Record) bool { return !r.under(keys.Current()) })
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
