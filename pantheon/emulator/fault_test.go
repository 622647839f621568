package emulator_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/pantheon/emulator"
	"github.com/cella-secrets/cella/pantheon/emulator/emulatortest"
)

const newSecret = `{"name":"NEW","value":"v","scopes":["web"]}`

// outcome is what a client sees of one create, and whether it took effect.
type outcome struct {
	status      int
	text        string // part of the body
	sendFails   bool
	bodyFails   bool
	takesEffect bool
}

func faultOutcomes() map[string]struct {
	fault emulatortest.Fault
	want  outcome
} {
	return map[string]struct {
		fault emulatortest.Fault
		want  outcome
	}{
		"nothing":          {emulatortest.Fault{}, outcome{status: 201, takesEffect: true}},
		"unavailable":      {emulatortest.Fault{Status: 503, Body: "later"}, outcome{status: 503, text: "later"}},
		"after the effect": {emulatortest.Fault{Status: 502, Effect: true}, outcome{status: 502, takesEffect: true}},
		"cut before":       {emulatortest.Fault{Cut: true}, outcome{sendFails: true}},
		"cut after":        {emulatortest.Fault{Cut: true, Effect: true}, outcome{sendFails: true, takesEffect: true}},
		"truncated":        {emulatortest.Fault{Truncate: true}, outcome{status: 201, bodyFails: true, takesEffect: true}},
		"truncated page":   {emulatortest.Fault{Status: 500, Body: "halved text", Truncate: true}, outcome{status: 500, text: "halve", bodyFails: true}},
		"truncated void":   {emulatortest.Fault{Status: 204, Truncate: true}, outcome{sendFails: true}},
		"transient 403":    {emulatortest.TransientForbidden(), outcome{status: 403, text: emulatortest.TransientText}},
		"maintenance":      {emulatortest.MaintenancePage(), outcome{status: 200, text: "<html>"}},
		"too many":         {emulatortest.TooMany("7"), outcome{status: 429}},
		"redirect":         {emulatortest.Redirect("https://elsewhere.invalid/"), outcome{status: 307}},
		"sessions end":     {emulatortest.Fault{ExpireSessions: true}, outcome{status: 401}},
	}
}

// TestFaults runs every fault in process and over a socket: a client must not
// see a difference.
func TestFaults(t *testing.T) {
	for name, test := range faultOutcomes() {
		for _, way := range []string{"in process", "socket"} {
			t.Run(name+", "+way, func(t *testing.T) {
				p := serve(t, emulator.Options{})
				base := "http://emulator"
				if way == "socket" {
					listener := httptest.NewServer(p.server)
					defer listener.Close()
					p.client, base = listener.Client(), listener.URL
				}
				p.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
				p.server.Script(test.fault)
				got := p.create(base)
				if !strings.Contains(got.text, test.want.text) {
					t.Errorf("body %q, want %q in it", got.text, test.want.text)
				}
				got.text = test.want.text
				if got != test.want {
					t.Errorf("got %+v, want %+v", got, test.want)
				}
				p.checkFaultLog(test.want)
			})
		}
	}
}

func (p person) create(base string) outcome {
	request, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, base+secretsPath(p.server, "site:commons"), strings.NewReader(newSecret))
	if err != nil {
		p.t.Fatal(err)
	}
	request.Header.Set("Authorization", p.session)
	response, err := p.client.Do(request)
	seen := outcome{sendFails: err != nil}
	if err == nil {
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		seen.status, seen.text, seen.bodyFails = response.StatusCode, string(body), errors.Is(err, io.ErrUnexpectedEOF)
	}
	seen.takesEffect = slices.Contains(p.server.Names("site:commons"), "NEW")
	return seen
}

func (p person) checkFaultLog(want outcome) {
	p.t.Helper()
	log := p.server.Log()
	last := log[len(log)-1]
	if !last.Faulted || last.Status != want.status {
		p.t.Errorf("logged as status %d, faulted %t", last.Status, last.Faulted)
	}
}

