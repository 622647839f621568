package pantheon

import (
	"context"
	"encoding/json"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/cella-secrets/cella/secret"
)

// wire is a real server on this machine that writes down what arrives.
type wire struct {
	mu    sync.Mutex
	lines []string // METHOD target, as sent
	heads []http.Header
	body  []byte // the last one
	conns int    // connections that were opened
	reply http.HandlerFunc
}

func (w *wire) ServeHTTP(rw http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		http.Error(rw, "", http.StatusInternalServerError)
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lines = append(w.lines, req.Method+" "+req.RequestURI)
	w.heads = append(w.heads, req.Header)
	w.body = body
	if strings.HasSuffix(req.URL.Path, "/api/authorize/machine-token") {
		_, _ = io.WriteString(rw, `{"session":"canary-session-1","user_id":"user-id"}`)
		return
	}
	w.reply(rw, req)
}

func (w *wire) start(t *testing.T, https bool) *httptest.Server {
	t.Helper()
	if w.reply == nil {
		w.reply = func(rw http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(rw, noSecrets) }
	}
	server := httptest.NewUnstartedServer(w)
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.conns++
		}
	}
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	if https {
		server.StartTLS()
	} else {
		server.Start()
	}
	t.Cleanup(server.Close)
	return server
}

func wireClient(t *testing.T, options Options) *Client {
	t.Helper()
	options.MachineToken = secret.NewValue(canaryToken)
	options.Rate = 1000
	c, err := New(options)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestNamesOnTheWire(t *testing.T) {
	tests := map[secret.Name]string{
		"PLAIN":                   "PLAIN",
		"github-oauth.github.com": "github-oauth.github.com",
		"a/b":                     "a%2Fb",
		"A?x=1":                   "A%3Fx=1",
		"A#b":                     "A%23b",
		"100%":                    "100%25",
		"a%2Fb":                   "a%252Fb",
		".":                       "%2E",
		"..":                      "%2E%2E",
		"../other":                "..%2Fother",
		"a b":                     "a%20b",
		"a+b&c;d":                 "a+b&c%3Bd",
		"schlüssel":               "schl%C3%BCssel",
		"a\r\nX: y":               "a%0D%0AX:%20y",
	}
	w := &wire{}
	server := w.start(t, false)
	c := wireClient(t, Options{BaseURL: server.URL + "/base%2Fpath"})
	for name, want := range tests {
		if err := c.Delete(t.Context(), site, name); err != nil {
			t.Fatal(err)
		}
		if got, want := w.lines[len(w.lines)-1], "DELETE /base%2Fpath/customer-secrets/v1/sites/site-id/secrets/"+want; got != want {
			t.Errorf("%q: got %s, want %s", name, got, want)
		}
	}
	if w.conns != 1 {
		t.Errorf("%d connections, want 1 that is used again", w.conns)
	}
}

func TestHeadersOnTheWire(t *testing.T) {
	for name, https := range map[string]bool{"plain loopback": false, "TLS": true} {
		t.Run(name, func(t *testing.T) {
			w := &wire{}
			server := w.start(t, https)
			options := Options{BaseURL: server.URL, UserAgent: "cella/test"}
			if https {
				options.Transport = server.Client().Transport
			}
			c := wireClient(t, options)
			value := secret.NewValue("line\r\n\t\"<é😀\u2028\\")
			if err := c.Set(t.Context(), site, "A", "live", value); err != nil {
				t.Fatal(err)
			}
			var sent map[string]any
			if err := json.Unmarshal(w.body, &sent); err != nil || len(sent) != 2 || sent["env"] != "live" || sent["value"] != value.Reveal() {
				t.Errorf("body %s", w.body)
			}
			w.reply = func(rw http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(rw, `{"id":"`+uuid(1)+`"}`) }
			if _, err := c.SiteID(t.Context(), "a/b"); err != nil {
				t.Fatal(err)
			}
			if w.lines[2] != "GET /api/site-names/a%2Fb" {
				t.Errorf("got %s", w.lines[2])
			}
			for i, want := range []string{"", canarySession(1), "Bearer " + canarySession(1)} {
				head := w.heads[i]
				if got := head.Get("Authorization"); got != want {
					t.Errorf("%s: Authorization %q, want %q", w.lines[i], got, want)
				}
				if head.Get("User-Agent") != "cella/test" || head.Get("Referer") != "" || head.Get("Cookie") != "" {
					t.Errorf("%s: headers %v", w.lines[i], head)
				}
				head.Del("Authorization")
				text, err := json.Marshal(head)
				if err != nil {
					t.Fatal(err)
				}
				leaks(t, string(text))
			}
		})
	}
}

func TestBodiesOnTheWire(t *testing.T) {
	value := secret.NewValue("v")
	tests := map[string]struct {
		do   func(context.Context, *Client) error
		line string
		body string
	}{
		"sign in": {
			func(ctx context.Context, c *Client) error { return c.SignIn(ctx) }, "POST /api/authorize/machine-token",
			`{"machine_token":"canary-machine-token","client":"terminus"}`,
		},
		"list": {
			func(ctx context.Context, c *Client) error { _, err := c.List(ctx, site); return err },
			"GET /customer-secrets/v1/sites/site-id/secrets/showall", "",
		},
		"create": {func(ctx context.Context, c *Client) error {
			return c.Create(ctx, org, "a/b", "composer", secret.NewScopes("web", "ic"), value)
		}, "POST /customer-secrets/v1/organizations/org-id/secrets", `{"name":"a/b","value":"v","type":"composer","scopes":["ic","web"]}`},
		"set": {
			func(ctx context.Context, c *Client) error { return c.Set(ctx, org, "A", "", value) },
			"PATCH /customer-secrets/v1/organizations/org-id/secrets/A", `{"value":"v"}`,
		},
		"set override": {
			func(ctx context.Context, c *Client) error { return c.Set(ctx, site, "A", "live", value) },
			"PATCH /customer-secrets/v1/sites/site-id/secrets/A", `{"env":"live","value":"v"}`,
		},
		"remove override": {
			func(ctx context.Context, c *Client) error { return c.RemoveOverride(ctx, site, "A", "live") },
			"PATCH /customer-secrets/v1/sites/site-id/secrets/A", `{"env":"live","value":null}`,
		},
		"delete": {
			func(ctx context.Context, c *Client) error { return c.Delete(ctx, site, "A") }, "DELETE /customer-secrets/v1/sites/site-id/secrets/A",
			"",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := &wire{}
			c := wireClient(t, Options{BaseURL: w.start(t, false).URL})
			if err := test.do(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			if got := w.lines[len(w.lines)-1]; got != test.line || string(w.body) != test.body {
				t.Errorf("got %s %s, want %s %s", got, w.body, test.line, test.body)
			}
		})
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	followed := false
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { followed = true }))
	defer other.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		w := &wire{reply: func(rw http.ResponseWriter, req *http.Request) { http.Redirect(rw, req, other.URL+"/canary", status) }}
		c := wireClient(t, Options{BaseURL: w.start(t, false).URL})
		err := c.Set(t.Context(), site, "A", "", secret.NewValue(canaryValue))
		if err == nil {
			t.Fatalf("%d: no error", status)
		}
		leaks(t, err.Error())
	}
	if followed {
		t.Error("a redirect was followed")
	}
}

// A connection that was refused carried nothing, so the write was not made.
func TestNoConnectionIsNotAmbiguous(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	ctx, cancel := context.WithCancel(t.Context())
	var cause string
	c := wireClient(t, Options{BaseURL: "http://" + address, Observe: func(e Event) { cause = e.Cause; cancel() }})
	c.sessions.current = session{token: secret.NewValue("x"), number: 1}
	err = c.Set(ctx, site, "A", "", secret.NewValue(canaryValue))
	if cause != "the connection to "+address+" was refused" || !isContext(err) || Ambiguous(err) {
		t.Errorf("cause %q, error %v", cause, err)
	}
}
