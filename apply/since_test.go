package apply_test

import (
	"testing"
	"time"

	"github.com/cella-secrets/cella/apply"
	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/plan/decision"
	"github.com/cella-secrets/cella/secret"
)

// applyAt converges at a time by Pantheon's clock.
func (e estate) applyAt(t *testing.T, at time.Time, rewrite bool, secrets ...secret.DesiredSecret) {
	t.Helper()
	_, in := e.read([]secret.Desired{{Owner: site("s"), Secrets: secrets, MaxDeletePercent: 100}})
	if rewrite {
		in.Plan = decision.Diff(decision.Input{
			Project: e.project, Desired: in.Desired, Live: []secret.Live{e.w.list(site("s"), e.org, false)},
			Ledgers: in.Ledgers, Keys: e.keys, Rewrite: true,
		})
	}
	in.Origin = ledger.Origin{Commit: "0123456789abcdef0123456789abcdef01234567", Actor: "somebody"}
	opts := options()
	opts.Now = func() time.Time { return at }
	if report, err := apply.Run(t.Context(), e.w, in, opts); err != nil || !report.Complete() {
		t.Fatalf("error %v, report %+v", err, report)
	}
}

// TestEachValueRemembersWhenItWasApplied: by Pantheon's clock, value by value,
// and what is not written keeps its time.
func TestEachValueRemembersWhenItWasApplied(t *testing.T) {
	day := func(n int) time.Time { return time.Date(2027, time.March, n, 12, 0, 0, 0, time.UTC) }
	e := estate{w: newWorld(), keys: keysOf(t, "k"), org: org("o"), project: project}
	web := secret.NewScopes(secret.WebScope)
	read := secret.NewScopes(secret.UserScope, secret.WebScope)
	expect := func(when string, name secret.Name, want ...int) {
		t.Helper()
		entry, _ := ledger.ReadAll(e.w.list(site("s"), e.org, false), e.project, nil, e.keys).Own.Entry(name)
		for i, env := range []secret.Env{"", "live"} {
			if at, _ := entry.AppliedAt(env); i < len(want) && !at.Equal(day(want[i])) {
				t.Errorf("%s: %s.%s was applied at %s, want day %d", when, name, env, at, want[i])
			}
		}
	}
	a, b := want(site("s"), "A", "1", web, "live"), want(site("s"), "B", "1", web)
	e.applyAt(t, day(1), false, a, b)
	expect("created", "A", 1, 1)
	expect("created", "B", 1)

	a.Overrides[0].Value = secret.NewValue(canary + " another")
	e.applyAt(t, day(2), false, a, b)
	expect("only the override written", "A", 1, 2)
	expect("not touched", "B", 1)

	e.applyAt(t, day(3), true, a, b)
	expect("rewritten", "A", 3, 3)
	expect("rewritten", "B", 3)

	a.Scopes = read
	e.applyAt(t, day(4), false, a, b)
	expect("replaced", "A", 4, 4)

	found := want(site("s"), "FOUND", "1", read)
	if err := e.w.Create(t.Context(), site("s"), "FOUND", found.Type, found.Scopes, found.Value); err != nil {
		t.Fatal(err)
	}
	e.applyAt(t, day(5), false, a, b, found)
	expect("found equal", "FOUND", 5)
	e.applyAt(t, day(6), false, a, b, found)
	expect("quiet", "FOUND", 5)

	rotated := e
	rotated.keys = keysOf(t, "n", "k")
	rotated.applyAt(t, day(7), false, a, b, found)
	e = rotated
	expect("under another key", "A", 4, 4)
	expect("under another key", "B", 3)

	renamed := e
	renamed.project, renamed.formerly = "renamed", []string{e.project}
	renamed.applyAt(t, day(8), false, a, b, found)
	e = renamed
	expect("under another name", "A", 4, 4)

	origin := ledger.ReadAll(e.w.list(site("s"), e.org, false), e.project, nil, e.keys).Own.Origin
	if origin.Actor != "somebody" || origin.Commit == "" || !origin.Time.Equal(day(8)) {
		t.Errorf("the ledger comes from %+v", origin)
	}
}
