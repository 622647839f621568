package apply_test

import (
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/apply"
	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/secret"
)

const recordOfA = "CELLA_PROJECT__STOREFRONT"

// TestTheRecordComesFirst: who joins is entered before anything else is
// written, and who leaves is taken out after everything else.
func TestTheRecordComesFirst(t *testing.T) {
	f := newFleet(t)
	first := []secret.Desired{declare(site("a"), "1", "X"), declare(site("b"), "1", "X")}
	f.apply(t, first)
	want := []string{
		"site:a create CELLA_PROJECT__STOREFRONT runtime user",
		"site:a create CELLA_LEDGER__STOREFRONT runtime user", "site:a create X runtime web", "site:a set CELLA_LEDGER__STOREFRONT default",
		"site:b create CELLA_LEDGER__STOREFRONT runtime user", "site:b create X runtime web", "site:b set CELLA_LEDGER__STOREFRONT default",
	}
	if diff := gocmp.Diff(want, f.w.calls); diff != "" {
		t.Errorf("a first apply (-want +got)\n%s", diff)
	}
	f.quiet(t, first)

	f.w.calls, f.run = nil, "run-2"
	next := []secret.Desired{declare(site("a"), "1", "X"), retiring(site("b"), secret.RetireDelete), declare(site("c"), "1", "X")}
	f.apply(t, next)
	want = []string{
		"site:a set CELLA_PROJECT__STOREFRONT default",
		"site:c create CELLA_LEDGER__STOREFRONT runtime user", "site:c create X runtime web", "site:c set CELLA_LEDGER__STOREFRONT default",
		"site:b set CELLA_LEDGER__STOREFRONT default", "site:b delete X", "site:b delete CELLA_LEDGER__STOREFRONT",
		"site:a set CELLA_PROJECT__STOREFRONT default",
	}
	if diff := gocmp.Diff(want, f.w.calls); diff != "" {
		t.Errorf("one joins and one leaves (-want +got)\n%s", diff)
	}
	f.quiet(t, []secret.Desired{next[0], next[2]})
	rows, _ := f.record()
	if diff := gocmp.Diff([]secret.Owner{site("a"), site("c")}, rows); diff != "" {
		t.Errorf("the record (-want +got)\n%s", diff)
	}

	f.w.calls = nil
	f.apply(t, []secret.Desired{declare(site("a"), "2", "X"), declare(site("c"), "2", "X")})
	if slices.ContainsFunc(f.w.calls, func(call string) bool { return strings.Contains(call, "PROJECT") }) {
		t.Errorf("nobody joined or left, and the record is written: %q", f.w.calls)
	}
}

// TestTheHomeMoves: the new record is whole before the old one goes, and who
// joins is in both: who goes back to the manifest before looks at the old one.
func TestTheHomeMoves(t *testing.T) {
	f := newFleet(t)
	f.apply(t, []secret.Desired{declare(site("a"), "1", "X"), declare(site("b"), "1", "X")})
	f.w.calls, f.home, f.run = nil, site("b"), "run-2"
	next := []secret.Desired{declare(site("a"), "1", "X"), declare(site("b"), "1", "X"), declare(site("c"), "1", "X")}
	f.apply(t, next)
	want := []string{
		"site:a set CELLA_PROJECT__STOREFRONT default", "site:b create CELLA_PROJECT__STOREFRONT runtime user",
		"site:c create CELLA_LEDGER__STOREFRONT runtime user", "site:c create X runtime web", "site:c set CELLA_LEDGER__STOREFRONT default",
		"site:a delete CELLA_PROJECT__STOREFRONT",
	}
	if diff := gocmp.Diff(want, f.w.calls); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	f.quiet(t, next)
	serial := f.w.hold(site("c"), f.keys).Own.Origin
	if _, books := f.record(); len(books) != 1 || books[0].Serial != serial.Record || serial.Home != site("b") {
		t.Errorf("the ledger notes %d on %s, the record is %+v", serial.Record, serial.Home, books)
	}
}

