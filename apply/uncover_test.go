package apply_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/apply"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/secret"
)

const orgLedger = "org:o set CELLA_ORG_LEDGER__STOREFRONT default"

// agency is an organization with one key for its sites, each of which has a key
// of its own that nobody manages: those of a and b are hidden, c's is readable.
// The organization also has a secret OTHER, and no site does.
func agency(t *testing.T) (e estate, before, after []secret.Desired) {
	t.Helper()
	web := secret.NewScopes(secret.WebScope)
	e = estate{w: newWorld(), keys: keysOf(t, "k"), org: org("o"), project: project}
	e.w.parent = e.org
	sites := []secret.Owner{site("a"), site("b"), site("c")}
	for _, owner := range sites {
		scopes := web
		if owner == site("c") {
			scopes = secret.NewScopes(secret.UserScope, secret.WebScope)
		}
		e.w.secrets[storedKey(owner, "KEY")] = newStored(secret.RuntimeType, scopes, secret.NewValue(canary+"-own-"+owner.Name))
	}
	above := secret.Desired{Owner: e.org, MaxDeletePercent: 100}
	above.Secrets = []secret.DesiredSecret{want(e.org, "KEY", "1", web, "live"), want(e.org, "OTHER", "1", web)}
	before, after = []secret.Desired{above}, []secret.Desired{above}
	for _, owner := range sites {
		before = append(before, secret.Desired{Owner: owner, MaxDeletePercent: 100})
		after = append(after, secret.Desired{Owner: owner, MaxDeletePercent: 100, Secrets: []secret.DesiredSecret{{Name: "KEY", Retire: secret.RetireDelete}}})
	}
	return e, before, after
}

// uncover applies the manifest that retires the keys of the sites.
func (e estate) uncover(t *testing.T, after []secret.Desired, opts apply.Options) apply.Report {
	t.Helper()
	p, in := e.read(after)
	if p.Blocked() {
		t.Fatalf("refused: %+v", p.Refusals)
	}
	e.w.calls = nil
	report, err := apply.Run(t.Context(), e.w, in, opts)
	if err != nil {
		t.Fatal(err)
	}
	checkNoValue(t, report)
	return report
}

// TestUncover: the sites' own keys go, the first one alone, and the project knows
// afterwards that no site has one.
func TestUncover(t *testing.T) {
	e, before, after := agency(t)
	e.apply(t, before)
	p, _ := e.read(after)
	report := e.uncover(t, after, e.options())
	want := []string{
		"site:a own KEY", "site:a delete KEY", "org:o list",
		"site:b own KEY", "site:b delete KEY", "site:c delete KEY", orgLedger,
	}
	if diff := cmp.Diff(want, e.w.calls); diff != "" {
		t.Errorf("calls, -want +got:\n%s", diff)
	}
	if n := p.Requests.Secrets - len(after); n != len(want) || report.Requests != n || !report.Complete() {
		t.Errorf("%d requests announced, %d reported, complete is %t", n, report.Requests, report.Complete())
	}
	for _, owner := range []string{"a", "b", "c"} {
		if got := e.w.show(site(owner), "KEY"); got != "not live" {
			t.Errorf("site %s still has %s", owner, got)
		}
	}
	e.quiet(t, after)
	e.quiet(t, before)
	p, _ = e.read(after)
	for _, w := range p.Warnings {
		if w.Code != plan.CodeRetireWithoutEffect {
			t.Errorf("afterwards the plan warns: %+v", w)
		}
	}
	if len(p.Warnings) != 3 {
		t.Errorf("%d warnings, want one for each line that can go", len(p.Warnings))
	}
}

// TestUncoverUnknown: of sites that the organization's secret hid before the
// project came, the ledger says first that they may have one of their own.
func TestUncoverUnknown(t *testing.T) {
	e, before, after := agency(t)
	e.w.secrets[storedKey(e.org, "KEY")] = newStored(secret.RuntimeType, secret.NewScopes(secret.WebScope), secret.NewValue(canary))
	delete(e.w.secrets, storedKey(site("b"), "KEY"))
	e.apply(t, before)
	report := e.uncover(t, after, e.options())
	want := []string{
		orgLedger, "site:a own KEY", "site:a delete KEY", "org:o list",
		"site:b own KEY", "site:b delete KEY", "site:c delete KEY", orgLedger,
	}
	if diff := cmp.Diff(want, e.w.calls); diff != "" || !report.Complete() {
		t.Errorf("calls, -want +got:\n%s", diff)
	}
	e.quiet(t, after)
}

// TestUncoverUnannounced: where the ledger cannot say first that the sites may
// have one of their own, none is touched.
func TestUncoverUnannounced(t *testing.T) {
	e, before, after := agency(t)
	e.w.secrets[storedKey(e.org, "KEY")] = newStored(secret.RuntimeType, secret.NewScopes(secret.WebScope), secret.NewValue(canary))
	e.apply(t, before)
	e.w.fail(orgLedger, fault{err: errRefused})
	report := e.uncover(t, after, e.options())
	if diff := cmp.Diff([]string{orgLedger}, e.w.calls); diff != "" || report.NotTried != 3 {
		t.Errorf("not tried: %d, calls, -want +got:\n%s", report.NotTried, diff)
	}
	e.apply(t, after)
	e.quiet(t, after)
}

