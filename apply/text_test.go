package apply_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/apply"
	"github.com/cella-secrets/cella/internal/testkit"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/secret"
)

// clientError is worded as the client words its errors.
func clientError(call string) error {
	return fmt.Errorf("%s: the request was refused (status 400): %w", call, errRefused)
}

// reportCases are reports that came of a run.
func reportCases(t *testing.T) map[string]apply.Report {
	many := func(owner secret.Owner) []job {
		var jobs []job
		for i := range 8 {
			jobs = append(jobs, newJob(owner, secret.Name(fmt.Sprintf("N%d", i)), plan.Create, nil))
		}
		return jobs
	}
	stopped := make(chan struct{})
	close(stopped)
	interrupted := options()
	interrupted.Stop = stopped
	cancelled, cancel := context.WithCancel(t.Context())
	replace := newJob(site("s"), "R", plan.Replace, envs("dev", plan.Update, "live", plan.Update))

	cases := map[string]apply.Report{}
	add := func(name string, ctx context.Context, w *world, opts apply.Options, jobs ...job) {
		report, err := apply.Run(ctx, w.populate(jobs...), input(jobs...), opts)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		cases[name] = report
	}
	add("nothing", t.Context(), newWorld(), options())
	add("done", t.Context(), newWorld(), options(), newJob(site("s"), "A", plan.Create, nil))
	add("failed", t.Context(),
		newWorld().fail("org:o set A live", fault{err: clientError("set A for live on org:o")}), options(),
		newJob(org("o"), "A", plan.Update, envs("live", plan.Update, "dev", plan.Delete)),
		newJob(site("s"), "A", plan.Update, envs("live", plan.Delete)),
		newJob(site("s"), "B", plan.Create, nil))
	add("put back", t.Context(),
		newWorld().fail(createR, fault{err: clientError("create R on site:s")}).fail(setDev, fault{err: clientError("set R for dev on site:s")}),
		options(), replace)
	add("not live", t.Context(),
		newWorld().fail(createR, fault{err: clientError("create R on site:s")}).fail(backR, fault{err: clientError("create R on site:s")}),
		options(), replace)
	add("credentials", t.Context(),
		newWorld().fail("org:o create N0 runtime web", fault{err: errCredentials}), options(),
		append(many(org("o")), many(site("s"))...)...)
	add("interrupted", t.Context(), newWorld(), interrupted, append(many(site("a")), replace)...)
	add("cancelled", cancelled, newWorld().fail(deleteR, fault{err: context.Canceled, during: cancel}), options(),
		replace, newJob(site("s"), "Z", plan.Create, nil))
	add("hostile names", t.Context(),
		newWorld().fail(`site:"s\n\x1b[31m" create clé runtime web`, fault{err: errRefused}), options(),
		newJob(secret.Owner{Kind: secret.Site, Name: "s\n\x1b[31m", ID: "i"}, "clé", plan.Create, nil))
	for name, report := range ledgerReportCases(t) {
		cases[name] = report
	}
	uncoverReportCases(t, cases)
	return cases
}

// uncoverReportCases are reports on deletions that went too far, or that nobody
// can see the outcome of.
func uncoverReportCases(t *testing.T, cases map[string]apply.Report) {
	for name, change := range map[string]func(w *world){
		"took too much": func(w *world) { w.takes = true },
		"took it for good": func(w *world) {
			w.takes = true
			w.fail("org:o create KEY runtime web", fault{err: clientError("create KEY on org:o")})
		},
		"outcome not shown": func(w *world) { w.fail("org:o list", fault{err: clientError("list secrets of org:o")}) },
		"own stays":         func(w *world) { w.fail("site:a delete KEY", fault{err: clientError("delete KEY on site:a")}) },
	} {
		e, before, after := agency(t)
		e.apply(t, before)
		change(e.w)
		cases[name] = e.uncover(t, after, e.options())
	}
}

// ledgerReportCases are reports on ledgers that could not be written.
func ledgerReportCases(t *testing.T) map[string]apply.Report {
	keys, s := keysOf(t, "k"), site("s")
	refused := fault{err: clientError("set CELLA_LEDGER__STOREFRONT on site:s")}
	cases := map[string]apply.Report{}
	add := func(name string, ledgers []plan.LedgerChange, call string, faults []fault, jobs ...job) {
		w := newWorld().populate(jobs...).remember(t, s, project, keys, applied("B"), applied("C"))
		w.remember(t, s, "shopfront", keys, applied("A")).fail(call, faults...)
		in := w.remembering(input(jobs...), keys, "shopfront")
		in.Plan.Ledgers = ledgers
		report, err := apply.Run(t.Context(), w, in, options())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		cases[name] = report
	}
	jobs := []job{
		newJob(s, "A", plan.Create, nil), newJob(s, "B", plan.Update, nil), ledgerJob(s, "C", plan.Delete),
		ledgerJob(s, "D", plan.Adopt),
	}
	add("ledger first", nil, writeLedger, []fault{refused}, jobs...)
	add("ledger last", nil, writeLedger, []fault{{}, refused}, jobs...)
	add("ledger only", nil, writeLedger, []fault{refused}, jobs[3])
	add("ledger stays", []plan.LedgerChange{remove(s, formerLedger)}, deleteFormer, []fault{refused}, jobs...)
	return cases
}

func TestText(t *testing.T) {
	for name, report := range reportCases(t) {
		t.Run(name, func(t *testing.T) {
			var got bytes.Buffer
			if err := report.Text(&got); err != nil {
				t.Fatal(err)
			}
			checkGolden(t, name+".txt", got.Bytes())
			checkNoValue(t, report)
		})
	}
}

func TestJSON(t *testing.T) {
	for _, name := range []string{"nothing", "put back", "cancelled", "credentials", "ledger last"} {
		t.Run(name, func(t *testing.T) {
			report := reportCases(t)[name]
			got, err := json.MarshalIndent(report, "", " ")
			if err != nil {
				t.Fatal(err)
			}
			checkGolden(t, name+".json", append(got, '\n'))
			var back apply.Report
			if err := json.Unmarshal(got, &back); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(report, back); diff != "" {
				t.Errorf("a report read back differs, -want +got:\n%s", diff)
			}
		})
	}
}

func checkGolden(t *testing.T, name string, got []byte) {
	t.Helper()
	testkit.Golden(t, "testdata/"+name, string(got))
}

func TestTextReturnsTheWritersError(t *testing.T) {
	if err := (apply.Report{}).Text(brokenWriter{}); !errors.Is(err, errBroken) {
		t.Errorf("error %v, want %v", err, errBroken)
	}
}

var errBroken = errors.New("broken")

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }
