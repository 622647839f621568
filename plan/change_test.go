package plan

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/secret"
)

func TestChangeTellsBeforeAndAfter(t *testing.T) {
	live := []secret.LiveSecret{haveWith(have("A", "=?"), composer), haveWith(have("B", "=?"), func(s *secret.LiveSecret) { composer(s); inherited(s) })}
	changes := Diff(one([]secret.DesiredSecret{want("A", "=1"), want("B", "=1"), want("C", "=1")}, live)).Changes
	web, ic := secret.NewScopes(secret.WebScope), secret.NewScopes(secret.ICScope)
	for i, c := range []struct {
		typ       TypeChange
		scopes    ScopesChange
		inherited bool
		reason    string
	}{
		{TypeChange{"composer", "runtime"}, ScopesChange{ic, web}, false, "live"},
		{TypeChange{"", "runtime"}, ScopesChange{nil, web}, true, "what may be inherited is not this owner's type"},
		{TypeChange{"", "runtime"}, ScopesChange{nil, web}, false, "not live"},
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
	got := map[secret.Name]TypeChange{}
	for _, c := range Diff(in).Changes {
		got[c.Secret] = c.Type
	}
	want := map[secret.Name]TypeChange{
		"DELETED": {"runtime", ""}, "RELEASED": {"runtime", "runtime"}, "REPLACED": {"runtime", "composer"}, "UPDATED": {"", "runtime"},
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
		secret  []Code
		live0   []Code // the first override's
	}{
		"create":                {want("A", "=1"), nil, []Code{ReasonCreate}, nil},
		"create with overrides": {want("A", "=1", "live=1"), nil, []Code{ReasonCreate, ReasonOverridesLater}, nil},
		"create, inherited": {want("A", "=1"), []secret.LiveSecret{haveWith(have("A", "=?"), inherited)},
			[]Code{ReasonCreateInherited}, nil},
		"replace with overrides": {wantWith(want("A", "=1", "live=1"), allow), []secret.LiveSecret{haveWith(have("A", "=?"), composer)},
			[]Code{ReasonReplace, ReasonOverridesLater}, nil},
		"replace that drops": {wantWith(wantWith(want("A", "=1"), allow), drop), []secret.LiveSecret{haveWith(have("A", "=?", "live=?"), composer)},
			[]Code{ReasonReplace}, []Code{ReasonDropped}},
		"replace refused": {want("A", "=1"), []secret.LiveSecret{haveWith(have("A", "=?"), composer)},
			[]Code{ReasonReplaceNeeded}, nil},
		"hidden": {want("A", "=1", "live=1"), []secret.LiveSecret{have("A", "=?", "live=?")},
			[]Code{ReasonHidden}, []Code{ReasonHidden}},
		"only overrides": {want("A", "=1", "live=1"), []secret.LiveSecret{have("A", "=1")},
			[]Code{ReasonOnlyOverrides}, []Code{ReasonAbsent}},
		"changed": {want("A", "=1", "live=1"), []secret.LiveSecret{have("A", "=2", "live=2")},
			[]Code{ReasonChanged}, []Code{ReasonChanged}},
		"equal": {want("A", "=1", "live=1"), []secret.LiveSecret{have("A", "=1", "live=1")}, []Code{}, nil},
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

func TestSteps(t *testing.T) {
	overrides := func(actions ...Action) []OverrideChange {
		var all []OverrideChange
		for _, action := range actions {
			all = append(all, OverrideChange{Action: action})
		}
		return all
	}
	for name, c := range map[string]struct {
		change Change
		steps  int
		reason string
	}{
		"none":                   {Change{Action: None, Default: None}, 0, "nothing to do"},
		"external":               {Change{Action: None}, 0, "never written"},
		"create":                 {Change{Action: Create, Default: Create}, 1, "one POST"},
		"create with overrides":  {Change{Action: Create, Default: Create, Overrides: overrides(Create, Create)}, 3, "1 + n"},
		"update":                 {Change{Action: Update, Default: Update, Overrides: overrides(None, Update, Create)}, 3, "what differs"},
		"update of overrides":    {Change{Action: Update, Default: None, Overrides: overrides(Update, Delete)}, 2, "the default is left alone"},
		"replace":                {Change{Action: Replace, Default: Create, Overrides: overrides(Create, Create)}, 4, "2 + n"},
		"replace drops override": {Change{Action: Replace, Default: Create, Overrides: overrides(Create, Delete)}, 3, "the delete takes it along"},
		"delete":                 {Change{Action: Delete}, 1, "with all overrides"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := c.change.Steps(); got != c.steps {
				t.Errorf("%d steps, want %d: %s", got, c.steps, c.reason)
			}
		})
	}
}
