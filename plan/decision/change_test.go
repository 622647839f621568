package decision

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/secret"
)

func TestChangeTellsBeforeAndAfter(t *testing.T) {
	live := []secret.LiveSecret{haveWith(have("A", "=?"), composer), haveWith(have("B", "=?"), func(s *secret.LiveSecret) { composer(s); inherited(s) })}
	changes := Diff(one([]secret.DesiredSecret{want("A", "=1"), want("B", "=1"), want("C", "=1")}, live)).Changes
	web, ic := secret.NewScopes(secret.WebScope), secret.NewScopes(secret.ICScope)
	for i, c := range []struct {
		typ       plan.TypeChange
		scopes    plan.ScopesChange
		inherited bool
		reason    string
	}{
		{plan.TypeChange{Before: "composer", After: "runtime"}, plan.ScopesChange{Before: ic, After: web}, false, "live"},
		{plan.TypeChange{Before: "", After: "runtime"}, plan.ScopesChange{Before: nil, After: web}, true, "what may be inherited is not this owner's type"},
		{plan.TypeChange{Before: "", After: "runtime"}, plan.ScopesChange{Before: nil, After: web}, false, "not live"},
	} {
		if diff := cmp.Diff(c.typ, changes[i].Type); diff != "" {
			t.Errorf("%s: type %s", c.reason, diff)
		}
		if diff := cmp.Diff(c.scopes, changes[i].Scopes); diff != "" {
			t.Errorf("%s: scopes %s", c.reason, diff)
		}
		if changes[i].MayBeInherited != c.inherited {
			t.Errorf("%s: may be inherited is %t", c.reason, changes[i].MayBeInherited)
		}
	}
}

// TestChangeTellsWhatGoes: what is deleted or replaced was something, also
// where the listing may show the organization's; what is deleted is nothing
// afterwards.
func TestChangeTellsWhatGoes(t *testing.T) {
	shown := func(name string) secret.LiveSecret { return haveWith(have(name, "=?"), inherited) }
	in := remembering(one(
		[]secret.DesiredSecret{wantWith(want("REPLACED", "=1"), asComposer), want("UPDATED", "=2"), {Name: "RELEASED", Retire: secret.RetireRelease}},
		[]secret.LiveSecret{shown("DELETED"), have("RELEASED", "=?"), shown("REPLACED"), shown("UPDATED")}),
		manifest{}.under("k", ""),
		past{records: []memo{did(want("DELETED", "=1")), did(want("RELEASED", "=1")), did(want("REPLACED", "=1")), did(want("UPDATED", "=1"))}})
	got := map[secret.Name]plan.TypeChange{}
	for _, c := range Diff(in).Changes {
		got[c.Secret] = c.Type
	}
	want := map[secret.Name]plan.TypeChange{
		"DELETED": {Before: "runtime", After: ""}, "RELEASED": {Before: "runtime", After: "runtime"},
		"REPLACED": {Before: "runtime", After: "composer"}, "UPDATED": {Before: "", After: "runtime"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestReasons(t *testing.T) {
	allow := func(s *secret.DesiredSecret) { s.Replace = true }
	drop := func(s *secret.DesiredSecret) { s.DropOverrides = []secret.Env{"live"} }
	for name, c := range map[string]struct {
		desired secret.DesiredSecret
		live    []secret.LiveSecret
		secret  []plan.Code
		live0   []plan.Code // the first override's
	}{
		"create":                {want("A", "=1"), nil, []plan.Code{plan.ReasonCreate}, nil},
		"create with overrides": {want("A", "=1", "live=1"), nil, []plan.Code{plan.ReasonCreate, plan.ReasonOverridesLater}, nil},
		"create, inherited": {want("A", "=1"), []secret.LiveSecret{haveWith(have("A", "=?"), inherited)},
			[]plan.Code{plan.ReasonCreateInherited}, nil},
		"replace with overrides": {wantWith(want("A", "=1", "live=1"), allow), []secret.LiveSecret{haveWith(have("A", "=?"), composer)},
			[]plan.Code{plan.ReasonReplace, plan.ReasonOverridesLater}, nil},
		"replace that drops": {wantWith(wantWith(want("A", "=1"), allow), drop), []secret.LiveSecret{haveWith(have("A", "=?", "live=?"), composer)},
			[]plan.Code{plan.ReasonReplace}, []plan.Code{plan.ReasonDropped}},
		"replace refused": {want("A", "=1"), []secret.LiveSecret{haveWith(have("A", "=?"), composer)},
			[]plan.Code{plan.ReasonReplaceNeeded}, nil},
		"hidden": {want("A", "=1", "live=1"), []secret.LiveSecret{have("A", "=?", "live=?")},
			[]plan.Code{plan.ReasonHidden}, []plan.Code{plan.ReasonHidden}},
		"only overrides": {want("A", "=1", "live=1"), []secret.LiveSecret{have("A", "=1")},
			[]plan.Code{plan.ReasonOnlyOverrides}, []plan.Code{plan.ReasonAbsent}},
		"changed": {want("A", "=1", "live=1"), []secret.LiveSecret{have("A", "=2", "live=2")},
			[]plan.Code{plan.ReasonChanged}, []plan.Code{plan.ReasonChanged}},
		"equal": {want("A", "=1", "live=1"), []secret.LiveSecret{have("A", "=1", "live=1")}, []plan.Code{}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			change := Diff(one([]secret.DesiredSecret{c.desired}, c.live)).Changes[0]
			if diff := cmp.Diff(c.secret, codesOf(change.Reasons)); diff != "" {
				t.Error(diff)
			}
			if len(change.Overrides) > 0 {
				if diff := cmp.Diff(c.live0, codesOf(change.Overrides[0].Reasons)); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}
