package pantheon

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/secret"
)

// sitePage is a page of an organization's sites, from a down to b.
func sitePage(a, b int) answer {
	var rows []string
	for i := a; i >= b; i-- {
		rows = append(rows, siteRow(fmt.Sprint("m", i), uuid(i), fmt.Sprintf("site-%03d", i)))
	}
	return says(200, "["+strings.Join(rows, ",")+"]")
}

// siteRow is one site of an organization.
func siteRow(cursor, id, name string) string {
	return fmt.Sprintf(`{"id":%q,"tags":["x"],"site":{"id":%q,"name":%q,"framework":"drupal8"}}`, cursor, id, name)
}

func TestOrganizationSites(t *testing.T) {
	const path = "GET /api/organizations/org-id/memberships/sites?limit=100"
	agency := secret.Owner{Kind: secret.Organization, Name: "agency", ID: "org-id"}
	tests := map[string]struct {
		pages []answer
		want  int
		lines []string
	}{
		"none":        {[]answer{says(200, "[]")}, 0, []string{path}},
		"one page":    {[]answer{sitePage(3, 1)}, 3, []string{path}},
		"three pages": {[]answer{sitePage(250, 151), sitePage(150, 51), sitePage(50, 1)}, 250, []string{path, path + "&start=m151", path + "&start=m51"}},
		"a member twice": {[]answer{says(200, "["+siteRow("a", uuid(1), "site-001")+","+siteRow("b", strings.ToUpper(uuid(1)), "site-001")+"]")},
			1, []string{path}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := &script{answers: test.pages}
			got, err := newClient(t, s).OrganizationSites(t.Context(), agency)
			if err != nil {
				t.Fatal(err)
			}
			var want []secret.Owner
			for i := range test.want {
				want = append(want, secret.Owner{Kind: secret.Site, Name: fmt.Sprintf("site-%03d", i+1), ID: uuid(i + 1)})
			}
			if diff := cmp.Diff(append([]secret.Owner{}, want...), append([]secret.Owner{}, got...)); diff != "" {
				t.Errorf("sites, sorted (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.lines, s.lines()); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOrganizationSitesRefuses(t *testing.T) {
	tests := map[string]struct {
		answer answer
		id     string
		want   string
	}{
		"no id known": {says(200, "[]"), "", "list sites on org:agency: the id of the site or organization is not known"},
		"no name":     {says(200, `[{"id":"a","site":{"id":"canary"}}]`), "o", "list sites on org:agency: a membership has no id (status 200)"},
		"no site id":  {says(200, `[{"id":"a","site":{"name":"canary"}}]`), "o", "list sites on org:agency: a membership has no id (status 200)"},
		"no UUID": {says(200, "["+siteRow("a", "canary", "a")+"]"), "o",
			"list sites on org:agency: the id of a membership is not a UUID (status 200)"},
		"two names": {says(200, "["+siteRow("a", uuid(1), "a")+","+siteRow("b", uuid(1), "canary")+"]"), "o",
			"list sites on org:agency: the list has one id under two names"},
		"one name": {says(200, "["+siteRow("a", uuid(1), "canary")+","+siteRow("b", uuid(2), "canary")+"]"), "o",
			"list sites on org:agency: the list has two sites of one name"},
		"null":      {says(200, "null"), "o", "list sites on org:agency: the answer is not a list (status 200)"},
		"not found": {says(404, "canary"), "o", "list sites on org:agency: there is no such organization, or this account cannot see it; check its id (status 404)"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			owner := secret.Owner{Kind: secret.Organization, Name: "agency", ID: test.id}
			got, err := newClient(t, &script{answers: []answer{test.answer}}).OrganizationSites(t.Context(), owner)
			wantError(t, err, test.want, "")
			if got != nil {
				t.Errorf("%v beside an error", got)
			}
		})
	}
}
