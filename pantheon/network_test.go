package pantheon

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cella-secrets/cella/secret"
)

// reach sends one write to base, and returns what the first failure was: the
// error, or, where it would be repeated, the event that says so.
func reach(t *testing.T, base string, change ...func(*http.Transport)) (cause string, failed *Error, repeated bool) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	c := wireClient(t, Options{BaseURL: base, Observe: func(e Event) { cause, repeated = e.Cause, true; cancel() }})
	for _, f := range change {
		f(c.http.Transport.(*http.Transport))
	}
	c.sessions.current = session{token: secret.NewValue("x"), number: 1}
	err := c.Set(ctx, site, "A", "", secret.NewValue(canaryValue))
	failed, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("got %v", err)
	}
	leaks(t, err.Error()+cause)
	if Ambiguous(err) {
		t.Errorf("nothing was sent, and it is ambiguous: %v", err)
	}
	if !repeated {
		cause = failed.Cause
	}
	return cause, failed, repeated
}

// certificate signs a certificate for a name and a time with its own key.
func certificate(t *testing.T, issuer pkix.Name, name string, from, until time.Time) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: issuer, DNSNames: []string{name}, NotBefore: from, NotAfter: until,
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	if name == "127.0.0.1" {
		template.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{raw}, PrivateKey: key, Leaf: leaf}
}

func secured(t *testing.T, config *tls.Config) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.TLS = config
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

// A certificate that is not trusted is final, and says why: an inspecting proxy
// is not a case for Pantheon's support.
func TestCertificates(t *testing.T) {
	year := 365 * 24 * time.Hour
	now := time.Now()
	company := pkix.Name{Organization: []string{"Blue Shop"}, CommonName: "##vso[x] Inspection"}
	tests := map[string]struct {
		shown   tls.Certificate
		trusted bool
		reason  Reason
		want    string // HOST stands for the address
	}{
		"a company's proxy": {
			certificate(t, company, "127.0.0.1", now.Add(-year), now.Add(year)), false, unknownAuthority,
			`this machine does not trust who issued the certificate that HOST shows: "CN=`,
		},
		"without a name of the issuer": {
			certificate(t, pkix.Name{}, "127.0.0.1", now.Add(-year), now.Add(year)), false, unknownAuthority,
			"this machine does not trust the certificate that HOST shows",
		},
		"expired": {
			certificate(t, company, "127.0.0.1", now.Add(-year), now.Add(-year/2)), true, certificateDate,
			"the certificate that HOST shows is not valid today",
		},
		"not valid yet": {
			certificate(t, company, "127.0.0.1", now.Add(year), now.Add(2*year)), true, certificateDate,
			"the certificate that HOST shows is not valid today",
		},
		"another host": {
			certificate(t, company, "other.example", now.Add(-year), now.Add(year)), true, certificateName,
			"the certificate that was shown is not one for HOST",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			server := secured(t, &tls.Config{Certificates: []tls.Certificate{test.shown}})
			cause, failed, repeated := reach(t, server.URL, func(transport *http.Transport) {
				if test.trusted {
					transport.TLSClientConfig.RootCAs = x509.NewCertPool()
					transport.TLSClientConfig.RootCAs.AddCert(test.shown.Leaf)
				}
			})
			want := strings.ReplaceAll(test.want, "HOST", server.Listener.Addr().String())
			if !strings.HasPrefix(cause, want) || failed.Reason != test.reason || repeated {
				t.Errorf("%s: cause %q, repeated %t, want %q and %s", failed.Reason, cause, repeated, want, test.reason)
			}
		})
	}
}

// A server without TLS will not begin to speak it. An alert may pass.
func TestNoTLS(t *testing.T) {
	greeting := answering(t, "SSH-2.0-canary\r\n")
	plain := (&wire{}).start(t, false).Listener.Addr().String()
	old := secured(t, &tls.Config{MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}).Listener.Addr().String()
	tests := map[string]struct {
		address, want string
		repeated      bool
	}{
		"http":             {plain, " does not speak TLS; check the API address", false},
		"another protocol": {greeting, " does not speak TLS; check the API address", false},
		"an old version":   {old, " and this machine do not agree on a version or kind of TLS", true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			cause, failed, repeated := reach(t, "https://"+test.address)
			if cause != test.address+test.want || repeated != test.repeated || !repeated && failed.Reason != tlsFailed {
				t.Errorf("%s: %q, repeated %t", failed.Reason, cause, repeated)
			}
		})
	}
}

