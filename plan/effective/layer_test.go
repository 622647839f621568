package effective

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/secret"
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

func TestReaders(t *testing.T) {
	tests := map[string]struct {
		typ       secret.Type
		scopes    secret.Scopes
		env       secret.Env
		framework string
		want      []Reader
		note      string
		reason    string
	}{
		"runtime in PHP":       {"runtime", secret.NewScopes("web"), "live", "wordpress", []Reader{PHP}, "", "pantheon_get_secret reads it"},
		"runtime in Next.js":   {"runtime", secret.NewScopes("web"), "live", "nodejs", []Reader{}, "runtime-on-nextjs", "only env is documented"},
		"env in PHP":           {"env", secret.NewScopes("web"), "dev", "drupal8", []Reader{}, "env-on-php", "not set on application servers"},
		"env in Next.js":       {"env", secret.NewScopes("web"), "live", "nodejs", []Reader{NextJS}, "", "from the next build on"},
		"env, not known where": {"env", secret.NewScopes("web"), "live", "", []Reader{NextJS}, "", "without the framework nothing is ruled out"},
		"builds in dev":        {"env", secret.NewScopes("ic"), "dev", "drupal8", []Reader{IntegratedComposer}, "", "it runs as dev"},
		"builds in a multidev": {"composer", secret.NewScopes("ic"), "pr-1", "drupal8", []Reader{IntegratedComposer}, "", "it runs as a multidev"},
		"builds in live":       {"composer", secret.NewScopes("ic"), "live", "drupal8", []Reader{}, "", "it never runs as live"},
		"builds in test":       {"env", secret.NewScopes("ic", "user"), "test", "", []Reader{People}, "", "it never runs as test"},
		"builds of Next.js":    {"env", secret.NewScopes("ic"), "dev", "nodejs", []Reader{}, "ic-on-nextjs", "Integrated Composer is for PHP"},
		"composer and web":     {"composer", secret.NewScopes("web"), "live", "wordpress", []Reader{}, "", "no application reads type composer"},
		"people":               {"runtime", secret.NewScopes("user"), "live", "wordpress", []Reader{People}, "", "and nobody else"},
		"everybody": {
			"runtime", secret.NewScopes("ic", "user", "web"), "dev", "wordpress", []Reader{IntegratedComposer, People, PHP}, "", "each by its scope",
		},
		"unknown words": {"vcs", secret.NewScopes("ops"), "dev", "fortran", []Reader{}, "", "nobody that is known"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			of := familyOf(test.framework)
			if diff := cmp.Diff(test.want, readers(test.typ, test.scopes, test.env, of)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", test.reason, diff)
			}
			if got := misread(Layer{Type: test.typ, Scopes: test.scopes}, test.env, of).Code; got != test.note {
				t.Errorf("note = %q, want %q: %s", got, test.note, test.reason)
			}
		})
	}
}

func TestFrameworksAreKnown(t *testing.T) {
	for _, framework := range Frameworks() {
		if familyOf(framework) == anyFamily {
			t.Errorf("%s is offered, and says nothing", framework)
		}
	}
}
