package apply_test

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/apply"
	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/secret"
)

// remove is what a plan says of a ledger that is removed.
func remove(owner secret.Owner, name secret.Name) plan.LedgerChange {
	return plan.LedgerChange{Owner: owner, Ledger: name, Action: plan.RemoveLedger}
}

const (
	formerLedger = "CELLA_LEDGER__SHOPFRONT"
	deleteFormer = "site:s delete " + formerLedger
)

// TestFormerLedgers: the ledger of an earlier name is removed after the new
// one is written, and stays as long as anything is open.
func TestFormerLedgers(t *testing.T) {
	s := site("s")
	tests := map[string]struct {
		fail    string
		calls   []string
		records string
		former  string
		outcome apply.Outcome
		reason  string
	}{
		"all done": {
			calls:   []string{createLedger, "site:s set A default", "site:s delete C", writeLedger, deleteFormer},
			records: "A=applied B=applied", former: "none", outcome: apply.Done,
		},
		"not confirmed": {
			fail:    "site:s delete C",
			calls:   []string{createLedger, "site:s set A default", "site:s delete C", writeLedger},
			records: "A=applied B=applied", former: "A=applied B=applied C=applied", outcome: apply.Done,
			reason: "the former ledger is all that owns C",
		},
		"new ledger fails": {
			fail:    writeLedger,
			calls:   []string{createLedger, "site:s set A default", "site:s delete C", writeLedger},
			records: "A=pending C=pending", former: "A=applied B=applied C=applied", outcome: apply.Failed,
			reason: "B is recorded in the former ledger only",
		},
		"removal fails": {
			fail:    deleteFormer,
			calls:   []string{createLedger, "site:s set A default", "site:s delete C", writeLedger, deleteFormer},
			records: "A=applied B=applied", former: "A=applied B=applied C=applied", outcome: apply.Failed,
			reason: "the next run removes it",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			keys := keysOf(t, "k")
			jobs := []job{newJob(s, "A", plan.Update, nil), ledgerJob(s, "B", plan.Adopt), ledgerJob(s, "C", plan.Delete)}
			w := newWorld().populate(jobs...).remember(t, s, "shopfront", keys, applied("A"), applied("B"), applied("C"))
			w.fail(test.fail, fault{err: errRefused})
			in := w.remembering(input(jobs...), keys, "shopfront")
			in.Plan.Ledgers = []plan.LedgerChange{remove(s, formerLedger)}
			report, err := apply.Run(t.Context(), w, in, options())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.calls, w.calls); diff != "" {
				t.Errorf("calls, -want +got:\n%s(%s)", diff, test.reason)
			}
			if got := w.records(s, project, keys); got != test.records {
				t.Errorf("records %q, want %q (%s)", got, test.records, test.reason)
			}
			if got := w.records(s, "shopfront", keys); got != test.former {
				t.Errorf("former records %q, want %q (%s)", got, test.former, test.reason)
			}
			if got := report.Ledgers[0].Outcome; got != test.outcome {
				t.Errorf("ledger is %s, want %s", got, test.outcome)
			}
		})
	}
}

// TestRetiredOwner: the ledgers of an owner that is left are removed, the own
// one last, and nothing is written to them before.
func TestRetiredOwner(t *testing.T) {
	s, keys := site("s"), keysOf(t, "k")
	tests := map[string]struct {
		more    []job
		fail    string
		calls   []string
		results []string
	}{
		"not confirmed": {
			more: []job{ledgerJob(s, "C", plan.Delete)}, fail: "site:s delete C",
			calls:   []string{writeLedger, "site:s delete C", writeLedger},
			results: []string{"site:s A done:", "site:s B not_tried:", "site:s C failed: delete=failed"},
		},
		"all done": {
			calls:   []string{deleteFormer, deleteLedger},
			results: []string{"site:s A done:", "site:s B done:"},
		},
		"fails": {
			fail: deleteLedger, calls: []string{deleteFormer, deleteLedger},
			results: []string{"site:s A failed:", "site:s B failed:"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			jobs := append([]job{ledgerJob(s, "A", plan.Release), ledgerJob(s, "B", plan.Release)}, test.more...)
			w := newWorld().populate(jobs...).remember(t, s, project, keys, applied("A"), applied("C")).remember(t, s, "shopfront", keys, applied("B"))
			w.fail(test.fail, fault{err: errRefused})
			in := w.remembering(input(jobs...), keys, "shopfront")
			in.Desired[0].Retire = secret.RetireRelease
			in.Plan.Ledgers = []plan.LedgerChange{remove(s, "CELLA_LEDGER__STOREFRONT"), remove(s, formerLedger)}
			report, err := apply.Run(t.Context(), w, in, options())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.calls, w.calls); diff != "" {
				t.Errorf("calls, -want +got:\n%s", diff)
			}
			if diff := cmp.Diff(test.results, outline(report)); diff != "" {
				t.Errorf("results, -want +got:\n%s", diff)
			}
		})
	}
}

