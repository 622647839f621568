package adopt

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/cella-secrets/cella/secret"
)

// Match is how a proposal compares with the entry that the manifest has.
type Match uint8

// The matches.
const (
	Same    Match = iota // the entry says all that the proposal does
	Differs              // the proposal says something else, and may take its place
	Kept                 // something else that must not take its place
)

// Compare says how a proposal compares with an entry, and in which way it
// differs. The entry has its defaults filled in and its values known.
//
//	entry                    proposal    match
//	retires                  any         Kept
//	any                      left out    Same
//	external                 external    Same, or Differs in type or scopes
//	external                 managed     Differs
//	managed                  external    Same, or Kept where type or scopes differ
//	value from elsewhere     managed     Kept
//	managed                  managed     Same, or Differs
func Compare(entry secret.DesiredSecret, p Proposal) (Match, string) {
	if p.Fate == LeftOut {
		return Same, ""
	}
	if entry.Retire != "" {
		return Kept, "the manifest retires it"
	}
	var ways []string
	if entry.Type != p.Desired.Type {
		ways = append(ways, fmt.Sprintf("its type on Pantheon is %s", p.Desired.Type))
	}
	if !entry.Scopes.Equal(p.Desired.Scopes) {
		ways = append(ways, fmt.Sprintf("its scopes on Pantheon are %s", p.Desired.Scopes))
	}
	match := Differs
	switch {
	case p.Fate == External && !entry.External:
		// Its live value is hidden, so the manifest's is all there is.
		match = Kept
	case p.Fate == Managed && entry.External:
		ways = append(ways, "the manifest has it as external, but Pantheon shows its value")
	case p.Fate == Managed && fromElsewhere(entry):
		return Kept, "the manifest takes one of its values from elsewhere"
	case p.Fate == Managed:
		ways = append(ways, p.values(entry)...)
	}
	if len(ways) == 0 {
		return Same, ""
	}
	return match, strings.Join(ways, "; ")
}

// fromElsewhere reports whether a value does not stand in the manifest: what it
// is cannot be compared, and another one beside it would be an error.
func fromElsewhere(entry secret.DesiredSecret) bool {
	return !entry.Value.Known() || slices.ContainsFunc(entry.Overrides, func(o secret.DesiredOverride) bool { return !o.Value.Known() })
}

// values compares two managed secrets.
func (p Proposal) values(entry secret.DesiredSecret) []string {
	var ways []string
	if !entry.Value.Equal(p.Desired.Value) {
		ways = append(ways, "its value on Pantheon is another one")
	}
	for _, o := range p.Desired.Overrides {
		declared, found := entry.Override(o.Env)
		switch {
		case !found:
			ways = append(ways, fmt.Sprintf("its override for %s is not in the manifest", o.Env))
		case !declared.Value.Equal(o.Value):
			ways = append(ways, fmt.Sprintf("its override for %s is another one on Pantheon", o.Env))
		}
	}
	for _, o := range entry.Overrides {
		if _, live := p.Desired.Override(o.Env); !live && !p.hides(o.Env) {
			ways = append(ways, fmt.Sprintf("its override for %s is not on Pantheon", o.Env))
		}
	}
	return ways
}

// Replace is the entry that a proposal makes of one that Differs. Overrides
// that are live and hidden stay as the manifest has them.
func (p Proposal) Replace(entry secret.DesiredSecret) secret.DesiredSecret {
	merged := p.Desired
	if p.Fate != Managed {
		return merged
	}
	merged.Overrides = slices.Clone(merged.Overrides)
	for _, o := range entry.Overrides {
		if p.hides(o.Env) {
			merged.Overrides = append(merged.Overrides, o)
		}
	}
	slices.SortFunc(merged.Overrides, func(a, b secret.DesiredOverride) int { return cmp.Compare(a.Env, b.Env) })
	return merged
}

// hides reports whether the override for env is live and hidden.
func (p Proposal) hides(env secret.Env) bool {
	_, found := slices.BinarySearch(p.Hidden, env)
	return found
}
