package decision

import (
	"slices"
	"testing"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/entry"
	"github.com/cella-secrets/cella/secret"
)

// mayBeCut says of my-site's list that it may be cut.
func mayBeCut(in *Input) {
	in.Live = slices.Clone(in.Live)
	in.Live[0].Cut = true
}

// TestWhatACutListDoesNotShow is never said to be absent: it is created by a
// request that finds out, and neither deleted, forgotten nor missed.
func TestWhatACutListDoesNotShow(t *testing.T) {
	a := want("A", "=1", "live=2")
	retired := func(how secret.Retirement) []secret.DesiredSecret {
		return []secret.DesiredSecret{{Name: "A", Retire: how}}
	}
	external := []secret.DesiredSecret{wantWith(want("A"), func(s *secret.DesiredSecret) { s.External = true })}
	const warned = "warning list-may-be-cut "
	runRemembrances(t, map[string]remembrance{
		"declared": {
			past: []memo{}, desired: []secret.DesiredSecret{a}, change: mayBeCut,
			lines:  []string{"create A default:create/unverifiable live:create/unverifiable steps:2", warned},
			reason: "Pantheon refuses the create where it is there",
		},
		"declared and applied": {
			past: []memo{did(a)}, desired: []secret.DesiredSecret{a}, change: mayBeCut,
			lines:  []string{"create A default:create/unverifiable live:create/unverifiable steps:2", warned},
			reason: "that it vanished is not said: no drift",
		},
		"external": {
			past: []memo{}, desired: external, change: mayBeCut,
			lines:  []string{"none A steps:0", warned},
			reason: "it may be there",
		},
		"external, strict": {
			past: []memo{}, desired: external, change: func(in *Input) { mayBeCut(in); in.Policy.Strict = true },
			lines:  []string{"none A steps:0", warned},
			reason: "nothing is refused for what cannot be seen",
		},
		"left the manifest": {
			past: []memo{did(a)}, change: mayBeCut,
			lines:  []string{"none A steps:0", warned},
			reason: "neither deleted unseen nor forgotten",
		},
		"left the manifest, in two ledgers": {
			past: []memo{did(a)}, others: []past{{project: "marketing", key: "m", records: []memo{did(a)}}}, change: mayBeCut,
			lines:  []string{"none A steps:0", warned},
			reason: "neither deleted unseen nor forgotten",
		},
		"retire: delete": {
			past: []memo{did(a)}, desired: retired(secret.RetireDelete), change: mayBeCut,
			lines:  []string{"none A steps:0", warned},
			reason: "nothing is deleted unseen",
		},
		"retire: delete, not recorded": {
			past: []memo{}, desired: retired(secret.RetireDelete), change: mayBeCut,
			lines:  []string{"none A steps:0", warned},
			reason: "that nothing is left to delete is not known",
		},
		"retire: release": {
			past: []memo{did(a)}, desired: retired(secret.RetireRelease), change: mayBeCut,
			lines:  []string{"release A steps:0", warned},
			reason: "the word in git is enough, wherever it is",
		},
		"the owner is left": {
			past: []memo{did(a)}, change: func(in *Input) { mayBeCut(in); in.Desired[0].Retire = secret.RetireRelease },
			lines:  []string{"release A steps:0", "ledger remove CELLA_LEDGER__STOREFRONT", warned},
			reason: "the word in git is enough, wherever it is",
		},
		"what is shown": {
			past: []memo{did(a)}, desired: []secret.DesiredSecret{a}, live: []secret.LiveSecret{have("A", "=?", "live=?"), have("X", "=1")}, change: mayBeCut,
			lines:  []string{"none A default:none/as_applied live:none/as_applied steps:0", "unmanaged X", warned},
			reason: "an entry that came is whole",
		},
		"what is shown, and left": {
			past: []memo{did(a)}, live: []secret.LiveSecret{have("A", "=?", "live=?")}, change: mayBeCut,
			lines:  []string{"delete A steps:1", warned},
			reason: "it is there, and ours",
		},
	})
}

// TestNoKeyAndACutList: without a memory only creating is left to decide.
func TestNoKeyAndACutList(t *testing.T) {
	in := one([]secret.DesiredSecret{want("A", "=1")}, nil)
	mayBeCut(&in)
	p := Diff(in)
	if c := p.Changes[0]; c.Action != plan.Create || c.Value != plan.Unverifiable || !c.Unseen() || c.LeftUnseen() || !p.Complete {
		t.Errorf("%+v, complete %t", c, p.Complete)
	}
	in = one([]secret.DesiredSecret{{Name: "A", Retire: secret.RetireDelete}}, nil)
	mayBeCut(&in)
	if p := Diff(in); p.Changes[0].LeftUnseen() || !slices.ContainsFunc(p.Warnings, func(w plan.Warning) bool { return w.Code == plan.CodeRetireWithoutKey }) {
		t.Errorf("retire without a key says %v", p.Warnings)
	}
}

// TestNoChangesIsNotSaidOfWhatIsLeftUnseen: the plan is incomplete, and the
// ledger keeps the record.
func TestNoChangesIsNotSaidOfWhatIsLeftUnseen(t *testing.T) {
	in := remembering(one(nil, nil), manifest{}.under("k", ""), past{records: []memo{did(want("A", "=1"))}})
	mayBeCut(&in)
	p := Diff(in)
	if p.Complete || p.HasChanges() || !p.Changes[0].LeftUnseen() || p.Blocked() {
		t.Errorf("complete %t, changes %+v", p.Complete, p.Changes)
	}
	if edits := entry.Edits(p, in.Desired[0], in.Ledgers[0], in.Keys); len(edits) > 0 {
		t.Errorf("the ledger is edited: %+v", edits)
	}
}

// TestCreateOfWhatMayBeThere is announced as taking over: were it interrupted
// and the manifest reverted, somebody else's secret must not be deleted as ours.
func TestCreateOfWhatMayBeThere(t *testing.T) {
	a := want("A", "=1")
	for name, test := range map[string]struct {
		cut  bool
		past []memo
		want ledger.State
	}{
		"the list is whole": {false, []memo{}, ledger.Pending},
		"it may be cut":     {true, []memo{}, ledger.Taking},
		"cut, and ours":     {true, []memo{did(a)}, ledger.Pending},
	} {
		in := remembering(one([]secret.DesiredSecret{a}, nil), manifest{}.under("k", ""), past{records: test.past})
		in.Live[0].Cut = test.cut
		edits := entry.Edits(Diff(in), in.Desired[0], in.Ledgers[0], in.Keys)
		if len(edits) != 1 || edits[0].Pending == nil || edits[0].Pending.State != test.want {
			t.Errorf("%s: %+v, want it %s", name, edits, test.want)
		}
	}
}
