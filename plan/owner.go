package plan

import (
	"cmp"
	"slices"

	"github.com/cella-secrets/cella/secret"
)

// part is what a plan says of one owner.
type part struct {
	owner     secret.Owner
	policy    Policy
	changes   []Change
	unmanaged []Unmanaged
	warnings  []Warning
	refusals  []Refusal
	// own counts the live secrets that are certainly the owner's own.
	own int
}

// diffOwner compares one owner's sides. It walks both sorted lists at once
// and keeps no map: owners are many, and so are their secrets.
func diffOwner(owner secret.Owner, desired secret.Desired, live secret.Live, policy Policy) part {
	p := part{owner: owner, policy: policy}
	want := sortedBy(desired.Secrets, func(s secret.DesiredSecret) secret.Name { return s.Name })
	have := sortedBy(live.Secrets, func(s secret.LiveSecret) secret.Name { return s.Name })
	p.changes = make([]Change, 0, len(want))
	for len(want) > 0 || len(have) > 0 {
		var d *secret.DesiredSecret
		var l *secret.LiveSecret
		if len(want) > 0 && (len(have) == 0 || want[0].Name <= have[0].Name) {
			d = &want[0]
		}
		if len(have) > 0 && (len(want) == 0 || have[0].Name <= want[0].Name) {
			l = &have[0]
		}
		if d != nil {
			want = want[1:]
		}
		if l != nil {
			have = have[1:]
		}
		p.add(newPair(owner, d, l))
	}
	return p
}

// add decides one name.
func (p *part) add(names pair) {
	f := names.facts()
	if f.live && !f.reserved && !f.mayBeInherited {
		p.own++
	}
	whole := decide(wholeSecret, f).then
	p.tell(names, "", whole)
	if whole.action == "" {
		return
	}
	change := newChange(names, whole)
	if !whole.handsOff {
		p.decideValues(&change, names, f)
		p.decideUndeclared(&change, names, f)
		finish(&change, whole)
	}
	p.changes = append(p.changes, change)
}

// newChange describes the secret, before its values are looked at.
func newChange(names pair, whole outcome) Change {
	d, l := names.desired, names.live
	change := Change{
		Owner: names.owner, Secret: d.Name, Action: whole.action, Reasons: append([]string{}, whole.reasons()...),
		Type: TypeChange{After: d.Type}, Scopes: ScopesChange{After: copied(d.Scopes)},
		Overrides: []OverrideChange{}, External: d.External,
	}
	if l == nil {
		return change
	}
	if change.MayBeInherited = l.Presence == secret.MayBeInherited; !change.MayBeInherited {
		change.Type.Before, change.Scopes.Before = l.Type, copied(l.Scopes)
	}
	return change
}

// decideValues decides the default value and every declared override.
func (p *part) decideValues(change *Change, names pair, f facts) {
	f = names.valueFacts(f, "", names.desired.Value)
	byDefault := decide(declaredValue, f).then
	change.Default, change.Value = byDefault.action, f.state()
	change.Reasons = append(change.Reasons, byDefault.reasons()...)
	change.Overrides = make([]OverrideChange, 0, len(names.desired.Overrides))
	for _, override := range names.desired.Overrides {
		f := names.valueFacts(f, override.Env, override.Value)
		then := decide(declaredValue, f).then
		change.Overrides = append(change.Overrides, OverrideChange{
			Env: override.Env, Action: then.action, Value: f.state(), Reasons: then.reasons(),
		})
	}
}

// decideUndeclared decides the overrides that are live or dropped, but get no
// value from the manifest.
func (p *part) decideUndeclared(change *Change, names pair, f facts) {
	envs := names.undeclared
	for _, env := range names.desired.DropOverrides {
		if _, declared := names.desired.Override(env); !declared && !slices.Contains(envs, env) {
			envs = append(envs, env)
		}
	}
	for _, env := range envs {
		then := decide(undeclaredOverride, names.overrideFacts(f, env)).then
		p.tell(names, env, then)
		if then.action != "" {
			change.Overrides = append(change.Overrides, OverrideChange{Env: env, Action: then.action, Reasons: then.reasons()})
		}
	}
}

// finish derives what follows from the values together.
func finish(change *Change, whole outcome) {
	slices.SortFunc(change.Overrides, func(a, b OverrideChange) int { return cmp.Compare(a.Env, b.Env) })
	acts, creates := false, false
	for _, override := range change.Overrides {
		acts = acts || override.Action != None
		creates = creates || override.Action == Create
	}
	switch {
	case whole.action != None:
		if creates {
			change.Reasons = append(change.Reasons, reasonOverridesLater)
		}
	case change.Default != None:
		change.Action = Update
	case acts:
		change.Action = Update
		change.Reasons = append(change.Reasons, reasonOnlyOverrides)
	}
}

// tell records what an outcome says beside its action.
func (p *part) tell(names pair, env secret.Env, then outcome) {
	// A policy of ignore is about secrets. An undeclared override of a
	// declared secret takes effect in place of what the manifest says, so it
	// is always listed.
	if then.unmanaged && (env != "" || p.policy.Unmanaged != IgnoreUnmanaged) {
		p.unmanaged = append(p.unmanaged, Unmanaged{Owner: p.owner, Secret: names.name(), Env: env})
	}
	found := then.finding
	if found.code == "" || found.level == forbids && p.policy.Unmanaged != ForbidUnmanaged {
		return
	}
	message, remedy := found.text(names, env)
	if found.level == warns || found.level == warnsStrict && !p.policy.Strict {
		p.warnings = append(p.warnings, Warning{Code: found.code, Owner: p.owner, Secret: names.name(), Message: message})
		return
	}
	p.refusals = append(p.refusals, Refusal{Code: found.code, Owner: p.owner, Secret: names.name(), Message: message, Remedy: remedy})
}

// reasons is nil where there is none.
func (o outcome) reasons() []string {
	if o.reason == "" {
		return nil
	}
	return []string{o.reason}
}

// copied is nil for an empty set, as it is after a trip through JSON.
func copied(scopes secret.Scopes) secret.Scopes { return append(secret.Scopes(nil), scopes...) }

// sortedBy returns the list sorted by key. Lists come sorted; where one does
// not, a copy is sorted, because the walk must not miss a name.
func sortedBy[T any, K cmp.Ordered](list []T, key func(T) K) []T {
	compare := func(a, b T) int { return cmp.Compare(key(a), key(b)) }
	if slices.IsSortedFunc(list, compare) {
		return list
	}
	list = slices.Clone(list)
	slices.SortStableFunc(list, compare)
	return list
}
