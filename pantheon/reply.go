package pantheon

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxRetryAfter bounds how long a reply may make everybody wait.
const maxRetryAfter = 30 * time.Second

// signInPause is the least wait after a 429 on sign-in.
const signInPause = 15 * time.Second

// reply is what came back for one attempt.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// failure is why one attempt failed. It quotes nothing of the reply.
type failure struct {
	status int
	cause  string
	reason Reason
	err    error // see Error.Err
	// retry: another attempt may succeed.
	retry bool
	// odd: it is JSON, and not of the shape that the service answers with. A
	// gateway may have answered, so it is asked once more.
	odd bool
	// unsettled: had it been a write, it may have taken effect.
	unsettled bool
	// slower: Pantheon asks everybody to slow down.
	slower bool
	// expired: the session was not accepted.
	expired bool
	// after is how long Pantheon asks to wait; 0 where it does not say.
	after time.Duration
}

// Error returns the cause.
func (f *failure) Error() string { return f.cause }

// errTaken is the one refusal that Create and CreateNew go on from.
var errTaken = errors.New("it exists already")

// cutShort is a reply that ended early, or is not the service's own.
func cutShort() *failure {
	return &failure{cause: "the answer was cut short or is not JSON", retry: true, unsettled: true}
}

// malformed is what cannot be sent, or a reply that came whole and cannot be
// understood.
func malformed(cause string) *failure { return &failure{cause: cause} }

// transient403 is the message of the one 403 that passes by itself [doc].
const transient403 = "MAS response status: 500 Internal Server Error"

// refusedToken is in the text of the 500 that a refused token can be answered
// with [recorded].
const refusedToken = "Authorization failed"

// tokenRefused is the failure of a sign-in whose token was not taken.
func (c *Client) tokenRefused(status int) *failure {
	cause := "the token was refused"
	if c.tokenFrom != "" {
		cause = "the token " + c.tokenFrom + " was refused"
	}
	return &failure{status: status, cause: cause, reason: TokenRefused, err: ErrCredentials}
}

// judge returns why a reply is a failure, or nil for a 2xx reply that may be
// the service's own.
//
//	status                  repeat   a write may have taken effect
//	2xx, HTML               yes      yes   a maintenance page
//	2xx, not JSON           yes      -     where the body is read: cut short
//	2xx, JSON, odd shape    once     -     where the body is read: see run.doubt
//	401                     once     no    see sessions
//	403 with transient403   yes      yes
//	403, HTML               no       no    a page of some proxy proves nothing
//	403                     no       no
//	404, 400 "not exist"    no       no
//	407                     no       no
//	404, HTML, signed in    yes      yes   neither does this one
//	429                     yes      no
//	500 with refusedToken   no       -     on sign-in
//	500 502 503 504         yes      yes
//	other 4xx but 408       no       no
//	3xx, 408, others        no       yes
func (c *Client) judge(r request, got reply) *failure {
	f := &failure{status: got.status, after: retryAfter(got.header)}
	html := got.isHTML()
	switch status := got.status; {
	case status >= 200 && status < 300:
		if !html {
			return nil
		}
		f.cause, f.reason, f.retry, f.unsettled = causePage, inBetween, true, true
	case status >= 300 && status < 400:
		f.cause, f.reason, f.unsettled = "the server answered with a redirect, and redirects are never followed", inBetween, true
	case status == http.StatusProxyAuthRequired:
		f.cause, f.reason = "a proxy asks for a user name and a password", proxyRefused
	case status == http.StatusUnauthorized:
		f.expired = true
	case status == http.StatusForbidden && bytes.Contains(got.body, []byte(transient403)):
		f.cause, f.retry, f.unsettled = "the service had an internal error", true, true
	case r.op == OpSignIn && !html && (status == http.StatusForbidden || status == http.StatusBadRequest):
		// Its body holds nothing else that could be refused.
		return c.tokenRefused(status)
	case r.op == OpSignIn && !html && status == http.StatusInternalServerError && bytes.Contains(got.body, []byte(refusedToken)):
		return c.tokenRefused(status)
	case r.op == OpSignIn && status == http.StatusTooManyRequests:
		// Auth0 counts per period [doc]; a retry soon after only adds to it.
		f.cause, f.reason, f.retry, f.slower = "Pantheon allows only so many sign-ins in a while, and this account has had them", signInLimit, true, true
		f.after = max(f.after, signInPause)
	case html && status == http.StatusForbidden:
		// It is no word of Pantheon's about the account.
		f.cause, f.reason = "a page that denies access came instead of an answer", inBetween
	case status == http.StatusForbidden:
		f.cause, f.err = "this account is not allowed to do it", ErrForbidden
	case status == http.StatusNotFound && html && r.op != OpSignIn:
		f.cause, f.reason, f.retry, f.unsettled = causePage, inBetween, true, true
	case status == http.StatusBadRequest && r.op == OpCreate && bytes.Contains(got.body, []byte("PATCH")):
		f.err = errTaken
	case status == http.StatusNotFound, status == http.StatusBadRequest && bytes.Contains(got.body, []byte("does not exist")):
		f.cause, f.err = notFoundCause(r), ErrNotFound
	case status == http.StatusTooManyRequests:
		f.cause, f.retry, f.slower = "there were too many requests", true, true
	case status == 500 || status == 502 || status == 503 || status == 504:
		f.cause, f.retry, f.unsettled = "the service had an internal error", true, true
	case status >= 400 && status < 500 && status != http.StatusRequestTimeout:
		f.cause = "the request was refused"
	default:
		f.cause, f.unsettled = "the server gave an unexpected answer", true
	}
	return f
}

// causePage is the cause of a reply that is a page for people.
const causePage = "an HTML page came instead of an answer"

func notFoundCause(r request) string {
	switch r.op {
	case OpFindSite:
		return "there is no such site, or this account cannot see it"
	case OpList, OpCreate, OpSites, OpReadSite:
		return fmt.Sprintf("there is no such %s, or this account cannot see it; check its id", r.owner.Kind)
	case OpSet, OpRemoveOverride, OpDelete:
		if r.op == OpSet && r.env != "" {
			return "there is no such secret; an override needs a default value first"
		}
		return "there is no such secret"
	}
	return "nothing answers at this address; check the API address"
}

// isHTML reports whether the reply is a page for people. None of the service's
// own answers is; maintenance pages come with status 200.
func (r reply) isHTML() bool {
	kind, _, _ := strings.Cut(r.header.Get("Content-Type"), ";")
	if strings.EqualFold(strings.TrimSpace(kind), "text/html") {
		return true
	}
	text := bytes.TrimPrefix(r.body, []byte("\ufeff"))
	return bytes.HasPrefix(bytes.TrimSpace(text), []byte("<"))
}

// retryAfter returns what the header of that name asks for, at most
// maxRetryAfter: seconds, or a date, which is compared with the reply's own
// date so that the clocks need not agree.
func retryAfter(header http.Header) time.Duration {
	text := strings.TrimSpace(header.Get("Retry-After"))
	if text == "" {
		return 0
	}
	if seconds, err := strconv.ParseUint(text, 10, 64); err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(min(seconds, uint64(maxRetryAfter/time.Second))) * time.Second
	}
	until, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	now, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		now = time.Now()
	}
	return min(max(until.Sub(now), 0), maxRetryAfter)
}
