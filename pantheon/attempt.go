package pantheon

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	"github.com/cella-secrets/cella/secret"
)

// Longest reply bodies in bytes.
const (
	listLimit   = 64 << 20
	lookUpLimit = 8 << 20
	// wordsLimit is as much of an error, or of the answer to a write, as is
	// read; the rest is not looked at.
	wordsLimit = 64 << 10
)

// attempt sends the request once, and returns the body of a 2xx reply that
// was accepted, or why there is none.
func (c *Client) attempt(ctx context.Context, r request, s session, timeout time.Duration) ([]byte, *failure) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	var reached connection
	req, err := c.newRequest(httptrace.WithClientTrace(ctx, reached.trace()), r, s)
	if err != nil {
		return nil, malformed("the request cannot be made; check the API address")
	}
	resp, err := c.http.Do(req)
	if err != nil {
		failed := connectionFailure(err)
		failed.unsettled = !reached.never()
		return nil, failed
	}
	defer resp.Body.Close()
	c.dates.note(resp.Header)
	got, failed := readReply(r, resp)
	if failed != nil {
		return nil, failed
	}
	if failed := judge(r, got); failed != nil {
		return nil, failed
	}
	if r.accept == nil {
		return got.body, nil
	}
	if err := r.accept(got.body); err != nil {
		refused, ok := errors.AsType[*failure](err)
		if !ok {
			refused = malformed("the answer has an unexpected shape")
		}
		refused.status, refused.odd = got.status, !refused.retry
		return nil, refused
	}
	return got.body, nil
}

// readReply reads the body as far as it is needed.
func readReply(r request, resp *http.Response) (reply, *failure) {
	limit := int64(wordsLimit)
	if r.accept != nil && resp.StatusCode < 300 {
		limit = r.limit
	}
	got := reply{status: resp.StatusCode, header: resp.Header}
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	got.body = body
	// These two say all by their status.
	bare := got.status == http.StatusUnauthorized || got.status == http.StatusTooManyRequests
	if err != nil && !bare {
		failed := cutShort()
		if isContext(err) {
			failed.cause = "no answer came in time"
		}
		failed.status = got.status
		failed.unsettled = got.status < 400 || got.status >= 500
		return reply{}, failed
	}
	if int64(len(body)) > limit && r.accept != nil && got.status < 300 {
		failed := malformed("the answer is too long to be read")
		failed.status = got.status
		return reply{}, failed
	}
	return got, nil
}

// connection remembers how far an attempt got. A request that never had a
// connection was certainly not sent.
type connection struct {
	wanted, had atomic.Bool
}

func (c *connection) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn: func(string) { c.wanted.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { c.had.Store(true) },
	}
}

// never is false where the transport tells nothing of connections.
func (c *connection) never() bool { return c.wanted.Load() && !c.had.Load() }

// connectionFailure says in this package's own words what went wrong: the
// transport's errors may quote a reply. Addresses are those of --api or of a proxy.
func connectionFailure(err error) *failure {
	f := &failure{cause: "the connection failed", retry: true}
	var (
		certificate *tls.CertificateVerificationError
		record      tls.RecordHeaderError
		resolver    *net.DNSError
		operation   *net.OpError
	)
	switch {
	case errors.As(err, &certificate):
		f.cause, f.retry = "the server's certificate is not trusted", false
	case errors.Is(err, http.ErrSchemeMismatch), errors.As(err, &record):
		f.cause, f.retry = "the server does not speak TLS; check the API address", false
	case isContext(err):
		f.cause = "no answer came in time"
	case errors.As(err, &resolver):
		f.cause = fmt.Sprintf("the host name %s could not be looked up", secret.Quote(resolver.Name))
	case errors.As(err, &operation) && operation.Op == "dial" && operation.Addr != nil:
		f.cause = fmt.Sprintf("no connection to %s could be made", operation.Addr)
	case errors.As(err, &operation) && operation.Op == "dial":
		f.cause = "no connection could be made"
	}
	return f
}
