package pantheon

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cella-secrets/cella/secret"
)

// knows answers 401 to every session but the given one.
func knows(session string, body string) answer {
	return func(req *http.Request) (*http.Response, error) {
		if auth := req.Header.Get("Authorization"); auth != session && auth != "Bearer "+session {
			return says(401, "canary: unknown session "+auth)(req)
		}
		return says(200, body)(req)
	}
}

func TestOneSignInForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := func(req *http.Request) (*http.Response, error) {
			time.Sleep(time.Second) // virtual
			return says(200, `{"session":"canary-session-1","user_id":"user-id"}`)(req)
		}
		s := &script{signIns: []answer{slow}, answers: []answer{knows(canarySession(1), noSecrets)}}
		c := newClient(t, s, func(o *Options) { o.Rate = 1000 })
		errs := together(30, func(i int) error {
			if i == 0 {
				return c.SignIn(t.Context())
			}
			_, err := c.List(t.Context(), site)
			return err
		})
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
		if s.signed != 1 || len(s.calls) != 29 {
			t.Errorf("%d sign-ins and %d requests, want 1 and 29", s.signed, len(s.calls))
		}
	})
}

func TestExpiredSessionIsRenewedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := func(req *http.Request) (*http.Response, error) {
			time.Sleep(10 * time.Millisecond) // virtual: meanwhile others reach the head of the queue
			return says(200, `{"session":"canary-session-2","user_id":"user-id"}`)(req)
		}
		s := &script{
			signIns: []answer{says(200, `{"session":"canary-session-1","user_id":"user-id"}`), slow},
			answers: []answer{knows(canarySession(1), noSecrets), knows(canarySession(2), noSecrets)},
		}
		c := newClient(t, s, func(o *Options) { o.Rate = 1000 })
		list := func(int) error { _, err := c.List(t.Context(), site); return err }
		// The first request proves the session; then it expires for all.
		if err := list(0); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(together(30, list)...); err != nil {
			t.Fatal(err)
		}
		if s.signed != 2 {
			t.Errorf("%d sign-ins, want 2", s.signed)
		}
		for _, call := range s.calls[1:] {
			if call.auth != canarySession(1) && call.auth != canarySession(2) {
				t.Errorf("a request came with %q", call.auth)
			}
		}
	})
}

// A request that failed under an older session repeats with the current one;
// it does not sign in again.
func TestLateFailureTakesTheCurrentSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		late := func(req *http.Request) (*http.Response, error) {
			time.Sleep(10 * time.Second) // virtual: meanwhile another request renews
			return says(401, "")(req)
		}
		s := &script{answers: []answer{says(200, noSecrets), late, says(401, ""), knows(canarySession(2), noSecrets)}}
		c := newClient(t, s)
		list := func(int) error { _, err := c.List(t.Context(), site); return err }
		if err := list(0); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(together(2, list)...); err != nil {
			t.Fatal(err)
		}
		if s.signed != 2 || len(s.calls) != 5 {
			t.Errorf("%d sign-ins and %d requests, want 2 and 5", s.signed, len(s.calls))
		}
	})
}

// twoRefused is what a session that was refused for good is called.
const twoRefused = "list secrets on site:shop: Pantheon refused two sessions that it had just given out (status 401)"

// A fresh session may be refused once, because not every part of the service
// knows it yet; a second one in a row may not.
func TestRefusedSessions(t *testing.T) {
	no, yes := says(401, ""), says(200, noSecrets)
	tests := map[string]struct {
		reason  string
		answers []answer
		want    string // of the last of two lists; "" where it is read
		signed  int
		calls   int
	}{
		"one early refusal":      {"it takes a moment until every part knows a session", []answer{no, yes}, "", 2, 3},
		"never accepted":         {"the second is final", []answer{no, no, yes}, twoRefused, 2, 2},
		"old, then a fresh one":  {"the old one had expired, the fresh one was too early", []answer{yes, no, no, yes}, "", 3, 4},
		"old, then two fresh":    {"one sign-in for the old, one more for the fresh one", []answer{yes, no, no, no, yes}, twoRefused, 3, 4},
		"old, then good":         {"an expired session is renewed once", []answer{yes, no, yes}, "", 2, 3},
		"after a failure":        {"a failure accepts nothing", []answer{says(503, ""), no, no, yes}, twoRefused, 2, 3},
		"refused, then not mine": {"a 403 is signed well: the session counts as accepted", []answer{no, says(403, ""), no, yes}, "", 3, 4},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{answers: test.answers}
				c := newClient(t, s)
				_, err := c.List(t.Context(), site)
				if err == nil || errors.Is(err, ErrForbidden) {
					_, err = c.List(t.Context(), site)
				}
				if test.want != "" {
					wantError(t, err, test.want, test.reason)
					failed, _ := errors.AsType[*Error](err)
					if !errors.Is(err, ErrCredentials) || failed.Reason != sessionRefused {
						t.Errorf("it is not an ErrCredentials with the reason: %+v", failed)
					}
				} else if err != nil {
					t.Errorf("%v; %s", err, test.reason)
				}
				if s.signed != test.signed || len(s.calls) != test.calls {
					t.Errorf("%d sign-ins and %d requests, want %d and %d: %s", s.signed, len(s.calls), test.signed, test.calls, test.reason)
				}
			})
		})
	}
}

