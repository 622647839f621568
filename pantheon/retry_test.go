package pantheon

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cella-secrets/cella/secret"
)

// passing are the failures that pass by themselves, and whether a write may
// have taken effect meanwhile.
func passing() map[string]struct {
	answer    answer
	cause     string
	status    int
	unsettled bool
} {
	type row = struct {
		answer    answer
		cause     string
		status    int
		unsettled bool
	}
	inner := "the service had an internal error"
	page := "an HTML page came instead of an answer"
	return map[string]row{
		"429":                   {says(429, canaryValue), "there were too many requests", 429, false},
		"500":                   {says(500, canaryValue), inner, 500, true},
		"502":                   {says(502, canaryValue), inner, 502, true},
		"503":                   {says(503, canaryValue), inner, 503, true},
		"504":                   {says(504, canaryValue), inner, 504, true},
		"the transient 403":     {says(403, `"MAS response status: 500 Internal Server Error"`), inner, 403, true},
		"connection cut":        {cut, "the connection failed", 0, true},
		"no answer":             {hangs, "no answer came in time", 0, true},
		"body cut":              {cutBody(200, `{"Secrets":{`+canaryValue), "the answer was cut short or is not JSON", 200, true},
		"body stalls":           {stalls, "no answer came in time", 200, true},
		"body of a refusal cut": {cutBody(400, "canary: use PAT"), "the answer was cut short or is not JSON", 400, false},
		"404, a page":           {says(404, "<html>"+canaryValue), page, 404, true},
		"page by its type":      {says(200, canaryValue, "Content-Type", "Text/HTML; charset=utf-8"), page, 200, true},
		"page by its text":      {says(200, "\ufeff \n<!doctype html>"+canaryValue), page, 200, true},
	}
}

func TestPassingFailuresAreRepeated(t *testing.T) {
	for opName, op := range operations() {
		for faultName, fault := range passing() {
			t.Run(opName+"/"+faultName, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := &script{answers: []answer{fault.answer, says(200, noSecrets)}}
					var events []Event
					c := newClient(t, s, func(o *Options) { o.Observe = func(e Event) { events = append(events, e) } })
					if err := op(t.Context(), c); err != nil {
						t.Fatalf("after one failure: %v", err)
					}
					lines := s.lines()
					if len(lines) != 2 || lines[0] != lines[1] {
						t.Errorf("requests: %q, want the same one twice", lines)
					}
					if len(events) != 1 || events[0].Cause != fault.cause || events[0].Status != fault.status || events[0].Attempt != 1 {
						t.Errorf("events: %+v, want one with cause %q and status %d", events, fault.cause, fault.status)
					}
					leaks(t, fmt.Sprintf("%+v", events))
				})
			})
		}
	}
}

func TestFailuresThatDoNotPassEndInTime(t *testing.T) {
	for faultName, fault := range passing() {
		for _, opName := range []string{"list", "set", "create", "delete"} {
			t.Run(opName+"/"+faultName, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := &script{answers: []answer{fault.answer}}
					c := newClient(t, s)
					err := operations()[opName](t.Context(), c)
					if !errors.Is(err, ErrUnavailable) {
						t.Fatalf("got %v, want ErrUnavailable", err)
					}
					leaks(t, err.Error())
					if got, want := Ambiguous(err), fault.unsettled && opName != "list"; got != want {
						t.Errorf("Ambiguous is %v, want %v", got, want)
					}
					if failed, _ := errors.AsType[*Error](err); failed.Attempts != len(s.calls) || failed.Cause != fault.cause {
						t.Errorf("error %+v after %d requests", failed, len(s.calls))
					}
					// The least that an attempt gets, and the queue for the pace, come on top.
					if took := time.Since(s.started); took > budget+lastTimeout+time.Second {
						t.Errorf("gave up after %s of virtual time", took)
					}
				})
			})
		}
	}
}

