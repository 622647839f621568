package address_test

import (
	"strings"
	"testing"

	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/secret"
	"github.com/cella-secrets/cella/secret/address"
)

func TestSiteEnv(t *testing.T) {
	owners := []secret.Owner{
		{Kind: secret.Organization, Name: "agency"},
		{Kind: secret.Site, Name: "shop", ID: "s1"}, {Kind: secret.Site, Name: "shop.live"}, {Kind: secret.Site, Name: "a.b"},
	}
	tests := map[string]struct {
		text   string
		site   string
		env    secret.Env
		err    string // part of the error; empty = none
		reason string
	}{
		"site":               {"shop", "shop", "", "", "no dot, no environment"},
		"site and env":       {"shop.dev", "shop", "dev", "", "ENV is what follows the last dot"},
		"multidev":           {"site:shop.pr-12", "shop", "pr-12", "", "as owners are written elsewhere too"},
		"a name with a dot":  {"a.b", "a.b", "", "", "the whole text names a site"},
		"and an environment": {"a.b.live", "a.b", "live", "", "the last dot counts"},
		"both readings":      {"shop.live", "shop.live", "", "", "a site of exactly this name comes first"},
		"unknown":            {"shopp.live", "", "", "the manifest has no site shopp", "the environment is no part of the name"},
		"an organization":    {"agency.live", "", "", "agency is an organization", "a site is needed"},
		"no environment":     {"shop.", "", "", "environments are lower-case", "a dot announces one"},
		"no site":            {".live", "", "", `the manifest has no site ""`, "nothing names one"},
		"empty":              {"", "", "", `the manifest has no site ""`, "nothing names one"},
		"upper case":         {"shop.Live", "", "", "environments are lower-case", "Pantheon has no such environment"},
		"org in front":       {"org:agency", "", "", "org:agency is an organization", "organizations have no environments"},
		"line break":         {"shop\nx", "", "", `the manifest has no site "shop\nx"`, "what is shown is quoted"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			site, env, err := address.Owners(owners).SiteEnv(test.text)
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Fatalf("error = %v, want one with %q: %s", err, test.err, test.reason)
				}
				return
			}
			if err != nil || site.Name != test.site || env != test.env {
				t.Errorf("%s, %q, %v; want %s, %q: %s", site, env, err, test.site, test.env, test.reason)
			}
		})
	}
}

// TestMistakenSites: what is typed for an environment or a secret has one right form.
func TestMistakenSites(t *testing.T) {
	owners := address.Owners{{Kind: secret.Organization, Name: "agency"}, {Kind: secret.Site, Name: "shop"}}
	for text, want := range map[string]string{
		"shop/live":           "did you mean shop.live?",
		"site:shop/live":      "did you mean site:shop.live?",
		"shop/API_KEY":        "did you mean shop alone",
		"shop.live/API_KEY":   "did you mean shop.live alone",
		"shop.live/dev":       "did you mean shop.live alone",
		"shop/":               "did you mean shop alone",
		"shop/a\x1b[31m.live": "did you mean shop alone",
		"nowhere":             "it has shop",
	} {
		_, _, err := owners.SiteEnv(text)
		if next := strings.Join(hint.Next(err), "\n"); err == nil || !strings.Contains(next, want) || strings.Contains(err.Error(), "\x1b") {
			t.Errorf("%q: %v, next %q, want %q", text, err, next, want)
		}
	}
	_, _, err := address.Owners{}.SiteEnv("nowhere")
	if next := strings.Join(hint.Next(err), "\n"); !strings.Contains(next, "secrets: {}") {
		t.Errorf("without any site: next %q", next)
	}
}

// TestAnOrganizationForASite: the step names what there is.
func TestAnOrganizationForASite(t *testing.T) {
	owners := address.Owners{{Kind: secret.Organization, Name: "agency"}, {Kind: secret.Organization, Name: "studio"}, {Kind: secret.Site, Name: "shop"}}
	_, _, err := owners.SiteEnv("agency")
	if next := strings.Join(hint.Next(err), "\n"); !strings.Contains(next, "such as shop:") {
		t.Errorf("%v, next %q", err, next)
	}
	_, _, err = owners.OrganizationOf(owners[2], "nowhere")
	if next := strings.Join(hint.Next(err), "\n"); !strings.HasPrefix(next, "it has agency, studio\nwrite --org none") {
		t.Errorf("%v, next %q", err, next)
	}
	_, _, err = owners[2:].OrganizationOf(owners[2], "nowhere")
	if next := hint.Next(err); len(next) != 1 || !strings.Contains(next[0], "--org none") {
		t.Errorf("%v, next %q", err, next)
	}
}
