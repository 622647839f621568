package decision

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/entry"
	"github.com/cella-secrets/cella/secret"
)

// brief writes a record: state, protection, type, scopes and environments.
func brief(r *ledger.Entry) string {
	if r == nil {
		return "none"
	}
	words := []string{r.State.String(), string(r.Type), r.Scopes.String()}
	if r.Protect {
		words = append(words, "protected")
	}
	for _, e := range r.Fingerprints {
		words = append(words, "."+string(e.Env))
	}
	return strings.Join(words, " ")
}

func TestEdits(t *testing.T) {
	a := want("A", "=1", "live=2")
	hidden := []secret.LiveSecret{have("A", "=?", "live=?")}
	protected := func(s *secret.DesiredSecret) { s.Protect = secret.Protected }
	for name, c := range map[string]struct {
		past             []memo
		desired          []secret.DesiredSecret
		live             []secret.LiveSecret
		pending, applied string // "" for no edit
		reason           string
	}{
		"none": {[]memo{did(a)}, []secret.DesiredSecret{a}, hidden, "", "", "the ledger knows"},
		"create": {nil, []secret.DesiredSecret{wantWith(a, protected)}, nil,
			"pending runtime web . .live", "applied runtime web protected . .live", "announced before it exists, and protected once it does"},
		"update": {[]memo{did(want("A", "=1", "dev=3"), guarded)}, []secret.DesiredSecret{a}, []secret.LiveSecret{have("A", "=?", "dev=?")},
			"pending runtime web protected . .dev .live", "applied runtime web protected . .live",
			"dev stays ours until it is removed, and the protection is kept"},
		"update, unprotected": {[]memo{did(want("A", "=2"), guarded)}, []secret.DesiredSecret{
			wantWith(want("A", "=1"), func(s *secret.DesiredSecret) { s.Protect = secret.Unprotected }),
		}, []secret.LiveSecret{have("A", "=?")},
			"pending runtime web .", "applied runtime web .", "protect: false lifts it at once"},
		"replace": {[]memo{did(a)}, []secret.DesiredSecret{wantWith(a, asComposer)}, hidden,
			"pending composer  . .live", "applied composer ic . .live", "half-way through, type and scopes are not known"},
		"delete": {[]memo{did(a)}, nil, hidden, "pending runtime web . .live", "none", "ours until it is gone"},
		"delete without a record": {[]memo{}, []secret.DesiredSecret{{Name: "A", Retire: secret.RetireDelete}}, hidden, "", "",
			"an interrupted run must not leave a record that owns it"},
		"adopt": {
			[]memo{}, []secret.DesiredSecret{a}, []secret.LiveSecret{have("A", "=1", "live=2")}, "none", "applied runtime web . .live",
			"nothing is written to it",
		},
		"release": {[]memo{did(a)}, []secret.DesiredSecret{{Name: "A", Retire: secret.RetireRelease}}, hidden, "none", "none", "dropped"},
		"forget":  {[]memo{did(a)}, nil, nil, "none", "none", "dropped"},
	} {
		t.Run(name, func(t *testing.T) {
			in := remembering(one(c.desired, c.live), manifest{}.under("k", ""), past{records: c.past})
			edits := entry.Edits(Diff(in), in.Desired[0], in.Ledgers[0], in.Keys)
			var got [2]string
			for _, e := range edits {
				if e.Secret != "A" || got[0] != "" {
					t.Fatalf("edits are %+v", edits)
				}
				got = [2]string{brief(e.Pending), brief(e.Applied)}
			}
			if diff := cmp.Diff([2]string{c.pending, c.applied}, got); diff != "" {
				t.Errorf("%s\n%s", c.reason, diff)
			}
			if again := entry.Edits(Diff(in), in.Desired[0], in.Ledgers[0], ledger.Keys{}); again != nil {
				t.Errorf("without keys: %+v", again)
			}
		})
	}
}