func TestHeadersOfFaults(t *testing.T) {
	for name, test := range map[string]struct {
		fault       emulatortest.Fault
		header, has string
	}{
		"Retry-After":         {emulatortest.TooMany("7"), "Retry-After", "7"},
		"none":                {emulatortest.TooMany(""), "Retry-After", ""},
		"date":                {emulatortest.TooMany("Fri, 31 Dec 1999 23:59:59 GMT"), "Retry-After", "Fri, 31 Dec 1999 23:59:59 GMT"},
		"Location":            {emulatortest.Redirect("https://elsewhere.invalid/"), "Location", "https://elsewhere.invalid/"},
		"HTML":                {emulatortest.MaintenancePage(), "Content-Type", "text/html; charset=utf-8"},
		"default is text":     {emulatortest.Fault{Status: 500}, "Content-Type", "text/plain; charset=utf-8"},
		"as the fault has it": {emulatortest.Fault{Status: 200, ContentType: "x/y"}, "Content-Type", "x/y"},
	} {
		t.Run(name, func(t *testing.T) {
			p := serve(t, emulator.Options{})
			p.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
			p.server.Script(test.fault)
			response, err := p.send(http.MethodGet, "/api/site-names/shop", "Bearer "+p.session, "")
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			if got := response.Header.Get(test.header); got != test.has {
				t.Errorf("%s: %q, want %q", test.header, got, test.has)
			}
		})
	}
}

func TestFaultConditions(t *testing.T) {
	const hit = http.StatusTeapot
	tests := map[string]struct {
		faults []emulatortest.Fault
		want   []int
		reason string
	}{
		"once":        {[]emulatortest.Fault{{Status: hit}}, []int{hit, 200, 404, 201, 200, 404}, "0 times means once"},
		"method":      {[]emulatortest.Fault{{Status: hit, Method: "POST"}}, []int{200, 200, 404, hit, 404, 404}, "the create is the first POST"},
		"path":        {[]emulatortest.Fault{{Status: hit, Path: "site-names", Times: -1}}, []int{200, hit, hit, 201, 200, 404}, "a part of the path"},
		"second":      {[]emulatortest.Fault{{Status: hit, Path: "site-names", Skip: 1}}, []int{200, 200, hit, 201, 200, 404}, "the first is let through"},
		"operation":   {[]emulatortest.Fault{{Status: hit, Operation: emulator.SetOverride}}, []int{200, 200, 404, 201, hit, 404}, "as the body says"},
		"secret":      {[]emulatortest.Fault{{Status: hit, Secret: "NEW", Times: 2}}, []int{200, 200, 404, hit, hit, 404}, "in body or path"},
		"owner":       {[]emulatortest.Fault{{Status: hit, Owner: "site:commons", Skip: 1}}, []int{200, 200, 404, 201, hit, 404}, "by name"},
		"other owner": {[]emulatortest.Fault{{Status: hit, Owner: "site:shop", Times: -1}}, []int{200, 200, 404, 201, 200, 404}, "never matches"},
		"order": {
			[]emulatortest.Fault{{Status: 500}, {Status: hit, Skip: 1}}, []int{500, 200, hit, 201, 200, 404},
			"the second does not see what the first hit",
		},
		"twice":         {[]emulatortest.Fault{{Status: hit, Times: 2}}, []int{hit, hit, 404, 201, 200, 404}, ""},
		"nothing fires": {[]emulatortest.Fault{{Status: hit, Skip: 100}}, []int{200, 200, 404, 201, 200, 404}, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := serve(t, emulator.Options{})
			p.server.Script(test.faults...)
			var got []int
			add := func(status int, _ string) { got = append(got, status) }
			add(p.get("/api/users/" + p.id))
			add(p.get("/api/site-names/shop"))
			add(p.get("/api/site-names/nowhere"))
			add(p.secrets(http.MethodPost, "site:commons", "", newSecret))
			add(p.secrets(http.MethodPatch, "site:commons", "/NEW", `{"env":"live","value":"w"}`))
			add(p.secrets(http.MethodDelete, "site:commons", "/NONE", ""))
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("statuses differ (-want +got), %s:\n%s", test.reason, diff)
			}
		})
	}
}

func TestScriptReplaces(t *testing.T) {
	p := serve(t, emulator.Options{})
	p.server.Script(emulatortest.Fault{Status: 500, Times: -1})
	p.server.Script()
	if status, _ := p.get("/api/users/" + p.id); status != 200 {
		t.Errorf("status %d after an empty script", status)
	}
}

func TestCallRunsBeforeTheRequest(t *testing.T) {
	p := serve(t, emulator.Options{})
	var names []string
	p.server.Script(emulatortest.Fault{Operation: emulator.CreateSecret, Call: func() { names = p.server.Names("site:commons") }})
	p.secrets(http.MethodPost, "site:commons", "", newSecret)
	if names != nil || !p.server.Holds("site:commons", "NEW", "", "v") {
		t.Errorf("names %v when the function ran, want none; the request goes on after it", names)
	}
}

