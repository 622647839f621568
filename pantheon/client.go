package pantheon

import (
	"crypto/tls"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/secret"
)

// defaultBaseURL is where both parts of the API answer [client].
const defaultBaseURL = "https://terminus.pantheon.io"

// defaultInterval lies between two requests to the secrets service: three per
// second are allowed per user [doc], and arrivals jitter.
const defaultInterval = 344 * time.Millisecond

// Options configure a Client.
type Options struct {
	// BaseURL is https, or http for this machine only. Empty means
	// defaultBaseURL.
	BaseURL string
	// MachineToken signs in: a personal access token, or a machine token of
	// before. See FindToken.
	MachineToken secret.Value
	// TokenFrom says in messages where the token is from, as in "in
	// TERMINUS_TOKEN"; it may be empty.
	TokenFrom string
	// Rate is how many requests per second the secrets service gets; 0 means
	// one per 344 ms.
	Rate float64
	// Transport sends the requests; nil means the package's own, with TLS 1.2
	// or later and proxies from the environment.
	Transport http.RoundTripper
	// UserAgent goes into the header of that name; empty means "cella".
	UserAgent string
	// Observe, if set, hears of every attempt that failed and will be
	// repeated. It is called from many goroutines at once.
	Observe func(Event)
}

// Event is an attempt that failed and will be repeated. Cause is this
// package's own words; nothing in it comes from a reply.
type Event struct {
	Op      Operation
	Owner   secret.Owner
	Secret  secret.Name
	Env     secret.Env
	Attempt int // counts from 1
	Status  int // 0 where no reply came
	Cause   string
	Wait    time.Duration // until the next attempt, the shared pace aside
}

// Client speaks with Pantheon. It is safe for concurrent use: lists and
// look-ups may run side by side; all requests to the secrets service share
// one pace.
type Client struct {
	base      *url.URL
	http      *http.Client
	userAgent string
	observe   func(Event)
	pace      *pace
	sessions  *sessions
	tokenFrom string
	down      [services]atomic.Bool // see shortBudget
	dates     dates
	reached   atomic.Bool // see reachBudget
}

// New returns a Client. It sends nothing.
func New(options Options) (*Client, error) {
	base, err := options.check()
	if err != nil {
		return nil, err
	}
	limit := rate.Every(defaultInterval)
	if options.Rate != 0 {
		limit = rate.Limit(options.Rate)
	}
	if options.MachineToken.Len() == 0 {
		return nil, fmt.Errorf("use token: it is empty: %w", ErrCredentials)
	}
	transport := options.Transport
	if transport == nil {
		transport = newTransport(base)
	}
	c := &Client{
		base: base,
		// No Jar: cookies are never kept. No Timeout: every attempt has its own.
		http:      &http.Client{Transport: transport, CheckRedirect: neverRedirect},
		userAgent: options.UserAgent,
		observe:   options.Observe,
		pace:      newPace(limit),
		tokenFrom: options.TokenFrom,
	}
	if c.observe == nil {
		c.observe = func(Event) {}
	}
	if c.userAgent == "" {
		c.userAgent = "cella"
	}
	c.sessions = newSessions(c, options.MachineToken)
	return c, nil
}

// Check fails as New would for the address or the rate. It needs no token, so
// that what somebody typed is judged before a token is looked for.
func (o Options) Check() error {
	_, err := o.check()
	return err
}

func (o Options) check() (*url.URL, error) {
	base, err := parseBase(o.BaseURL)
	if err != nil {
		return nil, fmt.Errorf("use API address: %w", err)
	}
	if math.IsNaN(o.Rate) || math.IsInf(o.Rate, 0) || o.Rate < 0 {
		return nil, errors.New("use request rate: it must be a positive number of requests per second")
	}
	return base, nil
}

// Interval is the least time between two requests to the secrets service.
func (c *Client) Interval() time.Duration {
	return time.Duration(float64(time.Second) / float64(c.pace.limiter.Limit()))
}

// parseBase checks where requests, and with them every credential, may go.
func parseBase(text string) (*url.URL, error) {
	if text == "" {
		text = defaultBaseURL
	}
	base, err := url.Parse(text)
	if err != nil {
		// The parser's error quotes the text, which may hold a password.
		return nil, errors.New("it is not a URL")
	}
	switch {
	case base.User != nil:
		return nil, errors.New("it must not hold a user name or password; the token signs in")
	case base.RawQuery != "" || base.ForceQuery || base.Fragment != "" || strings.Contains(text, "#"):
		return nil, errors.New("it must not have a query or a fragment")
	case base.Opaque != "" || base.Hostname() == "":
		return nil, fmt.Errorf("%s names no host; write https://HOST", words.Quote(text))
	}
	base.Host = strings.ToLower(base.Host)
	base.Path = strings.TrimRight(base.Path, "/")
	base.RawPath = strings.TrimRight(base.RawPath, "/")
	switch {
	case base.Scheme == "https":
		return base, nil
	case base.Scheme == "http" && isLoopback(base.Hostname()):
		return base, nil
	case base.Scheme == "http":
		return nil, fmt.Errorf("%s: plain http would send secrets unencrypted; it is allowed only for localhost, 127.0.0.0/8 and [::1]; use https", words.Quote(text))
	}
	return nil, fmt.Errorf("%s: the scheme must be https", words.Quote(text))
}

// isLoopback reports whether host is this machine without asking a resolver.
func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback() && !addr.Is4In6() && addr.Zone() == ""
}

// neverRedirect hands a 3xx reply back as it is: following one would take the
// session, and a value, to a place that nobody chose.
func neverRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// newTransport keeps connections open for all requests that run side by side.
func newTransport(base *url.URL) *http.Transport {
	transport := &http.Transport{
		Proxy: proxyFromEnvironment(),

		OnProxyConnectResponse: onProxyAnswer,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		ForceAttemptHTTP2:      true,
		// Without pings a dead HTTP/2 connection would swallow every attempt.
		HTTP2:                 &http.HTTP2Config{SendPingTimeout: 10 * time.Second, PingTimeout: 5 * time.Second},
		MaxIdleConns:          32,
		MaxIdleConnsPerHost:   32,
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   10 * time.Second,
		ExpectContinueTimeout: time.Second,
	}
	if base.Scheme == "http" {
		// A proxy would take the plain text off this machine.
		transport.Proxy = nil
	}
	return transport
}
