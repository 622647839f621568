package ledger

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/ledger/chunk"
	"github.com/cella-secrets/cella/secret"
)

// Draft is the next edition of a Book.
type Draft struct {
	base    Book          // what is stored now, and is kept where it does not change
	discard []chunk.Entry // what is deleted first
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
	return &Draft{base: Book{Identity: b.Identity}, discard: b.stored.Entries, records: map[secret.Name]Record{}}
}

// Put sets the record of record.Name. Scopes and fingerprints may come in any
// order. A value without a time that is stored under the same fingerprint keeps
// the time that is stored; with another time it is a change.
func (d *Draft) Put(record Record) {
	stored, _ := d.base.Record(record.Name)
	d.records[record.Name] = record.normal().since(stored)
}

// Drop removes the record of name, if there is one.
func (d *Draft) Drop(name secret.Name) { delete(d.records, name) }

// Encode returns the writes that store the draft and the Book that Read
// returns once all of them are done. Nothing is written when no record changed
// and every chunk is under the current key; else as few chunks as that takes.
// The same draft gives the same bytes. How many writes there are depends on
// the records alone, not on run and origin, which are no reason to write.
//
// The writes must be carried out in the given order, each confirmed before
// the next (see chunk.Edition.Encode).
//
// Errors name the secret that cannot be recorded. Run tells runs apart in the
// header, in 1 to 64 letters, digits and .-_:/.
func (d *Draft) Encode(keys Keys, run string, origin Origin) ([]Write, Book, error) {
	writes, book, err := d.encode(keys, run, origin.normal())
	if err != nil {
		return nil, Book{}, fmt.Errorf("write ledger of %s: %w", d.base.Identity.Owner, err)
	}
	return writes, book, nil
}

func (d *Draft) encode(keys Keys, run string, origin Origin) ([]Write, Book, error) {
	records, err := d.check(keys)
	if err != nil {
		return nil, Book{}, err
	}
	if err := origin.validate(); err != nil {
		return nil, Book{}, err
	}
	count, err := fit(records, max(d.base.Count, 1), keys.Current())
	if err != nil {
		return nil, Book{}, err
	}
	edition := chunk.Edition[[]Record]{
		Pen: d.base.pen(keys, run), Base: d.base.stored, Discard: d.discard,
		Before: byClass(d.base.Records, count), After: byClass(records, count), Same: sameRecords,
		Lines: d.base.lines(keys, origin),
	}
	writes, entries, err := edition.Encode()
	if err != nil {
		return nil, Book{}, err
	}
	if len(writes) == 0 {
		return nil, d.base, nil
	}
	book := read(entries, d.base.Identity, keys)
	// A ledger that would not read back must not replace one that does.
	if !reads(book, records) {
		return nil, Book{}, errors.New("the new ledger does not read back as written")
	}
	return writes, book, nil
}

func (b Book) pen(keys Keys, run string) chunk.Pen {
	return chunk.Pen{Format: format, ID: b.Identity, Keys: keys.Keys, Run: run}
}

// lines writes what one chunk says.
func (b Book) lines(keys Keys, origin Origin) func(chunk.Header, []Record) ([]string, error) {
	return func(h chunk.Header, records []Record) ([]string, error) {
		lines := origin.lines()
		for _, record := range records {
			lines = append(lines, recordLine(record, recordMAC(b.Identity, keys.current(), record), h.Key))
		}
		return lines, nil
	}
}

// check returns the records, sorted, if they can be written.
func (d *Draft) check(keys Keys) ([]Record, error) {
	switch {
	case !keys.Known():
		return nil, ErrNoKey
	case d.err != nil:
		return nil, d.err
	}
	records := slices.SortedFunc(maps.Values(d.records), compareNames)
	for _, record := range records {
		if err := record.validate(); err != nil {
			return nil, fmt.Errorf("record %s: %w", words.Quote(string(record.Name)), err)
		}
	}
	return records, nil
}

// fit returns the least power of two, from count up, of chunks that hold the
// records.
func fit(records []Record, count int, key KeyID) (int, error) {
	room := format.Room()
	count, fits := chunk.Fit(count, func(count int) bool {
		sizes := make([]int, count)
		for _, record := range records {
			sizes[chunk.Class(string(record.Name), count)] += recordBytes(record, key)
		}
		return slices.Max(sizes) <= room
	})
	if fits {
		return count, nil
	}
	for _, record := range records {
		if recordBytes(record, key) > room {
			return 0, fmt.Errorf("record %s: with %d values it is larger than a chunk",
				words.Quote(string(record.Name)), len(record.Fingerprints))
		}
	}
	return 0, fmt.Errorf("%d records do not fit into %d chunks", len(records), MaxChunks)
}

// byClass parts the records, in their order.
func byClass(records []Record, count int) [][]Record {
	classes := make([][]Record, count)
	for _, record := range records {
		i := chunk.Class(string(record.Name), count)
		classes[i] = append(classes[i], record)
	}
	return classes
}

func sameRecords(a, b []Record) bool { return slices.EqualFunc(a, b, sameRecord) }

// sameRecord compares with the keys of fingerprints, which line writes out
// for a chunk under no key.
func sameRecord(a, b Record) bool { return a.line(KeyID{}) == b.line(KeyID{}) }

// reads reports whether the book holds exactly the records.
func reads(book Book, records []Record) bool {
	if len(records) == 0 && book.Status == None {
		return true
	}
	return book.Status == Whole && sameRecords(book.Records, records)
}

// Remove returns the writes that delete the whole ledger, in order. A ledger
// of several chunks is first made an empty one of one chunk, so that an
// interruption leaves an empty ledger instead of a damaged one. Only a Whole
// book, or none, can be removed; Reset gives up any other.
func (b Book) Remove(keys Keys, run string, origin Origin) ([]Write, error) {
	origin = origin.normal()
	_, err := b.Edit().check(keys)
	if err == nil {
		err = origin.validate()
	}
	var writes []Write
	if err == nil {
		writes, err = chunk.Remove(b.pen(keys, run), b.stored, b.lines(keys, origin))
	}
	if err != nil {
		return nil, fmt.Errorf("remove ledger of %s: %w", b.Identity.Owner, err)
	}
	return writes, nil
}
