package plan

import (
	"cmp"
	"slices"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/secret"
)

// drift tells what was changed outside since it was applied, and what happens
// about it. Of a secret that may be inherited, or that a list which may be cut
// does not show, nothing can be told, and of a pending one nothing is known.
func (p *part) drift(names *pair, change Change, refused bool) {
	if names.past.recall != recordedApplied || names.presence() == maybeLive || names.presence() == unseen {
		return
	}
	tell := func(env secret.Env, code Code, facts Facts, action Action) {
		facts.Action, facts.Refused, facts.IfVerified = action, refused, p.memory.presumes()
		p.drifted = append(p.drifted, Drift{Owner: p.owner, Secret: names.name, Env: env, Code: code, Facts: facts})
	}
	record := names.past.record
	if names.live == nil {
		tell("", DriftMissing, Facts{}, change.Action)
		return
	}
	if record.Type != names.live.Type || !record.Scopes.Equal(names.live.Scopes) {
		tell("", DriftAttributes, Facts{
			Applied:    attributes(record.Type, record.Scopes),
			OnPantheon: attributes(names.live.Type, names.live.Scopes),
		}, change.Action)
	}
	for _, entry := range record.Fingerprints {
		reading, live := names.reading(entry.Env)
		switch {
		case !live:
			tell(entry.Env, DriftMissing, Facts{}, change.about(entry.Env))
		case names.driftedFrom(entry, reading):
			tell(entry.Env, DriftValue, Facts{}, change.about(entry.Env))
		}
	}
}

// driftedFrom reports whether a value came back and is not the one that the
// fingerprint was made of.
func (p *pair) driftedFrom(entry ledger.EnvFingerprint, reading secret.Reading) bool {
	if !reading.Readable() || !p.memory.keys.Knows(entry.Fingerprint) {
		return false
	}
	return !p.memory.keys.Matches(entry.Fingerprint, p.past.identity, p.recorded(entry.Env), reading.Value())
}

// about returns what happens to one value: what is decided of it, or what
// happens to the whole secret where that says more.
func (c Change) about(env secret.Env) Action {
	action := None
	if env == "" {
		action = c.Default
	}
	if i, found := slices.BinarySearchFunc(c.Overrides, env, func(o OverrideChange, e secret.Env) int { return cmp.Compare(o.Env, e) }); found {
		action = c.Overrides[i].Action
	}
	switch {
	case action != None && action != "":
		return action
	case c.Action == Update:
		return Adopt // the ledger is written along with the rest
	}
	return c.Action
}