// answering is the address of a server that says text to whoever connects, once
// it heard a line.
func answering(t *testing.T, text string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() { // ends with the listener
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			if strings.HasPrefix(text, "HTTP/") {
				_, _ = http.ReadRequest(bufio.NewReader(conn))
			}
			_, _ = io.WriteString(conn, text)
			conn.Close()
		}
	}()
	return listener.Addr().String()
}

func TestProxies(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	auth := answering(t, "HTTP/1.1 407 canary\r\nContent-Length: 0\r\n\r\n")
	denies := answering(t, "HTTP/1.1 403 canary\r\nContent-Length: 0\r\n\r\n")
	broken := answering(t, "HTTP/1.1 503 canary\r\nContent-Length: 0\r\n\r\n")
	tests := map[string]struct {
		proxy    string
		want     string
		reason   Reason
		repeated bool
	}{
		"wants a password": {"http://me:canary@" + auth, "the proxy " + auth +
			" asks for a user name and a password, or refuses those it got (its status is 407)", proxyRefused, false},
		"denies it": {"http://" + denies, "the proxy " + denies +
			" does not let requests to pantheon.invalid:8443 pass (its status is 403)", proxyRefused, false},
		"cannot reach it": {"http://" + broken, "the proxy " + broken +
			" cannot reach pantheon.invalid:8443 (its status is 503)", "", true},
		"is not there": {"http://me:canary@" + closed.Addr().String(), "the proxy cannot be reached: the connection to " +
			closed.Addr().String() + " was refused", "", true},
		"is not there, SOCKS": {"socks5://" + closed.Addr().String(), "the proxy cannot be reached: the connection to " +
			closed.Addr().String() + " was refused", "", true},
		"a broken address": {"http://me:canary@%zz", "the proxy that HTTPS_PROXY names is not an address", proxySetting, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Setenv("HTTPS_PROXY", test.proxy)
			t.Setenv("NO_PROXY", "")
			cause, failed, repeated := reach(t, "https://pantheon.invalid:8443")
			if cause != test.want || repeated != test.repeated || !repeated && failed.Reason != test.reason {
				t.Errorf("%s: %q, repeated %t, want %q", failed.Reason, cause, repeated, test.want)
			}
		})
	}
}

// Which part failed is said: a name, an address, the network, a proxy.
func TestConnectionFailure(t *testing.T) {
	dialing := func(addr net.Addr, err error) error {
		return &net.OpError{Op: "dial", Net: "tcp", Addr: addr, Err: err}
	}
	here := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1}
	tests := map[string]struct {
		err    error
		want   string
		reason Reason
	}{
		"refused":    {dialing(here, syscall.ECONNREFUSED), "the connection to 127.0.0.1:1 was refused", connectionRefused},
		"no route":   {dialing(here, syscall.ENETUNREACH), "there is no network route: no connection to 127.0.0.1:1 could be made", noRoute},
		"no host":    {dialing(here, syscall.EHOSTUNREACH), "there is no network route: no connection to 127.0.0.1:1 could be made", noRoute},
		"slow":       {dialing(here, syscall.ETIMEDOUT), "no connection to 127.0.0.1:1 could be made", notConnected},
		"no address": {dialing(nil, errors.New("x")), "no connection could be made", notConnected},
		"no such name": {dialing(nil, &net.DNSError{Name: "none.example\x1b", IsNotFound: true}),
			`the host name "none.example\x1b" is not known`, nameNotFound},
		"no name server": {dialing(nil, &net.DNSError{Name: "none.example", IsTimeout: true}),
			"the host name none.example could not be looked up", nameNotFound},
		"the proxy's name": {&net.OpError{Op: "proxyconnect", Net: "tcp", Err: dialing(nil, &net.DNSError{Name: "proxy", IsNotFound: true})},
			"the proxy cannot be reached: the host name proxy is not known", proxyFailed},
		"reset": {&net.OpError{Op: "read", Err: syscall.ECONNRESET}, "the connection failed", ""},
	}
	for name, test := range tests {
		got := connectionFailure("host", test.err, new(connection))
		if got.cause != test.want || got.reason != test.reason || !got.retry {
			t.Errorf("%s: %s, cause %q, retried %t, want %q", name, got.reason, got.cause, got.retry, test.want)
		}
	}
}

