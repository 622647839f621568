package project

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/ledger/chunk"
	"github.com/cella-secrets/cella/secret"
)

// ErrUnusable is returned where a record that cannot be believed would have to
// be continued.
var ErrUnusable = errors.New("the project's record is not usable")

// Revision is what a Record is to say next.
type Revision struct {
	base    Record        // what is stored now, and is kept where it does not change
	discard []chunk.Chunk // what is deleted first
	owners  map[ownerID]secret.Owner
	was     setting // what source follows on
	source  Source
	after   uint64
	origin  ledger.Origin
	err     error
}

// ownerID tells owners apart.
type ownerID struct {
	kind secret.OwnerKind
	id   string
}

func idOf(owner secret.Owner) ownerID { return ownerID{owner.Kind, owner.ID} }

// Revise starts the revision that continues the record. What further records of the
// project say is taken over as Unite puts it together: those on a former home,
// or under a former name, which are removed once this one is written. Only
// Whole ones, or none, can be continued; otherwise Encode fails with
// ErrUnusable.
func (b Record) Revise(further ...Record) *Revision {
	d := &Revision{base: b, owners: map[ownerID]secret.Owner{}}
	all := append([]Record{b}, further...)
	owners, ruling := Unite(all...)
	d.Join(owners...)
	d.was = ruling.setting()
	for _, record := range all {
		d.After(record.Serial)
		if record.Status != ledger.None && record.Status != ledger.Whole {
			d.err = ErrUnusable
		}
	}
	return d
}

// Reset starts a revision without owners that gives the stored record up,
// whatever its state: everything it consists of is deleted before anything is
// written. Who gives one up must say After which serial, as far as ledgers tell
// it, and Join every owner that has a ledger.
func (b Record) Reset() *Revision {
	return (&Revision{
		base:    Record{Identity: b.Identity},
		discard: b.stored.Chunks, owners: map[ownerID]secret.Owner{},
	}).After(b.Serial)
}

// Join adds owners, or gives those that are there their new name. Their ids
// must be known.
func (d *Revision) Join(owners ...secret.Owner) *Revision {
	for _, owner := range owners {
		owner = normal(owner)
		d.owners[idOf(owner)] = owner
	}
	return d
}

// Leave removes owners, if they are there; kind and id count.
func (d *Revision) Leave(owners ...secret.Owner) *Revision {
	for _, owner := range owners {
		delete(d.owners, idOf(normal(owner)))
	}
	return d
}

// SetSource says where the project is applied from. Parts that are unknown
// leave those that are known as they are. Where the two do not agree the source
// moves, and the one before is kept as the Former one.
func (d *Revision) SetSource(source Source) *Revision {
	d.source = source
	return d
}

// After makes the next serial exceed this one. Where it is higher than the
// stored one, that is a reason to write: what is stored was passed already.
func (d *Revision) After(serial uint64) *Revision {
	d.after = max(d.after, serial)
	return d
}

// ComeFrom says where the writing comes from, for Record.Origin. It is no reason to
// write, and what it says of the record is left out.
func (d *Revision) ComeFrom(origin ledger.Origin) *Revision {
	d.origin = origin.WithoutRecord()
	return d
}

// Encode returns the writes that store the revision and the Record that Read
// returns once all of them are done. Nothing is written when no owner joined,
// left or has another name, the source is the same and every chunk is under the
// current key; and no record is made that has no owners. The same revision gives
// the same bytes. How many writes there are does not depend on run.
//
// The writes must be carried out in the given order, each confirmed before
// the next (see chunk.Edition.Encode). One with the Op Create must find
// nothing: what it would replace was not seen.
//
// Run tells runs apart in the header, in 1 to 64 letters, digits and .-_:/.
func (d *Revision) Encode(keys ledger.Keys, run string) ([]ledger.Write, Record, error) {
	writes, record, err := d.encode(keys, run)
	if err != nil {
		return nil, Record{}, fmt.Errorf("write the project's record on %s: %w", d.base.Identity.Owner, err)
	}
	return writes, record, nil
}