// The second sign-in is not sent at once: what is too new stays so for a while.
func TestAFreshSessionIsGivenAMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{answers: []answer{says(401, ""), says(200, noSecrets)}}
		c := newClient(t, s, func(o *Options) { o.Rate = 1000 })
		if _, err := c.List(t.Context(), site); err != nil {
			t.Fatal(err)
		}
		if apart := s.calls[1].at - s.calls[0].at; apart < settling {
			t.Errorf("asked again after %s of virtual time", apart)
		}
	})
}

// Many requests that meet a session which was never accepted do not each sign
// in.
func TestRefusedSessionsDoNotMultiply(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{answers: []answer{says(200, noSecrets), says(401, "")}}
		c := newClient(t, s)
		list := func(int) error { _, err := c.List(t.Context(), site); return err }
		if err := list(0); err != nil {
			t.Fatal(err)
		}
		for _, err := range together(20, list) {
			if !errors.Is(err, ErrCredentials) {
				t.Errorf("got %v", err)
			}
		}
		if s.signed != 3 {
			t.Errorf("%d sign-ins, want 3: the first, one for the old session, one more for the fresh one", s.signed)
		}
	})
}

func TestSignInFailures(t *testing.T) {
	const recorded = "Authorization failed. Please check that your machine token is valid."
	const limited = "sign in: no usable answer in 4 attempts; the last: " +
		"Pantheon allows only so many sign-ins in a while, and this account has had them (status 429)"
	good := says(200, `{"session":"canary-session-1","user_id":"user-id"}`)
	tests := map[string]struct {
		reason  string
		signIns []answer
		want    string
		is      error
		signed  int // by two operations, one after the other
	}{
		"refused": {"it is remembered: asking again could lock the account", []answer{says(401, "canary: bad token")},
			"sign in: the token was refused (status 401)", ErrCredentials, 1},
		"forbidden": {"", []answer{says(403, canaryToken)}, "sign in: the token was refused (status 403)", ErrCredentials, 1},
		"malformed": {"the body holds nothing but the token", []answer{says(400, canaryToken)},
			"sign in: the token was refused (status 400)", ErrCredentials, 1},
		"forbidden page": {"a firewall's page says nothing of the token", []answer{says(403, "<html>"+canaryToken)},
			"sign in: a page that denies access came instead of an answer (status 403)", nil, 2},
		"refused with 500": {"it is recorded, and no inner failure", []answer{says(500, recorded)},
			"sign in: the token was refused (status 500)", ErrCredentials, 1},
		"500 as JSON":   {"", []answer{says(500, `"`+recorded+`"`)}, "sign in: the token was refused (status 500)", ErrCredentials, 1},
		"another 500":   {"it passes", []answer{says(500, canaryToken), good}, "", nil, 2},
		"500, a page":   {"a page of some proxy proves nothing", []answer{says(500, "<html>"+recorded), good}, "", nil, 2},
		"limit":         {"Auth0 counts the tries, so they are few", []answer{says(429, canaryToken)}, limited, ErrUnavailable, 8},
		"nothing there": {"", []answer{says(404, "canary")}, "sign in: nothing answers at this address; check the API address (status 404)", ErrNotFound, 2},
		"no session":    {"", []answer{says(200, `{"user_id":"u"}`)}, "sign in: the answer holds no usable session (status 200)", nil, 4},
		"no user":       {"look-ups need it", []answer{says(200, `{"session":"canary"}`)}, "sign in: the answer holds no usable session (status 200)", nil, 4},
		"header injection": {"a session becomes a header", []answer{says(200, `{"session":"canary\r\nX: y","user_id":"u"}`)},
			"sign in: the answer holds no usable session (status 200)", nil, 4},
		"another shape": {"", []answer{says(200, `["canary"]`)}, "sign in: the answer has an unexpected shape (status 200)", nil, 4},
		"redirect": {"the token never follows", []answer{says(302, "", "Location", "https://canary.example")},
			"sign in: the server answered with a redirect, and redirects are never followed (status 302)", nil, 2},
		"repeated after 503": {"", []answer{says(503, canaryToken), good}, "", nil, 2},
		"repeated after 429": {"", []answer{says(429, canaryToken), good}, "", nil, 2},
		"repeated after cut": {"", []answer{cut, good}, "", nil, 2},
		"repeated page":      {"", []answer{says(200, "<html>"), good}, "", nil, 2},
		"repeated cut body":  {"", []answer{says(200, `{"session":"can`), good}, "", nil, 2},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{signIns: test.signIns, answers: []answer{says(200, noSecrets)}}
				c := newClient(t, s)
				for range 2 {
					_, err := c.List(t.Context(), site)
					if test.want == "" {
						if err != nil {
							t.Errorf("%v; %s", err, test.reason)
						}
						continue
					}
					wantError(t, err, test.want, test.reason)
					if test.is != nil && !errors.Is(err, test.is) {
						t.Errorf("it is not %v", test.is)
					}
				}
				if s.signed != test.signed {
					t.Errorf("%d sign-ins, want %d: %s", s.signed, test.signed, test.reason)
				}
			})
		})
	}
}

