package ledger

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/cella-secrets/cella/secret"
)

// Draft is the next edition of a Book.
type Draft struct {
	base    Book    // what is stored now, and is kept where it does not change
	discard []entry // what is deleted first
	records map[secret.Name]Record
	err     error
}

// ErrUnusable is returned where a ledger that cannot be believed would have to
// be continued.
var ErrUnusable = errors.New("the ledger is not usable")

// Edit starts the draft that continues the book. Only a Whole book, or none,
// can be continued; otherwise Encode fails with ErrUnusable.
func (b Book) Edit() *Draft {
	d := &Draft{base: b, records: map[secret.Name]Record{}}
	if b.Status != None && b.Status != Whole {
		d.err = ErrUnusable
	}
	for _, record := range b.Records {
		d.records[record.Name] = record
	}
	return d
}

// Reset starts a draft without records that gives the stored ledger up,
// whatever its state: everything it consists of is deleted before anything is
// written, so that no part of it can come back.
func (b Book) Reset() *Draft {
	return &Draft{base: Book{Identity: b.Identity}, discard: b.entries, records: map[secret.Name]Record{}}
}

// Put sets the record of record.Name. Scopes and fingerprints may come in any
// order.
func (d *Draft) Put(record Record) { d.records[record.Name] = record.normal() }

// Drop removes the record of name, if there is one.
func (d *Draft) Drop(name secret.Name) { delete(d.records, name) }

// Encode returns the writes that store the draft and the Book that Read
// returns once all of them are done. Nothing is written when no record changed
// and every chunk is under the current key; else each chunk whose records
// changed, that is under another key, or that an interrupted doubling left
// unwritten is written once. The same draft gives the same bytes.
//
// The writes must be carried out in order, each confirmed before the next:
//
//  1. Deletes: chunks of a ledger that was given up, so that none of them is
//     ever taken for a chunk of this one. A reset begins with the first
//     chunk, without which the others are not whole again at any point.
//  2. For a new ledger that needs several chunks, an empty only chunk, so
//     that from then on a missing chunk is always a fault.
//  3. Chunks, highest number first. Where the count doubles the upper half is
//     new and complete before the first chunk of the lower half, which until
//     then speaks for both, is overwritten.
//
// Errors name the secret that cannot be recorded. Run tells runs apart in the
// header, in 1 to 64 letters, digits and .-_:/.
func (d *Draft) Encode(keys Keys, run string) ([]Write, Book, error) {
	writes, book, err := d.encode(keys, run)
	if err != nil {
		return nil, Book{}, fmt.Errorf("write ledger of %s: %w", d.base.Identity.Owner, err)
	}
	return writes, book, nil
}

func (d *Draft) encode(keys Keys, run string) ([]Write, Book, error) {
	records, err := d.check(keys)
	if err != nil {
		return nil, Book{}, err
	}
	next, err := d.base.next(keys, run)
	if err != nil {
		return nil, Book{}, err
	}
	count, err := fit(records, max(d.base.Count, 1), next)
	if err != nil {
		return nil, Book{}, err
	}
	p := newPrinter(d.base.Identity, keys.current, slices.Concat(d.discard, d.base.entries))
	p.delete(d.discard)
	if dirty, changed := d.dirty(records, count, keys.Current()); changed {
		p.delete(reversed(d.surplus()))
		if d.base.Status == None && count > 1 {
			p.print(next, nil)
			next.serial++
		}
		next.count = count
		classes := byClass(records, count)
		for _, i := range slices.Backward(dirty) {
			next.number = i + 1
			p.print(next, classes[i])
		}
	}
	if len(p.writes) == 0 {
		return nil, d.base, nil
	}
	book := read(p.entries(), d.base.Identity, keys)
	// A ledger that would not read back must not replace one that does.
	if !reads(book, records) {
		return nil, Book{}, errors.New("the new ledger does not read back as written")
	}
	return p.writes, book, nil
}

// next returns the header of an only chunk that would follow on the book.
func (b Book) next(keys Keys, run string) (header, error) {
	h := header{
		serial: b.Serial + 1, run: run, key: keys.Current(), number: 1, count: 1,
		ownerID: b.Identity.ownerID(), ownerName: b.Identity.Owner.Name,
	}
	return h, h.validate()
}

