package decision

import (
	"github.com/cella-secrets/cella/plan"
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
	code  plan.Code
	level level
	// variant, where set, returns the code instead.
	variant func(p *pair) plan.Code
	// facts, where set, returns what the code comes with. The environment is
	// that of an override, else empty.
	facts func(p *pair, env secret.Env) plan.Facts
}

// of returns the code and the facts for one name.
func (f finding) of(p *pair, env secret.Env) (plan.Code, plan.Facts) {
	code, facts := f.code, plan.Facts{}
	if f.variant != nil {
		code = f.variant(p)
	}
	if f.facts != nil {
		facts = f.facts(p, env)
	}
	return code, facts
}

var reservedName = finding{code: plan.CodeReservedName, level: refuses}

var externalMissing = finding{code: plan.CodeExternalMissing, level: warnsStrict}

var externalDiffers = finding{code: plan.CodeExternalDiffers, level: warnsStrict, facts: func(p *pair, _ secret.Env) plan.Facts {
	return difference(p)
}}

var replaceProtected = finding{code: plan.CodeProtected, level: refuses, facts: func(p *pair, _ secret.Env) plan.Facts {
	facts := replacement(p)
	facts.Allow = unprotect(p)
	return facts
}}

var replaceNotAllowed = finding{code: plan.CodeReplaceNotAllowed, level: refuses, facts: func(p *pair, _ secret.Env) plan.Facts {
	facts := replacement(p)
	facts.Allow = []plan.Permission{plan.AllowReplace}
	return facts
}}

var replaceLosesOverrides = finding{code: plan.CodeOverridesLost, level: refuses, facts: func(p *pair, _ secret.Env) plan.Facts {
	return plan.Facts{Action: plan.Replace, Environments: p.lost}
}}

var unmanagedSecret = finding{code: plan.CodeUnmanagedSecret, level: forbids}

var unmanagedOverride = finding{code: plan.CodeUnmanagedOverride, level: forbids, facts: aboutOverride}

var needlessDrop = finding{code: plan.CodeDropNotNeeded, level: warns, facts: aboutOverride}

func aboutOverride(_ *pair, env secret.Env) plan.Facts {
	return plan.Facts{Environments: []secret.Env{env}}
}

// difference says how the secret on Pantheon differs from the declared one.
func difference(p *pair) plan.Facts {
	return plan.Facts{
		OnPantheon: attributes(p.live.Type, p.live.Scopes),
		Declared:   attributes(p.desired.Type, p.desired.Scopes),
	}
}

// replacement adds what a replacement would lose.
func replacement(p *pair) plan.Facts {
	facts := difference(p)
	facts.Action, facts.Environments = plan.Replace, p.lost
	return facts
}

// unprotect says how to allow the replacement of a protected secret. The word
// that lifts the protection of a record is `protect: false`; dropping the line
// does not.
func unprotect(p *pair) []plan.Permission {
	f := p.facts()
	first := plan.AllowDropProtect
	if p.past.Entry.Protect {
		first = plan.AllowUnprotect
	}
	if f.mayReplace() {
		return []plan.Permission{first}
	}
	return []plan.Permission{first, plan.AllowReplace}
}

func attributes(t secret.Type, scopes secret.Scopes) plan.Attributes {
	return plan.Attributes{Type: t, Scopes: append(secret.Scopes{}, scopes...)} // never null in JSON
}
