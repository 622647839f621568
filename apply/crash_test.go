package apply_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/apply"
	"github.com/cella-secrets/cella/plan"
)

// crashes is what a call does that panics, with a value in what it says.
func crashes() fault { return fault{during: func() { panic(canary + " in a panic") }} }

// aPlace is all that an internal error says of where it was.
var aPlace = regexp.MustCompile("^internal error at [a-z_/]+/[a-z_]+\\.go:[0-9]+: please report this line, with what `cella version` says$")

// checkCrash fails the test unless the report tells of an internal error, and of
// nothing that was in the panic.
func checkCrash(t *testing.T, report apply.Report) {
	t.Helper()
	document, err := json.Marshal(report)
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if err := report.Text(&text); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(document)+text.String(), canary) {
		t.Errorf("the report repeats the panic:\n%s\n%s", document, &text)
	}
	if len(report.InternalErrors) != 1 || !aPlace.MatchString(report.InternalErrors[0]) {
		t.Errorf("internal errors %q", report.InternalErrors)
	}
}

// TestACallThatPanics is one that may have taken effect: a replace is finished,
// and a secret that was deleted is live again.
func TestACallThatPanics(t *testing.T) {
	tests := map[string]struct {
		at    string
		calls []string
		live  string
	}{
		"delete":   {deleteR, []string{deleteR, createR, backR, setDev, setLive}, putBack},
		"create":   {createR, []string{deleteR, createR, backR, setDev, setLive}, putBack},
		"override": {setDev, []string{deleteR, createR, setDev, setLive}, "runtime [web] c4n4ry-s-R-default live=c4n4ry-s-R-live"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			j := newJob(site("s"), "R", plan.Replace, envs("dev", plan.Create, "live", plan.Create))
			w := newWorld().populate(j).fail(test.at, crashes())
			report := run(t, w, options(), j)
			if diff := cmp.Diff(test.calls, w.calls); diff != "" {
				t.Errorf("calls, -want +got:\n%s", diff)
			}
			if got := w.show(site("s"), "R"); got != test.live {
				t.Errorf("live is %q, want %q", got, test.live)
			}
			if report.Failed != 1 || report.Complete() {
				t.Errorf("the report counts %d failed", report.Failed)
			}
			checkCrash(t, report)
		})
	}
}

// TestACrashIsItsOwnersAlone: the ledgers of others are finished, and that of
// the owner says what was done until then.
func TestACrashIsItsOwnersAlone(t *testing.T) {
	keys := keysOf(t, "k")
	forget := func(opts *apply.Options) { opts.Fatal = func(error) bool { panic(canary) } }
	tests := map[string]struct {
		at      string
		fault   fault
		options func(*apply.Options)
		want    []string
		records string
		reason  string
	}{
		"in a call": {
			at: "site:a create A runtime web", fault: crashes(), options: func(*apply.Options) {},
			want:    []string{"site:a A failed: create=unknown", "site:a B done: create=done", "site:b C done: create=done"},
			records: "A=pending B=applied", reason: "whether it took effect is not known",
		},
		"in the ledger's announcement": {
			at: "site:a create CELLA_LEDGER__STOREFRONT runtime user", fault: crashes(), options: func(*apply.Options) {},
			want:    []string{"site:a A not_tried: create=not_tried", "site:a B not_tried: create=not_tried", "site:b C done: create=done"},
			records: "none", reason: "what is not announced is not written",
		},
		"between calls": {
			at: "site:a create A runtime web", fault: fault{err: errRefused}, options: forget,
			want:    []string{"site:a A failed: create=failed", "site:a B not_tried: create=not_tried", "site:b C done: create=done"},
			records: "", reason: "A was refused and B not begun: the ledger owns neither",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			jobs := []job{newJob(site("a"), "A", plan.Create, nil), newJob(site("a"), "B", plan.Create, nil), newJob(site("b"), "C", plan.Create, nil)}
			w := newWorld().populate(jobs...).fail(test.at, test.fault)
			opts := options()
			test.options(&opts)
			report, err := apply.Run(t.Context(), w, w.remembering(input(jobs...), keys), opts)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, outline(report)); diff != "" {
				t.Errorf("results, -want +got:\n%s(%s)", diff, test.reason)
			}
			if got := w.records(site("a"), project, keys); got != test.records {
				t.Errorf("the owner's records are %q, want %q: %s", got, test.records, test.reason)
			}
			if got := w.records(site("b"), project, keys); got != "C=applied" {
				t.Errorf("the other owner's records are %q", got)
			}
			checkCrash(t, report)
		})
	}
}

// TestAProgressThatPanicsIsNotAskedAgain: what shows the progress stops nothing.
func TestAProgressThatPanicsIsNotAskedAgain(t *testing.T) {
	jobs := []job{newJob(site("a"), "A", plan.Create, nil), newJob(site("a"), "B", plan.Create, nil)}
	asked, opts := 0, options()
	opts.Progress = func(int) {
		asked++
		panic(canary)
	}
	report := run(t, newWorld().populate(jobs...), opts, jobs...)
	if !report.Complete() || asked != 1 {
		t.Errorf("complete %v, asked %d times", report.Complete(), asked)
	}
	checkCrash(t, report)
}

// TestACrashAtTheConclusion: it is tried once more; where that fails too, the
// announced records stay pending, and the report says so.
func TestACrashAtTheConclusion(t *testing.T) {
	keys := keysOf(t, "k")
	tests := map[string]struct {
		crashes int
		records string
		ledger  apply.Outcome
	}{
		"once":  {1, "A=applied", apply.Done},
		"twice": {2, "A=pending", apply.Failed},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			j := newJob(site("a"), "A", plan.Create, nil)
			w := newWorld().populate(j)
			for range test.crashes {
				w.fail("site:a set CELLA_LEDGER__STOREFRONT default", fault{err: errRefused})
			}
			opts := options()
			opts.Fatal = func(error) bool { panic(canary) }
			report, err := apply.Run(t.Context(), w, w.remembering(input(j), keys), opts)
			if err != nil {
				t.Fatal(err)
			}
			if got := w.records(site("a"), project, keys); got != test.records {
				t.Errorf("records are %q, want %q", got, test.records)
			}
			if len(report.Ledgers) != 1 || report.Ledgers[0].Outcome != test.ledger {
				t.Errorf("ledgers %+v, want one that is %s", report.Ledgers, test.ledger)
			}
			checkCrash(t, report)
		})
	}
}
