package reader_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/secret"
	"github.com/cella-secrets/cella/secret/reader"
)

// TestOf: who reads what, and whether that the application or a build does not is
// for the framework.
func TestOf(t *testing.T) {
	type readers = []reader.Reader
	tests := map[string]struct {
		typ    secret.Type
		scopes secret.Scopes
		env    secret.Env
		on     reader.Framework
		want   readers
		idle   bool
		reason string
	}{
		"runtime in PHP":        {"runtime", secret.NewScopes("web"), "live", "wordpress", readers{reader.PHP}, false, "pantheon_get_secret reads it"},
		"runtime in Next.js":    {"runtime", secret.NewScopes("web"), "live", "nodejs", readers{}, true, "only env is documented"},
		"and people":            {"runtime", secret.NewScopes("user", "web"), "live", "nodejs", readers{reader.People}, true, "the application gets nothing"},
		"and builds":            {"runtime", secret.NewScopes("ic", "web"), "dev", "nodejs", readers{}, true, "Integrated Composer does not build Next.js sites"},
		"env in PHP":            {"env", secret.NewScopes("web"), "dev", "drupal8", readers{}, true, "not set on application servers"},
		"env in PHP and builds": {"env", secret.NewScopes("ic", "web"), "dev", "drupal8", readers{reader.IntegratedComposer}, false, "in builds"},
		"env in Next.js":        {"env", secret.NewScopes("web"), "live", "nodejs", readers{reader.NextJS}, false, "from the next build on"},
		"env, not known where":  {"env", secret.NewScopes("web"), "live", "", readers{reader.NextJS}, false, "without the framework nothing is ruled out"},
		"builds in dev":         {"env", secret.NewScopes("ic"), "dev", "drupal8", readers{reader.IntegratedComposer}, false, "it runs as dev"},
		"builds in a multidev":  {"composer", secret.NewScopes("ic"), "pr-1", "drupal8", readers{reader.IntegratedComposer}, false, "it runs as a multidev"},
		"builds in live":        {"composer", secret.NewScopes("ic"), "live", "drupal8", readers{}, false, "it never runs as live, but as dev"},
		"builds in test":        {"env", secret.NewScopes("ic", "user"), "test", "", readers{reader.People}, false, "it never runs as test"},
		"builds of Next.js":     {"env", secret.NewScopes("ic"), "dev", "nodejs", readers{}, true, "Integrated Composer is for PHP"},
		"composer and web":      {"composer", secret.NewScopes("web"), "live", "wordpress", readers{}, false, "no application of any framework reads type composer"},
		"people":                {"runtime", secret.NewScopes("user"), "live", "wordpress", readers{reader.People}, false, "and nobody else, as it says"},
		"everybody": {
			"runtime", secret.NewScopes("ic", "user", "web"), "dev", "wordpress",
			readers{reader.IntegratedComposer, reader.People, reader.PHP}, false, "each by its scope",
		},
		"unknown words": {"vcs", secret.NewScopes("ops"), "dev", "fortran", readers{}, false, "nobody that is known"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, reader.Of(test.typ, test.scopes, test.env, test.on)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", test.reason, diff)
			}
			if got := reader.Idle(test.typ, test.scopes, test.on); got != test.idle {
				t.Errorf("idle: %t: %s", got, test.reason)
			}
		})
	}
}

func TestFrameworks(t *testing.T) {
	for _, word := range reader.Frameworks() {
		if f := reader.Framework(word); f.NextJS() == f.PHP() {
			t.Errorf("%s is offered, and says nothing", word)
		}
	}
	for word, drupal := range map[reader.Framework]bool{"drupal": true, "drupal8": true, "drupal12": true, "wordpress": false, "nodejs": false, "": false} {
		if word.Drupal() != drupal {
			t.Errorf("%q is Drupal: %t", word, !drupal)
		}
	}
}

func TestFolded(t *testing.T) {
	for name, want := range map[secret.Name]string{
		"API_KEY": "api_key", "api-key": "api_key", "Api.Key": "api_key", "api key": "api_key",
		"API_KEY2": "api_key2", "APIKEY": "apikey", "CLÉ": "cl_",
	} {
		if got := reader.Folded(name); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
}
