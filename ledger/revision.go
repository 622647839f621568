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

// Revision is what a Ledger is to say next.
type Revision struct {
	base    Ledger        // what is stored now, and is kept where it does not change
	discard []chunk.Chunk // what is deleted first
	entries map[secret.Name]Entry
	err     error
}

// ErrUnusable is returned where a ledger that cannot be believed would have to
// be continued.
var ErrUnusable = errors.New("the note of what cella last applied cannot be used")

// Revise starts the revision that continues the ledger. Only a Whole one, or none,
// can be continued; otherwise Encode fails with ErrUnusable.
func (l Ledger) Revise() *Revision {
	r := &Revision{base: l, entries: map[secret.Name]Entry{}}
	if l.Status != None && l.Status != Whole {
		r.err = ErrUnusable
	}
	for _, entry := range l.Entries {
		r.entries[entry.Name] = entry
	}
	return r
}

// Reset starts a revision without entries that gives the stored ledger up,
// whatever its state: everything it consists of is deleted before anything is
// written, so that no part of it can come back.
func (l Ledger) Reset() *Revision {
	return &Revision{base: Ledger{Identity: l.Identity}, discard: l.stored.Chunks, entries: map[secret.Name]Entry{}}
}

// Put sets the entry of entry.Name. Scopes and fingerprints may come in any
// order. A value without a time that is stored under the same fingerprint keeps
// the time that is stored; with another time it is a change.
func (r *Revision) Put(entry Entry) {
	stored, _ := r.base.Entry(entry.Name)
	r.entries[entry.Name] = entry.normal().since(stored)
}

// Drop removes the entry of name, if there is one.
func (r *Revision) Drop(name secret.Name) { delete(r.entries, name) }

// Encode returns the writes that store the revision and the Ledger that Read
// returns once all of them are done. Nothing is written when no entry changed
// and every chunk is under the current key; else as few chunks as that takes.
// The same revision gives the same bytes. How many writes there are depends on
// the entries alone, not on run and origin, which are no reason to write.
//
// The writes must be carried out in the given order, each confirmed before
// the next (see chunk.Edition.Encode).
//
// Errors name the secret that cannot be recorded. Run tells runs apart in the
// header, in 1 to 64 letters, digits and .-_:/.
func (r *Revision) Encode(keys Keys, run string, origin Origin) ([]Write, Ledger, error) {
	writes, stored, err := r.encode(keys, run, origin.normal())
	if err != nil {
		return nil, Ledger{}, fmt.Errorf("write what cella last applied to %s: %w", r.base.Identity.Owner, err)
	}
	return writes, stored, nil
}

func (r *Revision) encode(keys Keys, run string, origin Origin) ([]Write, Ledger, error) {
	entries, err := r.check(keys)
	if err != nil {
		return nil, Ledger{}, err
	}
	if err := origin.validate(); err != nil {
		return nil, Ledger{}, err
	}
	count, err := fit(entries, max(r.base.Count, 1), keys.Current())
	if err != nil {
		return nil, Ledger{}, err
	}
	edition := chunk.Edition[[]Entry]{
		Pen: r.base.pen(keys, run), Base: r.base.stored, Discard: r.discard,
		Before: byClass(r.base.Entries, count), After: byClass(entries, count), Same: sameEntries,
		Lines: r.base.lines(keys, origin),
	}
	writes, chunks, err := edition.Encode()
	if err != nil {
		return nil, Ledger{}, err
	}
	if len(writes) == 0 {
		return nil, r.base, nil
	}
	stored := read(chunks, r.base.Identity, keys)
	// A ledger that would not read back must not replace one that does.
	if !reads(stored, entries) {
		return nil, Ledger{}, errors.New("the new note does not read back as written")
	}
	return writes, stored, nil
}

func (l Ledger) pen(keys Keys, run string) chunk.Pen {
	return chunk.Pen{Format: format, ID: l.Identity, Keys: keys.Keys, Run: run}
}

// lines writes what one chunk says.
func (l Ledger) lines(keys Keys, origin Origin) func(chunk.Header, []Entry) ([]string, error) {
	return func(h chunk.Header, entries []Entry) ([]string, error) {
		lines := origin.lines()
		for _, entry := range entries {
			lines = append(lines, entryLine(entry, entryMAC(l.Identity, keys.current(), entry), h.Key))
		}
		return lines, nil
	}
}

// check returns the entries, sorted, if they can be written.
func (r *Revision) check(keys Keys) ([]Entry, error) {
	switch {
	case !keys.Known():
		return nil, ErrNoKey
	case r.err != nil:
		return nil, r.err
	}
	entries := slices.SortedFunc(maps.Values(r.entries), compareNames)
	for _, entry := range entries {
		if err := entry.validate(); err != nil {
			return nil, fmt.Errorf("record %s: %w", words.Quote(string(entry.Name)), err)
		}
	}
	return entries, nil
}

// fit returns the least power of two, from count up, of chunks that hold the
// entries.
func fit(entries []Entry, count int, key KeyID) (int, error) {
	room := format.Room()
	count, fits := chunk.Fit(count, func(count int) bool {
		sizes := make([]int, count)
		for _, entry := range entries {
			sizes[chunk.Class(string(entry.Name), count)] += entryBytes(entry, key)
		}
		return slices.Max(sizes) <= room
	})
	if fits {
		return count, nil
	}
	for _, entry := range entries {
		if entryBytes(entry, key) > room {
			return 0, fmt.Errorf("record %s: with %d values it is larger than a chunk",
				words.Quote(string(entry.Name)), len(entry.Fingerprints))
		}
	}
	return 0, fmt.Errorf("%d records do not fit into %d chunks", len(entries), MaxChunks)
}

// byClass parts the entries, in their order.
func byClass(entries []Entry, count int) [][]Entry {
	classes := make([][]Entry, count)
	for _, entry := range entries {
		i := chunk.Class(string(entry.Name), count)
		classes[i] = append(classes[i], entry)
	}
	return classes
}

func sameEntries(a, b []Entry) bool { return slices.EqualFunc(a, b, sameEntry) }

// sameRecord compares with the keys of fingerprints, which line writes out
// for a chunk under no key.
func sameEntry(a, b Entry) bool { return a.line(KeyID{}) == b.line(KeyID{}) }

// reads reports whether the ledger has exactly the entries.
func reads(stored Ledger, entries []Entry) bool {
	if len(entries) == 0 && stored.Status == None {
		return true
	}
	return stored.Status == Whole && sameEntries(stored.Entries, entries)
}

// Remove returns the writes that delete the whole ledger, in order. A ledger
// of several chunks is first made an empty one of one chunk, so that an
// interruption leaves an empty ledger instead of a damaged one. Only a Whole
// ledger, or none, can be removed; Reset gives up any other.
func (l Ledger) Remove(keys Keys, run string, origin Origin) ([]Write, error) {
	origin = origin.normal()
	_, err := l.Revise().check(keys)
	if err == nil {
		err = origin.validate()
	}
	var writes []Write
	if err == nil {
		writes, err = chunk.Remove(l.pen(keys, run), l.stored, l.lines(keys, origin))
	}
	if err != nil {
		return nil, fmt.Errorf("remove the note of what cella last applied to %s: %w", l.Identity.Owner, err)
	}
	return writes, nil
}
