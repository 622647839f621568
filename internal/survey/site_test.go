package survey_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/survey"
	"github.com/cella-secrets/cella/pantheon/emulator"
	"github.com/cella-secrets/cella/pantheon/emulator/emulatortest"
	"github.com/cella-secrets/cella/plan/effective"
	"github.com/cella-secrets/cella/secret"
)

var (
	blog = secret.Owner{Kind: secret.Site, Name: "blog"}
	shop = secret.Owner{Kind: secret.Site, Name: "shop"}
)

// noted are the codes of the notes of a report.
func noted(report effective.Report) []string {
	var all []string
	for _, note := range report.Notes {
		all = append(all, note.Code)
	}
	return all
}

// secretsOf are the names of a report.
func secretsOf(report effective.Report) string {
	var all []string
	for _, one := range report.Secrets {
		all = append(all, string(one.Name))
	}
	return strings.Join(all, " ")
}

// TestExplain: what a site gets comes from itself and from the organization that
// owns it, whatever the manifest calls that.
func TestExplain(t *testing.T) {
	const sites = "sites: {blog: {secrets: {}}, shop: {secrets: {A: {value: c4nary}}}}\n"
	cut := emulatortest.CutList("SHARED")
	cut.Operation, cut.Times = emulator.ListSecrets, -1
	declaredAs := func(name string) string {
		return "organizations: {" + name + ": {secrets: {NEW: {value: c4nary}}}}\n" + sites
	}
	tests := map[string]struct {
		manifest     string
		site         secret.Owner
		fault        emulatortest.Fault
		organization string
		secrets      string
		notes        []string // among others
	}{
		"nobody's":         {sites, blog, none, "", "", nil},
		"owned":            {sites, shop, none, "org:agency", "A SHARED", nil},
		"declared":         {declaredAs("agency"), shop, none, "org:agency", "A NEW SHARED", nil},
		"declared by UUID": {declaredAs(id("org:agency")), shop, none, "org:" + id("org:agency"), "A NEW SHARED", nil},
		"not listed": {
			sites, shop, fails(emulator.ListSecrets, "org:agency", http.StatusForbidden), "org:agency", "A SHARED", []string{"organization-unlisted"},
		},
		"cut": {sites, shop, cut, "org:agency", "A", []string{"list-may-be-cut"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, world(), test.fault)
			report, err := survey.Explain(t.Context(), b.read(bare+test.manifest), test.site, "live", b.options(targeting("site:blog")))
			if err != nil {
				t.Fatal(err)
			}
			organization := ""
			if report.Organization != nil {
				organization = report.Organization.String()
			}
			if organization != test.organization || secretsOf(report) != test.secrets || report.OrganizationFrom != secret.ByPantheon {
				t.Errorf("organization %s by %s, secrets %s", organization, report.OrganizationFrom, secretsOf(report))
			}
			for _, want := range []string{"organization-unlisted", "list-may-be-cut", "refused"} {
				if slices.Contains(noted(report), want) != slices.Contains(test.notes, want) {
					t.Errorf("notes %q", noted(report))
				}
			}
			b.onlyRead(0)
		})
	}
}

// TestExplainRefused: as long as something is refused, nothing of it happens.
func TestExplainRefused(t *testing.T) {
	state := world()
	state.Sites[0].Secrets = map[string]emulator.Secret{"A": {Type: "env", Scopes: []string{"web"}, Value: "c4nary"}}
	b := newBench(t, state)
	report, err := survey.Explain(t.Context(), b.read(bare+two), blog, "", b.options())
	if err != nil || !slices.Contains(noted(report), "refused") {
		t.Errorf("%v, notes %q", err, noted(report))
	}
}

// TestExplainFails: half of an answer is none.
func TestExplainFails(t *testing.T) {
	const owned = "organizations: {agency: {secrets: {NEW: {value: c4nary}}}}\n" + two
	tests := map[string]struct {
		manifest string
		fault    emulatortest.Fault
		err      string
	}{
		"its list":               {two, fails(emulator.ListSecrets, "site:shop", http.StatusNotFound), "site:shop"},
		"what Pantheon knows":    {two, fails(emulator.ReadSite, "", http.StatusNotFound), "site:shop"},
		"the memberships":        {two, fails(emulator.ListOrganizations, "", http.StatusNotFound), ""},
		"the organization":       {two, fails(emulator.ListSecrets, "org:agency", http.StatusBadRequest), "org:agency"},
		"the one that is named":  {owned, fails(emulator.ListSecrets, "org:agency", http.StatusNotFound), "org:agency"},
		"a site that is not one": {strings.Replace(two, "shop", "nowhere", 1), none, "site:nowhere"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, world(), test.fault)
			site := shop
			if strings.Contains(test.manifest, "nowhere") {
				site.Name = "nowhere"
			}
			_, err := survey.Explain(t.Context(), b.read(bare+test.manifest), site, "live", b.options())
			says(t, err, hint.Failed, test.err, "")
		})
	}
}
