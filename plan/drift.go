package plan

import (
	"fmt"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/secret"
)

// consequences say what apply does about something that was changed outside.
var consequences = map[Action]string{
	Create:  "apply creates it again",
	Update:  "apply writes the manifest's value",
	Replace: "apply replaces it",
	Delete:  "apply deletes it",
	Adopt:   "the ledger takes note of it",
	Release: "apply releases it as it is",
	Forget:  "the ledger forgets it",
	None:    "nothing is done about it",
}

const refusedConsequence = "what would be done about it is refused"

// drift tells what was changed outside since it was applied, and what happens
// about it. Of a secret that may be inherited nothing can be told, and of a
// pending one nothing is known.
func (p *part) drift(names pair, change Change, refused bool) {
	if names.past.recall != recordedApplied || names.presence() == maybeLive {
		return
	}
	tell := func(env secret.Env, what string, action Action) {
		then := consequences[action]
		if refused {
			then = refusedConsequence
		}
		if p.memory.presumes() {
			what = "if the ledger verifies: " + what
		}
		p.drifted = append(p.drifted, Drift{Owner: p.owner, Secret: names.name, Env: env, What: what + "; " + then})
	}
	record := names.past.record
	if names.live == nil {
		tell("", "it was applied, and is no longer live", change.Action)
		return
	}
	if record.Type != names.live.Type || !record.Scopes.Equal(names.live.Scopes) {
		tell("", fmt.Sprintf("applied with %s, and live with %s",
			attributes(record.Type, record.Scopes), attributes(names.live.Type, names.live.Scopes)), change.Action)
	}
	for _, entry := range record.Fingerprints {
		reading, live := names.reading(entry.Env)
		switch {
		case !live:
			tell(entry.Env, "the override was applied, and is no longer live", change.about(entry.Env))
		case names.driftedFrom(entry, reading):
			tell(entry.Env, "the live value is not the one that was applied", change.about(entry.Env))
		}
	}
}

// driftedFrom reports whether a value came back and is not the one that the
// fingerprint was made of.
func (p pair) driftedFrom(entry ledger.EnvFingerprint, reading secret.Reading) bool {
	if !reading.Readable() || !p.memory.keys.Knows(entry.Fingerprint) {
		return false
	}
	place := ledger.Place{Name: p.name, Env: entry.Env, Type: p.past.record.Type, Scopes: p.past.record.Scopes}
	return !p.memory.keys.Matches(entry.Fingerprint, p.past.identity, place, reading.Value())
}

// about returns what happens to one value: what is decided of it, or what
// happens to the whole secret where that says more.
func (c Change) about(env secret.Env) Action {
	action := None
	if env == "" {
		action = c.Default
	}
	for _, override := range c.Overrides {
		if override.Env == env {
			action = override.Action
		}
	}
	switch {
	case action != None && action != "":
		return action
	case c.Action == Update:
		return Adopt // the ledger is written along with the rest
	}
	return c.Action
}