// TestEditsOfOtherOwners: an owner's edits are its own, sorted by name.
func TestEditsOfOtherOwners(t *testing.T) {
	in := one([]secret.DesiredSecret{want("B", "=1"), want("A", "=1")}, nil)
	in.Desired = append(in.Desired, desire(torn, want("C", "=1")))
	in.Live = append(in.Live, living(torn))
	in = remembering(in, manifest{}.under("k", ""))
	edits := entry.Edits(Diff(in), in.Desired[0], in.Ledgers[0], in.Keys)
	if len(edits) != 2 || edits[0].Secret != "A" || edits[1].Secret != "B" {
		t.Errorf("edits are %+v", edits)
	}
	in.Targets = plan.Targets{{Owner: mySite, Secret: "B"}}
	if edits := entry.Edits(Diff(in), in.Desired[0], in.Ledgers[0], in.Keys); len(edits) != 1 || edits[0].Secret != "B" {
		t.Errorf("with a target: %+v", edits)
	}
}

// TestRequestsWithLedgers: an owner with changes writes its ledger twice, one
// that only its ledger is written for once, and one without changes never.
func TestRequestsWithLedgers(t *testing.T) {
	a := want("A", "=1")
	hidden := []secret.LiveSecret{have("A", "=?")}
	k := manifest{}.under("k", "")
	renamed := manifest{project: "shop", formerly: []string{"storefront"}}.under("k", "")
	for name, c := range map[string]struct {
		manifest manifest
		past     []memo
		desired  []secret.DesiredSecret
		live     []secret.LiveSecret
		retire   secret.Retirement
		want     int
		reason   string
	}{
		"nothing":       {k, []memo{did(a)}, []secret.DesiredSecret{a}, hidden, "", 1, "the list"},
		"update":        {k, []memo{did(want("A", "=2"))}, []secret.DesiredSecret{a}, hidden, "", 1 + 1 + 2, "announced and concluded"},
		"first ledger":  {k, nil, []secret.DesiredSecret{a}, nil, "", 1 + 1 + 2, "created, then changed"},
		"adopt":         {k, nil, []secret.DesiredSecret{a}, []secret.LiveSecret{have("A", "=1")}, "", 1 + 1, "nothing to announce"},
		"retire delete": {k, nil, []secret.DesiredSecret{{Name: "A", Retire: secret.RetireDelete}}, hidden, "", 1 + 1, "nothing is recorded"},
		"left":          {k, []memo{did(a)}, nil, hidden, secret.RetireRelease, 1 + 1, "the ledger is removed without another write"},
		"renamed":       {renamed, []memo{did(a)}, []secret.DesiredSecret{a}, hidden, "", 1 + 1 + 1, "the new one is written, the old one removed"},
		"without a key": {manifest{project: "storefront"}, nil, []secret.DesiredSecret{a}, hidden, "", 1 + 1, "no ledger"},
	} {
		t.Run(name, func(t *testing.T) {
			in := one(c.desired, c.live)
			in.Desired[0].Retire = c.retire
			if c.past == nil {
				in = remembering(in, c.manifest)
			} else {
				in = remembering(in, c.manifest, past{records: c.past})
			}
			if got := Diff(in).Requests.Secrets; got != c.want {
				t.Errorf("%d requests, want %d: %s", got, c.want, c.reason)
			}
		})
	}
}

func TestLedgerOnlyChangesAreChanges(t *testing.T) {
	for name, p := range map[string]plan.Plan{
		"adopt":   {Summary: plan.Summary{Adopt: 1}},
		"release": {Summary: plan.Summary{Release: 1}},
		"forget":  {Summary: plan.Summary{Forget: 1}},
		"ledger":  {Ledgers: []plan.LedgerChange{{}}},
	} {
		if !p.HasChanges() {
			t.Errorf("%s is no change", name)
		}
	}
	for _, action := range []plan.Action{plan.Adopt, plan.Release, plan.Forget} {
		if n := (plan.Change{Action: action}).Steps(); n != 0 {
			t.Errorf("%s takes %d steps", action, n)
		}
	}
}

