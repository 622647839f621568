package chunk

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/cella-secrets/cella/secret"
)

// Op is what a Write does.
type Op uint8

// The operations.
const (
	Create Op = iota + 1
	Change
	Delete
)

var ops = [...]string{Create: "create", Change: "change", Delete: "delete"}

// String returns the operation in a word.
func (o Op) String() string {
	if o == 0 || int(o) >= len(ops) {
		return fmt.Sprintf("Op(%d)", uint8(o))
	}
	return ops[o]
}

// Write is one request: create a secret with Type and Scopes, change its
// default value, or delete it. Each may be repeated; deleting what is not
// there is no failure. Value is the zero Value for Delete.
type Write struct {
	Op    Op
	Name  secret.Name
	Value secret.Value
}

// Pen writes the chunks of one text.
type Pen struct {
	Format Format
	ID     Identity
	Keys   Keys
	// Run tells runs apart in the header, in 1 to 64 letters, digits and
	// .-_:/.
	Run string
	// After is a serial that the next one has to exceed, beside those that are
	// stored.
	After uint64
}

// header returns the header of an only chunk that follows what is stored.
func (p Pen) header(base Stored) (Header, error) {
	if !p.Keys.Known() {
		return Header{}, ErrNoKey
	}
	if !secret.IsProject(p.ID.Project) {
		return Header{}, errors.New("the project's name is not valid")
	}
	after := max(base.Ruling.Serial, p.After)
	if after > math.MaxUint64-2*MaxCount {
		return Header{}, errors.New("the serials are used up")
	}
	h := Header{
		Serial: after + 1, Run: p.Run, Key: p.Keys.Current(), Number: 1, Count: 1,
		OwnerID: p.ID.OwnerID(), OwnerName: p.ID.Owner.Name,
	}
	return h, h.validate()
}

// Edition is the next writing of a text. C is what the chunk of one class
// says; the zero C is what a chunk says that says nothing.
type Edition[C any] struct {
	Pen
	// Base is what is stored and is kept where it does not change.
	Base Stored
	// Discard is deleted first.
	Discard []Chunk
	// Before and After are what each class says and is to say. There are as
	// many of both as chunks, which are never fewer than are stored.
	Before, After []C
	Same          func(before, after C) bool
	// Lines writes the own lines of the chunk with that header.
	Lines func(Header, C) ([]string, error)
	// Touch: something is to be written even where no class changes.
	Touch bool
}

// Encode returns the writes, and the entries once all of them are done.
// Nothing is written when no class changed and every chunk is under the
// current key; else each chunk that changed, that is under another key, or
// that an interrupted doubling left unwritten is written once. The same
// edition gives the same bytes.
//
// The writes must be carried out in order, each confirmed before the next:
//
//  1. Deletes: chunks of a text that was given up, so that none of them is
//     ever taken for a chunk of this one. A reset begins with the first
//     chunk, without which the others are not whole again at any point.
//  2. For a new text that needs several chunks, an empty only chunk, so that
//     from then on a missing chunk is always a fault.
//  3. Chunks, highest number first. Where the count doubles the upper half is
//     new and complete before the first chunk of the lower half, which until
//     then speaks for both, is overwritten.
func (e Edition[C]) Encode() ([]Write, []Chunk, error) {
	next, err := e.header(e.Base)
	if err != nil {
		return nil, nil, err
	}
	d := newDesk(e.Pen, e.Discard, e.Base)
	d.delete(e.Discard)
	if dirty, changed := e.dirty(); changed {
		d.delete(reversed(e.Base.surplus()))
		if e.Base.Ruling.Count == 0 && len(e.After) > 1 {
			var nothing C
			if err := printOn(d, next, nothing, e.Lines); err != nil {
				return nil, nil, err
			}
			next.Serial++
		}
		next.Count = len(e.After)
		for _, i := range slices.Backward(dirty) {
			next.Number = i + 1
			if err := printOn(d, next, e.After[i], e.Lines); err != nil {
				return nil, nil, err
			}
			next.Serial++
		}
	}
	return d.writes, d.chunks(), nil
}

