package pantheon

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/cenkalti/backoff/v4"
)

// Limits of one request.
const (
	// attemptTimeout ends one attempt, reply body included.
	attemptTimeout = 30 * time.Second
	// lastTimeout is the least that an attempt gets, however little of the
	// budget is left: a write that is given up at once would be ambiguous
	// for nothing.
	lastTimeout = 5 * time.Second
	// budget is what attempts and waits between them may take together. The
	// queue for the shared pace, and signing in, are not counted.
	budget = 60 * time.Second
	// shortBudget stands for budget while a service is down: after a request
	// that was given up, until anything is answered. So a service that is gone
	// costs a run a minute, and not one for each of its owners.
	shortBudget = 10 * time.Second
	// reachBudget stands for budget until there was a connection: a network
	// that does not lead to the service seldom changes within a run.
	reachBudget = 15 * time.Second
	// connectTimeout ends an attempt that has no connection by then, and
	// lastConnect is the least that it gets: nothing was sent yet.
	connectTimeout = 10 * time.Second
	lastConnect    = time.Second
)

// run is the course of one request over its attempts.
type run struct {
	request   request
	attempts  int
	spent     time.Duration
	backoff   backoff.BackOff
	renewed   bool // it got another session after a 401
	fresh     bool // a session that was fresh to it was refused
	doubted   bool // it was repeated because of an odd answer
	unsettled bool // an attempt may have taken effect
}

// do sends the request until it is answered, refused, or out of time. Every
// attempt waits for the shared pace; a write is repeated like a read, because
// all of them can be: a change sets the same value again, a delete finds
// nothing to delete, a create finds its secret there (see Create). The error
// is an *Error.
func (c *Client) do(ctx context.Context, r request) ([]byte, error) {
	course := &run{request: r, backoff: newBackOff()}
	for {
		s, err := c.ready(ctx, r)
		if err != nil {
			return nil, course.notReady(err)
		}
		course.attempts++
		start := time.Now()
		body, failed := c.attempt(ctx, r, s, course.spent)
		course.spent += time.Since(start)
		if failed == nil || settled(failed) {
			c.sessions.accept(s)
			c.down[r.service].Store(false)
		}
		if failed == nil {
			return body, nil
		}
		course.unsettled = course.unsettled || failed.unsettled
		if err := ctx.Err(); err != nil {
			return nil, course.fail(&failure{err: err})
		}
		if failed.expired {
			if failed = c.renew(course, s); failed == nil {
				continue
			}
		}
		if !failed.retry && !course.doubt(failed) {
			return nil, course.fail(failed)
		}
		if err := c.backOff(ctx, course, failed); err != nil {
			return nil, err
		}
	}
}

// ready waits until the request may be sent, and returns the session to send
// it with. Signing in comes before the pace, so that requests that waited for
// a session do not leave all at once.
func (c *Client) ready(ctx context.Context, r request) (session, error) {
	if r.service == signInService {
		return session{}, ctx.Err()
	}
	for {
		s, err := c.sessions.get(ctx)
		if err != nil || r.service != secretsService {
			return s, err
		}
		if err := c.pace.wait(ctx); err != nil {
			return session{}, err
		}
		if s, ok := c.sessions.latest(); ok {
			return s, nil
		}
	}
}

// renew decides about a 401: nil where the request may be repeated with
// another session.
func (c *Client) renew(course *run, used session) *failure {
	if course.request.service == signInService {
		return c.tokenRefused(http.StatusUnauthorized)
	}
	fresh := course.renewed || !c.sessions.wasAccepted(used)
	if fresh && course.fresh || !c.sessions.expire(used) {
		return &failure{
			status: http.StatusUnauthorized, err: ErrCredentials, reason: sessionRefused,
			cause: "Pantheon refused two sessions that it had just given out",
		}
	}
	course.renewed, course.fresh = true, course.fresh || fresh
	return nil
}

// backOff waits before the next attempt, or returns the *Error that ends the
// request. After a 429 everybody waits.
func (c *Client) backOff(ctx context.Context, course *run, failed *failure) error {
	r := course.request
	wait := max(course.backoff.NextBackOff(), failed.after)
	if failed.slower && r.service == secretsService {
		c.pace.pause(wait)
	}
	if course.spent+wait >= c.limit(r.service) {
		// Too many requests are an answer, too.
		c.down[r.service].Store(!failed.slower)
		return course.fail(&failure{status: failed.status, cause: failed.cause, reason: failed.reason, err: ErrUnavailable})
	}
	course.spent += wait
	c.observe(Event{
		Op: r.op, Owner: r.owner, Secret: r.name, Env: r.env,
		Attempt: course.attempts, Status: failed.status, Cause: failed.cause, Wait: wait,
	})
	if failed.slower && r.service == secretsService {
		return nil // the pace is what waits
	}
	if err := sleep(ctx, wait); err != nil {
		return course.fail(&failure{err: err})
	}
	return nil
}

// limit is what a request to the service may take now.
func (c *Client) limit(s service) time.Duration {
	switch {
	case c.down[s].Load():
		return shortBudget
	case !c.reached.Load():
		return reachBudget
	}
	return budget
}

// doubt reports whether an answer of an odd shape is to be asked for again:
// once, because a gateway in trouble passes, and a service that has changed
// its answers does not, so nobody should wait long to hear of it.
func (r *run) doubt(f *failure) bool {
	again := f.odd && !r.doubted
	r.doubted = r.doubted || f.odd
	return again
}

// fail returns the error that ends the request.
func (r *run) fail(f *failure) *Error {
	return &Error{
		Op: r.request.op, Owner: r.request.owner, Secret: r.request.name, Env: r.request.env,
		Status: f.status, Attempts: r.attempts, Cause: f.cause, Reason: f.reason, Err: f.err,
		MaybeApplied: r.request.write && r.unsettled,
	}
}

// notReady returns the error for a request that could not be sent, or not be
// sent again. Where nothing was sent, a failed sign-in speaks for itself.
func (r *run) notReady(err error) error {
	signIn, ok := errors.AsType[*Error](err)
	if !ok {
		return r.fail(&failure{err: err})
	}
	if r.attempts == 0 {
		return signIn
	}
	failed := r.fail(&failure{status: signIn.Status, cause: "signing in again failed", reason: signIn.Reason, err: signIn.Err})
	failed.Attempts = signIn.Attempts
	return failed
}

// settled reports whether the failure is an answer to a request that was
// signed well.
func settled(f *failure) bool {
	return f.status >= 400 && f.status < 500 && !f.expired && !f.retry
}

// newBackOff waits about 0.5, 1, 2, 4, then 8 seconds, each give or take a
// half, so that many clients do not come back at once.
func newBackOff() backoff.BackOff {
	return backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(500*time.Millisecond),
		backoff.WithMultiplier(2),
		backoff.WithRandomizationFactor(0.5),
		backoff.WithMaxInterval(8*time.Second),
		backoff.WithMaxElapsedTime(0), // the budget decides
	)
}

// isContext reports whether err comes from a context that ended.
func isContext(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
