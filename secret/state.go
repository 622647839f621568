package secret

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/cella-secrets/cella/internal/words"
)

// Pos is a place in a file; Line and Column count from 1. The zero Pos is
// unknown.
type Pos struct {
	File   string
	Line   int
	Column int
}

// String returns file:line:column, with the file quoted for display.
func (p Pos) String() string {
	return fmt.Sprintf("%s:%d:%d", words.Quote(p.File), p.Line, p.Column)
}

// Protection is what the manifest says of deleting and replacing a secret.
type Protection uint8

// Unsaid leaves the protection as it was recorded.
const (
	ProtectionUnsaid Protection = iota
	Protected
	Unprotected
)

// Retirement says how a name leaves the project. The empty Retirement says
// that it stays.
type Retirement string

// The ways to leave, in the manifest's words.
const (
	RetireDelete  Retirement = "delete"  // deleted on Pantheon
	RetireRelease Retirement = "release" // no longer ours, stays live
	// RetireAbandon is for owners only: nothing there is read or written any
	// more, because the account cannot reach it.
	RetireAbandon Retirement = "abandon"
)

// Desired is what one owner's part of the manifest asks for. It is flat:
// defaults are filled in, and nothing after the schema sees the manifest.
// Secrets are sorted by name.
type Desired struct {
	Owner   Owner
	Pos     Pos
	Secrets []DesiredSecret
	// MaxDeletePercent is the owner's brake, the policy's where it has none
	// of its own.
	MaxDeletePercent int
	// Retire says how the project leaves the whole owner; it has no Secrets
	// then.
	Retire Retirement
	// ResetLedger gives up a ledger that cannot be believed.
	ResetLedger bool
}

// DesiredSecret is one secret of the manifest. Overrides are sorted by
// environment. An External secret has no values.
type DesiredSecret struct {
	Name          Name
	Pos           Pos
	Description   string
	Type          Type
	Scopes        Scopes
	Value         Value
	Overrides     []DesiredOverride
	External      bool
	Replace       bool
	Protect       Protection
	DropOverrides []Env // sorted
	// Retire: the name leaves the project; its values are not looked at.
	Retire Retirement
	// Source is where Value comes from.
	Source Source
	Dates  Dates
}

// DesiredOverride is the value that one environment gets instead of the
// default.
type DesiredOverride struct {
	Env    Env
	Value  Value
	Source Source
}

// DesiredOf is an owner's part of desired, found by kind and name; without one it
// is empty.
func DesiredOf(desired []Desired, owner Owner) Desired {
	i := slices.IndexFunc(desired, func(d Desired) bool { return d.Owner.Same(owner) })
	if i < 0 {
		return Desired{Owner: owner}
	}
	return desired[i]
}

// Drops reports whether the override for env is to go.
func (s DesiredSecret) Drops(env Env) bool {
	_, found := slices.BinarySearch(s.DropOverrides, env)
	return found
}

// Override returns the override for env.
func (s DesiredSecret) Override(env Env) (DesiredOverride, bool) {
	return findEnv(s.Overrides, env, func(o DesiredOverride) Env { return o.Env })
}

// Presence says whether an owner certainly has a secret of its own.
type Presence uint8

// A site's listing shows inherited organization secrets beside its own. Where
// no own value came back and the organization has the name too, the listing
// alone cannot tell which it is [inferred].
const (
	Own Presence = iota
	MayBeInherited
)

// Live is what one owner's listing said. Secrets are sorted by name and hold
// every entry of the reply, reserved names included.
type Live struct {
	Owner   Owner
	Secrets []LiveSecret
	// Cut: Pantheon counted more entries than came, so the reply may have been
	// cut. Nothing may be called absent from it.
	Cut bool
}

// LiveSecret is one entry of a listing. Overrides are sorted by environment.
type LiveSecret struct {
	Name     Name
	Type     Type
	Scopes   Scopes
	Presence Presence
	// Shadows: the site's own value came back, and the organization that owns
	// the site has the name too.
	Shadows   bool
	Value     Reading
	Overrides []LiveOverride
}

// LiveOverride is one environment's entry in a listing.
type LiveOverride struct {
	Env   Env
	Value Reading
}

// Secret returns the entry called name.
func (l Live) Secret(name Name) (LiveSecret, bool) {
	i, found := slices.BinarySearchFunc(l.Secrets, name, func(s LiveSecret, n Name) int { return cmp.Compare(s.Name, n) })
	if !found {
		return LiveSecret{}, false
	}
	return l.Secrets[i], true
}

// Override returns the override for env.
func (s LiveSecret) Override(env Env) (LiveOverride, bool) {
	return findEnv(s.Overrides, env, func(o LiveOverride) Env { return o.Env })
}

// findEnv looks into a sorted list.
func findEnv[T any](overrides []T, env Env, of func(T) Env) (T, bool) {
	i, found := slices.BinarySearchFunc(overrides, env, func(o T, e Env) int { return cmp.Compare(of(o), e) })
	if !found {
		var none T
		return none, false
	}
	return overrides[i], true
}

// Behind reports whether the organization that owns the site has the name too.
func (s LiveSecret) Behind() bool { return s.Presence == MayBeInherited || s.Shadows }