// check returns the records, sorted, if they can be written.
func (d *Draft) check(keys Keys) ([]Record, error) {
	switch {
	case !keys.Known():
		return nil, ErrNoKey
	case d.err != nil:
		return nil, d.err
	case !secret.IsProject(d.base.Identity.Project):
		return nil, errors.New("the project's name is not valid")
	}
	records := slices.SortedFunc(maps.Values(d.records), compareNames)
	for _, record := range records {
		if err := record.validate(); err != nil {
			return nil, fmt.Errorf("record %s: %w", secret.Quote(string(record.Name)), err)
		}
	}
	return records, nil
}

// fit returns the least power of two, from count up, of chunks that hold the
// records.
func fit(records []Record, count int, next header) (int, error) {
	// The widest header, as numbers grow with the count, and for a new
	// ledger the serial too.
	next.serial, next.number, next.count = next.serial+1, MaxChunks, MaxChunks
	room := MaxChunkBytes - overheadBytes(next)
	for ; count <= MaxChunks; count *= 2 {
		sizes := make([]int, count)
		for _, record := range records {
			sizes[class(record.Name, count)] += recordBytes(record, next.key)
		}
		if slices.Max(sizes) <= room {
			return count, nil
		}
	}
	for _, record := range records {
		if recordBytes(record, next.key) > room {
			return 0, fmt.Errorf("record %s: with %d values it is larger than a chunk",
				secret.Quote(string(record.Name)), len(record.Fingerprints))
		}
	}
	return 0, fmt.Errorf("%d records do not fit into %d chunks", len(records), MaxChunks)
}

// dirty returns the classes, sorted, whose chunks must be written, and whether
// there is a reason to write at all: finishing an interrupted doubling is not
// worth a write of its own.
func (d *Draft) dirty(records []Record, count int, key KeyID) (dirty []int, changed bool) {
	changed = d.base.chunks.under(key) != len(d.base.chunks)
	before, after := byClass(d.base.Records, count), byClass(records, count)
	for i := range count {
		c, present := d.base.chunks[i+1]
		same := slices.EqualFunc(before[i], after[i], sameRecord)
		changed = changed || !same
		if !same || !present || c.count != count || c.key != key {
			dirty = append(dirty, i)
		}
	}
	return dirty, changed
}

// under returns how many chunks are under key.
func (s shelf) under(key KeyID) int {
	n := 0
	for _, c := range s {
		if c.key == key {
			n++
		}
	}
	return n
}

// byClass parts the records, in their order.
func byClass(records []Record, count int) [][]Record {
	classes := make([][]Record, count)
	for _, record := range records {
		i := class(record.Name, count)
		classes[i] = append(classes[i], record)
	}
	return classes
}

// sameRecord compares with the keys of fingerprints, which line writes out
// for a chunk under no key.
func sameRecord(a, b Record) bool { return a.line(KeyID{}) == b.line(KeyID{}) }

// surplus returns the stored chunks past the count.
func (d *Draft) surplus() []entry {
	return slices.DeleteFunc(slices.Clone(d.base.entries), func(e entry) bool { return e.number <= d.base.Count })
}

// reads reports whether the book holds exactly the records.
func reads(book Book, records []Record) bool {
	if len(records) == 0 && book.Status == None {
		return true
	}
	return book.Status == Whole && slices.EqualFunc(book.Records, records, sameRecord)
}

// Remove returns the writes that delete the whole ledger, in order. A ledger
// of several chunks is first made an empty one of one chunk, so that an
// interruption leaves an empty ledger instead of a damaged one. Only a Whole
// book, or none, can be removed; Reset gives up any other.
func (b Book) Remove(keys Keys, run string) ([]Write, error) {
	d := b.Edit()
	if _, err := d.check(keys); err != nil {
		return nil, fmt.Errorf("remove ledger of %s: %w", b.Identity.Owner, err)
	}
	p := newPrinter(b.Identity, keys.current, b.entries)
	if b.Count > 1 {
		empty, err := b.next(keys, run)
		if err != nil {
			return nil, fmt.Errorf("remove ledger of %s: %w", b.Identity.Owner, err)
		}
		p.print(empty, nil)
	}
	p.delete(reversed(b.entries))
	return p.writes, nil
}
