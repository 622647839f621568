package pantheon

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"

	"golang.org/x/net/http/httpproxy"

	"github.com/cella-secrets/cella/internal/words"
)

// connection remembers how far an attempt got. A request that never had a
// connection was certainly not sent.
type connection struct {
	wanted, had atomic.Bool
	step        atomic.Pointer[step]
}

// step is a part of making a connection that was begun.
type step string

// The steps.
const (
	lookUp    step = "look up"
	dial      step = "dial"
	askProxy  step = "ask the proxy" // or the TCP connection to the service is just there
	handshake step = "handshake"
)

func (c *connection) trace() *httptrace.ClientTrace {
	begin := func(s step) { c.step.Store(&s) }
	return &httptrace.ClientTrace{
		GetConn:      func(string) { c.wanted.Store(true) },
		GotConn:      func(httptrace.GotConnInfo) { c.had.Store(true) },
		DNSStart:     func(httptrace.DNSStartInfo) { begin(lookUp) },
		ConnectStart: func(string, string) { begin(dial) },
		ConnectDone: func(_, _ string, err error) {
			if err == nil {
				begin(askProxy)
			}
		},
		TLSHandshakeStart: func() { begin(handshake) },
	}
}

// slow says which part of the attempt took too long.
func (c *connection) slow(host string) *failure {
	var at step
	if begun := c.step.Load(); begun != nil {
		at = *begun
	}
	host = words.Quote(host)
	switch {
	case !c.never():
		return &failure{cause: "no answer came in time", reason: notAnswered, retry: true}
	case at == lookUp:
		return &failure{cause: "looking up a host name took too long", reason: nameNotFound, retry: true}
	case at == askProxy:
		return &failure{cause: "the proxy did not connect to " + host + " in time", reason: proxyFailed, retry: true}
	case at == handshake:
		return &failure{cause: "the TLS handshake with " + host + " took too long", reason: notConnected, retry: true}
	}
	return &failure{cause: "no connection to " + host + " was made in time", reason: notConnected, retry: true}
}

// never is false where the transport tells nothing of connections.
func (c *connection) never() bool { return c.wanted.Load() && !c.had.Load() }

// proxyRefusal is a proxy's answer other than 200 to the wish for a connection.
type proxyRefusal struct {
	host   string // without a password
	status int
}

func (e *proxyRefusal) Error() string { return "the proxy refused" }

// errProxySetting quotes nothing of the address: a password may stand in it.
var errProxySetting = errors.New("the proxy's address cannot be used")

// proxyFromEnvironment is http.ProxyFromEnvironment without its memory, and
// with an error where that would silently use no proxy: an address in
// HTTPS_PROXY that is none.
func proxyFromEnvironment() func(*http.Request) (*url.URL, error) {
	config := httpproxy.FromEnvironment()
	broken := !isProxy(config.HTTPSProxy)
	if broken {
		config.HTTPSProxy = "http://proxy.invalid" // so that NO_PROXY still decides
	}
	choose := config.ProxyFunc()
	return func(req *http.Request) (*url.URL, error) {
		proxy, err := choose(req.URL)
		if err != nil || broken && proxy != nil {
			return nil, errProxySetting
		}
		return proxy, nil
	}
}

// isProxy reports whether httpproxy takes the text: a URL, or what becomes one
// behind http://. None at all is fine.
func isProxy(text string) bool {
	if _, err := url.Parse(text); err == nil {
		return true
	}
	_, err := url.Parse("http://" + text)
	return err == nil
}

// onProxyAnswer keeps what the transport's own error drops.
func onProxyAnswer(_ context.Context, proxy *url.URL, _ *http.Request, answer *http.Response) error {
	if answer.StatusCode == http.StatusOK {
		return nil
	}
	return &proxyRefusal{proxy.Host, answer.StatusCode}
}

// connectionFailure says in this package's own words what went wrong with a
// request to host: the transport's errors may quote a reply. Addresses are
// those of --api or of a proxy.
//
//	failure                            repeat
//	the proxy's address is no address  no
//	the proxy answers 502, 503, 504    yes
//	the proxy answers something else   no
//	the proxy cannot be reached        yes
//	a certificate                      no
//	no TLS                             no
//	a TLS alert                        yes   a server in trouble sends them too
//	time, name, connection             yes   a network may come back
func connectionFailure(host string, err error, reached *connection) *failure {
	var (
		refusal   *proxyRefusal
		operation *net.OpError
	)
	switch {
	case errors.Is(err, errProxySetting):
		return &failure{cause: "the proxy that HTTPS_PROXY names is not an address", reason: proxySetting}
	case errors.As(err, &refusal):
		return proxyFailure(refusal, host)
	}
	if f := tlsFailure(host, err); f != nil {
		return f
	}
	if errors.As(err, &operation) && (operation.Op == "proxyconnect" || operation.Op == "socks connect") {
		f := dialFailure(operation.Err)
		return &failure{cause: "the proxy cannot be reached: " + f.cause, reason: proxyFailed, retry: true}
	}
	if isContext(err) {
		return reached.slow(host)
	}
	return dialFailure(err)
}

