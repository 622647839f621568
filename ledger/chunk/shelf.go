package chunk

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
)

// Status says how far a text can be believed.
type Status uint8

const (
	// None: the listing shows none of this project.
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

// String returns the status in a word or two, for whoever prints one to debug.
func (s Status) String() string {
	if int(s) >= len(statuses) {
		return fmt.Sprintf("Status(%d)", uint8(s))
	}
	return statuses[s]
}

// Unusable reports whether there is something that cannot be believed.
func (s Status) Unusable() bool { return s == Damaged || s == OtherKey || s == Newer }

// statusOf returns what an error of Open or Verify makes of the whole text.
func statusOf(err error) Status {
	switch {
	case errors.Is(err, errNewer):
		return Newer
	case errors.Is(err, errOtherKey):
		return OtherKey
	}
	return Damaged
}

// shelf is all chunks of one text, by number, each well-formed.
type shelf map[int]Mark

// ruling returns the header of the chunk with the highest serial. Two with one
// serial stand there only after two applies at once; then the larger count
// rules.
func (s shelf) ruling() Header {
	var ruling Header
	for _, c := range s {
		if cmp.Or(cmp.Compare(c.Serial, ruling.Serial), cmp.Compare(c.Count, ruling.Count), cmp.Compare(c.Number, ruling.Number)) > 0 {
			ruling = c.Header
		}
	}
	return ruling
}

// speaker returns the number of the chunk that speaks for a class under the
// ruling count: the class's own, or where an interrupted doubling left that
// unwritten, the one of the next lower count that held the class. A chunk
// that was already overwritten has the ruling count and speaks for its own
// class only.
func (s shelf) speaker(class, count int) (number int, found bool) {
	for ; count >= 1; count /= 2 {
		number = class&(count-1) + 1
		if c, present := s[number]; present && c.Count == count {
			return number, true
		}
	}
	return 0, false
}

// speakers returns the numbers of the chunks that speak for the classes. The
// error says what is missing. Chunks past the ruling count are left from a
// text that was given up, and say nothing.
func (s shelf) speakers(f Format, id Identity, ruling Header) ([]int, error) {
	numbers := make([]int, ruling.Count)
	for i := range numbers {
		if c, present := s[i+1]; present && c.Count > ruling.Count {
			return nil, fmt.Errorf("%s is left from a %s that was given up", f.name(id, i+1), f.Noun)
		}
		number, found := s.speaker(i, ruling.Count)
		if !found {
			return nil, fmt.Errorf("%s is missing", f.name(id, i+1))
		}
		numbers[i] = number
	}
	return numbers, nil
}

// beside is a digest of the chunks that speak with that one under its count: of
// their MACs, which are over everything that they say.
func (s shelf) beside(h Header) Tag {
	digest := sha256.New()
	for class := range h.Count {
		if number, found := s.speaker(class, h.Count); found && number != h.Number {
			mac := s[number].mac
			digest.Write(binary.BigEndian.AppendUint16(mac[:], uint16(class))) // a Hash never returns an error
		}
	}
	return Tag(digest.Sum(nil)[:len(Tag{})])
}

// Stored is what a listing holds of one text, as far as the next writing has
// to know. The zero Stored is none.
type Stored struct {
	// Entries are sorted by number, whatever state they are in.
	Chunks []Chunk
	// Ruling is the header of the chunk that was written last; zero unless
	// the text is whole.
	Ruling Header
	shelf  shelf // nil unless whole
}

// NeedsRekey reports whether a chunk is under another key than the current
// one.
func (s Stored) NeedsRekey(keys Keys) bool {
	for _, c := range s.shelf {
		if c.Key != keys.Current() {
			return true
		}
	}
	return false
}

// Found is a text as it was found, with what its chunks say.
type Found[T any] struct {
	Stored
	// Status is None, Whole or one that says why not.
	Status Status
	// Reason says in words what is wrong with it, and quotes nothing.
	Reason string
	// Last is what the chunk says that was written last; Says is what the
	// speaker of each class says, which may be of other classes too. Both are
	// there only for a Whole text.
	Last T
	Says []T
}

// Assemble puts the chunks together that open accepts. Of several faults the
// one that is told is a newer format, else another key, else the first damaged
// chunk.
func Assemble[T any](f Format, id Identity, entries []Chunk, open func(Chunk) (Mark, T, error)) Found[T] {
	found := Found[T]{Stored: Stored{Chunks: entries}}
	if len(entries) == 0 {
		return found
	}
	chunks, contents := shelf{}, map[int]T{}
	for _, e := range entries {
		mark, content, err := open(e)
		if err != nil {
			found.refuse(statusOf(err), fmt.Sprintf("%s %v", e.Live.Name, err))
			continue
		}
		chunks[e.number], contents[e.number] = mark, content
	}
	if found.Status != None {
		return found
	}
	ruling := chunks.ruling()
	numbers, err := chunks.speakers(f, id, ruling)
	if err != nil {
		found.refuse(Damaged, err.Error())
		return found
	}
	if f.Linked && ruling.beside != chunks.beside(ruling) {
		found.refuse(Damaged, fmt.Sprintf(
			"%s and the secrets that belong to it were not written together: an older one was put back, or two runs wrote at once", f.name(id, 1)))
		return found
	}
	found.Status, found.Ruling, found.shelf, found.Last = Whole, ruling, chunks, contents[ruling.Number]
	for _, number := range numbers {
		found.Says = append(found.Says, contents[number])
	}
	return found
}

// refuse makes the text unusable; the highest status is kept.
func (f *Found[T]) refuse(status Status, reason string) {
	if status > f.Status {
		f.Status, f.Reason = status, reason
	}
}
