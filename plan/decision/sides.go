package decision

import (
	"slices"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/secret"
)

// sides is one owner from every side of the input.
type sides struct {
	owner    secret.Owner
	desired  secret.Desired
	live     secret.Live
	ledgers  *ledger.Ledgers // nil where nothing was remembered
	declared bool
	read     bool
	// otherID: the sides give the owner different ids.
	otherID bool
	// unseen counts declared secrets, for the case that nothing was read.
	unseen   int
	failures []failure
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
			both.fail(plan.CodeDeclaredTwice, "")
		}
		both.desired, both.declared = desired, true
		both.unseen += len(desired.Secrets)
	}
	for _, live := range in.Live {
		both := at(live.Owner)
		if both.read {
			both.fail(plan.CodeReadTwice, "")
		}
		live.Secrets = sortedBy(live.Secrets, func(s secret.LiveSecret) secret.Name { return s.Name })
		both.live, both.read = live, true
	}
	for _, failed := range in.Failed {
		at(failed.Owner).fail(failed.Code, failed.Detail)
	}
	for _, ledgers := range in.Ledgers {
		known := index[ownerKey{ledgers.Owner.Kind, ledgers.Owner.Name}]
		if known == nil {
			continue // nothing is planned for it
		}
		known.identify(ledgers.Owner.ID)
		if known.ledgers != nil {
			known.fail(plan.CodeLedgerReadTwice, "")
		}
		if ledgers.Presumed && !in.StructureOnly {
			known.fail(plan.CodeLedgerNotVerified, "")
		}
		known.ledgers = &ledgers
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
		s.fail(plan.CodeOtherID, "")
	}
	if !s.read && len(s.failures) == 0 {
		s.fail(plan.CodeNotRead, "")
	}
}

// failure is a reason why nothing is known of an owner.
type failure struct {
	code   plan.Code
	detail string
}

func (s *sides) fail(code plan.Code, detail string) {
	s.failures = append(s.failures, failure{code, detail})
}

// errors tells the failures, and how much was not looked at for them.
func (s *sides) errors() []plan.OwnerError {
	told := make([]plan.OwnerError, len(s.failures))
	for i, failed := range s.failures {
		told[i] = plan.OwnerError{Code: failed.code, Owner: s.owner, Facts: plan.Facts{Count: s.unseen}, Detail: failed.detail}
	}
	return told
}
