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

// Selects reports whether the secret of the owner is meant.
func (t Targets) Selects(owner secret.Owner, name secret.Name) bool {
	return len(t) == 0 || slices.ContainsFunc(t, func(one Target) bool { return one.contains(Target{owner, name}) })
}

// Distinct returns the targets in order, without those that others contain.
func (t Targets) Distinct() Targets {
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
