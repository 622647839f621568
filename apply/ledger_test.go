package apply_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/apply"
	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/secret"
)

// The writes to the ledger of site s.
const (
	createLedger = "site:s create CELLA_LEDGER__STOREFRONT runtime user"
	writeLedger  = "site:s set CELLA_LEDGER__STOREFRONT default"
	deleteLedger = "site:s delete CELLA_LEDGER__STOREFRONT"
)

// journalTest is one run over the secrets of site s.
type journalTest struct {
	jobs    []job
	faults  map[string][]fault
	change  func(*apply.Input)
	calls   []string
	records string // afterwards
	outcome apply.Outcome
	notes   []string // beginnings
	reason  string
}

// run applies the jobs to a world whose ledger records as applied what they
// update, replace, delete, release or forget.
func (test journalTest) run(t *testing.T) (*world, apply.Report) {
	t.Helper()
	keys := keysOf(t, "k")
	w := newWorld().populate(test.jobs...)
	var records []ledger.Entry
	for _, j := range test.jobs {
		if j.change.Action != plan.Create && j.change.Action != plan.Adopt && j.want.Retire == "" {
			records = append(records, applied(j.change.Secret))
		}
	}
	w.remember(t, site("s"), project, keys, records...)
	for call, faults := range test.faults {
		w.fail(call, faults...)
	}
	in := w.remembering(input(test.jobs...), keys)
	if test.change != nil {
		test.change(&in)
	}
	report, err := apply.Run(t.Context(), w, in, options())
	if err != nil {
		t.Fatal(err)
	}
	return w, report
}

func (test journalTest) check(t *testing.T, w *world, report apply.Report) {
	t.Helper()
	if diff := cmp.Diff(test.calls, w.calls); diff != "" {
		t.Errorf("calls, -want +got:\n%s(%s)", diff, test.reason)
	}
	w.calls = nil
	if got := w.records(site("s"), project, keysOf(t, "k")); got != test.records {
		t.Errorf("records %q, want %q (%s)", got, test.records, test.reason)
	}
	if len(report.Ledgers) != 1 || report.Ledgers[0].Outcome != test.outcome {
		t.Fatalf("ledgers %+v, want one that is %s (%s)", report.Ledgers, test.outcome, test.reason)
	}
	result := report.Ledgers[0]
	if !slices.EqualFunc(result.Notes, test.notes, strings.HasPrefix) {
		t.Errorf("notes %q, want such as begin with %q", result.Notes, test.notes)
	}
	if (result.Error != "") != (result.Outcome == apply.Failed) {
		t.Errorf("ledger is %s with error %q", result.Outcome, result.Error)
	}
	if result.Outcome != apply.Done && report.Complete() {
		t.Error("the report is complete, and a ledger is not done")
	}
	checkNoValue(t, report)
}

