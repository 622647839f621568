package ledger

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/cella-secrets/cella/secret"
)

// shelf is all chunks of one ledger, by number, each well-formed.
type shelf map[int]*chunk

// ruling returns the header of the chunk with the highest serial. Two with one
// serial stand there only after two applies at once; then the larger count
// rules.
func (s shelf) ruling() header {
	var ruling header
	for _, c := range s {
		if cmp.Or(cmp.Compare(c.serial, ruling.serial), cmp.Compare(c.count, ruling.count), cmp.Compare(c.number, ruling.number)) > 0 {
			ruling = c.header
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
		if c, present := s[number]; present && c.count == count {
			return number, true
		}
	}
	return 0, false
}

// read returns the records of all classes, sorted by name, and the ruling
// header. The error says what is missing. Chunks past the ruling count are
// left from a ledger that was given up, and say nothing.
func (s shelf) read(name func(number int) secret.Name) ([]Record, header, error) {
	ruling := s.ruling()
	records := []Record{}
	for i := range ruling.count {
		if c, present := s[i+1]; present && c.count > ruling.count {
			return nil, ruling, fmt.Errorf("%s is left from a ledger that was given up", name(i+1))
		}
		number, found := s.speaker(i, ruling.count)
		if !found {
			return nil, ruling, fmt.Errorf("%s is missing", name(i+1))
		}
		for _, record := range s[number].records {
			if class(record.Name, ruling.count) == i {
				records = append(records, record)
			}
		}
	}
	slices.SortFunc(records, compareNames)
	return records, ruling, nil
}

func compareNames(a, b Record) int { return cmp.Compare(a.Name, b.Name) }

// entry is one secret of a listing that has the name of a chunk.
type entry struct {
	number int
	live   secret.LiveSecret
}

// entries returns the secrets of a listing that are named as chunks of
// ledgers on owners of this kind, by project, sorted by number.
func entries(live []secret.LiveSecret, kind secret.OwnerKind) map[string][]entry {
	found := map[string][]entry{}
	for _, s := range live {
		if project, number, ok := ParseName(s.Name, kind); ok {
			found[project] = append(found[project], entry{number, s})
		}
	}
	for _, list := range found {
		slices.SortFunc(list, compareNumbers)
	}
	return found
}

// parse reads the chunk for the owner with the given id. Overrides of the
// secret are not looked at: cella writes none and reads none. Errors continue
// a sentence that begins with its name.
func (e entry) parse(ownerID string) (chunk, error) {
	switch {
	case e.live.Presence != secret.Own:
		return chunk{}, errors.New("cannot be told from a secret of the organization with the same name")
	case e.live.Type != Type || !e.live.Scopes.Equal(Scopes()):
		return chunk{}, fmt.Errorf("has type %s and scopes %s, not type %s and scope %s",
			secret.Quote(string(e.live.Type)), e.live.Scopes, Type, Scopes())
	case !e.live.Value.Readable():
		return chunk{}, errors.New("is hidden, although its scope lets people read it")
	}
	c, err := parseChunk(e.live.Value.Value().Reveal())
	switch {
	case err != nil:
		return chunk{}, err
	case c.number != e.number:
		return chunk{}, errors.New("holds another chunk of the ledger")
	case c.ownerID != ownerID:
		return chunk{}, errors.New("was written for another owner")
	}
	return c, nil
}
