package decision

import (
	"testing"
	"time"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/secret"
	"github.com/cella-secrets/cella/secret/slip"
)

// TestWhoChangedIt: of each value that is not as applied the plan says who
// changed it, where that can be known, and never that it could not be compared.
func TestWhoChangedIt(t *testing.T) {
	k := manifest{}.under("k", "")
	scoped := func(s *secret.DesiredSecret) { s.Scopes = secret.NewScopes(secret.ICScope) }
	for name, c := range map[string]struct {
		manifest manifest
		past     []memo
		desired  secret.DesiredSecret
		live     secret.LiveSecret
		state    plan.ValueState
		by       plan.ChangedBy
		reason   string
	}{
		"nobody, hidden":   {k, []memo{did(want("A", "=1"))}, want("A", "=1"), have("A", "=?"), plan.AsApplied, "", "the manifest has what was applied"},
		"nobody, readable": {k, []memo{did(want("A", "=1"))}, want("A", "=1"), have("A", "=1"), plan.Equal, "", "it came back"},
		"manifest, hidden": {k, []memo{did(want("A", "=1"))}, want("A", "=2"), have("A", "=?"), plan.Changed, plan.ByManifest, "known although it is hidden"},
		"manifest, readable": {
			k, []memo{did(want("A", "=1"))}, want("A", "=2"), have("A", "=1"), plan.Changed, plan.ByManifest, "Pantheon still has what was applied",
		},
		"Pantheon": {
			k, []memo{did(want("A", "=1"))}, want("A", "=1"), have("A", "=3"), plan.Changed, plan.ByPantheon,
			"the manifest still has what was applied",
		},
		"both":              {k, []memo{did(want("A", "=1"))}, want("A", "=2"), have("A", "=3"), plan.Changed, plan.ByBoth, "neither has what was applied"},
		"both, to the same": {k, []memo{did(want("A", "=1"))}, want("A", "=2"), have("A", "=2"), plan.Equal, "", "somebody was faster; nothing is to do"},
		"never applied":     {k, nil, want("A", "=2"), have("A", "=3"), plan.Changed, "", "nobody knows what it was"},
		"never, hidden":     {k, nil, want("A", "=2"), have("A", "=?"), plan.Unverifiable, "", "nobody knows what it is"},
		"pending": {
			k, []memo{did(want("A", "=1"), pending)}, want("A", "=2"), have("A", "=3"), plan.Changed, "",
			"an interrupted apply may have written either",
		},
		"pending, hidden": {k, []memo{did(want("A", "=1"), pending)}, want("A", "=2"), have("A", "=?"), plan.Unverifiable, "", "the same"},
		"taking": {k, []memo{did(want("A", "=1"), func(r *ledger.Entry) { r.State = ledger.Taking })}, want("A", "=2"), have("A", "=?"), plan.Unverifiable, "",
			"the same"},
		"no key": {manifest{project: "storefront"}, nil, want("A", "=2"), have("A", "=3"), plan.Changed, "", "nothing is remembered"},
		"previous key": {
			manifest{}.under("n", "k"), []memo{did(want("A", "=1"))}, want("A", "=2"), have("A", "=?"), plan.Changed, plan.ByManifest,
			"it is still at hand",
		},
		"unknown key": {
			k, []memo{did(want("A", "=1"), func(r *ledger.Entry) { r.Fingerprints[0].Fingerprint.Key[0]++ })}, want("A", "=2"), have("A", "=3"),
			plan.Changed, "", "nobody can tell",
		},
		"inherited, edited": {
			k, []memo{did(want("A", "=1"))}, want("A", "=2"), haveWith(have("A", "=?"), inherited), plan.Changed, plan.ByManifest,
			"whatever the site has, it is not this",
		},
		"rescoped, edited": {
			k, []memo{did(want("A", "=1"))}, wantWith(want("A", "=2"), scoped), have("A", "=?"), plan.Changed, plan.ByManifest,
			"compared under the scopes that it was applied with",
		},
		"rescoped": {k, []memo{did(want("A", "=1"))}, wantWith(want("A", "=1"), scoped), have("A", "=?"), plan.AsApplied, "", "only its scopes change"},
		"other scopes there": {
			k, []memo{did(want("A", "=1"))}, wantWith(want("A", "=1"), scoped),
			haveWith(have("A", "=?"), func(s *secret.LiveSecret) { s.Scopes = secret.NewScopes(secret.ICScope) }), plan.Unverifiable, "",
			"it is not the secret that was applied",
		},
		"other type readable": {
			k, []memo{did(want("A", "=1"))}, want("A", "=1"), haveWith(have("A", "=3"), composer), plan.Changed, plan.ByPantheon,
			"what came back is compared by its value alone",
		},
	} {
		t.Run(name, func(t *testing.T) {
			in := remembering(one([]secret.DesiredSecret{c.desired}, []secret.LiveSecret{c.live}), c.manifest, past{records: c.past})
			change := Diff(in).Changes[0]
			if change.Value != c.state || change.ChangedBy != c.by {
				t.Errorf("%s by %q, want %s by %q: %s", change.Value, change.ChangedBy, c.state, c.by, c.reason)
			}
		})
	}
}

