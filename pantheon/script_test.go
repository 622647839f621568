package pantheon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cella-secrets/cella/secret"
)

// What must never show anywhere but in a request's own body or header.
const (
	canaryToken = "canary-machine-token"
	canaryValue = "canary-value"
)

// canarySession is the session that the n-th sign-in returns.
func canarySession(n int) string { return fmt.Sprintf("canary-session-%d", n) }

var (
	site = secret.Owner{Kind: secret.Site, Name: "shop", ID: "site-id"}
	org  = secret.Owner{Kind: secret.Organization, Name: "agency", ID: "org-id"}
)

// uuid is the n-th of many ids.
func uuid(n int) string { return fmt.Sprintf("%08x-aaaa-4000-8000-000000000000", n) }

// foundSite is the answer to a look-up of any site.
var foundSite = says(200, fmt.Sprintf(`{"id":%q}`, uuid(1)))

// script is a Pantheon that answers what a test lists, in that order, without
// a socket. Signing in works by itself unless signIns has answers for it.
// Beyond the end of a list its last answer is repeated.
type script struct {
	answers []answer
	signIns []answer

	mu      sync.Mutex
	started time.Time
	calls   []call // all but sign-ins
	signed  int    // sign-ins that were asked for
}

// call is a request as it arrived.
type call struct {
	line string // METHOD target
	auth string
	body string
	at   time.Duration
}

// answer is what becomes of one request.
type answer func(*http.Request) (*http.Response, error)

func (s *script) RoundTrip(req *http.Request) (*http.Response, error) {
	body := ""
	if req.Body != nil {
		text, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		body = string(text)
	}
	resp, err := s.next(req, body)(req)
	if resp != nil {
		resp.Request = req
	}
	return resp, err
}

func (s *script) next(req *http.Request, body string) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	if strings.HasSuffix(req.URL.Path, "/authorize/machine-token") {
		s.signed++
		if len(s.signIns) == 0 {
			return says(200, fmt.Sprintf(`{"session":%q,"user_id":"user-id","expires_at":1}`, canarySession(s.signed)))
		}
		return s.signIns[min(s.signed, len(s.signIns))-1]
	}
	s.calls = append(s.calls, call{
		line: req.Method + " " + req.URL.RequestURI(),
		auth: req.Header.Get("Authorization"),
		body: body,
		at:   time.Since(s.started),
	})
	return s.answers[min(len(s.calls), len(s.answers))-1]
}

func (s *script) lines() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var lines []string
	for _, c := range s.calls {
		lines = append(lines, strings.TrimSpace(c.line+" "+c.body))
	}
	return lines
}

// says answers with a status, a body, and headers given as name, value.
func says(status int, body string, headers ...string) answer {
	return func(*http.Request) (*http.Response, error) {
		return response(status, io.NopCloser(strings.NewReader(body)), headers...), nil
	}
}

func response(status int, body io.ReadCloser, headers ...string) *http.Response {
	header := http.Header{}
	for i := 0; i < len(headers); i += 2 {
		header.Set(headers[i], headers[i+1])
	}
	return &http.Response{StatusCode: status, ProtoMajor: 1, ProtoMinor: 1, Header: header, Body: body, ContentLength: -1}
}

// cut fails as a connection does that ends before the answer.
func cut(*http.Request) (*http.Response, error) {
	return nil, errors.New("read tcp: connection reset, " + canaryValue)
}

// cutBody answers and ends the connection in the middle of the body.
func cutBody(status int, body string) answer {
	return func(*http.Request) (*http.Response, error) {
		broken := io.MultiReader(strings.NewReader(body), failingReader{})
		return response(status, io.NopCloser(broken)), nil
	}
}

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// endless answers with a list that does not end.
func endless(*http.Request) (*http.Response, error) {
	return response(200, io.NopCloser(io.MultiReader(strings.NewReader(`{"Secrets":{"`), spaces{}))), nil
}

type spaces struct{}

func (spaces) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

// stalls begins an answer and never ends it.
func stalls(req *http.Request) (*http.Response, error) {
	return response(200, io.NopCloser(stalledReader{req})), nil
}

type stalledReader struct{ req *http.Request }

func (r stalledReader) Read([]byte) (int, error) {
	<-r.req.Context().Done()
	return 0, r.req.Context().Err()
}

// hangs never answers.
func hangs(req *http.Request) (*http.Response, error) {
	<-req.Context().Done()
	return nil, req.Context().Err()
}

const noSecrets = `{"Secrets":{}}`

// newClient returns a client of s. In a synctest bubble its clock starts now.
func newClient(t testing.TB, s *script, change ...func(*Options)) *Client {
	t.Helper()
	s.started = time.Now()
	options := Options{Transport: s, MachineToken: secret.NewValue(canaryToken)}
	for _, f := range change {
		f(&options)
	}
	c, err := New(options)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return c
}

// operations are all that the secrets service is asked, by name.
func operations() map[string]func(context.Context, *Client) error {
	value := secret.NewValue(canaryValue)
	return map[string]func(context.Context, *Client) error{
		"list": func(ctx context.Context, c *Client) error { _, err := c.List(ctx, site); return err },
		"create": func(ctx context.Context, c *Client) error {
			return c.Create(ctx, site, "A", secret.RuntimeType, secret.NewScopes(secret.WebScope), value)
		},
		"create new": func(ctx context.Context, c *Client) error {
			return c.CreateNew(ctx, site, "A", secret.RuntimeType, secret.NewScopes(secret.UserScope), value)
		},
		"make own": func(ctx context.Context, c *Client) error {
			return c.MakeOwn(ctx, site, "A", secret.RuntimeType, secret.NewScopes(secret.UserScope), value)
		},
		"set":             func(ctx context.Context, c *Client) error { return c.Set(ctx, site, "A", "", value) },
		"set override":    func(ctx context.Context, c *Client) error { return c.Set(ctx, site, "A", "live", value) },
		"remove override": func(ctx context.Context, c *Client) error { return c.RemoveOverride(ctx, site, "A", "live") },
		"delete":          func(ctx context.Context, c *Client) error { return c.Delete(ctx, site, "A") },
	}
}

// leaks fails the test where text holds a canary.
func leaks(t testing.TB, text string) {
	t.Helper()
	if strings.Contains(text, "canary") {
		t.Errorf("it tells a secret: %s", text)
	}
}