// TestUncoverHeldBack: of a site whose deletion was not begun, the ledger knows
// as little afterwards as before.
func TestUncoverHeldBack(t *testing.T) {
	e, before, after := agency(t)
	e.w.secrets[storedKey(e.org, "KEY")] = newStored(secret.RuntimeType, secret.NewScopes(secret.WebScope), secret.NewValue(canary))
	e.apply(t, before)
	e.w.fail("org:o list", fault{err: errRefused})
	e.uncover(t, after, e.options())
	known := e.w.hold(e.org, e.keys)
	for owner, want := range map[string]string{"a": "own", "b": "unknown", "c": "own"} {
		own, found := known.OfSite(e.keys, site(owner).ID)["KEY"]
		if got := map[bool]map[bool]string{true: {true: "own", false: "none"}, false: {false: "unknown"}}[found][own]; got != want {
			t.Errorf("of site %s it says %s, want %s", owner, got, want)
		}
	}
}

// TestMemoryOfAnInterruptedCreate: what the lists showed before the organization
// had the key is not lost with the run that made it.
func TestMemoryOfAnInterruptedCreate(t *testing.T) {
	for _, retires := range []bool{false, true} {
		e, before, after := agency(t)
		first := before
		if retires {
			first = after // and is cut before anything of the sites goes
		}
		e.cut(t, first, 2, cut{true, fault{takesEffect: true}})
		if e.w.show(e.org, "KEY") == "not live" {
			t.Fatalf("it was cut before the key was made: %q", e.w.calls)
		}
		e.apply(t, before)
		p, _ := e.read(before)
		i := slices.IndexFunc(p.Warnings, func(w plan.Warning) bool { return w.Code == plan.CodeShadowed })
		if i < 0 || p.Warnings[i].Facts.Count != 3 {
			t.Errorf("retires: %t, warnings: %+v", retires, p.Warnings)
		}
	}
}

// TestUncoverAtOnce: the same change may create the organization's secret.
func TestUncoverAtOnce(t *testing.T) {
	e, _, after := agency(t)
	report := e.uncover(t, after, e.options())
	i := slices.Index(e.w.calls, "org:o list")
	if !report.Complete() || i < 1 || e.w.calls[i-1] != "site:a delete KEY" || slices.Contains(e.w.calls, "site:a own KEY") {
		t.Errorf("calls %q, complete is %t", e.w.calls, report.Complete())
	}
	if n := strings.Count(strings.Join(e.w.calls, "\n"), "org:o list"); n != 1 {
		t.Errorf("the organization is listed %d times", n)
	}
	e.quiet(t, after)
}

// TestUncoverTakesTooMuch: where deleting the site's secret takes the
// organization's, that is put back, and nothing else is begun.
func TestUncoverTakesTooMuch(t *testing.T) {
	for _, refuses := range []bool{false, true} {
		t.Run(fmt.Sprintf("creating again is refused: %t", refuses), func(t *testing.T) {
			e, before, after := agency(t)
			e.apply(t, before)
			had := e.w.show(e.org, "KEY")
			plain := storedKey(site("d"), "PLAIN")
			e.w.secrets[plain] = newStored(secret.RuntimeType, secret.NewScopes(secret.WebScope), secret.NewValue(canary))
			after = append(after, secret.Desired{
				Owner: site("d"), MaxDeletePercent: 100, Secrets: []secret.DesiredSecret{{Name: "PLAIN", Retire: secret.RetireDelete}},
			})
			e.w.takes = true
			if refuses {
				e.w.fail("org:o create KEY runtime web", fault{err: errRefused})
			}
			report := e.uncover(t, after, e.options())
			want := []string{"site:a own KEY", "site:a delete KEY", "org:o list", "org:o create KEY runtime web"}
			if !refuses {
				want = append(want, "org:o set KEY live")
			}
			if diff := cmp.Diff(want, e.w.calls); diff != "" {
				t.Errorf("calls, -want +got:\n%s", diff)
			}
			if report.Complete() || report.Stopped == "" || report.Failed != 2 || report.NotTried != 3 || e.w.secrets[plain] == nil {
				t.Errorf("report: %q", outline(report))
			}
			if got := e.w.show(e.org, "KEY"); (got == had) == refuses {
				t.Errorf("the organization has %s, had %s", got, had)
			}
			if got := e.w.show(site("b"), "KEY"); got != "runtime [web] c4n4ry-own-b" {
				t.Errorf("site b has %s", got)
			}
			i := slices.IndexFunc(report.Results, func(r apply.Result) bool { return r.Owner == e.org })
			if i < 0 || report.Results[i].NotLive != refuses {
				t.Errorf("results: %q", outline(report))
			}
			e.w.takes = false
			e.apply(t, after)
			e.quiet(t, after)
		})
	}
}