// TestWithoutTheRecordNothingIsTried: a ledger that no record knows of could be
// forgotten.
func TestWithoutTheRecordNothingIsTried(t *testing.T) {
	answers := map[string]fault{"refused": {err: errRefused}, "unknown": {err: errUnknown}, "unknown, with effect": {errUnknown, true, nil}}
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			f := newFleet(t)
			desired := []secret.Desired{declare(site("a"), "1", "X"), declare(site("b"), "1", "X")}
			f.w.fail("site:a create CELLA_PROJECT__STOREFRONT runtime user", answer)
			_, in := f.read(desired)
			report, err := apply.Run(t.Context(), f.w, in, options())
			if err != nil || report.Complete() || len(f.w.calls) != 1 {
				t.Fatalf("%v, complete %v, calls %q", err, report.Complete(), f.w.calls)
			}
			result := report.Ledgers[slices.IndexFunc(report.Ledgers, func(l apply.LedgerResult) bool { return l.Ledger == recordOfA })]
			const why = "nothing else was tried: sites and organizations that join the project are listed before anything is written there"
			if result.Outcome != apply.Failed || !slices.Contains(result.Notes, why) {
				t.Errorf("the record is told as %+v", result)
			}
			for _, one := range report.Results {
				const left = "not started, because cella's list of the project's sites and organizations could not be written"
				if one.Outcome != apply.NotTried || !slices.Contains(one.Notes, left) {
					t.Errorf("%s is told as %+v", one.Secret, one)
				}
			}
			f.run = "run-2"
			f.apply(t, desired)
			f.quiet(t, desired)
		})
	}
}

// TestAFailureAtTheEnd: rows may be too many. The next apply takes them out.
func TestAFailureAtTheEnd(t *testing.T) {
	for name, failing := range map[string]string{
		"the record":              "site:a set CELLA_PROJECT__STOREFRONT default",
		"the ledger that goes":    "site:b delete CELLA_LEDGER__STOREFRONT",
		"a secret that goes":      "site:b delete X",
		"what is written ahead":   "site:b set CELLA_LEDGER__STOREFRONT default",
		"nothing, it only leaves": "",
	} {
		t.Run(name, func(t *testing.T) {
			f := newFleet(t)
			f.apply(t, []secret.Desired{declare(site("a"), "1", "X"), declare(site("b"), "1", "X")})
			next := []secret.Desired{declare(site("a"), "1", "X"), retiring(site("b"), secret.RetireDelete)}
			f.w.fail(failing, fault{err: errRefused})
			_, in := f.read(next)
			report, err := apply.Run(t.Context(), f.w, in, options())
			if rows, _ := f.record(); err != nil || report.Complete() != (failing == "") || (len(rows) == 2) != (failing != "") {
				t.Fatalf("%v, complete %v, record %v", err, report.Complete(), rows)
			}
			f.covered(t)
			f.run = "run-2"
			f.apply(t, next)
			f.quiet(t, next[:1:1])
			if left := f.w.names(site("b")); len(left) > 0 {
				t.Errorf("left are %v", left)
			}
		})
	}
}

// TestTwoFirstApplies begin at once. The second one stops before it writes a
// secret, whatever it has seen of the first.
func TestTwoFirstApplies(t *testing.T) {
	f := newFleet(t)
	ours, theirs := []secret.Desired{declare(site("a"), "1", "X")}, []secret.Desired{declare(site("a"), "2", "X"), declare(site("b"), "2", "X")}
	_, second := f.read(theirs)
	second.Run = "run-2"
	f.apply(t, ours)
	before := f.w.clone()
	report, err := apply.Run(t.Context(), f.w, second, options())
	if err != nil || report.Complete() {
		t.Fatalf("%v, complete %v", err, report.Complete())
	}
	if diff := gocmp.Diff(before.everything(), f.w.everything()); diff != "" {
		t.Errorf("the second one wrote (-before +after)\n%s", diff)
	}
	f.run = "run-3"
	f.apply(t, theirs)
	f.quiet(t, theirs)
}

// TestALedgerThatWasNotSeen: where only a ledger is new, it is not replaced
// either.
func TestALedgerThatWasNotSeen(t *testing.T) {
	f := newFleet(t)
	f.apply(t, []secret.Desired{declare(site("a"), "1", "X")})
	desired := []secret.Desired{declare(site("a"), "1", "X"), declare(site("b"), "1", "X")}
	_, second := f.read(desired)
	f.w.remember(t, site("b"), project, f.keys, ledger.Entry{Name: "THEIRS", Type: secret.RuntimeType, Scopes: secret.NewScopes(secret.WebScope)})
	if _, err := apply.Run(t.Context(), f.w, second, options()); err != nil {
		t.Fatal(err)
	}
	if got := f.w.records(site("b"), project, f.keys); !strings.HasPrefix(got, "THEIRS=") || f.w.show(site("b"), "X") != "not live" {
		t.Errorf("the ledger that was not seen is %s, X is %s", got, f.w.show(site("b"), "X"))
	}
}

// everything shows all that is in the world.
func (w *world) everything() map[string]string {
	all := map[string]string{}
	for key, live := range w.secrets {
		all[key] = string(live.typ) + " " + live.scopes.String() + " " + live.value.Reveal()
	}
	return all
}
