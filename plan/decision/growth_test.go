package decision

import (
	"fmt"
	"slices"
	"testing"

	"github.com/cella-secrets/cella/internal/testkit"
	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/secret"
)

// TestTimeGrowsWithTheInput: of none of these lists is each entry compared with
// every other one. So many of them would take many minutes.
func TestTimeGrowsWithTheInput(t *testing.T) {
	const many = 150_000
	site := secret.Owner{Kind: secret.Site, Name: "my-site", ID: "11111111-2222-3333-4444-555555555555"}
	envs := make([]secret.Env, many)
	for i := range envs {
		envs[i] = secret.Env(fmt.Sprintf("e%06d", i))
	}
	value := secret.NewValue("a value")
	overrides := func(s *secret.DesiredSecret) {
		for _, env := range envs {
			s.Overrides = append(s.Overrides, secret.DesiredOverride{Env: env, Value: value})
		}
	}
	drops := func(s *secret.DesiredSecret) { s.DropOverrides = envs }
	live := func(s *secret.LiveSecret) {
		for _, env := range envs {
			s.Overrides = append(s.Overrides, secret.LiveOverride{Env: env, Value: secret.Read(value)})
		}
	}
	declared, plain := wantWith(want("A", "=x"), overrides), want("A", "=x")
	dropping, found := wantWith(want("A", "=x"), drops), haveWith(have("A", "=x"), live)
	replacing := wantWith(declared, func(s *secret.DesiredSecret) { s.Type, s.Replace = secret.EnvType, true })
	k := manifest{}.under("k", "").keys
	tests := map[string]struct {
		desired secret.DesiredSecret
		live    []secret.LiveSecret
		keys    ledger.Keys
		refusal plan.Code
		entries int // of overrides, warnings and what is unmanaged
	}{
		"overrides, new":             {declared, nil, ledger.Keys{}, "", many + 1},
		"overrides, equal":           {declared, []secret.LiveSecret{found}, ledger.Keys{}, "", many + 1},
		"overrides, replaced":        {replacing, []secret.LiveSecret{found}, ledger.Keys{}, "", many + 1},
		"overrides, undeclared":      {plain, []secret.LiveSecret{found}, ledger.Keys{}, "", many + 1},
		"drop_overrides":             {dropping, []secret.LiveSecret{found}, ledger.Keys{}, "", many + 1},
		"drop_overrides, needless":   {dropping, []secret.LiveSecret{have("A", "=x")}, ledger.Keys{}, "", many + 1},
		"overrides to be remembered": {declared, []secret.LiveSecret{found}, k, plan.CodeUnrecordable, many},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			in := Input{Desired: []secret.Desired{desire(site, test.desired)}, Live: []secret.Live{living(site, test.live...)}, Project: "storefront", Keys: test.keys}
			if test.keys.Known() {
				in.Ledgers = append(in.Ledgers, ledger.ReadAll(in.Live[0], "storefront", nil, test.keys))
			}
			testkit.Ends(t, func() {
				p := Diff(in)
				if entries := len(p.Changes[0].Overrides) + len(p.Warnings) + len(p.Unmanaged); entries != test.entries {
					t.Errorf("the plan has %d entries, not %d", entries, test.entries)
				}
				refused := slices.ContainsFunc(p.Refusals, func(r plan.Refusal) bool { return r.Code == test.refusal })
				if len(p.Errors) > 0 || refused != (test.refusal != "") {
					t.Errorf("refusals %v, errors %v", p.Refusals, p.Errors)
				}
			})
		})
	}
}

// TestEnvironmentsInAnyOrder: they are looked up as sorted lists, and come out
// the same where they are not.
func TestEnvironmentsInAnyOrder(t *testing.T) {
	desired := want("A", "=x", "dev=y", "live=z", "test=w")
	desired.DropOverrides = []secret.Env{"a", "b", "c", "d"}
	live := have("A", "=x", "a=1", "b=2", "c=3", "dev=y", "live=?", "test=old", "z=4")
	ordered := Diff(one([]secret.DesiredSecret{desired}, []secret.LiveSecret{live}))
	desired.Overrides, live.Overrides, desired.DropOverrides = slices.Clone(desired.Overrides), slices.Clone(live.Overrides), slices.Clone(desired.DropOverrides)
	slices.Reverse(desired.Overrides)
	slices.Reverse(live.Overrides)
	slices.Reverse(desired.DropOverrides)
	reversed := Diff(one([]secret.DesiredSecret{desired}, []secret.LiveSecret{live}))
	if !slices.Equal(shorthand(ordered), shorthand(reversed)) || len(ordered.Changes[0].Overrides) != 6 {
		t.Errorf("in order\n%v\nin reverse\n%v", shorthand(ordered), shorthand(reversed))
	}
}
