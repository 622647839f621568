package decision

import (
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/secret"
)

// TestStructureOfAnAppliedEstate: what was applied is alike in structure, and
// nothing is left for a ledger to say.
func TestStructureOfAnAppliedEstate(t *testing.T) {
	t.Parallel()
	looked := 0
	for seed := range uint64(seeds * 2) {
		w := newWorld(seed)
		allowed, in, p := w.now.allowed(w.cloud)
		if len(allowed.desired) == 0 || !in.Keys.Known() || !w.cloud.apply(in, p) {
			continue
		}
		looked++
		s := Diff(undecrypted(allowed.input(w.cloud), allowed))
		if s.HasChanges() || s.Blocked() || len(s.IfLedgerVerifies) > 0 || s.Complete || s.Summary.AsApplied > 0 {
			t.Fatalf("seed %d: %v\nthen %v", seed, shorthand(p), withPresumed(s))
		}
	}
	if looked < seeds/2 {
		t.Errorf("only %d were looked at; the generator is off", looked)
	}
}

// TestStructureShowsTheSame: whatever a plan changes in structure, refuses,
// lists or fails is in the plan without values too, as a change or as what
// follows if the ledger verifies; and where it does, no other change is.
func TestStructureShowsTheSame(t *testing.T) {
	t.Parallel()
	presumed := 0
	for seed := range uint64(seeds * 4) {
		w := newWorld(seed)
		in := w.input()
		in.Rewrite = false
		p, s := Diff(in), Diff(undecrypted(in, w.now))
		presumed += len(s.IfLedgerVerifies)
		missing := func(what string, one any) {
			t.Helper()
			t.Fatalf("seed %d: %s is missing: %+v\nwith values %v\nwithout %v", seed, what, one, shorthand(p), withPresumed(s))
		}
		for _, change := range structural(p) {
			unknown := func(w plan.Warning) bool {
				return w.Code == plan.CodeRetireUnknown && w.Owner == change.owner && w.Secret == change.secret
			}
			if !slices.Contains(structural(s), change) && !slices.ContainsFunc(s.Warnings, unknown) {
				missing("a change", change)
			}
		}
		for _, change := range structural(s) {
			if !slices.Contains(structural(p), change) {
				t.Fatalf("seed %d: %+v is too much\nwith values %v\nwithout %v", seed, change, shorthand(p), withPresumed(s))
			}
		}
		for _, refusal := range p.Refusals {
			if !slices.ContainsFunc(s.Refusals, func(r plan.Refusal) bool { return gocmp.Equal(r, refusal) }) {
				missing("a refusal", refusal)
			}
		}
		if diff := gocmp.Diff(p.Errors, s.Errors); diff != "" {
			missing("an error", diff)
		}
		if diff := gocmp.Diff(p.Unmanaged, s.Unmanaged); diff != "" {
			missing("an unmanaged secret", diff)
		}
		for _, change := range s.Changes {
			compared := change.Value == plan.Equal || change.Value == plan.Changed || change.Value == plan.AsApplied
			if compared || change.Default == plan.Update || change.Action == plan.Adopt {
				t.Fatalf("seed %d: more is said than can be known: %+v", seed, change)
			}
		}
	}
	if presumed < seeds {
		t.Errorf("only %d were the ledger's word; the generator is off", presumed)
	}
}

// step is a change in structure: of a secret, or with env of an override. Of
// ledgers it is those that are given up or removed.
type step struct {
	owner  secret.Owner
	secret secret.Name
	env    secret.Env
	action plan.Action
}

func structural(p plan.Plan) []step {
	var steps []step
	for _, c := range p.Changes {
		switch c.Action {
		case plan.Create, plan.Replace, plan.Delete, plan.Release, plan.Forget:
			steps = append(steps, step{c.Owner, c.Secret, "", c.Action})
		}
		for _, o := range c.Overrides {
			if o.Action == plan.Create || o.Action == plan.Delete {
				steps = append(steps, step{c.Owner, c.Secret, o.Env, o.Action})
			}
		}
	}
	for _, s := range p.IfLedgerVerifies {
		steps = append(steps, step{s.Owner, s.Secret, s.Env, s.Action})
	}
	for _, l := range p.Ledgers {
		if l.Action == plan.RemoveLedger {
			steps = append(steps, step{l.Owner, l.Ledger, "", plan.Delete})
		}
		if l.Action == plan.ResetLedger {
			steps = append(steps, step{l.Owner, l.Ledger, "", plan.Replace})
		}
	}
	return steps
}