// Whoever signs in for all and is cancelled, fails alone.
func TestCancelledSignInHarmsNobodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{signIns: []answer{hangs, says(200, `{"session":"s","user_id":"u"}`)}, answers: []answer{says(200, noSecrets)}}
		c := newClient(t, s)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		errs := together(2, func(i int) error {
			if i == 0 {
				_, err := c.List(ctx, site)
				return err
			}
			time.Sleep(100 * time.Millisecond) // virtual: the other one leads
			_, err := c.List(t.Context(), site)
			return err
		})
		if !errors.Is(errs[0], context.DeadlineExceeded) || errs[1] != nil {
			t.Errorf("got %v and %v", errs[0], errs[1])
		}
	})
}

func TestSigningInAgainFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		good := says(200, `{"session":"canary-session-1","user_id":"user-id"}`)
		s := &script{signIns: []answer{good, says(401, "")}, answers: []answer{says(200, ""), cut, says(401, "")}}
		c := newClient(t, s)
		set := func() error { return c.Set(t.Context(), site, "A", "", secret.NewValue(canaryValue)) }
		if err := set(); err != nil {
			t.Fatal(err)
		}
		err := set()
		wantError(t, err, "set A on site:shop: signing in again failed (status 401); whether it took effect is not known", "the write before it is not settled")
		if !errors.Is(err, ErrCredentials) || !Ambiguous(err) {
			t.Errorf("it is not an ambiguous ErrCredentials: %v", err)
		}
	})
}

// A request gets one session more than a fresh one, even where others do well
// with that one.
func TestSecondRefusalIsFinal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c *Client
		proveIt := func(req *http.Request) (*http.Response, error) {
			if _, err := c.SiteID(t.Context(), "other"); err != nil {
				t.Error(err)
			}
			return says(401, "")(req)
		}
		s := &script{answers: []answer{says(200, noSecrets), says(401, ""), proveIt, foundSite, says(401, "")}}
		c = newClient(t, s)
		if _, err := c.List(t.Context(), site); err != nil {
			t.Fatal(err)
		}
		_, err := c.List(t.Context(), site)
		wantError(t, err, twoRefused, "")
		if s.signed != 3 || len(s.calls) != 5 {
			t.Errorf("%d sign-ins and %d requests, want 3 and 5", s.signed, len(s.calls))
		}
	})
}

// An operation that passes a failed sign-in on does not rewrite it for others.
func TestFailedSignInStaysWhatItIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c *Client
		loseSession := func(req *http.Request) (*http.Response, error) {
			if _, err := c.SiteID(t.Context(), "other"); !errors.Is(err, ErrCredentials) {
				t.Errorf("got %v", err)
			}
			return says(400, "use PATCH")(req)
		}
		good := says(200, `{"session":"canary-session-1","user_id":"user-id"}`)
		s := &script{signIns: []answer{good, says(401, "")}, answers: []answer{says(200, noSecrets), loseSession, says(401, "")}}
		c = newClient(t, s)
		if _, err := c.List(t.Context(), site); err != nil {
			t.Fatal(err)
		}
		wantError(t, operations()["create"](t.Context(), c), "create A on site:shop: the token was refused (status 401)", "")
		wantError(t, c.SignIn(t.Context()), "sign in: the token was refused (status 401)", "")
	})
}
