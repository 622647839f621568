package pantheon

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/cella-secrets/cella/secret"
)

// FuzzRepliesStaySecret answers every operation with any reply: no error, and
// no event, holds anything of it but the status, nor the value, the token or
// the session. The seeds mark the reply's text with a word in capitals.
func FuzzRepliesStaySecret(f *testing.F) {
	f.Add(400, "the value CANARY is not allowed", "text/plain", "0")
	f.Add(403, "MAS response status: 500 Internal Server Error CANARY", "", "CANARY")
	f.Add(200, `{"Secrets":{"CANARY":{"Type":"CANARY","Scopes":["CANARY"],"Value":7}}}`, "application/json", "")
	f.Add(200, `{"Secrets":{"A":{"Type":"CANARY","Scopes":["web"],"Value":"CANARY","EnvValues":{"CANARY":false}}}}`, "", "")
	f.Add(200, "<html>CANARY", "text/html; x=CANARY", "")
	f.Add(404, "CANARY does not exist", "", "")
	f.Add(302, "CANARY", "", "")
	f.Fuzz(func(t *testing.T, status int, body, kind, after string) {
		if status < 100 || status > 999 {
			t.Skip("not a status")
		}
		for name, op := range operations() {
			synctest.Test(t, func(t *testing.T) {
				s := &script{answers: []answer{
					says(status, body, "Content-Type", kind, "Retry-After", after, "Location", "https://CANARY.example/"+body),
					says(400, body+"PATCH"),
					says(200, body),
					says(418, body),
				}}
				var told strings.Builder
				c := newClient(t, s, func(o *Options) { o.Observe = func(e Event) { fmt.Fprintf(&told, "%+v\n", e) } })
				if err := op(t.Context(), c); err != nil {
					for err := err; err != nil; err = errors.Unwrap(err) {
						if conflict, ok := errors.AsType[*ConflictError](err); ok {
							// It names the live type and scopes, which are no values.
							err = &ConflictError{Owner: conflict.Owner, Secret: conflict.Secret}
						}
						fmt.Fprintf(&told, "%s\n%+v\n%#v\n", err, err, err)
					}
				}
				leaks(t, told.String())
				if strings.Contains(told.String(), "CANARY") {
					t.Errorf("%s quotes the reply: %s", name, told.String())
				}
			})
		}
	})
}

// Neither a value nor its usual disguises are in any header or address, and
// the machine token is in the body of the sign-in only.
func TestSecretsTravelInBodiesOnly(t *testing.T) {
	disguises := []string{canaryValue, base64.StdEncoding.EncodeToString([]byte(canaryValue)), fmt.Sprintf("%x", canaryValue), canaryToken}
	for name, op := range operations() {
		synctest.Test(t, func(t *testing.T) {
			s := &script{answers: []answer{says(503, ""), says(200, noSecrets)}}
			watch := roundTripper(func(req *http.Request) (*http.Response, error) {
				text := fmt.Sprintf("%s %v %v", req.URL, req.Header, req.Trailer)
				for _, disguise := range disguises {
					if strings.Contains(text, disguise) {
						t.Errorf("%s: %s in %s", name, disguise, text)
					}
				}
				return s.RoundTrip(req)
			})
			if err := op(t.Context(), newClient(t, s, func(o *Options) { o.Transport = watch })); err != nil {
				t.Error(err)
			}
			for _, call := range s.calls {
				if strings.Contains(call.body, canaryToken) || strings.Contains(call.body, "canary-session") {
					t.Errorf("%s: credentials in the body of %s", name, call.line)
				}
			}
		})
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// A client that is printed, by accident or in a panic, shows no credentials.
func TestClientPrintsNoCredentials(t *testing.T) {
	s := &script{answers: []answer{says(200, noSecrets)}}
	c := newClient(t, s)
	if _, err := c.List(context.Background(), site); err != nil {
		t.Fatal(err)
	}
	current, _ := c.sessions.latest()
	leaks(t, fmt.Sprintf("%v %+v %#v %+v %+v", c, c, c, c.sessions, current))
	leaks(t, fmt.Sprintf("%+v", Options{MachineToken: secret.NewValue(canaryToken)}))
}
