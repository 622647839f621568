package pantheon

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/secret"
)

// postRecord is the create that CreateNew sends below; listA reads back.
const postRecord = `POST /customer-secrets/v1/sites/site-id/secrets {"name":"A","value":"canary-value","type":"runtime","scopes":["user"]}`

// listed is a list with an entry called A, given from its Type on.
func listed(entry string) answer {
	return says(200, fmt.Sprintf(`{"Count":1,"Secrets":{"A":{"Type":%s}}}`, entry))
}

func TestCreateNew(t *testing.T) {
	const (
		ours   = `"runtime","Scopes":["user"],"Value":"canary-value"`
		others = "create A on site:shop: it is there already, and is not what was to be created"
		unseen = "create A on site:shop: it is there already, and Pantheon does not show whether it is what was to be created"
	)
	created, back, late := []string{postRecord}, []string{postRecord, listA}, []string{postRecord, postRecord, listA}
	tests := map[string]struct {
		answers   []answer
		lines     []string
		want      string
		ambiguous bool
		reason    string
	}{
		"new":                        {[]answer{says(201, "")}, created, "", false, ""},
		"new, after a lost attempt":  {[]answer{cut, says(201, "")}, []string{postRecord, postRecord}, "", false, "it had not got through"},
		"ours, after a lost attempt": {[]answer{cut, exists, listed(ours)}, late, "", false, "it got through"},
		"ours, at once":              {[]answer{exists, listed(ours)}, back, "", false, "an earlier run got through"},
		"another value":              {[]answer{exists, listed(`"runtime","Scopes":["user"],"Value":"canary"`)}, back, others, false, "somebody else's"},
		"another type":               {[]answer{exists, listed(`"env","Scopes":["user"],"Value":"canary-value"`)}, back, others, false, "somebody else's"},
		"other scopes":               {[]answer{exists, listed(`"runtime","Scopes":["user","web"],"Value":"canary-value"`)}, back, others, false, "somebody else's"},
		"with an override":           {[]answer{exists, listed(ours + `,"EnvValues":{"dev":null}`)}, back, others, false, "a create makes none"},
		"another, after a lost one":  {[]answer{cut, exists, listed(`"env","Scopes":["user"],"Value":"canary-value"`)}, late, others, false, "no attempt made that"},
		"hidden":                     {[]answer{exists, listed(`"runtime","Scopes":["user"],"Value":null`)}, back, unseen, false, "it may hold anything"},
		"hidden, after a lost one": {[]answer{cut, exists, listed(`"runtime","Scopes":["user"]`)}, late,
			unseen + "; whether it took effect is not known", true, "it may be ours"},
		"inherited": {
			[]answer{exists, listed(`"runtime","Scopes":["user"],"OrgValues":{"default":"canary-value"}`)}, back, unseen, false,
			"the value is the organization's",
		},
		"not listed":         {[]answer{exists, says(200, noSecrets)}, back, unseen, false, "two answers contradict each other"},
		"not listed, cut":    {[]answer{exists, says(200, `{"Count":5,"Secrets":{}}`)}, back, unseen, false, "the list was cut"},
		"refused":            {[]answer{says(403, "")}, created, "create A on site:shop: this account is not allowed to do it (status 403)", false, ""},
		"reading back fails": {[]answer{exists, says(403, "")}, back, "create A on site:shop: this account is not allowed to do it (status 403)", false, ""},
		"reading back fails, lost one": {[]answer{cut, exists, says(404, "")}, late,
			"create A on site:shop: there is no such site, or this account cannot see it; check its id (status 404); whether it took effect is not known", true, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{answers: test.answers}
				err := operations()["create new"](t.Context(), newClient(t, s))
				if test.want != "" {
					wantError(t, err, test.want, test.reason)
					leaks(t, err.Error())
				} else if err != nil {
					t.Errorf("%v; %s", err, test.reason)
				}
				isThere := test.want == others || len(test.want) >= len(unseen) && test.want[:len(unseen)] == unseen
				if errors.Is(err, ErrExists) != isThere || Ambiguous(err) != test.ambiguous {
					t.Errorf("ErrExists %t, ambiguous %t: %s", errors.Is(err, ErrExists), Ambiguous(err), test.reason)
				}
				if diff := cmp.Diff(test.lines, s.lines()); diff != "" {
					t.Errorf("requests, never a change (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// TestMakeOwn: one that is there is as good as one that was made, and is never
// looked at or changed.
func TestMakeOwn(t *testing.T) {
	once, twice := []string{postRecord}, []string{postRecord, postRecord}
	for name, test := range map[string]struct {
		answers []answer
		lines   []string
		want    string
	}{
		"made":                                {[]answer{says(201, "")}, once, ""},
		"there already":                       {[]answer{exists}, once, ""},
		"made by an attempt that got through": {[]answer{cut, exists}, twice, ""},
		"refused":                             {[]answer{says(403, "")}, once, "create A on site:shop: this account is not allowed to do it (status 403)"},
		"refused for what it is":              {[]answer{says(400, "bad name")}, once, "create A on site:shop: "},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{answers: test.answers}
				err := newClient(t, s).MakeOwn(t.Context(), site, "A", secret.RuntimeType, secret.NewScopes(secret.UserScope), secret.NewValue("canary-value"))
				if (err != nil) != (test.want != "") || err != nil && !strings.HasPrefix(err.Error(), test.want) {
					t.Errorf("error %v, want %q", err, test.want)
				}
				if err != nil {
					leaks(t, err.Error())
				}
				if diff := cmp.Diff(test.lines, s.lines()); diff != "" {
					t.Errorf("requests (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// Who may not see an owner is told from who finds none.
func TestListTellsForbiddenFromMissing(t *testing.T) {
	for _, owner := range []secret.Owner{site, org} {
		for status, want := range map[int]error{403: ErrForbidden, 404: ErrNotFound} {
			_, err := newClient(t, &script{answers: []answer{says(status, "canary")}}).List(t.Context(), owner)
			other := map[int]error{403: ErrNotFound, 404: ErrForbidden}[status]
			if !errors.Is(err, want) || errors.Is(err, other) {
				t.Errorf("%s, status %d: %v", owner, status, err)
			}
		}
	}
}
