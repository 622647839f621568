package pantheon

import (
	"errors"
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/secret"
)

// The requests of a create that finds its secret there.
const (
	postA  = `POST /customer-secrets/v1/sites/site-id/secrets {"name":"A","value":"canary-value","type":"runtime","scopes":["web"]}`
	listA  = `GET /customer-secrets/v1/sites/site-id/secrets/showall`
	patchA = `PATCH /customer-secrets/v1/sites/site-id/secrets/A {"value":"canary-value"}`
)

// existing is one such create.
type existing struct {
	reason    string
	answers   []answer
	lines     []string
	want      string
	ambiguous bool
}

// exists refuses a create; same lists what it would have made.
func exists(req *http.Request) (*http.Response, error) {
	return says(400, `"Secret A already exists. Use PATCH to change it."`)(req)
}

func same(req *http.Request) (*http.Response, error) {
	return says(200, `{"Secrets":{"A":{"Type":"runtime","Scopes":["web"],"Value":null}}}`)(req)
}

func TestCreateThatExists(t *testing.T) {
	createExisting(t, map[string]existing{
		"equal": {
			reason:  "the value is set whatever it was",
			answers: []answer{exists, same, says(200, "")},
			lines:   []string{postA, listA, patchA},
		},
		"equal and readable": {
			reason:  "also where the value could be compared",
			answers: []answer{exists, says(200, `{"Secrets":{"A":{"Type":"runtime","Scopes":["web"],"Value":"canary-value"}}}`), says(200, "")},
			lines:   []string{postA, listA, patchA},
		},
		"after an ambiguous attempt": {
			reason:  "the lost create got through",
			answers: []answer{cut, exists, same, says(204, "")},
			lines:   []string{postA, postA, listA, patchA},
		},
		"another type": {
			reason:  "a type never changes",
			answers: []answer{exists, says(200, `{"Secrets":{"A":{"Type":"env","Scopes":["web"],"Value":null}}}`)},
			lines:   []string{postA, listA},
			want:    "create A on site:shop: it exists already with type env and scopes web, and neither can be changed",
		},
		"other scopes, after an ambiguous attempt": {
			reason:  "what is there cannot be what this created",
			answers: []answer{cut, exists, says(200, `{"Secrets":{"A":{"Type":"runtime","Scopes":["web","ic"],"Value":null}}}`)},
			lines:   []string{postA, postA, listA},
			want:    "create A on site:shop: it exists already with type runtime and scopes ic, web, and neither can be changed",
		},
		"not listed": {
			reason:  "two answers contradict each other",
			answers: []answer{exists, says(200, noSecrets)},
			lines:   []string{postA, listA},
			want:    "create A on site:shop: Pantheon refuses it as one that exists already, but does not list it",
		},
	})
}

func TestCreateThatExistsAndFails(t *testing.T) {
	createExisting(t, map[string]existing{
		"reading back fails after an ambiguous attempt": {
			reason:    "the lost create may have got through",
			answers:   []answer{cut, exists, says(403, "")},
			lines:     []string{postA, postA, listA},
			want:      "create A on site:shop: this account is not allowed to do it (status 403); whether it took effect is not known",
			ambiguous: true,
		},
		"reading back fails": {
			reason:  "nothing was written",
			answers: []answer{exists, says(403, "")},
			lines:   []string{postA, listA},
			want:    "create A on site:shop: this account is not allowed to do it (status 403)",
		},
		"the change is refused": {
			reason:  "nothing was written",
			answers: []answer{exists, same, says(400, "")},
			lines:   []string{postA, listA, patchA},
			want:    "create A on site:shop: the request was refused (status 400)",
		},
		"the change is refused after an ambiguous create": {
			reason:    "the lost create may have got through",
			answers:   []answer{says(502, ""), exists, same, says(400, "")},
			lines:     []string{postA, postA, listA, patchA},
			want:      "create A on site:shop: the request was refused (status 400); whether it took effect is not known",
			ambiguous: true,
		},
	})
}

func createExisting(t *testing.T, tests map[string]existing) {
	t.Helper()
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{answers: test.answers}
				err := operations()["create"](t.Context(), newClient(t, s))
				if test.want != "" {
					wantError(t, err, test.want, test.reason)
				} else if err != nil {
					t.Errorf("%v; %s", err, test.reason)
				}
				if Ambiguous(err) != test.ambiguous {
					t.Errorf("Ambiguous is %v: %s", !test.ambiguous, test.reason)
				}
				if diff := cmp.Diff(test.lines, s.lines()); diff != "" {
					t.Errorf("requests (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestConflictHoldsWhatIsThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{answers: []answer{says(400, "PATCH"), says(200, `{"Secrets":{"A":{"Type":"new\u001b","Scopes":["odd\n"],"Value":null}}}`)}}
		err := operations()["create"](t.Context(), newClient(t, s))
		conflict, ok := errors.AsType[*ConflictError](err)
		if !ok || conflict.HaveType != "new\x1b" || !conflict.HaveScopes.Equal(secret.NewScopes("odd\n")) {
			t.Fatalf("got %#v", err)
		}
		wantError(t, err, `create A on site:shop: it exists already with type "new\x1b" and scopes "odd\n", and neither can be changed`, "foreign words are quoted")
	})
}

func TestDeleteOfNothing(t *testing.T) {
	tests := map[string]struct {
		reason  string
		answers []answer
		calls   int
	}{
		"404":                            {"the goal is reached", []answer{says(404, `"not found"`)}, 1},
		"404 after an ambiguous attempt": {"the lost delete got through", []answer{cut, says(404, `"not found"`)}, 2},
		"the text":                       {"the other form of the same answer", []answer{says(400, `"Secret 'A' does not exist."`)}, 1},
		"404 as a page":                  {"a page of some proxy proves nothing", []answer{says(404, "<html>"), says(200, "")}, 2},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{answers: test.answers}
				if err := newClient(t, s).Delete(t.Context(), site, "A"); err != nil {
					t.Errorf("%v; %s", err, test.reason)
				}
				if len(s.calls) != test.calls {
					t.Errorf("%d requests, want %d: %s", len(s.calls), test.calls, test.reason)
				}
			})
		})
	}
}
