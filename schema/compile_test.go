package schema

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/internal/testkit"
	"github.com/cella-secrets/cella/schema/internal/sealtest"
	"github.com/cella-secrets/cella/secret"
)

// describe renders a desired state with its values, for comparison.
func describe(desired []secret.Desired) string {
	var out strings.Builder
	for _, owner := range desired {
		fmt.Fprintf(&out, "%s id %s, at %d:%d, at most %d%% deleted\n", owner.Owner, owner.Owner.ID, owner.Pos.Line, owner.Pos.Column, owner.MaxDeletePercent)
		for _, s := range owner.Secrets {
			fmt.Fprintf(&out, "  %s %s [%s] value %q", s.Name, s.Type, s.Scopes, s.Value.Reveal())
			for _, override := range s.Overrides {
				fmt.Fprintf(&out, ", %s %q", override.Env, override.Value.Reveal())
			}
			fmt.Fprintf(&out, ", description %q, external %t, replace %t, protect %d, drop %q\n",
				s.Description, s.External, s.Replace, s.Protect, s.DropOverrides)
		}
	}
	return out.String()
}

const owners = `version: 1
project: storefront
policy: {unmanaged: ignore, max_delete_percent: 50}
defaults: {type: env, scopes: [web, ic]}
sites:
  zeta: {secrets: {}}
  alpha:
    id: 11111111-2222-3333-4444-55555555555F
    max_delete_percent: 0
    secrets:
      B: {value: b, overrides: {test: t, dev: d}, drop_overrides: [pr-2, live]}
      A: {type: runtime, scopes: [user, web], external: true, protect: false}
organizations:
  my-agency: {secrets: {}}
  AAAAAAAA-2222-3333-4444-555555555555: {secrets: {}}
`

func TestCompile(t *testing.T) {
	m, problems, err := loadData(t, []byte(owners), Options{AllowPlaintext: true})
	if err != nil || len(problems) > 0 {
		t.Fatal(err, sealtest.Lines(problems))
	}
	if m.Encrypted || !m.Decrypted || m.Project != "storefront" || m.NoKey != nil {
		t.Errorf("manifest: %+v", m)
	}
	if want := (Policy{Unmanaged: secret.IgnoreUnmanaged, MaxDeletePercent: 50}); !cmp.Equal(m.Policy, want) {
		t.Errorf("policy: %+v, want %+v", m.Policy, want)
	}
	agency, zeta := secret.Owner{Kind: secret.Organization, Name: "my-agency"}, secret.Owner{Kind: secret.Site, Name: "zeta"}
	if diff := cmp.Diff([]secret.Owner{agency, zeta}, m.Unresolved()); diff != "" {
		t.Fatalf("unresolved (-want +got):\n%s", diff)
	}
	all := []secret.Owner{
		{Kind: secret.Organization, Name: "AAAAAAAA-2222-3333-4444-555555555555", ID: "aaaaaaaa-2222-3333-4444-555555555555"}, agency,
		{Kind: secret.Site, Name: "alpha", ID: "11111111-2222-3333-4444-55555555555f"}, zeta,
	}
	if diff := cmp.Diff(all, m.Owners()); diff != "" {
		t.Errorf("owners (-want +got):\n%s", diff)
	}
	desired, problems := m.Compile(map[secret.Owner]string{agency: "org-id", zeta: "zeta-id"})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	testkit.Golden(t, "testdata/compile.golden", describe(desired))
	again, _ := m.Compile(map[secret.Owner]string{agency: "org-id", zeta: "zeta-id"})
	if describe(again) != describe(desired) {
		t.Error("compiling again gives something else")
	}
}