func (d *Revision) encode(keys ledger.Keys, run string) ([]ledger.Write, Record, error) {
	owners, err := d.check(keys)
	if err != nil {
		return nil, Record{}, err
	}
	now := d.was.next(d.source, max(d.base.Serial, d.after)+1)
	packer, err := newPacker()
	if err != nil {
		return nil, Record{}, err
	}
	count, err := fit(content{now, d.origin, owners}, max(d.base.Count, 1), packer)
	if err != nil {
		return nil, Record{}, err
	}
	none := d.base.Status == ledger.None && len(owners) == 0
	edition := chunk.Edition[[]secret.Owner]{
		Pen: d.base.pen(keys, run, d.after), Base: d.base.stored, Discard: d.discard,
		Before: byClass(d.base.Owners, count), After: byClass(owners, count), Same: slices.Equal[[]secret.Owner],
		Lines: d.base.lines(keys, content{setting: now, origin: d.origin}, packer),
		Touch: !none && (now != d.base.setting() || d.after > d.base.Serial),
	}
	writes, entries, err := edition.Encode()
	if err != nil {
		return nil, Record{}, err
	}
	if len(writes) == 0 {
		return nil, d.base, nil
	}
	record := read(entries, d.base.Identity, keys)
	// A record that would not read back must not replace one that does.
	if !none && (record.Status != ledger.Whole || !slices.Equal(record.Owners, owners) || record.setting() != now) {
		return nil, Record{}, errors.New("the new record does not read back as written")
	}
	return writes, record, nil
}

// check returns the owners, sorted, if they can be written.
func (d *Revision) check(keys ledger.Keys) ([]secret.Owner, error) {
	switch {
	case !keys.Known():
		return nil, ledger.ErrNoKey
	case d.err != nil:
		return nil, d.err
	case len(d.owners) > MaxOwners:
		return nil, fmt.Errorf("the project has %d sites and organizations; at most %d are possible", len(d.owners), MaxOwners)
	}
	owners := slices.SortedFunc(maps.Values(d.owners), compareIDs)
	for _, owner := range owners {
		if err := checkOwner(owner); err != nil {
			return nil, fmt.Errorf("%s: %w", owner, err)
		}
	}
	return owners, d.source.validate()
}

func (b Record) pen(keys ledger.Keys, run string, after uint64) chunk.Pen {
	return chunk.Pen{Format: format, ID: b.Identity, Keys: keys.Keys, Run: run, After: after}
}

// lines writes the body of one chunk, which says what all of them do beside its
// owners.
func (b Record) lines(keys ledger.Keys, says content, packer *packer) func(chunk.Header, []secret.Owner) ([]string, error) {
	return func(h chunk.Header, owners []secret.Owner) ([]string, error) {
		says.owners = owners
		packed, err := packer.pack(says.text())
		if err != nil {
			return nil, err
		}
		set, _ := keys.Set(h.Key)
		body, err := encrypt(b.Identity, set, h, packed)
		return []string{body}, err
	}
}

// originRoom is kept free for where a writing comes from, while that is not known:
// writes are counted before.
var originRoom = encoding.EncodedLen(ledger.MaxCommitLine)

// fit returns the least power of two, from count up, of chunks that hold the
// owners.
func fit(says content, count int, packer *packer) (int, error) {
	room := format.Room() - len("\n")
	if says.origin == (ledger.Origin{}) {
		room -= originRoom
	}
	owners := says.owners
	var failed error
	count, fits := chunk.Fit(count, func(count int) bool {
		for _, class := range byClass(owners, count) {
			says.owners = class
			text := says.text()
			if len(text) > maxPlainBytes {
				return false // without packing what is far too large
			}
			packed, err := packer.pack(text)
			if failed = err; err != nil || bodyBytes(packed) > room {
				return false
			}
		}
		return true
	})
	if failed == nil && !fits {
		failed = fmt.Errorf("%d sites and organizations do not fit into %d secrets", len(owners), chunk.MaxCount)
	}
	return count, failed
}

// byClass parts the owners, in their order.
func byClass(owners []secret.Owner, count int) [][]secret.Owner {
	classes := make([][]secret.Owner, count)
	for _, owner := range owners {
		i := chunk.Class(rowName(owner), count)
		classes[i] = append(classes[i], owner)
	}
	return classes
}

// Remove returns the writes that delete the whole record, in order. One of
// several chunks is first made an empty one of one chunk, so that an
// interruption leaves an empty record instead of a damaged one. Only a Whole
// record, or none, can be removed; Reset gives up any other.
func (b Record) Remove(keys ledger.Keys, run string) ([]ledger.Write, error) {
	_, err := b.Revise().check(keys)
	var writes []ledger.Write
	if err == nil {
		var packer *packer
		if packer, err = newPacker(); err == nil {
			writes, err = chunk.Remove(b.pen(keys, run, 0), b.stored, b.lines(keys, content{setting: b.setting(), origin: b.Origin}, packer))
		}
	}
	if err != nil {
		return nil, fmt.Errorf("remove the project's record on %s: %w", b.Identity.Owner, err)
	}
	return writes, nil
}

// Discard returns the writes that delete the whole record, in order, whatever
// its state: see Remove, and Reset for one that cannot be believed.
func (b Record) Discard(keys ledger.Keys, run string) ([]ledger.Write, error) {
	if !b.Unusable() {
		return b.Remove(keys, run)
	}
	writes, _, err := b.Reset().Encode(keys, run)
	return writes, err
}
