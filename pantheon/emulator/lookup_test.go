package emulator_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/pantheon/emulator"
	"github.com/cella-secrets/cella/pantheon/emulator/emulatortest"
)

func TestLookups(t *testing.T) {
	p := serve(t, emulator.Options{})
	shop, blog, agency := p.server.ID("site:shop"), p.server.ID("site:blog"), p.server.ID("org:agency")
	tests := map[string]struct {
		path   string
		status int
		want   string // JSON, or "" for any
		reason string
	}{
		"site name":               {"/api/site-names/shop", 200, `{"id":"` + shop + `"}`, "name to id"},
		"site name of others":     {"/api/site-names/blog", 200, `{"id":"` + blog + `"}`, "names are public"},
		"unknown site name":       {"/api/site-names/nowhere", 404, "", "no such site"},
		"site":                    {"/api/sites/" + shop + "?site_state=true", 200, "", "ada is in its organization"},
		"site of others":          {"/api/sites/" + blog, 403, "", "ada is no member"},
		"in upper case":           {"/api/sites/" + strings.ToUpper(shop), 200, "", "an id is the same in both"},
		"organization, upper":     {"/api/organizations/" + strings.ToUpper(agency) + "/memberships/sites", 200, "", "an id is the same in both"},
		"oneself, upper":          {"/api/users/" + strings.ToUpper(p.id), 200, "", "an id is the same in both"},
		"unknown site":            {"/api/sites/" + agency, 404, "", "that is an organization"},
		"site by name":            {"/api/sites/shop", 404, "", "ids only"},
		"environments of others":  {"/api/sites/" + blog + "/environments", 403, "", "ada is no member"},
		"another user":            {"/api/users/" + emulator.DerivedID("account", "bob@example.com"), 403, "", "only oneself"},
		"another's memberships":   {"/api/users/" + emulator.DerivedID("account", "bob@example.com") + "/memberships/organizations", 403, "", "only oneself"},
		"another's sites":         {"/api/users/" + emulator.DerivedID("account", "bob@example.com") + "/memberships/sites", 403, "", "only oneself"},
		"organization of others":  {"/api/organizations/" + p.server.ID("org:partner") + "/memberships/sites", 403, "", "ada is no member"},
		"unknown organization":    {"/api/organizations/" + shop + "/memberships/sites", 404, "", "that is a site"},
		"unknown route":           {"/api/workflows", 404, "", "nobody calls it"},
		"site secrets, base only": {"/api/sites/" + shop + "/secrets", 404, "", "not a route"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p.t = t
			status, body := p.get(test.path)
			if status != test.status {
				t.Fatalf("status %d, want %d: %s", status, test.status, test.reason)
			}
			if test.want != "" {
				sameJSON(t, body, test.want)
			}
		})
	}
}

func TestWrongMethod(t *testing.T) {
	p := serve(t, emulator.Options{})
	for path, method := range map[string]string{
		"/api/authorize/machine-token":                    http.MethodGet,
		"/api/site-names/shop":                            http.MethodPost,
		secretsPath(p.server, "site:shop"):                http.MethodGet, // showall lists a site
		secretsPath(p.server, "site:shop") + "/API_KEY":   http.MethodPut,
		secretsPath(p.server, "org:agency") + "/MAIL_KEY": http.MethodGet,
	} {
		if status, _ := p.do(method, path, p.session, ""); status != http.StatusMethodNotAllowed {
			t.Errorf("%s %s: status %d, want 405", method, path, status)
		}
	}
}

func TestSiteBody(t *testing.T) {
	p := serve(t, emulator.Options{})
	_, body := p.get("/api/sites/" + p.server.ID("site:shop"))
	site := parse(t, body).(map[string]any)
	agency := p.server.ID("org:agency")
	for key, want := range map[string]any{
		"id": p.server.ID("site:shop"), "name": "shop", "framework": "drupal8",
		"organization": agency, "holder_type": "organization", "holder_id": agency,
	} {
		if site[key] != want {
			t.Errorf("%s: %v, want %v", key, site[key], want)
		}
	}
	_, body = p.get("/api/sites/" + p.server.ID("site:commons"))
	if site := parse(t, body).(map[string]any); site["organization"] != nil || site["holder_type"] != "user" {
		t.Errorf("a site without organization: %v held by %v", site["organization"], site["holder_type"])
	}
}

