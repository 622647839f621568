package pantheon

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/secret"
)

// withIDs puts UUIDs in the place of o1 and o2.
func withIDs(body string) string {
	return strings.NewReplacer("o1", uuid(1), "O1", strings.ToUpper(uuid(1)), "o2", uuid(2)).Replace(body)
}

func TestSite(t *testing.T) {
	tests := map[string]struct {
		answer answer
		want   SiteRecord
		err    string
		is     error
		reason string
	}{
		"owned": {answer: says(200, withIDs(`{"id":"S1","framework":"drupal8","organization":"o1","holder_type":"organization","holder_id":"o1"}`)),
			want: SiteRecord{"drupal8", uuid(1)}, reason: "both fields agree"},
		"upper case": {answer: says(200, withIDs(`{"id":"s1","organization":"O1","holder_type":"organization","holder_id":"o1"}`)),
			want: SiteRecord{"", uuid(1)}, reason: "UUIDs are the same in both cases"},
		"organization only": {
			answer: says(200, withIDs(`{"id":"s1","framework":"nodejs","organization":"o1"}`)), want: SiteRecord{"nodejs", uuid(1)},
			reason: "one is enough",
		},
		"holder only": {
			answer: says(200, withIDs(`{"id":"s1","organization":null,"holder_type":"organization","holder_id":"o1"}`)),
			want:   SiteRecord{"", uuid(1)}, reason: "one is enough",
		},
		"a user's": {answer: says(200, withIDs(`{"id":"s1","framework":"wordpress","organization":null,"holder_type":"user","holder_id":"u1"}`)),
			want: SiteRecord{"wordpress", ""}, reason: "a user has no secrets that reach the site"},
		"two owners": {answer: says(200, withIDs(`{"id":"s1","organization":"o2","holder_type":"organization","holder_id":"o1"}`)),
			err: "read site:shop: the answer names two organizations for the site (status 200)", reason: "a guess could show the wrong organization's secrets"},
		"another site": {
			answer: says(200, withIDs(`{"id":"s2"}`)), err: "read site:shop: the answer is about another site (status 200)",
			reason: "it says nothing about this one",
		},
		"no UUID": {
			answer: says(200, `{"id":"s1","organization":"canary"}`),
			err:    "read site:shop: the id of the site's organization is not a UUID (status 200)", reason: "nothing has this id",
		},
		"odd shape": {
			answer: says(200, `["canary"]`), err: "read site:shop: the answer has an unexpected shape (status 200)",
			reason: "nothing in it can be believed",
		},
		"unknown": {
			answer: says(404, "canary"), err: "read site:shop: there is no such site, or this account cannot see it; check its id (status 404)",
			is: ErrNotFound, reason: "deleted since it was looked up",
		},
		"forbidden": {
			answer: says(403, "canary"), err: "read site:shop: this account is not allowed to do it (status 403)", is: ErrForbidden,
			reason: "no role on the site",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := &script{answers: []answer{test.answer}}
			got, err := newClient(t, s).Site(t.Context(), secret.Owner{Kind: secret.Site, Name: "shop", ID: "s1"})
			if test.err != "" {
				wantError(t, err, test.err, "")
			} else if err != nil {
				t.Fatal(err)
			}
			if test.is != nil && !errors.Is(err, test.is) {
				t.Errorf("the error is no %v", test.is)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", test.reason, diff)
			}
			if s.calls[0].line != "GET /api/sites/s1?site_state=true" || s.calls[0].auth != "Bearer "+canarySession(1) {
				t.Errorf("request %+v", s.calls[0])
			}
		})
	}
}

func TestSiteWithoutID(t *testing.T) {
	s := &script{}
	_, err := newClient(t, s).Site(t.Context(), secret.Owner{Kind: secret.Site, Name: "shop"})
	wantError(t, err, "read site:shop: the id of the site is not known", "")
	if len(s.calls) > 0 {
		t.Error("a request was sent without an id")
	}
}
