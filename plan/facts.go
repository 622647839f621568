package plan

import (
	"slices"

	"github.com/cella-secrets/cella/secret"
)

// subject is what a decision is about.
type subject uint8

const (
	// wholeSecret is a secret: declared, live, or both.
	wholeSecret subject = iota
	// declaredValue is the default value or an override that the manifest
	// gives to a secret it manages.
	declaredValue
	// undeclaredOverride is an override of a declared secret that the
	// manifest gives no value: live, named in drop_overrides, or both.
	undeclaredOverride
)

// facts is all that a decision may depend on. The facts of the secret are
// filled in for every subject, the others for the subjects they belong to.
type facts struct {
	// Of the secret.
	declared       bool // the manifest names it
	reserved       bool // it bears one of cella's own names
	external       bool // declared as set elsewhere
	replace        bool // the manifest allows replacing it
	protected      bool // the manifest forbids replacing it
	live           bool // the listing names it
	mayBeInherited bool // the listing may show the organization's secret
	sameType       bool // the live type is the declared one
	sameScopes     bool // the live scopes are the declared ones
	losesOverrides bool // undeclared live overrides that nobody allowed to go

	// Of one value.
	valueLive bool // the listing has an entry for it
	readable  bool // the entry came with its value
	equal     bool // and that value is the manifest's

	// Of one override.
	dropped bool // drop_overrides names it
}

// fixed reports that the live secret is certainly the owner's own and has
// another type or other scopes, which Pantheon never changes.
func (f facts) fixed() bool {
	return f.live && !f.mayBeInherited && !(f.sameType && f.sameScopes)
}

// state says what is known of a value that the manifest declares.
func (f facts) state() ValueState {
	switch {
	case !f.valueLive:
		return Absent
	case f.equal:
		return Equal
	case f.readable:
		return Changed
	default:
		return Unverifiable
	}
}

// pair is one name of one owner, from both sides; at most one side is nil.
type pair struct {
	owner   secret.Owner
	desired *secret.DesiredSecret
	live    *secret.LiveSecret
	// undeclared are the environments of live overrides that the manifest
	// gives no value, sorted. Only kept where both sides exist.
	undeclared []secret.Env
	// lost are those of them that drop_overrides does not name, sorted.
	lost []secret.Env
}

func newPair(owner secret.Owner, desired *secret.DesiredSecret, live *secret.LiveSecret) pair {
	p := pair{owner: owner, desired: desired, live: live}
	if desired == nil || live == nil {
		return p
	}
	for _, override := range live.Overrides {
		if _, declared := desired.Override(override.Env); declared {
			continue
		}
		p.undeclared = append(p.undeclared, override.Env)
		if !p.drops(override.Env) {
			p.lost = append(p.lost, override.Env)
		}
	}
	slices.Sort(p.undeclared)
	slices.Sort(p.lost)
	return p
}

func (p pair) name() secret.Name {
	if p.desired != nil {
		return p.desired.Name
	}
	return p.live.Name
}

func (p pair) drops(env secret.Env) bool {
	return slices.Contains(p.desired.DropOverrides, env)
}

// facts are the facts of the secret.
func (p pair) facts() facts {
	f := facts{reserved: p.name().Reserved(), live: p.live != nil}
	if p.live != nil {
		f.mayBeInherited = p.live.Presence == secret.MayBeInherited
	}
	if p.desired == nil {
		return f
	}
	f.declared = true
	f.external = p.desired.External
	f.replace = p.desired.Replace
	f.protected = p.desired.Protect == secret.Protected
	f.losesOverrides = len(p.lost) > 0
	if p.live != nil {
		f.sameType = p.live.Type == p.desired.Type
		f.sameScopes = p.live.Scopes.Equal(p.desired.Scopes)
	}
	return f
}

// valueFacts adds the facts of the default value (env empty) or of the
// override of env, which the manifest wants to be want.
func (p pair) valueFacts(f facts, env secret.Env, want secret.Value) facts {
	if p.live == nil {
		return f
	}
	reading := p.live.Value
	if f.valueLive = true; env != "" {
		var override secret.LiveOverride
		override, f.valueLive = p.live.Override(env)
		reading = override.Value
	}
	f.readable = f.valueLive && reading.Readable()
	f.equal = f.valueLive && reading.Matches(want)
	return f
}

// overrideFacts adds the facts of an undeclared override.
func (p pair) overrideFacts(f facts, env secret.Env) facts {
	f.dropped = p.drops(env)
	if p.live != nil {
		_, f.valueLive = p.live.Override(env)
	}
	return f
}
