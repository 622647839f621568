package decision

import (
	"cmp"
	"slices"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/entry"
	"github.com/cella-secrets/cella/secret"
)

// drift tells what was changed outside since it was applied, and what happens
// about it. Of a secret that may be inherited, or that a list which may be cut
// does not show, nothing can be told, and of a pending one nothing is known.
func (p *part) drift(names *pair, change plan.Change, refused bool) {
	if names.past.State != entry.Applied || names.presence() == maybeLive || names.presence() == unseen {
		return
	}
	tell := func(env secret.Env, code plan.Code, facts plan.Facts, action plan.Action) {
		facts.Action, facts.Refused, facts.IfVerified = action, refused, p.ledgers.Presumes()
		p.drifted = append(p.drifted, plan.Drift{Owner: p.owner, Secret: names.name, Env: env, Code: code, Facts: facts})
	}
	entry := names.past.Entry
	if names.live == nil {
		tell("", plan.DriftMissing, plan.Facts{}, change.Action)
		return
	}
	if entry.Type != names.live.Type || !entry.Scopes.Equal(names.live.Scopes) {
		tell("", plan.DriftAttributes, plan.Facts{
			Applied:    attributes(entry.Type, entry.Scopes),
			OnPantheon: attributes(names.live.Type, names.live.Scopes),
		}, change.Action)
	}
	for _, made := range entry.Fingerprints {
		reading, live := names.reading(made.Env)
		switch {
		case !live:
			tell(made.Env, plan.DriftMissing, plan.Facts{}, about(change, made.Env))
		case names.driftedFrom(made, reading):
			tell(made.Env, plan.DriftValue, plan.Facts{}, about(change, made.Env))
		}
	}
}

// driftedFrom reports whether a value came back and is not the one that the
// fingerprint was made of.
func (p *pair) driftedFrom(made ledger.EnvFingerprint, reading secret.Reading) bool {
	if !reading.Readable() || !p.ledgers.Keys.Knows(made.Fingerprint) {
		return false
	}
	return !p.ledgers.Keys.Matches(made.Fingerprint, p.past.Identity, p.recorded(made.Env), reading.Value())
}

// about returns what happens to one value: what is decided of it, or what
// happens to the whole secret where that says more.
func about(c plan.Change, env secret.Env) plan.Action {
	action := plan.None
	if env == "" {
		action = c.Default
	}
	if i, found := slices.BinarySearchFunc(c.Overrides, env, func(o plan.OverrideChange, e secret.Env) int { return cmp.Compare(o.Env, e) }); found {
		action = c.Overrides[i].Action
	}
	switch {
	case action != plan.None && action != "":
		return action
	case c.Action == plan.Update:
		return plan.Adopt // the ledger is written along with the rest
	}
	return c.Action
}
