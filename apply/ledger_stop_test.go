package apply_test

import (
	"context"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/apply"
	"github.com/cella-secrets/cella/plan"
)

// TestLedgersOfSeveralOwners: a delete waits until its name is written
// elsewhere, and its record stays as it was; so it does where it waits for an
// owner whose ledger could not be written.
func TestLedgersOfSeveralOwners(t *testing.T) {
	tests := map[string]struct {
		fail   string
		calls  []string
		reason string
	}{
		"secret fails": {
			fail: "org:o create C runtime web",
			calls: []string{
				"org:o create CELLA_ORG_LEDGER__STOREFRONT runtime user", "org:o create C runtime web", "org:o set CELLA_ORG_LEDGER__STOREFRONT default",
				writeLedger, "site:s set A default", writeLedger,
			},
			reason: "the value may be on its way from the site to the organization",
		},
		"ledger fails": {
			fail: "org:o create CELLA_ORG_LEDGER__STOREFRONT runtime user",
			calls: []string{
				"org:o create CELLA_ORG_LEDGER__STOREFRONT runtime user", writeLedger, "site:s set A default", writeLedger,
			},
			reason: "an owner's ledger stops that owner, and what depends on it",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			keys := keysOf(t, "k")
			jobs := []job{newJob(org("o"), "C", plan.Create, nil), newJob(site("s"), "A", plan.Update, nil), ledgerJob(site("s"), "C", plan.Delete)}
			w := newWorld().populate(jobs...).remember(t, site("s"), project, keys, applied("A"), applied("C"))
			w.fail(test.fail, fault{err: errRefused})
			report, err := apply.Run(t.Context(), w, w.remembering(input(jobs...), keys), options())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.calls, w.calls); diff != "" {
				t.Errorf("calls, -want +got:\n%s(%s)", diff, test.reason)
			}
			if got := w.records(site("s"), project, keys); got != "A=applied C=applied" {
				t.Errorf("records %q", got)
			}
			held := report.Results[2]
			if held.Outcome != apply.NotTried || !slices.Equal(held.Notes, []string{"it is kept until C is written on org:o"}) {
				t.Errorf("the delete is %s: %q", held.Outcome, held.Notes)
			}
		})
	}
}

// TestStopStillConcludes: the first signal starts nothing further, and every
// ledger that was announced is concluded.
func TestStopStillConcludes(t *testing.T) {
	keys := keysOf(t, "k")
	tests := map[string]struct {
		during  string
		calls   []string
		records string
		ledgers []apply.Outcome
	}{
		"announcement": {
			during: writeLedger,
			// The secret that was started when the signal came is under way.
			calls:   []string{writeLedger, "site:s create A runtime web", writeLedger},
			records: "A=applied C=applied E=applied", ledgers: []apply.Outcome{apply.Done, apply.NotTried},
		},
		"phase 1": {
			during:  "site:s create A runtime web",
			calls:   []string{writeLedger, "site:s create A runtime web", writeLedger},
			records: "A=applied C=applied E=applied", ledgers: []apply.Outcome{apply.Done, apply.NotTried},
		},
		"phase 2": {
			during: "site:s delete C",
			calls: []string{
				writeLedger, "site:s create A runtime web", "site:s create B runtime web",
				"site:t create CELLA_LEDGER__STOREFRONT runtime user", "site:s delete C", writeLedger,
			},
			records: "A=applied B=applied E=applied", ledgers: []apply.Outcome{apply.Done, apply.Done},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := site("s")
			jobs := []job{
				newJob(s, "A", plan.Create, nil), newJob(s, "B", plan.Create, nil), ledgerJob(s, "C", plan.Delete),
				ledgerJob(s, "E", plan.Delete), ledgerJob(site("t"), "D", plan.Adopt),
			}
			stop := make(chan struct{})
			opts := options()
			opts.Stop = stop
			w := newWorld().populate(jobs...).remember(t, s, project, keys, applied("C"), applied("E"))
			w.fail(test.during, fault{during: func() { close(stop) }})
			report, err := apply.Run(t.Context(), w, w.remembering(input(jobs...), keys), opts)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.calls, w.calls); diff != "" {
				t.Errorf("calls, -want +got:\n%s", diff)
			}
			if got := w.records(s, project, keys); got != test.records {
				t.Errorf("records %q, want %q", got, test.records)
			}
			if got := []apply.Outcome{report.Ledgers[0].Outcome, report.Ledgers[1].Outcome}; !slices.Equal(got, test.ledgers) || !report.Interrupted {
				t.Errorf("ledgers %v, want %v; interrupted is %v", got, test.ledgers, report.Interrupted)
			}
		})
	}
}

// TestCancelLeavesPending: the second signal ends everything at once, ledgers
// included.
func TestCancelLeavesPending(t *testing.T) {
	keys := keysOf(t, "k")
	tests := map[string]struct {
		during, records, err string
	}{
		"announcement": {writeLedger, "A=applied B=applied", "site:s CELLA_LEDGER__STOREFRONT: change: interrupted and may have taken effect"},
		"secret":       {"site:s set A default", "A=pending B=pending", "site:s CELLA_LEDGER__STOREFRONT: change: interrupted before it was tried"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := site("s")
			jobs := []job{newJob(s, "A", plan.Update, nil), newJob(s, "B", plan.Update, nil)}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			w := newWorld().populate(jobs...).remember(t, s, project, keys, applied("A"), applied("B"))
			w.fail(test.during, fault{err: context.Canceled, during: cancel})
			report, err := apply.Run(ctx, w, w.remembering(input(jobs...), keys), options())
			if err != nil {
				t.Fatal(err)
			}
			if got := w.calls[len(w.calls)-1]; got != test.during {
				t.Errorf("%q was called after the end", got)
			}
			if got := w.records(s, project, keys); got != test.records {
				t.Errorf("records %q, want %q", got, test.records)
			}
			if got := report.Ledgers[0]; got.Outcome != apply.Failed || got.Error != test.err || !report.Interrupted {
				t.Errorf("ledger %+v, want the error %q; interrupted is %v", got, test.err, report.Interrupted)
			}
		})
	}
}