func TestFinalAnswers(t *testing.T) {
	tests := map[string]struct {
		reason    string
		op        string
		answer    answer
		want      string
		is        error
		ambiguous bool
	}{
		"404 on list": {
			"nothing is not an empty list", "list", says(404, canaryValue),
			"list secrets on site:shop: there is no such site, or this account cannot see it; check its id (status 404)", ErrNotFound, false,
		},
		"404 on set": {"", "set", says(404, canaryValue), "set A on site:shop: there is no such secret (status 404)", ErrNotFound, false},
		"404 on create": {
			"what is missing cannot be the secret", "create", says(404, canaryValue),
			"create A on site:shop: there is no such site, or this account cannot see it; check its id (status 404)", ErrNotFound, false,
		},
		"no default": {
			"the documented text", "set override", says(400, `"Secret 'A' does not exist. You should create the default secret value first."`),
			"set A for live on site:shop: there is no such secret; an override needs a default value first (status 400)", ErrNotFound, false,
		},
		"403": {
			"only the one message passes", "set", says(403, `"MAS response status: 502 Bad Gateway"`),
			"set A on site:shop: this account is not allowed to do it (status 403)", ErrForbidden, false,
		},
		"403, a page": {
			"a firewall's page says nothing of the account", "list", says(403, "<html>"+canaryValue),
			"list secrets on site:shop: a page that denies access came instead of an answer (status 403)", nil, false,
		},
		"407": {
			"the proxy's answer, passed on", "set", says(407, canaryValue),
			"set A on site:shop: a proxy asks for a user name and a password (status 407)", nil, false,
		},
		"400": {"", "set", says(400, canaryValue), "set A on site:shop: the request was refused (status 400)", nil, false},
		"400 with PATCH, not create": {
			"the word means something for a create only", "set", says(400, "PATCH"), "set A on site:shop: the request was refused (status 400)", nil,
			false,
		},
		"409 with PATCH": {
			"existing is exactly a 400", "create", says(409, "use PATCH"), "create A on site:shop: the request was refused (status 409)", nil, false,
		},
		"422": {"", "create", says(422, canaryValue), "create A on site:shop: the request was refused (status 422)", nil, false},
		"302": {
			"a redirect may follow a write that was done", "set", says(302, "", "Location", "https://canary.example/"),
			"set A on site:shop: the server answered with a redirect, and redirects are never followed (status 302); whether it took effect is not known",
			nil, true,
		},
		"307 on list": {
			"", "list", says(307, "", "Location", "https://canary.example/"),
			"list secrets on site:shop: the server answered with a redirect, and redirects are never followed (status 307)", nil, false,
		},
		"408": {
			"the server may have begun", "set", says(408, canaryValue),
			"set A on site:shop: the server gave an unexpected answer (status 408); whether it took effect is not known", nil, true,
		},
		"501": {
			"", "delete", says(501, canaryValue),
			"delete A on site:shop: the server gave an unexpected answer (status 501); whether it took effect is not known", nil, true,
		},
		"520": {
			"", "remove override", says(520, canaryValue),
			"remove override A for live on site:shop: the server gave an unexpected answer (status 520); whether it took effect is not known", nil,
			true,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{answers: []answer{test.answer}}
				err := operations()[test.op](t.Context(), newClient(t, s))
				wantError(t, err, test.want, test.reason)
				if len(s.calls) != 1 {
					t.Errorf("%d requests, want 1: it cannot pass", len(s.calls))
				}
				for _, known := range []error{ErrNotFound, ErrForbidden, ErrCredentials} {
					if errors.Is(err, known) != (known == test.is) {
						t.Errorf("that it is %v is %v", known, errors.Is(err, known))
					}
				}
				if test.is != nil && !errors.Is(err, test.is) {
					t.Errorf("it is not %v", test.is)
				}
				if Ambiguous(err) != test.ambiguous {
					t.Errorf("Ambiguous is %v", !test.ambiguous)
				}
			})
		})
	}
}

// An answer that is JSON of another shape may be a gateway's; it is asked for
// again once, and then it is the service's own.
func TestOddAnswersAreDoubtedOnce(t *testing.T) {
	tests := map[string]struct {
		reason  string
		answers []answer
		calls   int
		want    string
	}{
		"once": {"the gateway's trouble passed", []answer{says(200, `{"canary":1}`), says(200, noSecrets)}, 2, ""},
		"twice": {
			"it is never no secrets", []answer{says(200, `{"canary":1}`)}, 2,
			"list secrets on site:shop: the answer has no list of secrets (status 200)",
		},
		"null": {
			"it is never no secrets", []answer{says(200, `{"Secrets":null}`)}, 2,
			"list secrets on site:shop: the answer has no list of secrets (status 200)",
		},
		"among other ones": {
			"two odd ones are enough, whatever lies between",
			[]answer{says(200, "[]"), says(503, ""), says(200, `{"Secrets":7}`), says(200, noSecrets)}, 3,
			"list secrets on site:shop: the list of secrets is not an object with each name once (status 200)",
		},
		"then refused": {
			"the last answer counts", []answer{says(200, "[]"), says(403, "")}, 2,
			"list secrets on site:shop: this account is not allowed to do it (status 403)",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{answers: test.answers}
				_, err := newClient(t, s).List(t.Context(), site)
				if test.want != "" {
					wantError(t, err, test.want, test.reason)
				} else if err != nil {
					t.Errorf("%v; %s", err, test.reason)
				}
				if len(s.calls) != test.calls || errors.Is(err, ErrUnavailable) {
					t.Errorf("%d requests, want %d, and %v: %s", len(s.calls), test.calls, err, test.reason)
				}
			})
		})
	}
}