func TestEnvironmentsAreKeyed(t *testing.T) {
	p := serve(t, emulator.Options{})
	_, body := p.get("/api/sites/" + p.server.ID("site:shop") + "/environments")
	environments, isObject := parse(t, body).(map[string]any)
	if !isObject || len(environments) != 3 || environments["live"] == nil {
		t.Errorf("environments: %s", body)
	}
}

func TestMemberships(t *testing.T) {
	server := serve(t, emulator.Options{}).server
	type membership struct {
		Role         string   `json:"role"`
		Tags         []string `json:"tags"`
		Organization *struct {
			ID      string
			Profile struct {
				MachineName string `json:"machine_name"`
				Name        string
			}
		}
		Site *struct{ ID, Name string }
	}
	tests := map[string]struct {
		token, path string
		want        string
		reason      string
	}{
		"ada's organizations": {"ada-token", "/api/users/ME/memberships/organizations", "admin of agency (The Agency)", "not partner: she is no member"},
		"bob's organizations": {"bob-token", "/api/users/ME/memberships/organizations", "developer of partner (partner)", "the label defaults to the name"},
		"ada's sites":         {"ada-token", "/api/users/ME/memberships/sites", "admin of commons", "not shop: that is through the organization"},
		"bob's sites":         {"bob-token", "/api/users/ME/memberships/sites", "owner of blog, admin of commons", "his, and everyone's"},
		"agency's sites":      {"ada-token", "/api/organizations/ORG/memberships/sites", "shop [retail]", "it owns shop"},
		"partner's sites":     {"bob-token", "/api/organizations/ORG/memberships/sites", "shop [retail]", "it supports shop"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := signIn(t, server, test.token)
			organization := map[string]string{"ada-token": "org:agency", "bob-token": "org:partner"}[test.token]
			path := strings.NewReplacer("ME", p.id, "ORG", server.ID(organization)).Replace(test.path)
			status, body := p.get(path + "?limit=100")
			if status != 200 {
				t.Fatalf("status %d", status)
			}
			var rows []membership
			if err := json.Unmarshal([]byte(body), &rows); err != nil {
				t.Fatal(err)
			}
			var words []string
			for _, row := range rows {
				switch {
				case row.Organization != nil:
					words = append(words, fmt.Sprintf("%s of %s (%s)", row.Role, row.Organization.Profile.MachineName, row.Organization.Profile.Name))
				case row.Tags != nil:
					words = append(words, fmt.Sprintf("%s %s", row.Site.Name, row.Tags))
				default:
					words = append(words, fmt.Sprintf("%s of %s", row.Role, row.Site.Name))
				}
			}
			slicesSameSet(t, words, strings.Split(test.want, ", "), test.reason)
		})
	}
}

func slicesSameSet(t *testing.T, got, want []string, reason string) {
	t.Helper()
	counted := func(words []string) map[string]int {
		counts := map[string]int{}
		for _, word := range words {
			counts[word]++
		}
		return counts
	}
	if diff := cmp.Diff(counted(want), counted(got)); diff != "" {
		t.Errorf("rows differ (-want +got), %s:\n%s", reason, diff)
	}
}

