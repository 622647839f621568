package plan

import (
	"cmp"
	"slices"

	"github.com/cella-secrets/cella/secret"
)

// Diff compares the desired with the live state. It is pure: the same input,
// in whatever order, gives the same Plan. It does not change its input, and
// shares no list with it.
//
//  1. An owner that could not be read, or was not, is an error; nothing is
//     claimed of its secrets, and they have no entry in Changes.
//  2. Everything else is decided by one ordered list of rules, secret by
//     secret, then value by value.
//  3. A refused change shows the action that would be needed, in Changes and
//     in Summary alike.
//  4. A target leaves out whatever it does not cover, refusals and errors
//     included, after everything was decided.
//  5. Complete is false after an error and with a target.
func Diff(in Input) Plan {
	plan := Plan{
		FormatVersion: FormatVersion, CellaVersion: in.CellaVersion, Project: in.Project,
		Inputs: append([]InputFile{}, in.Inputs...), Unmanaged: []Unmanaged{}, Drift: []Drift{},
		Errors: []OwnerError{}, Warnings: []Warning{}, Refusals: []Refusal{},
	}
	plan.Requests.Secrets = len(in.Live)
	owners := matchOwners(in)
	plan.Changes = make([]Change, 0, declaredSecrets(owners))
	for _, both := range owners {
		if !in.Target.covers(both.owner) {
			continue
		}
		if len(both.failures) > 0 {
			plan.Errors = append(plan.Errors, both.errors()...)
			continue
		}
		decided := diffOwner(both.owner, both.desired, both.live, in.Policy)
		if refusal, braked := brake(decided, both.desired.MaxDeletePercent); braked {
			decided.refusals = append(decided.refusals, refusal)
		}
		plan.take(decided.limit(in.Target))
	}
	plan.limitTo(in)
	plan.Complete = len(plan.Errors) == 0 && in.Target == Target{}
	plan.sort()
	plan.summarize()
	return plan
}

// take adds what was decided of one owner.
func (p *Plan) take(decided part) {
	p.Changes = append(p.Changes, decided.changes...)
	p.Unmanaged = append(p.Unmanaged, decided.unmanaged...)
	p.Warnings = append(p.Warnings, decided.warnings...)
	p.Refusals = append(p.Refusals, decided.refusals...)
}

// limitTo says what the plan is limited to, and fails a target that the
// manifest does not know: planning nothing would pass for success.
func (p *Plan) limitTo(in Input) {
	target := in.Target
	if target == (Target{}) {
		return
	}
	what := target.Owner.String()
	if target.Secret != "" {
		what += "/" + secret.Quote(string(target.Secret))
	}
	p.Warnings = append(p.Warnings, Warning{
		Code: CodeTarget, Owner: target.Owner, Secret: target.Secret,
		Message: "limited to " + what + "; everything else is left out",
	})
	for _, desired := range in.Desired {
		if target.covers(desired.Owner) && (target.Secret == "" || declares(desired, target.Secret)) {
			return
		}
	}
	p.Errors = append(p.Errors, OwnerError{Owner: target.Owner, Message: "the manifest does not declare the target " + what})
}

func declares(desired secret.Desired, name secret.Name) bool {
	return slices.ContainsFunc(desired.Secrets, func(s secret.DesiredSecret) bool { return s.Name == name })
}

// sort orders every list. Changes are in order already: owners were walked in
// order, and each owner's secrets.
func (p *Plan) sort() {
	slices.SortFunc(p.Inputs, func(a, b InputFile) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.SHA256, b.SHA256))
	})
	slices.SortFunc(p.Unmanaged, func(a, b Unmanaged) int {
		return cmp.Or(a.Owner.Compare(b.Owner), cmp.Compare(a.Secret, b.Secret), cmp.Compare(a.Env, b.Env))
	})
	slices.SortFunc(p.Errors, func(a, b OwnerError) int {
		return cmp.Or(a.Owner.Compare(b.Owner), cmp.Compare(a.Message, b.Message))
	})
	slices.SortFunc(p.Warnings, func(a, b Warning) int {
		return cmp.Or(a.Owner.Compare(b.Owner), cmp.Compare(a.Secret, b.Secret), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Message, b.Message))
	})
	slices.SortFunc(p.Refusals, func(a, b Refusal) int {
		return cmp.Or(a.Owner.Compare(b.Owner), cmp.Compare(a.Secret, b.Secret), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Message, b.Message))
	})
}

// summarize counts, from the lists as they are shown.
func (p *Plan) summarize() {
	s := &p.Summary
	for _, change := range p.Changes {
		switch change.Action {
		case Create:
			s.Create++
		case Update:
			s.Update++
		case Replace:
			s.Replace++
		case Delete:
			s.Delete++
		case None:
			s.None++
		}
		s.Unverifiable += change.unverifiable()
		p.Requests.Secrets += change.Steps()
	}
	s.Unmanaged, s.Refused = len(p.Unmanaged), len(p.Refusals)
}

// unverifiable counts the values of the change that could not be compared.
func (c Change) unverifiable() int {
	n := 0
	if c.Value == Unverifiable {
		n++
	}
	for _, override := range c.Overrides {
		if override.Value == Unverifiable {
			n++
		}
	}
	return n
}