func TestLedgerIsWrittenAhead(t *testing.T) {
	s := site("s")
	refused, unknown := fault{err: errRefused}, fault{err: errUnknown}
	tests := map[string]journalTest{
		"all done": {
			jobs: []job{
				newJob(s, "A", plan.Create, nil), newJob(s, "B", plan.Update, envs("live", plan.Delete)),
				ledgerJob(s, "C", plan.Delete), ledgerJob(s, "D", plan.Adopt),
				ledgerJob(s, "E", plan.Release), ledgerJob(s, "F", plan.Forget),
			},
			calls: []string{
				writeLedger, "site:s create A runtime web", "site:s set B default",
				"site:s unset B live", "site:s delete C", writeLedger,
			},
			records: "A=applied B=applied D=applied", outcome: apply.Done,
			reason: "once before the first write, once after the last, phase 2 included",
		},
		"refused": {
			jobs:   []job{newJob(s, "A", plan.Create, nil), newJob(s, "B", plan.Update, nil), ledgerJob(s, "C", plan.Delete)},
			faults: map[string][]fault{"site:s create A runtime web": {refused}, "site:s set B default": {refused}, "site:s delete C": {refused}},
			calls: []string{
				writeLedger, "site:s create A runtime web", "site:s set B default", "site:s delete C", writeLedger,
			},
			records: "B=applied C=applied", outcome: apply.Done,
			reason: "what certainly did not happen is not recorded: A may be another's, in the way of the create",
		},
		"in doubt": {
			jobs:    []job{newJob(s, "A", plan.Create, nil), ledgerJob(s, "C", plan.Delete), newJob(s, "D", plan.Create, nil)},
			faults:  map[string][]fault{"site:s create A runtime web": {unknown}, "site:s delete C": {unknown}},
			calls:   []string{writeLedger, "site:s create A runtime web", "site:s create D runtime web", "site:s delete C", writeLedger},
			records: "A=pending C=pending D=applied", outcome: apply.Done,
			reason: "what may have happened stays pending",
		},
		"nothing but doubt": {
			jobs:    []job{newJob(s, "A", plan.Create, nil)},
			faults:  map[string][]fault{"site:s create A runtime web": {unknown}},
			calls:   []string{createLedger, "site:s create A runtime web"},
			records: "A=pending", outcome: apply.Done,
			reason: "the announcement says already what the conclusion would",
		},
		"in part": {
			jobs:    []job{newJob(s, "A", plan.Update, envs("live", plan.Update))},
			faults:  map[string][]fault{"site:s set A default": {refused}},
			calls:   []string{writeLedger, "site:s set A live", "site:s set A default"},
			records: "A=pending", outcome: apply.Done,
			reason: "the override is the manifest's and the default is not",
		},
		"put back": {
			jobs:    []job{newJob(s, "R", plan.Replace, nil)},
			faults:  map[string][]fault{createR: {refused}},
			calls:   []string{writeLedger, deleteR, createR, backR},
			records: "R=pending", outcome: apply.Done,
			reason: "neither the former secret nor the new one is live",
		},
		"announcement refused": {
			jobs: []job{
				newJob(s, "A", plan.Create, nil), ledgerJob(s, "C", plan.Delete), ledgerJob(s, "D", plan.Adopt),
			},
			faults:  map[string][]fault{writeLedger: {refused}},
			calls:   []string{writeLedger},
			records: "C=applied", outcome: apply.Failed, notes: []string{"no secret was written here"},
			reason: "nothing is written that is not recorded first",
		},
		"conclusion refused": {
			jobs:    []job{newJob(s, "A", plan.Create, nil), ledgerJob(s, "C", plan.Delete), ledgerJob(s, "D", plan.Adopt)},
			faults:  map[string][]fault{writeLedger: {{}, refused}},
			calls:   []string{writeLedger, "site:s create A runtime web", "site:s delete C", writeLedger},
			records: "A=pending C=pending", outcome: apply.Failed, notes: []string{"what was written to secrets stays"},
			reason: "the next run finds A and C pending, and D as it was",
		},
		"only the ledger": {
			jobs:    []job{ledgerJob(s, "C", plan.Forget), ledgerJob(s, "D", plan.Adopt)},
			calls:   []string{writeLedger},
			records: "D=applied", outcome: apply.Done,
			reason: "nothing to announce",
		},
		"only the ledger, refused": {
			jobs:    []job{ledgerJob(s, "C", plan.Forget), ledgerJob(s, "D", plan.Adopt)},
			faults:  map[string][]fault{writeLedger: {refused}},
			calls:   []string{writeLedger},
			records: "C=applied", outcome: apply.Failed, notes: []string{"no secret was written here"},
		},
		"rejected credentials": {
			jobs:    []job{newJob(s, "A", plan.Create, nil), newJob(s, "B", plan.Create, nil)},
			faults:  map[string][]fault{"site:s create A runtime web": {{err: errCredentials}}},
			calls:   []string{createLedger, "site:s create A runtime web"},
			records: "A=pending B=pending", outcome: apply.Failed, notes: []string{"what was written to secrets stays"},
			reason: "no further call can succeed; pending is the safe side",
		},
		"retired without a record": {
			jobs:  []job{retired(ledgerJob(s, "C", plan.Delete)), ledgerJob(s, "D", plan.Adopt)},
			calls: []string{"site:s delete C", createLedger}, records: "D=applied", outcome: apply.Done,
			reason: "a word in git deletes what was never recorded; there is nothing to announce",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w, report := test.run(t)
			test.check(t, w, report)
		})
	}
}

func retired(j job) job {
	j.want.Retire, j.left = secret.RetireDelete, false
	return j
}