// manySites signs in at a server with n sites.
func manySites(t *testing.T, n int) person {
	t.Helper()
	state := emulator.State{}
	for i := range n {
		state.Sites = append(state.Sites, emulator.Site{Name: fmt.Sprintf("site-%d", i)})
	}
	server, err := emulatortest.New(state, emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return signIn(t, server, emulator.DefaultToken)
}

func TestPaging(t *testing.T) {
	p := manySites(t, 205)
	base := "/api/users/" + p.id + "/memberships/sites"
	for name, query := range map[string]string{"100": "?limit=100", "more than a page may have": "?limit=1000", "default": "?"} {
		var pages []int
		seen, start := map[string]bool{}, ""
		for {
			_, body := p.get(base + query + start)
			var rows []struct {
				ID   string
				Site struct{ ID string }
			}
			if err := json.Unmarshal([]byte(body), &rows); err != nil {
				t.Fatal(err)
			}
			for _, row := range rows {
				seen[row.Site.ID] = true
			}
			pages = append(pages, len(rows))
			if len(rows) < 100 {
				break
			}
			start = "&start=" + rows[len(rows)-1].ID
		}
		if diff := cmp.Diff([]int{100, 100, 5}, pages); diff != "" || len(seen) != 205 {
			t.Errorf("limit %s: pages %v, %d different sites", name, pages, len(seen))
		}
	}
	for _, query := range []string{"?limit=0", "?limit=-1", "?limit=many"} {
		if status, _ := p.get(base + query); status != 400 {
			t.Errorf("%s: status %d, want 400", query, status)
		}
	}
	if _, body := p.get("/api/users/" + p.id + "/memberships/organizations?limit=100"); body != "[]" {
		t.Errorf("no rows: %s, want an empty list", body)
	}
}

// rowIDs lists the rows of the user's sites, by their ids.
func (p person) rowIDs(query string) []string {
	p.t.Helper()
	_, body := p.get("/api/users/" + p.id + "/memberships/sites?" + query)
	var rows []struct {
		ID   string
		Site struct{ ID string }
	}
	if err := json.Unmarshal([]byte(body), &rows); err != nil {
		p.t.Fatal(err)
	}
	var ids []string
	for _, row := range rows {
		if row.ID != row.Site.ID {
			p.t.Errorf("the row %s is of the site %s; want one id, as Terminus relies on", row.ID, row.Site.ID)
		}
		ids = append(ids, row.ID)
	}
	return ids
}

func TestPagingRestarts(t *testing.T) {
	p := manySites(t, 25)
	all := p.rowIDs("limit=100")
	tests := map[string]struct {
		query  string
		want   []string
		reason string
	}{
		"the end of a page":       {"limit=10&start=" + all[9], all[10:20], "it was computed"},
		"the end of a later one":  {"limit=10&start=" + all[19], all[20:], "a short page is the last"},
		"the last row":            {"limit=10&start=" + all[24], all[:10], "no page ends there"},
		"the middle of a page":    {"limit=10&start=" + all[4], all[:10], "no page ends there"},
		"the end under a limit":   {"limit=7&start=" + all[9], all[:7], "with that limit no page ends there"},
		"the end of the list":     {"limit=5&start=" + all[24], nil, "a page ends there"},
		"a row that there is not": {"limit=10&start=" + p.id, all[:10], "nobody knows it"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p.t = t
			if diff := cmp.Diff(test.want, p.rowIDs(test.query)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", test.reason, diff)
			}
		})
	}
}

// Every site has dev, test and live; a state names what comes on top.
func TestEnvironmentsOfEverySite(t *testing.T) {
	for name, named := range map[string][]string{"none named": nil, "a multidev": {"pr-1"}, "one of the three": {"live"}, "none at all": {}} {
		server, err := emulatortest.New(emulator.State{Sites: []emulator.Site{{Name: "s", Environments: named}}}, emulator.Options{})
		if err != nil {
			t.Fatal(err)
		}
		p := signIn(t, server, emulator.DefaultToken)
		_, body := p.get("/api/sites/" + server.ID("site:s") + "/environments")
		for _, env := range append([]string{"dev", "test", "live"}, named...) {
			if parse(t, body).(map[string]any)[env] == nil {
				t.Errorf("%s: %s is missing: %s", name, env, body)
			}
		}
	}
}
