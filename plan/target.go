package plan

import (
	"slices"
	"strings"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/secret"
)

// Target is one owner, or one secret of it, that a plan is limited to.
type Target struct {
	Owner  secret.Owner `json:"owner"`
	Secret secret.Name  `json:"secret,omitempty"` // empty for the whole owner
}

// String is the target as it is typed, quoted for display.
func (t Target) String() string {
	if t.Secret == "" {
		return t.Owner.String()
	}
	return t.Owner.String() + "/" + words.Quote(string(t.Secret))
}

// contains reports whether the other target is part of this one.
func (t Target) contains(other Target) bool {
	return t.Owner.Same(other.Owner) && (t.Secret == "" || t.Secret == other.Secret)
}

// Targets limit a plan to all that any of them names. None limit nothing. Their
// order means nothing, and neither does one that another one contains.
type Targets []Target

// Covers reports whether the owner is looked at.
func (t Targets) Covers(owner secret.Owner) bool {
	return len(t) == 0 || slices.ContainsFunc(t, func(one Target) bool { return one.Owner.Same(owner) })
}

// Secrets returns the secrets of the owner that are meant, sorted. whole is true,
// and there are no names, where all of the owner is meant.
func (t Targets) Secrets(owner secret.Owner) (names []secret.Name, whole bool) {
	if len(t) == 0 {
		return nil, true
	}
	for _, one := range t {
		switch {
		case !one.Owner.Same(owner):
		case one.Secret == "":
			return nil, true
		default:
			names = append(names, one.Secret)
		}
	}
	slices.Sort(names)
	return slices.Compact(names), false
}

// selects reports whether the secret of the owner is meant.
func (t Targets) selects(owner secret.Owner, name secret.Name) bool {
	return len(t) == 0 || slices.ContainsFunc(t, func(one Target) bool { return one.contains(Target{owner, name}) })
}

// distinct returns the targets in order, without those that others contain.
func (t Targets) distinct() Targets {
	sorted := slices.Clone(t)
	slices.SortFunc(sorted, func(a, b Target) int {
		if order := a.Owner.Compare(b.Owner); order != 0 {
			return order
		}
		return strings.Compare(string(a.Secret), string(b.Secret)) // the whole owner first
	})
	var kept Targets
	for _, one := range sorted {
		if !slices.ContainsFunc(kept, func(k Target) bool { return k.contains(one) }) {
			kept = append(kept, one)
		}
	}
	return kept
}

// limitTo says what the plan is limited to, and fails a target that the
// manifest does not know: planning nothing would pass for success.
func (p *Plan) limitTo(in Input) {
	targets := in.Targets.distinct()
	if len(targets) == 0 {
		return
	}
	limited := Warning{Code: CodeTarget, Facts: Facts{Targets: targets}}
	if len(targets) == 1 {
		limited.Owner, limited.Secret = targets[0].Owner, targets[0].Secret
	}
	p.Warnings = append(p.Warnings, limited)
	if in.Record.used(in) && !in.Record.Looked {
		p.Warnings = append(p.Warnings, Warning{Code: CodeRecordUnread, Owner: in.Record.Home})
	}
	for _, target := range targets {
		p.demand(in, target)
	}
}

// demand fails the target where neither manifest nor ledger knows it.
func (p *Plan) demand(in Input, target Target) {
	declared := func(d secret.Desired) bool {
		return target.Owner.Same(d.Owner) && (target.Secret == "" || declares(d, target.Secret))
	}
	left := func(owner secret.Owner, name secret.Name) bool { return target.contains(Target{owner, name}) }
	switch {
	case slices.ContainsFunc(in.Desired, declared):
		return
	case slices.ContainsFunc(p.Changes, func(c Change) bool { return left(c.Owner, c.Secret) }),
		slices.ContainsFunc(p.IfLedgerVerifies, func(c Presumed) bool { return left(c.Owner, c.Secret) }):
		return // it left the manifest
	case slices.ContainsFunc(p.Errors, func(e OwnerError) bool { return e.Secret == "" && e.Owner.Same(target.Owner) }):
		return // it was not read, so nobody knows
	}
	p.Errors = append(p.Errors, OwnerError{Code: CodeUnknownTarget, Owner: target.Owner, Secret: target.Secret})
}

func declares(desired secret.Desired, name secret.Name) bool {
	return slices.ContainsFunc(desired.Secrets, func(s secret.DesiredSecret) bool { return s.Name == name })
}
