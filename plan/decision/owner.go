package decision

import (
	"cmp"
	"slices"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/entry"
	"github.com/cella-secrets/cella/secret"
)

// part is what a plan says of one owner.
type part struct {
	terms
	policy        Policy
	desired       secret.Desired
	live          secret.Live
	want          []secret.DesiredSecret // sorted by name
	changes       []plan.Change
	ledgerChanges []plan.LedgerChange
	unmanaged     []plan.Unmanaged
	drifted       []plan.Drift
	warnings      []plan.Warning
	refusals      []plan.Refusal
	presumed      []plan.Presumed
	tally         tally
}

// terms are what the names of one owner are decided under.
type terms struct {
	owner   secret.Owner
	ledgers *entry.Ledgers
	over    *cover // the organization behind a site; nil where the manifest has none
	cut     bool   // its list may be cut
	rewrite bool
	// structureOnly: the manifest's values are not known, nor is the key.
	structureOnly bool
}

// diffOwner compares one owner's sides, and what is remembered of it.
func diffOwner(all *sides, in Input, over *cover) part {
	m := entry.Read(all.desired, all.ledgers, in.Keys)
	m.Projects = in.Policy.Projects
	p := part{
		terms:  terms{owner: all.owner, ledgers: &m, over: over, cut: all.live.Cut, rewrite: in.Rewrite, structureOnly: in.StructureOnly},
		policy: in.Policy, desired: all.desired, live: all.live,
	}
	want := sortedBy(all.desired.Secrets, nameOf)
	p.want = want
	have := all.live.Secrets
	p.changes = make([]plan.Change, 0, len(want))
	p.walk(want, have, m.Names())
	_, ledgerLive := secret.Live{Secrets: have}.Secret(ledger.Name(in.Project, all.owner.Kind, 1))
	p.tellLedgers(all.desired, ledgerLive, func(name secret.Name) bool {
		_, declared := slices.BinarySearchFunc(want, name, func(s secret.DesiredSecret, n secret.Name) int { return cmp.Compare(s.Name, n) })
		return declared
	})
	p.brake(all.desired.MaxDeletePercent)
	if all.live.Cut {
		p.warnings = append(p.warnings, plan.Warning{Code: plan.CodeListMayBeCut, Owner: p.owner})
	}
	return p
}

// walk decides every name of the sorted lists. It goes through all of them at
// once and keeps no map: owners are many, and so are their secrets. A name
// that comes twice on one side is decided twice.
func (p *part) walk(want []secret.DesiredSecret, have []secret.LiveSecret, kept []secret.Name) {
	var names pair // one for all of them: it is large, and each is done with before the next
	for len(want)+len(have)+len(kept) > 0 {
		name, first := secret.Name(""), true
		least := func(other secret.Name) {
			if first || other < name {
				name, first = other, false
			}
		}
		if len(want) > 0 {
			least(want[0].Name)
		}
		if len(have) > 0 {
			least(have[0].Name)
		}
		if len(kept) > 0 {
			least(kept[0])
		}
		var d *secret.DesiredSecret
		var l *secret.LiveSecret
		if len(want) > 0 && want[0].Name == name {
			d, want = &want[0], want[1:]
		}
		if len(have) > 0 && have[0].Name == name {
			l, have = &have[0], have[1:]
		}
		if len(kept) > 0 && kept[0] == name {
			kept = kept[1:]
		}
		names = newPair(&p.terms, name, d, l)
		p.add(&names)
	}
}

// add decides one name.
func (p *part) add(names *pair) {
	f := names.facts()
	if f.presence == ownLive && !f.reserved {
		p.tally.own++
	}
	whole := decide(wholeSecret, f).then
	p.tell(names, "", whole)
	if whole.action == "" {
		return
	}
	change, refused := newChange(names, whole), whole.finding.level == refuses
	names.uncover(&change, f)
	if !whole.handsOff {
		p.decideValues(&change, names, f)
		p.decideUndeclared(&change, names, f)
		finish(&change, whole, f, names.structureOnly)
	}
	if change.Action == plan.None && !refused && !f.leaving() {
		decideEntry(&change, names, f)
	}
	p.drift(names, change, refused)
	p.tally.count(change, f, p.ledgers.Deletes)
	p.changes = append(p.changes, change)
}

