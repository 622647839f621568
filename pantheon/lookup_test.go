package pantheon

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSiteID(t *testing.T) {
	tests := map[string]struct {
		answer answer
		want   string
		err    string
		is     error
	}{
		"found":      {foundSite, uuid(1), "", nil},
		"upper case": {says(200, `{"id":"`+strings.ToUpper(uuid(1))+`"}`), uuid(1), "", nil},
		"no UUID":    {says(200, `{"id":"canary"}`), "", "find site:shop: the id in the answer is not a UUID (status 200)", nil},
		"unknown":    {says(404, "canary"), "", "find site:shop: there is no such site, or this account cannot see it (status 404)", ErrNotFound},
		"forbidden":  {says(403, "canary"), "", "find site:shop: this account is not allowed to do it (status 403)", ErrForbidden},
		"no id":      {says(200, `{"canary":1}`), "", "find site:shop: the answer holds no id (status 200)", nil},
		"odd id":     {says(200, `{"id":7}`), "", "find site:shop: the answer has an unexpected shape (status 200)", nil},
		"not object": {says(200, `["canary"]`), "", "find site:shop: the answer has an unexpected shape (status 200)", nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := &script{answers: []answer{test.answer}}
			got, err := newClient(t, s).SiteID(t.Context(), "shop")
			if test.err != "" {
				wantError(t, err, test.err, "")
			} else if err != nil {
				t.Fatal(err)
			}
			if got != test.want || test.is != nil && !errors.Is(err, test.is) {
				t.Errorf("got %q and %v", got, err)
			}
			if s.calls[0].line != "GET /api/site-names/shop" || s.calls[0].auth != "Bearer "+canarySession(1) {
				t.Errorf("request %+v", s.calls[0])
			}
		})
	}
}

// page is a page of memberships, from id a up to id b.
func page(a, b int) answer {
	var rows []string
	for i := a; i <= b; i++ {
		rows = append(rows, orgRow(fmt.Sprint("m", i), uuid(i), fmt.Sprintf("name-%03d", 999-i)))
	}
	return says(200, "["+strings.Join(rows, ",")+"]")
}

// orgRow is one membership in an organization.
func orgRow(cursor, id, name string) string {
	return fmt.Sprintf(`{"id":%q,"role":"admin","organization":{"id":%q,"profile":{"machine_name":%q,"name":"Label of %s"}}}`, cursor, id, name, name)
}

func TestOrganizations(t *testing.T) {
	const path = "GET /api/users/user-id/memberships/organizations?limit=100"
	tests := map[string]struct {
		reason string
		pages  []answer
		want   int
		lines  []string
	}{
		"none":        {"", []answer{says(200, "[]")}, 0, []string{path}},
		"one page":    {"a short page is the last", []answer{page(1, 99)}, 99, []string{path}},
		"a full page": {"the next may be empty", []answer{page(1, 100), says(200, "[]")}, 100, []string{path, path + "&start=m100"}},
		"three pages": {"", []answer{page(1, 100), page(101, 200), page(201, 250)}, 250, []string{path, path + "&start=m100", path + "&start=m200"}},
		"pages that overlap": {
			"each row counts once", []answer{page(1, 100), page(100, 199), page(199, 210)}, 210,
			[]string{path, path + "&start=m100", path + "&start=m199"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := &script{answers: test.pages}
			got, err := newClient(t, s).Organizations(t.Context())
			if err != nil {
				t.Fatalf("%v; %s", err, test.reason)
			}
			if len(got) != test.want || !slices.IsSortedFunc(got, func(a, b Organization) int { return strings.Compare(a.MachineName, b.MachineName) }) {
				t.Errorf("%d organizations, want %d, sorted: %s", len(got), test.want, test.reason)
			}
			if test.want > 0 && !slices.Contains(got, Organization{ID: uuid(7), MachineName: "name-992", Label: "Label of name-992"}) {
				t.Errorf("one is missing: %v", got)
			}
			if diff := cmp.Diff(test.lines, s.lines()); diff != "" {
				t.Errorf("%s (-want +got):\n%s", test.reason, diff)
			}
		})
	}
}

func TestOrganizationsWithoutEnd(t *testing.T) {
	s := &script{}
	for i := range maxPages + 1 {
		s.answers = append(s.answers, page(i*100, i*100+99))
	}
	_, err := newClient(t, s).Organizations(t.Context())
	wantError(t, err, "list organizations: the list does not end", "memory is bounded")
	if len(s.calls) != maxPages {
		t.Errorf("%d requests, want %d", len(s.calls), maxPages)
	}
}

func TestOrganizationsRefuses(t *testing.T) {
	tests := map[string]struct {
		answer answer
		want   string
	}{
		"no list":         {says(200, `{"canary":1}`), "list organizations: the answer has an unexpected shape (status 200)"},
		"null":            {says(200, "null"), "list organizations: the answer is not a list (status 200)"},
		"no row id":       {says(200, `[{"organization":{"id":"canary"}}]`), "list organizations: a membership has no id (status 200)"},
		"no organization": {says(200, `[{"id":"canary"}]`), "list organizations: a membership has no id (status 200)"},
		"no UUID":         {says(200, "["+orgRow("m", "canary", "a")+"]"), "list organizations: the id of a membership is not a UUID (status 200)"},
		"two names": {says(200, "["+orgRow("m", uuid(1), "canary")+","+orgRow("n", uuid(1), "b")+"]"),
			"list organizations: the list has one id under two names"},
		"forbidden": {says(403, "canary"), "list organizations: this account is not allowed to do it (status 403)"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := newClient(t, &script{answers: []answer{test.answer}}).Organizations(t.Context())
			wantError(t, err, test.want, "")
			if got != nil {
				t.Errorf("%v beside an error", got)
			}
		})
	}
}