// TestAdoptSaysWhy: whatever only the ledger has to learn has its own reason.
func TestAdoptSaysWhy(t *testing.T) {
	a := want("A", "=1")
	protect := func(p secret.Protection) []secret.DesiredSecret {
		return []secret.DesiredSecret{wantWith(a, func(s *secret.DesiredSecret) { s.Protect = p })}
	}
	k := manifest{}.under("k", "")
	for name, c := range map[string]struct {
		manifest manifest
		past     []memo
		desired  []secret.DesiredSecret
		want     []plan.Code
	}{
		"no record": {k, []memo{}, []secret.DesiredSecret{a}, []plan.Code{plan.ReasonAdopt}},
		"pending":   {k, []memo{did(a, pending)}, []secret.DesiredSecret{a}, []plan.Code{plan.ReasonConfirm}},
		"former": {
			manifest{project: "shop", formerly: []string{"storefront"}}.under("k", ""), []memo{did(a)}, []secret.DesiredSecret{a},
			[]plan.Code{plan.ReasonFormerLedger},
		},
		"previous key": {manifest{}.under("n", "k"), []memo{did(a)}, []secret.DesiredSecret{a}, []plan.Code{plan.ReasonPreviousKey}},
		"former, previous key": {
			manifest{project: "shop", formerly: []string{"storefront"}}.under("n", "k"), []memo{did(a)}, []secret.DesiredSecret{a},
			[]plan.Code{plan.ReasonFormerLedger},
		},
		"protect":   {k, []memo{did(a)}, protect(secret.Protected), []plan.Code{plan.ReasonProtect}},
		"unprotect": {k, []memo{did(a, guarded)}, protect(secret.Unprotected), []plan.Code{plan.ReasonUnprotect}},
		"several": {
			manifest{}.under("n", "k"), []memo{did(a, guarded)}, protect(secret.Unprotected),
			[]plan.Code{plan.ReasonPreviousKey, plan.ReasonUnprotect},
		},
		"another value":  {k, []memo{did(want("A", "=2"))}, []secret.DesiredSecret{a}, []plan.Code{plan.ReasonRecordBehind}},
		"an override":    {k, []memo{did(want("A", "=1", "live=2"))}, []secret.DesiredSecret{a}, []plan.Code{plan.ReasonRecordBehind}},
		"type or scopes": {k, []memo{did(wantWith(a, asComposer))}, []secret.DesiredSecret{a}, []plan.Code{plan.ReasonRecordBehind}},
		"nothing":        {k, []memo{did(a, guarded)}, []secret.DesiredSecret{a}, []plan.Code{}},
	} {
		t.Run(name, func(t *testing.T) {
			in := remembering(one(c.desired, []secret.LiveSecret{have("A", "=1")}), c.manifest, past{records: c.past})
			change := Diff(in).Changes[0]
			if diff := cmp.Diff(c.want, codesOf(change.Reasons)); diff != "" {
				t.Error(diff)
			}
			if (change.Action == plan.Adopt) != (len(c.want) > 0) {
				t.Errorf("action is %s", change.Action)
			}
		})
	}
}

// TestUpdateSaysWhatItOverwrites: what no ledger has was set elsewhere.
func TestUpdateSaysWhatItOverwrites(t *testing.T) {
	a := want("A", "=1")
	live := []secret.LiveSecret{have("A", "=?")}
	for name, c := range map[string]struct {
		past []memo
		want []plan.Code
	}{
		"no record": {[]memo{}, []plan.Code{plan.ReasonHidden, plan.ReasonOverwrites}},
		"pending":   {[]memo{did(a, pending)}, []plan.Code{plan.ReasonHidden, plan.ReasonUnfinished}},
		"applied":   {[]memo{did(want("A", "=2"))}, []plan.Code{plan.ReasonNotAsApplied}},
	} {
		in := remembering(one([]secret.DesiredSecret{a}, live), manifest{}.under("k", ""), past{records: c.past})
		if diff := cmp.Diff(c.want, codesOf(Diff(in).Changes[0].Reasons)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
