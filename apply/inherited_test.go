package apply_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/apply"
	"github.com/cella-secrets/cella/plan"
)

// TestUpdateOfWhatMayBeInherited: what the listing cannot tell is found out by
// the first write. Where the site has none of its own it is created in full.
func TestUpdateOfWhatMayBeInherited(t *testing.T) {
	const create, set = "site:s create A runtime web", "site:s set A "
	s, keys := site("s"), keysOf(t, "k")
	overrides := envs("dev", plan.None, "live", plan.Update)
	tests := map[string]struct {
		own, inherited bool
		job            job
		fail           string
		err            error // errRefused where it is nil
		calls          []string
		records        string
		outcome        apply.Outcome
		reason         string
	}{
		"own": {
			own: true, inherited: true, job: newJob(s, "A", plan.Update, overrides),
			calls:   []string{writeLedger, set + "live", set + "default", writeLedger},
			records: "A=applied", outcome: apply.Done,
		},
		"gone": {
			inherited: true, job: newJob(s, "A", plan.Update, overrides),
			calls:   []string{writeLedger, set + "live", create, set + "dev", set + "live", writeLedger},
			records: "A=applied", outcome: apply.Done,
			reason: "the override for dev is gone with the secret, so it is written too",
		},
		"gone, only an override changes": {
			inherited: true, job: withoutDefault(newJob(s, "A", plan.Update, overrides)),
			calls:   []string{writeLedger, set + "live", create, set + "dev", set + "live", writeLedger},
			records: "A=applied", outcome: apply.Done,
		},
		"gone, create refused": {
			inherited: true, job: newJob(s, "A", plan.Update, overrides), fail: create,
			calls:   []string{writeLedger, set + "live", create, writeLedger},
			records: "A=applied", outcome: apply.Failed,
			reason: "nothing took effect, so the record is what it was",
		},
		"gone half-way": {
			own: true, inherited: true, job: newJob(s, "A", plan.Update, overrides), fail: set + "default", err: errAbsent,
			calls:   []string{writeLedger, set + "live", set + "default"},
			records: "A=pending", outcome: apply.Failed,
			reason: "somebody deletes it while it is written; the next plan decides with fresh eyes",
		},
		"not inherited": {
			job:     newJob(s, "A", plan.Update, overrides),
			calls:   []string{writeLedger, set + "live", writeLedger},
			records: "A=applied", outcome: apply.Failed,
			reason: "the listing showed it, so somebody deleted it just now; the next plan says so",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			test.job.change.MayBeInherited = test.inherited
			w := newWorld().remember(t, s, project, keys, applied("A"))
			if test.own {
				w.populate(test.job)
			}
			if test.err == nil {
				test.err = errRefused
			}
			w.fail(test.fail, fault{err: test.err})
			report, err := apply.Run(t.Context(), w, w.remembering(input(test.job), keys), options())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.calls, w.calls); diff != "" {
				t.Errorf("calls, -want +got:\n%s(%s)", diff, test.reason)
			}
			if got := w.records(s, project, keys); got != test.records || report.Results[0].Outcome != test.outcome {
				t.Errorf("records %q, outcome %s, want %q, %s (%s)", got, report.Results[0].Outcome, test.records, test.outcome, test.reason)
			}
			if test.outcome == apply.Done && !test.own {
				if got, want := w.show(s, "A"), "runtime [web] c4n4ry-s-A-default dev=c4n4ry-s-A-dev live=c4n4ry-s-A-live"; got != want {
					t.Errorf("live: %s, want %s", got, want)
				}
			}
			if report.Requests != len(w.calls) {
				t.Errorf("%d requests reported, %d made", report.Requests, len(w.calls))
			}
		})
	}
}
