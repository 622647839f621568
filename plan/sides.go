package plan

import (
	"fmt"
	"slices"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/secret"
)

// sides is one owner from every side of the input.
type sides struct {
	owner    secret.Owner
	desired  secret.Desired
	live     secret.Live
	holding  *ledger.Holding // nil where nothing was remembered
	declared bool
	read     bool
	// otherID: the sides give the owner different ids.
	otherID bool
	// unseen counts declared secrets, for the case that nothing was read.
	unseen   int
	failures []string
}

// ownerKey is what the sides of an owner are matched by.
type ownerKey struct {
	kind secret.OwnerKind
	name string
}

// matchOwners brings the sides together, sorted by owner. What does not fit
// together is a failure of that owner: a guess here could compare one owner's
// manifest with another's secrets.
func matchOwners(in Input) []*sides {
	index := make(map[ownerKey]*sides, len(in.Desired))
	at := func(owner secret.Owner) *sides {
		key := ownerKey{owner.Kind, owner.Name}
		if index[key] == nil {
			index[key] = &sides{owner: owner}
		}
		index[key].identify(owner.ID)
		return index[key]
	}
	for _, desired := range in.Desired {
		both := at(desired.Owner)
		if both.declared {
			both.fail("it is declared twice")
		}
		both.desired, both.declared = desired, true
		both.unseen += len(desired.Secrets)
	}
	for _, live := range in.Live {
		both := at(live.Owner)
		if both.read {
			both.fail("it was read twice")
		}
		both.live, both.read = live, true
	}
	for _, failed := range in.Failed {
		at(failed.Owner).fail(failed.Message)
	}
	for _, holding := range in.Ledgers {
		known := index[ownerKey{holding.Owner.Kind, holding.Owner.Name}]
		if known == nil {
			continue // nothing is planned for it
		}
		known.identify(holding.Owner.ID)
		if known.holding != nil {
			known.fail("its ledger was read twice")
		}
		if holding.Presumed && !in.StructureOnly {
			known.fail("its ledger was not verified")
		}
		known.holding = &holding
	}
	matched := make([]*sides, 0, len(index))
	for _, both := range index {
		both.check()
		matched = append(matched, both)
	}
	slices.SortFunc(matched, func(a, b *sides) int { return a.owner.Compare(b.owner) })
	return matched
}

func declaredSecrets(owners []*sides) int {
	n := 0
	for _, both := range owners {
		n += len(both.desired.Secrets)
	}
	return n
}

// identify takes an id from one side; an empty one says nothing.
func (s *sides) identify(id string) {
	switch {
	case id == "" || id == s.owner.ID:
	case s.owner.ID == "":
		s.owner.ID = id
	default:
		s.otherID = true
	}
}

// check fails what is missing or contradicts itself.
func (s *sides) check() {
	if s.otherID {
		s.owner.ID = ""
		s.fail("the manifest and what was read give it different ids")
	}
	if !s.read && len(s.failures) == 0 {
		s.fail("it was not read")
	}
}

func (s *sides) fail(message string) { s.failures = append(s.failures, message) }

// errors tells the failures, and how much was not looked at for them.
func (s *sides) errors() []OwnerError {
	unseen := ""
	switch s.unseen {
	case 0:
	case 1:
		unseen = "; its 1 declared secret was not looked at"
	default:
		unseen = fmt.Sprintf("; its %d declared secrets were not looked at", s.unseen)
	}
	told := make([]OwnerError, len(s.failures))
	for i, message := range s.failures {
		told[i] = OwnerError{Owner: s.owner, Message: message + unseen}
	}
	return told
}