// dirty returns the classes, sorted, whose chunks must be written, and whether
// there is a reason to write at all: finishing an interrupted doubling is not
// worth a write of its own.
func (e Edition[C]) dirty() (dirty []int, changed bool) {
	key := e.Keys.Current()
	changed = e.Base.NeedsRekey(e.Keys)
	for i := range e.After {
		c, present := e.Base.shelf[i+1]
		same := e.Same(e.Before[i], e.After[i])
		changed = changed || !same
		if !same || !present || c.Count != len(e.After) || c.Key != key {
			dirty = append(dirty, i)
		}
	}
	if e.Touch && !changed {
		changed = true
		if len(dirty) == 0 {
			dirty = []int{0}
		}
	}
	return dirty, changed
}

// Remove returns the writes that delete a whole text, in order. One of several
// chunks is first made an empty one of one chunk, so that an interruption
// leaves an empty text instead of a damaged one.
func Remove[C any](p Pen, base Stored, lines func(Header, C) ([]string, error)) ([]Write, error) {
	next, err := p.header(base)
	if err != nil {
		return nil, err
	}
	d := newDesk(p, nil, base)
	if base.Ruling.Count > 1 {
		var nothing C
		if err := printOn(d, next, nothing, lines); err != nil {
			return nil, err
		}
	}
	d.delete(reversed(base.Chunks))
	return d.writes, nil
}

// desk collects writes, and keeps what is stored once they are done.
type desk struct {
	Pen
	set    Set
	stored map[int]Chunk
	shelf  shelf // what of it is whole
	writes []Write
}

func newDesk(p Pen, discard []Chunk, base Stored) *desk {
	set, _ := p.Keys.Set(p.Keys.Current()) // header has seen to it that there is one
	d := &desk{Pen: p, set: set, stored: map[int]Chunk{}, shelf: shelf{}}
	maps.Copy(d.shelf, base.shelf)
	for _, e := range slices.Concat(discard, base.Chunks) {
		d.stored[e.number] = e
	}
	return d
}

// delete deletes entries in their order.
func (d *desk) delete(entries []Chunk) {
	for _, e := range entries {
		d.writes = append(d.writes, Write{Op: Delete, Name: e.Live.Name})
		delete(d.stored, e.number)
		delete(d.shelf, e.number)
	}
}

// printOn writes the chunk with the header's number.
func printOn[C any](d *desk, h Header, content C, lines func(Header, C) ([]string, error)) error {
	if d.Format.Linked {
		d.shelf[h.Number] = Mark{Header: h}
		h.beside = d.shelf.beside(h)
	}
	own, err := lines(h, content)
	if err != nil {
		return err
	}
	text, mark := d.Format.print(d.ID, d.set, h, own)
	d.shelf[h.Number] = mark
	write := Write{Op: Change, Name: d.Format.name(d.ID, h.Number), Value: secret.NewValue(text)}
	if _, present := d.stored[h.Number]; !present {
		write.Op = Create
	}
	d.writes = append(d.writes, write)
	d.stored[h.Number] = Chunk{h.Number, secret.LiveSecret{
		Name: write.Name, Type: Type, Scopes: Scopes(), Presence: secret.Own, Value: secret.Read(write.Value),
	}}
	return nil
}

// entries returns what is stored, sorted by number.
func (d *desk) chunks() []Chunk {
	return slices.SortedFunc(maps.Values(d.stored), compareNumbers)
}

// surplus returns the stored chunks past the count.
func (s Stored) surplus() []Chunk {
	return slices.DeleteFunc(slices.Clone(s.Chunks), func(e Chunk) bool { return e.number <= s.Ruling.Count })
}

// reversed returns the entries with the highest number first.
func reversed(entries []Chunk) []Chunk {
	entries = slices.Clone(entries)
	slices.Reverse(entries)
	return entries
}