// Every reason that a request can fail for has a next step.
func TestReasonsHaveHints(t *testing.T) {
	for _, reason := range []Reason{
		TokenRefused, sessionRefused, signInLimit, nameNotFound, connectionRefused, noRoute, notConnected, notAnswered,
		unknownAuthority, certificateDate, certificateName, tlsFailed, proxyFailed, proxyRefused, proxySetting, inBetween,
	} {
		if len(reason.next()) == 0 {
			t.Errorf("%s has no hint", reason)
		}
	}
	if next := Reason("").next(); next != nil {
		t.Errorf("no reason has next steps: %q", next)
	}
}

// stuck never gets further than the given step of making a connection.
func stuck(at step) answer {
	return func(req *http.Request) (*http.Response, error) {
		trace := httptrace.ContextClientTrace(req.Context())
		trace.GetConn("host")
		switch at {
		case lookUp:
			trace.DNSStart(httptrace.DNSStartInfo{})
		case askProxy:
			trace.ConnectDone("tcp", "x", nil)
		case handshake:
			trace.TLSHandshakeStart()
		case dial:
			trace.ConnectStart("tcp", "x")
		case "answer":
			trace.GotConn(httptrace.GotConnInfo{})
		}
		<-req.Context().Done()
		return nil, req.Context().Err()
	}
}

// A service that was never reached is given up after 15 seconds, one that was
// after a minute; and it is said how far it went.
func TestAServiceThatIsNeverReached(t *testing.T) {
	refused := func(req *http.Request) (*http.Response, error) {
		httptrace.ContextClientTrace(req.Context()).GetConn("host")
		return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
	}
	const host = "terminus.pantheon.io"
	tests := map[string]struct {
		signIn  answer
		cause   string
		reason  Reason
		reached bool
	}{
		"name":      {stuck(lookUp), "looking up a host name took too long", nameNotFound, false},
		"firewall":  {stuck(dial), "no connection to " + host + " was made in time", notConnected, false},
		"proxy":     {stuck(askProxy), "the proxy did not connect to " + host + " in time", proxyFailed, false},
		"handshake": {stuck(handshake), "the TLS handshake with " + host + " took too long", notConnected, false},
		"refused":   {refused, "the connection was refused", connectionRefused, false},
		"silent":    {stuck("answer"), "no answer came in time", notAnswered, true},
		"answers":   {says(503, ""), "the service had an internal error", "", true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{signIns: []answer{test.signIn}}
				_, err := newClient(t, s).List(t.Context(), site)
				failed, _ := errors.AsType[*Error](err)
				if !errors.Is(err, ErrUnavailable) || failed.Cause != test.cause || failed.Reason != test.reason {
					t.Fatalf("got %+v, want the cause %q", failed, test.cause)
				}
				took, least, most := time.Since(s.started), 45*time.Second, budget+lastTimeout
				if !test.reached {
					least, most = 0, 15*time.Second+lastConnect
				}
				if took < least || took > most {
					t.Errorf("given up after %s of virtual time, want %s to %s", took, least, most)
				}
			})
		})
	}
}

// What was reached once in a run is waited for as long as ever.
func TestAServiceThatIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{answers: []answer{says(200, noSecrets), stuck(dial)}}
		c := newClient(t, s)
		if _, err := c.List(t.Context(), site); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		if _, err := c.List(t.Context(), site); !errors.Is(err, ErrUnavailable) {
			t.Fatalf("got %v", err)
		}
		if took := time.Since(start); took < 45*time.Second {
			t.Errorf("given up after %s of virtual time", took)
		}
	})
}
