package pantheon

import (
	"crypto/tls"
	"errors"
	"math"
	"net/http"
	"testing"

	"github.com/cella-secrets/cella/secret"
)

func TestBaseURL(t *testing.T) {
	const plain = ": plain http would send secrets unencrypted; it is allowed only for localhost, 127.0.0.0/8 and [::1]; use https"
	const login = "it must not hold a user name or password; the token signs in"
	const extra = "it must not have a query or a fragment"
	tests := map[string]struct {
		reason string
		base   string
		want   string
		err    string
	}{
		"default":            {"", "", "https://terminus.pantheon.io", ""},
		"https":              {"", "https://Terminus.Example:8443/", "https://terminus.example:8443", ""},
		"https, a path":      {"a gateway may sit in front", "https://gw.example/pan%2Fth/", "https://gw.example/pan%2Fth", ""},
		"localhost":          {"", "http://LOCALHOST:8080", "http://localhost:8080", ""},
		"127.0.0.1":          {"", "http://127.0.0.1:8080", "http://127.0.0.1:8080", ""},
		"127/8":              {"", "http://127.9.9.9", "http://127.9.9.9", ""},
		"::1":                {"", "http://[::1]:8080", "http://[::1]:8080", ""},
		"http":               {"it leaves this machine", "http://terminus.pantheon.io", "", "http://terminus.pantheon.io" + plain},
		"looks like 127":     {"a name, not an address", "http://127.0.0.1.example", "", "http://127.0.0.1.example" + plain},
		"looks like local":   {"", "http://localhost.example", "", "http://localhost.example" + plain},
		"short address":      {"resolvers disagree on it", "http://127.1", "", "http://127.1" + plain},
		"mapped address":     {"", "http://[::ffff:127.0.0.1]", "", "http://[::ffff:127.0.0.1]" + plain},
		"private address":    {"others share that network", "http://10.0.0.1", "", "http://10.0.0.1" + plain},
		"any address":        {"", "http://0.0.0.0", "", "http://0.0.0.0" + plain},
		"another scheme":     {"", "ftp://localhost", "", "ftp://localhost: the scheme must be https"},
		"no scheme":          {"", "terminus.pantheon.io", "", "terminus.pantheon.io names no host; write https://HOST"},
		"no host":            {"", "https:///x", "", "https:///x names no host; write https://HOST"},
		"port only":          {"", "https://:443", "", "https://:443 names no host; write https://HOST"},
		"opaque":             {"", "https:terminus", "", "https:terminus names no host; write https://HOST"},
		"password":           {"not repeated in the message", "https://me:canary@terminus.example", "", login},
		"user":               {"", "https://canary@terminus.example", "", login},
		"broken, a password": {"not repeated either", "https://me:canary@terminus.example:x", "", "it is not a URL"},
		"query":              {"it may be a token", "https://terminus.example/?canary", "", extra},
		"empty query":        {"", "https://terminus.example/?", "", extra},
		"fragment":           {"", "https://terminus.example/#canary", "", extra},
		"empty fragment":     {"", "https://terminus.example/#", "", extra},
		"line break":         {"shown as an escape", "gopher://a/%0a", "", "gopher://a/%0a: the scheme must be https"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c, err := New(Options{BaseURL: test.base, MachineToken: secret.NewValue(canaryToken)})
			if test.err != "" {
				wantError(t, err, "use API address: "+test.err, test.reason)
				return
			}
			if err != nil {
				t.Fatalf("%v; %s", err, test.reason)
			}
			if got := c.base.String(); got != test.want {
				t.Errorf("got %s, want %s: %s", got, test.want, test.reason)
			}
		})
	}
}

func TestNewRefuses(t *testing.T) {
	const rate = "use request rate: it must be a positive number of requests per second"
	tests := map[string]struct {
		options Options
		want    string
		is      error
	}{
		"no token":      {Options{}, "use token: it is empty: the credentials are missing or were refused", ErrCredentials},
		"empty token":   {Options{MachineToken: secret.NewValue("")}, "use token: it is empty: the credentials are missing or were refused", ErrCredentials},
		"negative rate": {Options{MachineToken: secret.NewValue("x"), Rate: -1}, rate, nil},
		"no number":     {Options{MachineToken: secret.NewValue("x"), Rate: math.NaN()}, rate, nil},
		"endless rate":  {Options{MachineToken: secret.NewValue("x"), Rate: math.Inf(1)}, rate, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := New(test.options)
			wantError(t, err, test.want, "")
			if test.is != nil && !errors.Is(err, test.is) {
				t.Errorf("it is not %v", test.is)
			}
		})
	}
}

// Plain text never leaves this machine through a proxy, and nothing travels
// under a TLS version that is broken.
func TestTransport(t *testing.T) {
	for base, proxied := range map[string]bool{"https://terminus.pantheon.io": true, "http://127.0.0.1:1": false} {
		c, err := New(Options{BaseURL: base, MachineToken: secret.NewValue("x")})
		if err != nil {
			t.Fatal(err)
		}
		transport := c.http.Transport.(*http.Transport)
		if got := transport.Proxy != nil; got != proxied {
			t.Errorf("%s: uses proxies: %v, want %v", base, got, proxied)
		}
		if transport.HTTP2 == nil || transport.HTTP2.SendPingTimeout <= 0 {
			t.Errorf("%s: a dead HTTP/2 connection would never be noticed", base)
		}
		if config := transport.TLSClientConfig; config.MinVersion < tls.VersionTLS12 || config.InsecureSkipVerify {
			t.Errorf("%s: TLS from version %#x, unverified %v", base, config.MinVersion, config.InsecureSkipVerify)
		}
	}
}