func TestARefusalDoesNotSettleAnEarlierAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{answers: []answer{cut, says(403, "")}}
		err := newClient(t, s).Set(t.Context(), site, "A", "", secret.NewValue("x"))
		if !errors.Is(err, ErrForbidden) || !Ambiguous(err) {
			t.Errorf("got %v, ambiguous %v; the first attempt may have been applied", err, Ambiguous(err))
		}
	})
}

func TestCancelledContext(t *testing.T) {
	tests := map[string]struct {
		reason    string
		after     time.Duration // below 0: before; 0: when the first attempt has failed
		answer    answer
		calls     int
		ambiguous bool
	}{
		"before":              {"nothing was sent", -1, hangs, 0, false},
		"while it is sent":    {"the write may have been taken", time.Second, hangs, 1, true},
		"while waiting again": {"the failed attempt may have been taken", 0, says(503, ""), 1, true},
		"between 429s":        {"no attempt was taken", time.Second, says(429, "", "Retry-After", "20"), 1, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				s := &script{answers: []answer{test.answer}}
				c := newClient(t, s)
				switch {
				case test.after < 0:
					cancel()
				case test.after == 0:
					c.observe = func(Event) { cancel() }
				default:
					time.AfterFunc(test.after, cancel)
				}
				err := c.Set(ctx, site, "A", "", secret.NewValue(canaryValue))
				if !isContext(err) {
					t.Fatalf("got %v, want the context's error: %s", err, test.reason)
				}
				if len(s.calls) != test.calls || Ambiguous(err) != test.ambiguous {
					t.Errorf("%d requests, ambiguous %v: %s", len(s.calls), Ambiguous(err), test.reason)
				}
			})
		})
	}
}

func TestRetryAfter(t *testing.T) {
	const date = "Sat, 01 Jan 2000 00:00:00 GMT"
	tests := map[string]struct {
		reason  string
		headers []string
		want    time.Duration
	}{
		"none":     {"", nil, 0},
		"seconds":  {"", []string{"Retry-After", " 7 "}, 7 * time.Second},
		"zero":     {"the usual wait applies", []string{"Retry-After", "0"}, 0},
		"capped":   {"an hour is not waited", []string{"Retry-After", "3600"}, maxRetryAfter},
		"huge":     {"a number that would overflow is a long time", []string{"Retry-After", "99999999999999999999"}, maxRetryAfter},
		"negative": {"", []string{"Retry-After", "-5"}, 0},
		"words":    {"", []string{"Retry-After", "soon"}, 0},
		"date": {
			"against the reply's own clock", []string{"Retry-After", "Mon, 03 Mar 2031 10:00:09 GMT", "Date", "Mon, 03 Mar 2031 10:00:00 GMT"},
			9 * time.Second,
		},
		"date, no clock":   {"against ours, where it has none", []string{"Retry-After", "Sat, 01 Jan 2000 00:00:04 GMT"}, 4 * time.Second},
		"date in the past": {"", []string{"Retry-After", date, "Date", "Mon, 03 Mar 2031 10:00:00 GMT"}, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			// The clock of a bubble starts at the date above.
			synctest.Test(t, func(t *testing.T) {
				header := http.Header{}
				for i := 0; i < len(test.headers); i += 2 {
					header.Set(test.headers[i], test.headers[i+1])
				}
				if got := retryAfter(header); got != test.want {
					t.Errorf("got %s, want %s: %s", got, test.want, test.reason)
				}
			})
		})
	}
}

// The last attempt is cut to what is left of the minute.
func TestLateAttemptIsShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		late := func(req *http.Request) (*http.Response, error) {
			if time.Since(begin) < 45*time.Second {
				return says(503, "")(req)
			}
			return hangs(req)
		}
		s := &script{answers: []answer{late}}
		_, err := newClient(t, s).List(t.Context(), site)
		if !errors.Is(err, ErrUnavailable) {
			t.Fatalf("got %v", err)
		}
		if took := time.Since(begin); took > budget+lastTimeout+time.Second {
			t.Errorf("gave up after %s of virtual time", took)
		}
	})
}

// The waits grow to a few seconds and stay there: neither a storm of requests
// nor a service that is asked twice a minute.
func TestNumberOfAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{answers: []answer{says(503, "")}}
		_, err := newClient(t, s).List(t.Context(), site)
		if !errors.Is(err, ErrUnavailable) || len(s.calls) < 9 || len(s.calls) > 19 {
			t.Errorf("%d attempts, want 9 to 19, whatever the jitter; %v", len(s.calls), err)
		}
	})
}
