package plan

import (
	"github.com/cella-secrets/cella/secret"
)

// level says how loud a finding is.
type level uint8

const (
	warns       level = iota // a warning
	warnsStrict              // a warning, under Policy.Strict a refusal
	refuses                  // a refusal
	forbids                  // a refusal under secret.ForbidUnmanaged, else nothing
)

// finding is something to tell beside an action.
type finding struct {
	code  Code
	level level
	// variant, where set, returns the code instead.
	variant func(p *pair) Code
	// facts, where set, returns what the code comes with. The environment is
	// that of an override, else empty.
	facts func(p *pair, env secret.Env) Facts
}

// of returns the code and the facts for one name.
func (f finding) of(p *pair, env secret.Env) (Code, Facts) {
	code, facts := f.code, Facts{}
	if f.variant != nil {
		code = f.variant(p)
	}
	if f.facts != nil {
		facts = f.facts(p, env)
	}
	return code, facts
}

var reservedName = finding{code: CodeReservedName, level: refuses}

var externalMissing = finding{code: CodeExternalMissing, level: warnsStrict}

var externalDiffers = finding{code: CodeExternalDiffers, level: warnsStrict, facts: func(p *pair, _ secret.Env) Facts {
	return difference(p)
}}

var replaceProtected = finding{code: CodeProtected, level: refuses, facts: func(p *pair, _ secret.Env) Facts {
	facts := replacement(p)
	facts.Allow = unprotect(p)
	return facts
}}

var replaceNotAllowed = finding{code: CodeReplaceNotAllowed, level: refuses, facts: func(p *pair, _ secret.Env) Facts {
	facts := replacement(p)
	facts.Allow = []Permission{AllowReplace}
	return facts
}}

var replaceLosesOverrides = finding{code: CodeOverridesLost, level: refuses, facts: func(p *pair, _ secret.Env) Facts {
	return Facts{Action: Replace, Environments: p.lost}
}}

var unmanagedSecret = finding{code: CodeUnmanagedSecret, level: forbids}

var unmanagedOverride = finding{code: CodeUnmanagedOverride, level: forbids, facts: aboutOverride}

var needlessDrop = finding{code: CodeDropNotNeeded, level: warns, facts: aboutOverride}

func aboutOverride(_ *pair, env secret.Env) Facts { return Facts{Environments: []secret.Env{env}} }

// difference says how the secret on Pantheon differs from the declared one.
func difference(p *pair) Facts {
	return Facts{
		OnPantheon: attributes(p.live.Type, p.live.Scopes),
		Declared:   attributes(p.desired.Type, p.desired.Scopes),
	}
}

// replacement adds what a replacement would lose.
func replacement(p *pair) Facts {
	facts := difference(p)
	facts.Action, facts.Environments = Replace, p.lost
	return facts
}

// unprotect says how to allow the replacement of a protected secret. The word
// that lifts the protection of a record is `protect: false`; dropping the line
// does not.
func unprotect(p *pair) []Permission {
	f := p.facts()
	f.protected = false
	first := AllowDropProtect
	if p.past.record.Protect {
		first = AllowUnprotect
	}
	if f.mayReplace() {
		return []Permission{first}
	}
	return []Permission{first, AllowReplace}
}

func attributes(t secret.Type, scopes secret.Scopes) Attributes {
	return Attributes{Type: t, Scopes: append(secret.Scopes{}, scopes...)} // never null in JSON
}
