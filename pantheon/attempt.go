package pantheon

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"time"
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
// was accepted, or why there is none. spent is what the request took before.
func (c *Client) attempt(ctx context.Context, r request, s session, spent time.Duration) ([]byte, *failure) {
	ctx, cancel := context.WithTimeout(ctx, min(attemptTimeout, max(lastTimeout, budget-spent)))
	defer cancel()
	var reached connection
	req, err := c.newRequest(httptrace.WithClientTrace(ctx, reached.trace()), r, s)
	if err != nil {
		return nil, malformed("the request cannot be made; check the API address")
	}
	waiting := time.AfterFunc(min(connectTimeout, max(lastConnect, c.limit(r.service)-spent)), func() {
		if reached.never() {
			cancel()
		}
	})
	defer waiting.Stop()
	resp, err := c.http.Do(req)
	if !reached.never() {
		c.reached.Store(true)
	}
	if err != nil {
		failed := connectionFailure(req.URL.Host, err, &reached)
		failed.unsettled = !reached.never() && failed.reason != proxySetting
		return nil, failed
	}
	defer resp.Body.Close()
	c.dates.note(resp.Header)
	got, failed := readReply(r, resp)
	if failed != nil {
		return nil, failed
	}
	if failed := c.judge(r, got); failed != nil {
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
			failed.cause, failed.reason = "no answer came in time", notAnswered
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