func TestContextEnds(t *testing.T) {
	tests := map[string]struct {
		fault  func(cancel func()) emulatortest.Fault
		early  bool
		effect bool
		logged int
		reason string
	}{
		"before":        {func(func()) emulatortest.Fault { return emulatortest.Fault{} }, true, false, 1, "it never left; sign-in alone is in the log"},
		"under way":     {func(cancel func()) emulatortest.Fault { return emulatortest.Fault{Call: cancel} }, false, true, 2, "it had been received"},
		"while waiting": {func(func()) emulatortest.Fault { return emulatortest.Fault{Delay: time.Hour} }, false, false, 2, "the timeout came first"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := serve(t, emulator.Options{})
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				p.server.Script(test.fault(cancel))
				if test.early {
					cancel()
				}
				request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://emulator"+secretsPath(p.server, "site:commons"), strings.NewReader(newSecret))
				if err != nil {
					t.Fatal(err)
				}
				request.Header.Set("Authorization", p.session)
				if _, err := p.client.Do(request); !errors.Is(err, ctx.Err()) || err == nil {
					t.Errorf("error %v, want that of the context", err)
				}
				if effect := p.server.Holds("site:commons", "NEW", "", "v"); effect != test.effect {
					t.Errorf("took effect: %t, want %t: %s", effect, test.effect, test.reason)
				}
				if logged := len(p.server.Log()); logged != test.logged {
					t.Errorf("%d requests in the log, want %d: %s", logged, test.logged, test.reason)
				}
			})
		})
	}
}

func TestDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := serve(t, emulator.Options{})
		p.server.Script(emulatortest.Fault{Delay: 20 * time.Second})
		began := time.Now()
		status, _ := p.get("/api/users/" + p.id)
		if waited := time.Since(began); status != 200 || waited != 20*time.Second {
			t.Errorf("status %d after %s of virtual time", status, waited)
		}
	})
}

func TestLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := serve(t, emulator.Options{})
		p.get("/api/users/" + p.id + "/memberships/sites?limit=100")
		p.secrets(http.MethodPatch, "site:shop", "/a%2Fb", `{"env":"live","value":null}`)
		p.secrets(http.MethodPost, "org:agency", "", `{"name":"NEW","value":"v"}`)
		p.do(http.MethodGet, "/nowhere?q=1", "", "")
		p.do(http.MethodGet, "/customer-secrets/v1/sites/no%20id/secrets/showall", "", "")
		shop, agency, now := p.server.ID("site:shop"), p.server.ID("org:agency"), time.Now()
		want := []emulatortest.Request{
			{At: now, Method: "POST", Path: "/api/authorize/machine-token", Operation: emulator.SignIn, Status: 200},
			{
				At: now, Method: "GET", Path: "/api/users/" + p.id + "/memberships/sites", Query: "limit=100", Operation: emulator.ListUserSites,
				Authorized: true, Status: 200,
			},
			{
				At: now, Method: "PATCH", Path: "/customer-secrets/v1/sites/" + shop + "/secrets/a%2Fb", Operation: emulator.RemoveOverride,
				Owner: "site:shop", Secret: "a/b", Env: "live", Authorized: true, Status: 404,
			},
			{
				At: now, Method: "POST", Path: "/customer-secrets/v1/organizations/" + agency + "/secrets", Operation: emulator.CreateSecret,
				Owner: "org:agency", Secret: "NEW", Authorized: true, Status: 201,
			},
			{At: now, Method: "GET", Path: "/nowhere", Operation: emulator.Unknown, Status: 404},
			{At: now, Method: "GET", Path: "/customer-secrets/v1/sites/no%20id/secrets/showall", Operation: emulator.ListSecrets, Owner: `site:"no id"`, Status: 401},
		}
		if diff := cmp.Diff(want, p.server.Log()); diff != "" {
			t.Errorf("log differs (-want +got):\n%s", diff)
		}
	})
}

func TestSideBySide(t *testing.T) {
	p := serve(t, emulator.Options{})
	const clients = 20
	done := make(chan int)
	for i := range clients {
		go func() {
			status, _ := p.secrets(http.MethodPatch, "site:shop", "/API_KEY", `{"env":"e`+string(rune('a'+i))+`","value":"v"}`)
			done <- status
		}()
	}
	for range clients {
		if status := <-done; status != 200 {
			t.Errorf("status %d", status)
		}
	}
	if _, _, envs, _ := p.server.Attributes("site:shop", "API_KEY"); len(envs) != clients+1 {
		t.Errorf("%d overrides, want %d", len(envs), clients+1)
	}
}