// newChange describes the secret, before its values are looked at.
func newChange(names *pair, whole outcome) plan.Change {
	d, l := names.desired, names.live
	change := plan.Change{
		Owner: names.owner, Secret: names.name, Action: whole.action, Reasons: whole.reasonsTo([]plan.Reason{}, plan.ReasonFacts{}),
		Overrides: []plan.OverrideChange{}, External: names.naming() == namedExternal,
		MayBeInherited: names.presence() == maybeLive,
	}
	deletes := whole.action == plan.Delete || whole.action == plan.Replace
	if l != nil && (!change.MayBeInherited || deletes) {
		change.Type.Before, change.Scopes.Before = l.Type, shown(l.Scopes)
	}
	switch kind := names.naming(); {
	case kind == managed || kind == namedExternal:
		change.Type.After, change.Scopes.After = d.Type, shown(d.Scopes)
	case whole.action != plan.Delete:
		change.Type.After, change.Scopes.After = change.Type.Before, shown(change.Scopes.Before)
	}
	return change
}

// decideValues decides the default value and every declared override.
func (p *part) decideValues(change *plan.Change, names *pair, f facts) {
	ofDefault := names.valueFacts(f, "", names.desired.Value)
	then := decide(declaredValue, ofDefault).then
	change.Default, change.Value, change.Source = then.action, ofDefault.state(), names.desired.Source
	change.ChangedBy, change.AppliedAt = ofDefault.changedBy(), names.appliedAt(ofDefault, "")
	change.Reasons = then.reasonsTo(change.Reasons, names.reasonFacts(ofDefault, "", names.desired.Value))
	change.Overrides = make([]plan.OverrideChange, 0, len(names.desired.Overrides))
	for _, override := range names.desired.Overrides {
		ofOverride := names.valueFacts(f, override.Env, override.Value)
		then := decide(declaredValue, ofOverride).then
		change.Overrides = append(change.Overrides, plan.OverrideChange{
			Env: override.Env, Action: then.action, Value: ofOverride.state(), ChangedBy: ofOverride.changedBy(),
			AppliedAt: names.appliedAt(ofOverride, override.Env),
			Source:    override.Source, Reasons: then.reasonsTo(nil, names.reasonFacts(ofOverride, override.Env, override.Value)),
		})
	}
}

// decideUndeclared decides the overrides that are live or dropped, but get no
// value from the manifest.
func (p *part) decideUndeclared(change *plan.Change, names *pair, f facts) {
	envs := slices.Clone(names.undeclared)
	for _, env := range slices.Compact(slices.Clone(names.desired.DropOverrides)) {
		if _, listed := slices.BinarySearch(names.undeclared, env); !listed && !names.declares(env) {
			envs = append(envs, env)
		}
	}
	for _, env := range envs {
		then := decide(undeclaredOverride, names.overrideFacts(f, env)).then
		p.tell(names, env, then)
		if then.action != "" {
			change.Overrides = append(change.Overrides, plan.OverrideChange{Env: env, Action: then.action, Reasons: then.reasonsTo(nil, plan.ReasonFacts{})})
		}
	}
}