// TestEachValueIsChangedByItself: an override says who changed it, whatever
// became of the default.
func TestEachValueIsChangedByItself(t *testing.T) {
	in := remembering(one([]secret.DesiredSecret{want("A", "=1", "dev=2", "live=2", "test=2")}, []secret.LiveSecret{have("A", "=3", "dev=2", "live=?", "test=3")}),
		manifest{}.under("k", ""), past{records: []memo{did(want("A", "=1", "dev=1", "live=1", "test=1"))}})
	p := Diff(in)
	got := []plan.ChangedBy{p.Changes[0].ChangedBy}
	for _, o := range p.Changes[0].Overrides {
		got = append(got, o.ChangedBy)
	}
	if want := [4]plan.ChangedBy{plan.ByPantheon, "", plan.ByManifest, plan.ByBoth}; [4]plan.ChangedBy(got) != want {
		t.Errorf("changed by %q, want %q", got, want)
	}
	if p.Summary.Changed != 3 || p.Summary.Unverifiable != 0 {
		t.Errorf("summary %+v", p.Summary)
	}
}

// TestSinceWhen: what is hidden and as applied says when it was, and so does
// what was changed since; nothing else does.
func TestSinceWhen(t *testing.T) {
	at := time.Date(2027, time.March, 1, 12, 0, 0, 0, time.UTC)
	dated := func(r *ledger.Entry) {
		for i := range r.Fingerprints {
			r.Fingerprints[i].At = at
		}
	}
	for name, c := range map[string]struct {
		past []memo
		live secret.LiveSecret
		want time.Time
	}{
		"as applied":   {[]memo{did(want("A", "=1"), dated)}, have("A", "=?"), at},
		"edited":       {[]memo{did(want("A", "=2"), dated)}, have("A", "=?"), at},
		"overwritten":  {[]memo{did(want("A", "=1"), dated)}, have("A", "=3"), at},
		"equal":        {[]memo{did(want("A", "=1"), dated)}, have("A", "=1"), time.Time{}},
		"pending":      {[]memo{did(want("A", "=1"), dated, pending)}, have("A", "=?"), time.Time{}},
		"not recorded": {nil, have("A", "=?"), time.Time{}},
	} {
		in := remembering(one([]secret.DesiredSecret{want("A", "=1")}, []secret.LiveSecret{c.live}), manifest{}.under("k", ""), past{records: c.past})
		if got := Diff(in).Changes[0].AppliedAt; !got.Equal(c.want) {
			t.Errorf("%s: applied at %s, want %s", name, got, c.want)
		}
	}
}

// TestOnlyIn: a value that came back nearly the same is told as just that, and only
// where it is a reason for something.
func TestOnlyIn(t *testing.T) {
	for name, c := range map[string]struct {
		desired, live string
		want          slip.Difference
	}{
		"a line end":         {"=one", "=one\n", slip.InLineEnds},
		"a space":            {"=one", "=one ", slip.InSpace},
		"composed otherwise": {"=\u00e9", "=e\u0301", slip.InForm},
		"another":            {"=one", "=two", ""},
		"hidden":             {"=one", "=?", ""},
	} {
		t.Run(name, func(t *testing.T) {
			change := Diff(one([]secret.DesiredSecret{want("A", c.desired, "live"+c.desired)}, []secret.LiveSecret{have("A", c.live, "live"+c.live)})).Changes[0]
			for where, reasons := range map[string][]plan.Reason{"default": change.Reasons, "live": change.Overrides[0].Reasons} {
				if len(reasons) != 1 || reasons[0].Facts.OnlyIn != c.want {
					t.Errorf("%s: %+v, want only in %q", where, reasons, c.want)
				}
			}
		})
	}
}