// proxyFailure is a proxy that was reached and did not connect.
func proxyFailure(refusal *proxyRefusal, host string) *failure {
	f := &failure{reason: proxyRefused}
	proxy := words.Quote(refusal.host)
	switch refusal.status {
	case http.StatusProxyAuthRequired:
		f.cause = fmt.Sprintf("the proxy %s asks for a user name and a password, or refuses those it got (its status is %d)", proxy, refusal.status)
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		f.cause, f.retry = fmt.Sprintf("the proxy %s cannot reach %s (its status is %d)", proxy, words.Quote(host), refusal.status), true
	default:
		f.cause = fmt.Sprintf("the proxy %s does not let requests to %s pass (its status is %d)", proxy, words.Quote(host), refusal.status)
	}
	return f
}

// tlsFailure returns nil where err has nothing to do with TLS.
func tlsFailure(host string, err error) *failure {
	var (
		certificate *tls.CertificateVerificationError
		authority   x509.UnknownAuthorityError
		roots       x509.SystemRootsError
		name        x509.HostnameError
		invalid     x509.CertificateInvalidError
		record      tls.RecordHeaderError
		alert       *net.OpError
	)
	host = words.Quote(host)
	switch {
	case errors.As(err, &roots):
		return &failure{cause: "this machine has no list of trusted certificates", reason: unknownAuthority}
	case errors.As(err, &authority):
		issuer := ""
		if errors.As(err, &certificate) && len(certificate.UnverifiedCertificates) > 0 {
			issuer = certificate.UnverifiedCertificates[0].Issuer.String()
		}
		if issuer == "" {
			return &failure{cause: fmt.Sprintf("this machine does not trust the certificate that %s shows", host), reason: unknownAuthority}
		}
		return &failure{
			cause:  fmt.Sprintf("this machine does not trust who issued the certificate that %s shows: %s", host, words.Quote(issuer)),
			reason: unknownAuthority,
		}
	case errors.As(err, &name):
		return &failure{cause: fmt.Sprintf("the certificate that was shown is not one for %s", host), reason: certificateName}
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return &failure{cause: fmt.Sprintf("the certificate that %s shows is not valid today", host), reason: certificateDate}
	case errors.As(err, &certificate):
		return &failure{cause: fmt.Sprintf("the certificate that %s shows is not valid", host), reason: unknownAuthority}
	case errors.Is(err, http.ErrSchemeMismatch), errors.As(err, &record):
		return &failure{cause: fmt.Sprintf("%s does not speak TLS; check the API address", host), reason: tlsFailed}
	case errors.As(err, &alert) && (alert.Op == "remote error" || alert.Op == "local error"):
		return &failure{cause: fmt.Sprintf("%s and this machine do not agree on a version or kind of TLS", host), reason: tlsFailed, retry: true}
	}
	return nil
}

// dialFailure is a connection that could not be made, or was lost.
func dialFailure(err error) *failure {
	f := &failure{cause: "the connection failed", retry: true}
	var (
		resolver  *net.DNSError
		operation *net.OpError
		slow      net.Error
	)
	dialed := errors.As(err, &operation) && operation.Op == "dial"
	address := ""
	if dialed && operation.Addr != nil {
		address = " to " + operation.Addr.String()
	}
	switch {
	case errors.As(err, &resolver) && resolver.IsNotFound:
		f.cause, f.reason = fmt.Sprintf("the host name %s is not known", words.Quote(resolver.Name)), nameNotFound
	case errors.As(err, &resolver):
		f.cause, f.reason = fmt.Sprintf("the host name %s could not be looked up", words.Quote(resolver.Name)), nameNotFound
	case dialed && isRefused(err):
		f.cause, f.reason = fmt.Sprintf("the connection%s was refused", address), connectionRefused
	case dialed && isUnrouted(err):
		f.cause, f.reason = "there is no network route: no connection"+address+" could be made", noRoute
	case dialed:
		f.cause, f.reason = "no connection"+address+" could be made", notConnected
	case errors.As(err, &slow) && slow.Timeout():
		f.cause, f.reason = "the connection was not made in time", notConnected
	}
	return f
}
