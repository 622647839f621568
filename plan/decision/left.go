package decision

import (
	"slices"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/secret"
)

// abandoned reports whether the owner could not be read for a reason that lets
// go of it: a failed request alone never does. One that was read all the same,
// by the id in the record, has another name now.
func (s *sides) abandoned() bool {
	return !s.read && len(s.failures) > 0 && !slices.ContainsFunc(s.failures, func(f failure) bool { return f.code != plan.CodeForbidden && f.code != plan.CodeGone })
}

// leaveOwner says of an owner that the record has and the manifest does not, or
// only to abandon it, what becomes of it. Nothing there is changed.
func (p *making) leaveOwner(all *sides) {
	switch {
	case all.declared && all.abandoned():
	case !all.read && len(all.failures) > 0 && !all.abandoned():
		p.Errors = append(p.Errors, all.errors()...)
	case all.declared:
		p.Refusals = append(p.Refusals, plan.Refusal{Code: plan.CodeAbandonReadable, Owner: all.owner})
	case all.abandoned():
		for _, failed := range all.failures {
			p.Refusals = append(p.Refusals, plan.Refusal{Code: plan.CodeOwnerLeftUnread, Owner: all.owner, Detail: failed.detail})
		}
	default:
		p.Refusals = append(p.Refusals, plan.Refusal{Code: plan.CodeOwnerLeft, Owner: all.owner, Facts: plan.Facts{Count: stayBehind(all)}})
	}
}

// leavesUnseen reports whether something that is to go was not seen: a secret of
// a list that may be cut, or an owner that left.
func (p *making) leavesUnseen() bool {
	return slices.ContainsFunc(p.Changes, plan.Change.LeftUnseen) ||
		slices.ContainsFunc(p.Refusals, func(r plan.Refusal) bool { return r.Code == plan.CodeOwnerLeftUnread })
}

// stayBehind counts the secrets of this project that stay on an owner.
func stayBehind(all *sides) int {
	if all.ledgers == nil {
		return 0
	}
	names := map[secret.Name]bool{}
	for _, stored := range append([]ledger.Ledger{all.ledgers.Own}, all.ledgers.Former...) {
		for _, entry := range stored.Entries {
			names[entry.Name] = true
		}
		for _, name := range stored.Names {
			names[name] = true
		}
	}
	n := 0
	for _, live := range all.live.Secrets {
		if names[live.Name] {
			n++
		}
	}
	return n
}