func TestCompileProblems(t *testing.T) {
	agency, zeta := secret.Owner{Kind: secret.Organization, Name: "my-agency"}, secret.Owner{Kind: secret.Site, Name: "zeta"}
	tests := map[string]struct {
		ids    map[secret.Owner]string
		want   string
		reason string
	}{
		"no ids": {nil, "", "an owner that was not found is still shown, as one that could not be read"},
		"same site": {map[secret.Owner]string{agency: "x", zeta: "11111111-2222-3333-4444-55555555555f"},
			"secrets.yaml:8:9: sites.alpha.id: this is the same site as zeta (6:3); keep one of them [same-id]\n",
			"a renamed site is reached by two names"},
		"same organization": {map[secret.Owner]string{agency: "aaaaaaaa-2222-3333-4444-555555555555", zeta: "x"},
			"secrets.yaml:15:3: organizations.AAAAAAAA-2222-3333-4444-555555555555: this is the same organization as my-agency (14:3); keep one of them [same-id]\n",
			"once by machine name, once by UUID"},
		"another case": {map[secret.Owner]string{agency: "x", zeta: "11111111-2222-3333-4444-55555555555F"},
			"secrets.yaml:8:9: sites.alpha.id: this is the same site as zeta (6:3); keep one of them [same-id]\n",
			"ids are compared in one form"},
		"site and organization": {map[secret.Owner]string{agency: "x", zeta: "aaaaaaaa-2222-3333-4444-555555555555"},
			"secrets.yaml:15:3: organizations.AAAAAAAA-2222-3333-4444-555555555555: this has the id of the site zeta (6:3); correct one of them [same-id]\n",
			"nothing is a site and an organization"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			m, problems, err := loadData(t, []byte(owners), Options{AllowPlaintext: true})
			if err != nil || len(problems) > 0 {
				t.Fatal(err, problems)
			}
			desired, problems := m.Compile(test.ids)
			got := sealtest.Lines(problems)
			if got != test.want {
				t.Errorf("problems (-want +got):\n%s(%s)", cmp.Diff(test.want, got), test.reason)
			}
			if (desired == nil) != (len(problems) > 0) {
				t.Errorf("desired state %v beside problems %q", desired != nil, got)
			}
		})
	}
}

const retiring = `
version: 1
project: storefront
formerly: [shopfront]
policy: {projects: [marketing]}
defaults: {type: runtime, scopes: [web]}
sites:
  my-site:
    reset_ledger: true
    secrets:
      GONE: {retire: delete, value: ignored, overrides: {live: ignored}}
      KEPT: {value: abc}
      OURS: {retire: release}
  old-site: {retire: release, secrets: {A: {value: ignored}}}
`

func TestCompileOfWhatLeaves(t *testing.T) {
	m, problems, err := loadData(t, []byte(retiring), Options{AllowPlaintext: true})
	if err != nil || len(problems.Errors(false)) > 0 {
		t.Fatal(err, sealtest.Lines(problems))
	}
	if diff := cmp.Diff([]string{"shopfront"}, m.Formerly); diff != "" {
		t.Errorf("formerly (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"marketing"}, m.Policy.Projects); diff != "" {
		t.Errorf("projects (-want +got):\n%s", diff)
	}
	desired, _ := m.Compile(nil)
	mine, old := desired[0], desired[1]
	if !mine.ResetLedger || mine.Retire != "" || old.Retire != secret.RetireRelease || len(old.Secrets) > 0 {
		t.Errorf("owners: %+v", desired)
	}
	for name, want := range map[secret.Name]secret.Retirement{"GONE": secret.RetireDelete, "KEPT": "", "OURS": secret.RetireRelease} {
		i := slices.IndexFunc(mine.Secrets, func(s secret.DesiredSecret) bool { return s.Name == name })
		if i < 0 || mine.Secrets[i].Retire != want {
			t.Errorf("%s: %+v", name, mine.Secrets)
			continue
		}
		if got := mine.Secrets[i]; want != "" && (got.Value.Known() || len(got.Overrides) > 0) {
			t.Errorf("%s leaves and still has values", name)
		}
	}
}
