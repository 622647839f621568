package effective

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/secret"
	"github.com/cella-secrets/cella/secret/reader"
)

func TestDecide(t *testing.T) {
	so, sd, oo, od := Layer{Kind: SiteOverride}, Layer{Kind: SiteDefault}, Layer{Kind: OrganizationOverride}, Layer{Kind: OrganizationDefault}
	hidden := sd
	hidden.unsure = true
	tests := map[string]struct {
		layers     []Layer
		winner     Kind
		contenders []Kind
		shadows    []Kind
		reason     string
	}{
		"nothing":              {reason: "no layer, no value"},
		"organization default": {layers: []Layer{od}, winner: OrganizationDefault, reason: "it reaches every site"},
		"organization override": {
			layers: []Layer{oo, od}, winner: OrganizationOverride, shadows: []Kind{OrganizationDefault}, reason: "an override wins over its default",
		},
		"site default": {layers: []Layer{od, sd}, winner: SiteDefault, shadows: []Kind{OrganizationDefault}, reason: "the site's own wins"},
		"site override": {layers: []Layer{od, oo, sd, so}, winner: SiteOverride, shadows: []Kind{SiteDefault, OrganizationOverride, OrganizationDefault},
			reason: "an override of the site's own wins in both readings"},
		"the open one": {layers: []Layer{sd, od, oo}, contenders: []Kind{SiteDefault, OrganizationOverride}, shadows: []Kind{OrganizationDefault},
			reason: "documented in two ways"},
		"a site default that does not show": {layers: []Layer{od, hidden}, contenders: []Kind{SiteDefault, OrganizationDefault}, reason: "if it is there, it wins"},
		"a site default that does not show, and an override": {layers: []Layer{od, hidden, so}, winner: SiteOverride,
			shadows: []Kind{SiteDefault, OrganizationDefault}, reason: "the override wins either way"},
		"site override, no site default": {
			layers: []Layer{so, oo}, winner: SiteOverride, shadows: []Kind{OrganizationOverride},
			reason: "only a default of the site's is open to doubt",
		},
		"site override alone": {
			layers: []Layer{so, od}, winner: SiteOverride, shadows: []Kind{OrganizationDefault},
			reason: "live, it may stand without a default that shows",
		},
	}
	kinds := func(layers []Layer) (found []Kind) {
		for _, layer := range layers {
			found = append(found, layer.Kind)
		}
		return found
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			slices.Reverse(test.layers) // the order of the input does not matter
			got := decide(test.layers)
			winner := Kind("")
			if got.winner != nil {
				winner = got.winner.Kind
			}
			if winner != test.winner {
				t.Errorf("winner = %q, want %q: %s", winner, test.winner, test.reason)
			}
			if diff := cmp.Diff(test.contenders, kinds(got.contenders)); diff != "" {
				t.Errorf("contenders, %s (-want +got):\n%s", test.reason, diff)
			}
			if diff := cmp.Diff(test.shadows, kinds(got.shadows)); diff != "" {
				t.Errorf("shadows, %s (-want +got):\n%s", test.reason, diff)
			}
		})
	}
}

func TestMisread(t *testing.T) {
	tests := map[string]struct {
		typ    secret.Type
		scopes secret.Scopes
		env    secret.Env
		on     reader.Framework
		note   string
		reason string
	}{
		"runtime in PHP":       {"runtime", secret.NewScopes("web"), "live", "wordpress", "", "pantheon_get_secret reads it"},
		"runtime in Next.js":   {"runtime", secret.NewScopes("web"), "live", "nodejs", "runtime-on-nextjs", "only env is documented"},
		"env in PHP":           {"env", secret.NewScopes("web"), "dev", "drupal8", "env-on-php", "not set on application servers"},
		"env in Next.js":       {"env", secret.NewScopes("web"), "live", "nodejs", "", "from the next build on"},
		"env, not known where": {"env", secret.NewScopes("web"), "live", "", "", "without the framework nothing is ruled out"},
		"builds in live":       {"composer", secret.NewScopes("ic"), "live", "drupal8", "", "the default value is for dev"},
		"builds of Next.js":    {"env", secret.NewScopes("ic"), "dev", "nodejs", "ic-on-nextjs", "Integrated Composer is for PHP"},
		"unknown words":        {"vcs", secret.NewScopes("ops"), "dev", "fortran", "", "nobody that is known"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := misread(Layer{Type: test.typ, Scopes: test.scopes}, test.env, test.on).Code; got != test.note {
				t.Errorf("note = %q, want %q: %s", got, test.note, test.reason)
			}
		})
	}
}