// TestResetAndRekey: ledgers are also written where no record is to change.
func TestResetAndRekey(t *testing.T) {
	s := site("s")
	t.Run("rekey", func(t *testing.T) {
		w := newWorld().remember(t, s, project, keysOf(t, "k"), applied("A"))
		keys := keysOf(t, "n", "k")
		in := w.remembering(apply.Input{Desired: []secret.Desired{{Owner: s}}}, keys)
		in.Plan.Ledgers = []plan.LedgerChange{{Owner: s, Ledger: "CELLA_LEDGER__STOREFRONT", Action: plan.RekeyLedger}}
		report, err := apply.Run(t.Context(), w, in, options())
		if err != nil || !report.Complete() || report.Requests != 1 {
			t.Fatalf("error %v, report %+v", err, report)
		}
		if got := w.records(s, project, keysOf(t, "n")); got != "A=applied" {
			t.Errorf("records under the new key alone: %q", got)
		}
	})
	t.Run("reset", func(t *testing.T) {
		w := newWorld().remember(t, s, project, keysOf(t, "lost"), applied("A"), applied("B"))
		jobs := []job{newJob(s, "A", plan.Update, nil), ledgerJob(s, "B", plan.Forget)}
		w.populate(jobs[0])
		keys := keysOf(t, "k")
		in := w.remembering(input(jobs...), keys)
		in.Desired[0].ResetLedger = true
		in.Plan.Ledgers = []plan.LedgerChange{{Owner: s, Ledger: "CELLA_LEDGER__STOREFRONT", Action: plan.ResetLedger}}
		report, err := apply.Run(t.Context(), w, in, options())
		if err != nil || !report.Complete() {
			t.Fatalf("error %v, report %+v", err, report)
		}
		want := []string{deleteLedger, createLedger, "site:s set A default", writeLedger}
		if !slices.Equal(w.calls, want) || w.records(s, project, keys) != "A=applied" {
			t.Errorf("calls %q, records %q", w.calls, w.records(s, project, keys))
		}
	})
}

// TestOnlyChangedChunksAreWritten: of a ledger of several chunks, each that
// changes is written twice, and no other; an owner without changes gets none.
func TestOnlyChangedChunksAreWritten(t *testing.T) {
	keys := keysOf(t, "k")
	const chunk = "CELLA_LEDGER__STOREFRONT"
	for _, changed := range []int{0, 1, 3, 40} {
		w := newWorld()
		var jobs []job
		want := map[string]int{}
		for _, owner := range []secret.Owner{site("s"), site("t"), site("u")} {
			var records []ledger.Entry
			for i := range 600 {
				j := newJob(owner, secret.Name(fmt.Sprintf("N%03d", i)), plan.None, nil)
				j.change.Default = plan.None
				if owner.Name != "u" && i < changed {
					j = newJob(owner, j.change.Secret, plan.Update, nil)
					want[fmt.Sprintf("%s set %s default", owner, chunkOf(j.change.Secret, 4))] = 2
				}
				jobs = append(jobs, j)
				entry := applied(j.change.Secret)
				place := ledger.Place{Name: entry.Name, Type: entry.Type, Scopes: entry.Scopes}
				made := keys.Fingerprint(ledger.Identity{Project: project, Owner: owner}, place, secret.NewValue(canary))
				entry.Fingerprints = []ledger.EnvFingerprint{{Fingerprint: made}}
				records = append(records, entry)
			}
			w.remember(t, owner, project, keys, records...)
			if got := w.hold(owner, keys).Own.Count; got != 4 {
				t.Fatalf("%d chunks, want 4", got)
			}
		}
		w.populate(jobs...)
		report, err := apply.Run(t.Context(), w, w.remembering(input(jobs...), keys), options())
		if err != nil || !report.Complete() {
			t.Fatalf("error %v, report %+v", err, report)
		}
		got := map[string]int{}
		for _, call := range w.calls {
			if strings.Contains(call, chunk) {
				got[call]++
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%d changes: writes to chunks, -want +got:\n%s", changed, diff)
		}
	}
}

// chunkOf is rule 3 of package ledger: SHA-256 of the name modulo the count.
func chunkOf(name secret.Name, count int) secret.Name {
	sum := sha256.Sum256([]byte(name))
	return ledger.Name(project, secret.Site, int(sum[len(sum)-1])%count+1)
}