// finish derives what follows from the values together.
func finish(change *plan.Change, whole outcome, f facts, structureOnly bool) {
	slices.SortFunc(change.Overrides, func(a, b plan.OverrideChange) int { return cmp.Compare(a.Env, b.Env) })
	acts, creates, overwrites := false, false, change.Default == plan.Update
	for _, override := range change.Overrides {
		acts = acts || override.Action != plan.None
		creates = creates || override.Action == plan.Create
		overwrites = overwrites || override.Action == plan.Update
	}
	add := func(holds bool, reason plan.Code) {
		if holds {
			change.Reasons = append(change.Reasons, plan.Reason{Code: reason})
		}
	}
	if whole.action == plan.None && (acts || change.Default != plan.None) {
		change.Action = plan.Update
		add(change.Default == plan.None && !structureOnly, plan.ReasonOnlyOverrides)
		add(structureOnly, plan.ReasonOverridesDiffer)
		add(overwrites && f.keeps() && !f.recorded(), plan.ReasonOverwrites)
	}
	add(whole.action != plan.None && creates, plan.ReasonOverridesLater)
	add(change.Action != plan.None && f.unconfirmed(), plan.ReasonUnfinished)
}

// decideEntry decides what the ledger has to learn of a declared secret that
// nothing is written to.
func decideEntry(change *plan.Change, names *pair, f facts) {
	var behind []plan.Code
	if f.named == managed && f.keeps() && !names.structureOnly {
		behind = names.behind()
	}
	f.upToDate = len(behind) == 0 && (f.named == managed || !f.recorded())
	then := decide(ledgerEntry, f).then
	change.Action = then.action
	change.Reasons = then.reasonsTo(change.Reasons, plan.ReasonFacts{})
	if then.action == plan.Adopt {
		change.Reasons = append(change.Reasons, reasonsOf(behind...)...)
	}
}

// tell records what an outcome says beside its action.
func (p *part) tell(names *pair, env secret.Env, then outcome) {
	// A policy of ignore is about secrets. An undeclared override of a
	// declared secret takes effect in place of what the manifest says, so it
	// is always listed.
	if then.unmanaged && (env != "" || p.policy.Unmanaged != secret.IgnoreUnmanaged) {
		p.unmanaged = append(p.unmanaged, plan.Unmanaged{Owner: p.owner, Secret: names.name, Env: env})
	}
	found := then.finding
	if found.code == "" || found.level == forbids && p.policy.Unmanaged != secret.ForbidUnmanaged {
		return
	}
	code, facts := found.of(names, env)
	if found.level == warns || found.level == warnsStrict && !p.policy.Strict {
		p.warnings = append(p.warnings, plan.Warning{Code: code, Owner: p.owner, Secret: names.name, Facts: facts})
		return
	}
	p.refusals = append(p.refusals, plan.Refusal{Code: code, Owner: p.owner, Secret: names.name, Facts: facts})
}

// reasonsOf is nil where there are none.
func reasonsOf(codes ...plan.Code) []plan.Reason {
	var reasons []plan.Reason
	for _, code := range codes {
		reasons = append(reasons, plan.Reason{Code: code})
	}
	return reasons
}

// reasonsTo adds the reason to others, where there is one.
func (o outcome) reasonsTo(others []plan.Reason, facts plan.ReasonFacts) []plan.Reason {
	if o.reason == "" {
		return others
	}
	return append(others, plan.Reason{Code: o.reason, Facts: facts})
}

// shown is nil for an empty set, as it is after a trip through JSON.
func shown(scopes secret.Scopes) secret.Scopes {
	if len(scopes) == 0 {
		return nil
	}
	return slices.Clip(scopes)
}

func nameOf(s secret.DesiredSecret) secret.Name { return s.Name }

// sortedBy returns the list sorted by key. Lists come sorted; where one does
// not, a copy is sorted, because the walk must not miss a name.
func sortedBy[T any, K cmp.Ordered](list []T, key func(T) K) []T {
	if isSortedBy(list, key) {
		return list
	}
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b T) int { return cmp.Compare(key(a), key(b)) })
	return list
}

func isSortedBy[T any, K cmp.Ordered](list []T, key func(T) K) bool {
	return slices.IsSortedFunc(list, func(a, b T) int { return cmp.Compare(key(a), key(b)) })
}