// TestUncoverUnproved: as long as no list shows that the organization's secret
// was spared, no other one is deleted.
func TestUncoverUnproved(t *testing.T) {
	refused := fault{err: errRefused}
	const ownA, deleteA, list = "site:a own KEY", "site:a delete KEY", "org:o list"
	for name, c := range map[string]struct {
		fail   map[string]fault
		calls  []string
		failed int
		left   int
		reason string
	}{
		"not listed": {map[string]fault{list: refused}, []string{ownA, deleteA, list}, 1, 2, "nobody can see whether it is still there"},
		"the first cannot be made certain": {map[string]fault{ownA: refused},
			[]string{ownA, "site:b own KEY", "site:b delete KEY", list, "site:c delete KEY", orgLedger}, 1, 0,
			"nothing was deleted, so the next one is the first"},
		"the first is refused": {map[string]fault{deleteA: refused},
			[]string{ownA, deleteA, "site:b own KEY", "site:b delete KEY", list, "site:c delete KEY", orgLedger}, 1, 0,
			"site a has a value of its own, and the ledger says so"},
		"the first may be deleted": {map[string]fault{deleteA: {err: errUnknown, takesEffect: true}},
			[]string{ownA, deleteA, list, "site:b own KEY", "site:b delete KEY", "site:c delete KEY", orgLedger}, 1, 0, "it may have taken the organization's"},
	} {
		t.Run(name, func(t *testing.T) {
			e, before, after := agency(t)
			e.apply(t, before)
			for call, f := range c.fail {
				e.w.fail(call, f)
			}
			report := e.uncover(t, after, e.options())
			if diff := cmp.Diff(c.calls, e.w.calls); diff != "" {
				t.Errorf("%s: calls, -want +got:\n%s", c.reason, diff)
			}
			if report.Failed != c.failed || report.NotTried != c.left || report.Stopped != "" {
				t.Errorf("%s: %q", c.reason, outline(report))
			}
			if got := e.w.show(e.org, "KEY"); !strings.HasPrefix(got, "runtime [web]") {
				t.Errorf("the organization has %s", got)
			}
			e.apply(t, after)
			e.quiet(t, after)
		})
	}
}

// TestUncoverInterrupted: wherever the run is killed, the same manifest ends in
// the same way, and the one before says of no site what is not so.
func TestUncoverInterrupted(t *testing.T) {
	start, before, after := agency(t)
	start.apply(t, before)
	whole := start.copy()
	calls := whole.uncover(t, after, whole.options()).Requests
	for at := 1; at <= calls; at++ {
		for _, lands := range []bool{false, true} {
			t.Run(fmt.Sprintf("%d, %t", at, lands), func(t *testing.T) {
				e := start.copy()
				e.cut(t, after, at, cut{true, fault{takesEffect: lands}})
				reverted, _ := e.read(before)
				if reverted.HasChanges() || reverted.Blocked() {
					t.Errorf("reverted: %+v, %+v", reverted.Summary, reverted.Refusals)
				}
				e.apply(t, after)
				e.quiet(t, after)
				for _, owner := range []string{"a", "b", "c"} {
					if got := e.w.show(site(owner), "KEY"); got != "not live" {
						t.Errorf("site %s still has %s", owner, got)
					}
				}
			})
		}
	}
	if calls < 6 {
		t.Errorf("only %d calls", calls)
	}
}

// TestUncoverStopped: after the first signal nothing further is begun, and what
// is known so far is written.
func TestUncoverStopped(t *testing.T) {
	e, before, after := agency(t)
	e.apply(t, before)
	stop := make(chan struct{})
	opts := e.options()
	opts.Stop = stop
	e.w.fail("site:a delete KEY", fault{during: func() { close(stop) }})
	report := e.uncover(t, after, opts)
	want := []string{"site:a own KEY", "site:a delete KEY", "org:o list", orgLedger}
	if diff := cmp.Diff(want, e.w.calls); diff != "" || !report.Interrupted || report.NotTried != 2 {
		t.Errorf("interrupted is %t, calls, -want +got:\n%s", report.Interrupted, diff)
	}
	p, _ := e.read(after)
	if p.Summary.Delete != 2 {
		t.Errorf("the next plan deletes %d, want the two that are left", p.Summary.Delete)
	}
}

// TestUncoverNeedsMore: a plan with such a deletion is refused before the first
// call where nothing can look after it, or the manifest has nothing to put back.
func TestUncoverNeedsMore(t *testing.T) {
	e, before, after := agency(t)
	e.apply(t, before)
	_, in := e.read(after)
	e.w.calls = nil
	if _, err := apply.Run(t.Context(), e.w, in, options()); err == nil || len(e.w.calls) > 0 {
		t.Errorf("without an Uncoverer: error %v, calls %q", err, e.w.calls)
	}
	in.Desired = slices.Clone(in.Desired)
	in.Desired[0].Secrets = in.Desired[0].Secrets[1:]
	if _, err := apply.Run(context.Background(), e.w, in, e.options()); err == nil || len(e.w.calls) > 0 {
		t.Errorf("without the organization's value: error %v, calls %q", err, e.w.calls)
	}
}
