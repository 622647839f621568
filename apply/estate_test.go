package apply_test

import (
	"testing"

	"github.com/cella-secrets/cella/apply"
	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/decision"
	"github.com/cella-secrets/cella/secret"
)

// estate is a world, and the manifest that is applied to it.
type estate struct {
	w        *world
	keys     ledger.Keys
	org      secret.Owner
	project  string
	formerly []string
}

// copy has a world of its own.
func (e estate) copy() estate {
	e.w = e.w.clone()
	return e
}

func (e estate) options() apply.Options {
	opts := options()
	opts.Uncoverer = e.w
	return opts
}

// read returns what a run reads before it decides.
func (e estate) read(desired []secret.Desired) (plan.Plan, apply.Input) {
	in := decision.Input{Project: e.project, Desired: desired, Keys: e.keys, Policy: decision.Policy{Unmanaged: secret.ReportUnmanaged}}
	for _, d := range desired {
		live := e.w.list(d.Owner, e.org, false)
		in.Live = append(in.Live, live)
		in.Ledgers = append(in.Ledgers, ledger.ReadAll(live, e.project, e.formerly, e.keys))
	}
	p := decision.Diff(in)
	return p, apply.Input{Plan: p, Desired: desired, Ledgers: in.Ledgers, Keys: e.keys, Run: runID}
}

const runID = "0123456789abcdef0123456789abcdef"

// apply converges: it plans, applies and wants all of it done.
func (e estate) apply(t *testing.T, desired []secret.Desired) {
	t.Helper()
	p, in := e.read(desired)
	if p.Blocked() {
		t.Fatalf("refused: %+v, errors: %+v", p.Refusals, p.Errors)
	}
	report, err := apply.Run(t.Context(), e.w, in, e.options())
	if err != nil || !report.Complete() {
		t.Fatalf("error %v, report %+v", err, report)
	}
}

// quiet wants a plan without anything to do.
func (e estate) quiet(t *testing.T, desired []secret.Desired) {
	t.Helper()
	p, _ := e.read(desired)
	if p.HasChanges() || p.Blocked() || len(p.Ledgers) > 0 {
		t.Errorf("the next plan is not quiet: %+v, ledgers %+v, refusals %+v", p.Summary, p.Ledgers, p.Refusals)
	}
	for _, change := range p.Changes {
		if change.Action != plan.None {
			t.Errorf("%s of %s: %s %v", change.Secret, change.Owner, change.Action, change.Reasons)
		}
	}
	if p.Requests.Secrets != len(desired) {
		t.Errorf("a quiet plan announces %d requests, want a list per owner", p.Requests.Secrets)
	}
}

// clone copies the world, without its calls and faults.
func (w *world) clone() *world {
	copied := newWorld()
	for key, old := range w.secrets {
		fresh := newStored(old.typ, old.scopes, old.value)
		for env, value := range old.overrides {
			fresh.overrides[env] = value
		}
		copied.secrets[key] = fresh
	}
	return copied
}
