package pantheon

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/cella-secrets/cella/secret"
)

// session is what signing in returned. The zero session is none.
type session struct {
	token  secret.Value
	userID string
	number int // counts sign-ins from 1
}

// sessions keeps the current session and signs in when there is none, once
// for all who wait for it.
//
// Rules for a 401:
//  1. The session in use has expired: the first request that says so makes
//     everybody sign in once; one that failed under an older session just
//     takes the current one.
//  2. A session that was never accepted has not expired. It may be too new for
//     the part that was asked, so everybody signs in once more, after a moment;
//     a second one in a row that is refused is final for all.
//  3. A request gets one more session after the first that was fresh to it; the
//     next 401 is final (see renew).
type sessions struct {
	signIn func(context.Context) (session, error)

	mu      sync.Mutex
	current session
	count   int   // sign-ins that succeeded
	proven  int   // the newest session that was accepted
	refused error // the sign-in was refused; repeating cannot help
	flight  *flight
}

// flight is a sign-in under way. err is set before done is closed.
type flight struct {
	done chan struct{}
	err  error
}

func newSessions(c *Client, token secret.Value) *sessions {
	return &sessions{signIn: func(ctx context.Context) (session, error) { return c.signIn(ctx, token) }}
}

// get returns the current session, and signs in first where there is none.
func (s *sessions) get(ctx context.Context) (session, error) {
	for {
		s.mu.Lock()
		if s.refused != nil || s.current.number != 0 {
			defer s.mu.Unlock()
			return s.current, s.refused
		}
		f := s.flight
		if f == nil {
			f = &flight{done: make(chan struct{})}
			s.flight = f
			s.mu.Unlock()
			s.fly(ctx, f)
		} else {
			s.mu.Unlock()
			select {
			case <-f.done:
			case <-ctx.Done():
				return session{}, ctx.Err()
			}
		}
		// Whose context ended while signing in for all, speaks for itself only.
		if f.err != nil && (!isContext(f.err) || ctx.Err() != nil) {
			return session{}, f.err
		}
	}
}

// settling is how long a fresh session that was refused is given before the
// next sign-in: the service may need that moment to hear of a session.
const settling = time.Second

// fly signs in and tells everybody.
func (s *sessions) fly(ctx context.Context, f *flight) {
	var fresh session
	err := sleep(ctx, s.moment())
	if err == nil {
		fresh, err = s.signIn(ctx)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil {
		s.count++
		s.current = fresh
		s.current.number = s.count
	} else if errors.Is(err, ErrCredentials) {
		s.refused = err
	}
	f.err = err
	s.flight = nil
	close(f.done)
}

// moment is how long to wait before signing in.
func (s *sessions) moment() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.count > s.proven {
		return settling
	}
	return 0
}

// latest returns the current session without waiting for one.
func (s *sessions) latest() (session, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.current, s.current.number != 0
}

// accept notes that Pantheon took the session.
func (s *sessions) accept(used session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.proven = max(s.proven, used.number)
}

// wasAccepted reports whether Pantheon ever took the session.
func (s *sessions) wasAccepted(used session) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return used.number <= s.proven
}

// expire notes a 401 for the session, and reports whether another one is, or
// can be, had (rules 1 and 2).
func (s *sessions) expire(used session) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if used.number != s.current.number {
		return true
	}
	if used.number > s.proven+1 {
		return false
	}
	s.current = session{}
	return true
}

// SignIn signs in unless that is done already. Other calls do it when they
// need to; this one is for finding out early.
func (c *Client) SignIn(ctx context.Context) error {
	_, err := c.sessions.get(ctx)
	return err
}

func (c *Client) signIn(ctx context.Context, token secret.Value) (session, error) {
	body, err := encodeSignIn(token)
	if err != nil {
		return session{}, &Error{Op: OpSignIn, Cause: err.Error()}
	}
	var fresh session
	_, err = c.do(ctx, request{
		op:      OpSignIn,
		method:  http.MethodPost,
		path:    []string{"api", "authorize", "machine-token"},
		body:    body,
		service: signInService,
		accept: func(body []byte) error {
			fresh, err = parseSession(body)
			return err
		},
		limit: lookUpLimit,
	})
	return fresh, err
}

func parseSession(body []byte) (session, error) {
	var answer struct {
		Session string `json:"session"`
		UserID  string `json:"user_id"`
	}
	if err := decodeAnswer(body, &answer); err != nil {
		return session{}, err
	}
	if answer.Session == "" || answer.UserID == "" || !isHeaderText(answer.Session) {
		return session{}, malformed("the answer holds no usable session")
	}
	return session{token: secret.NewValue(answer.Session), userID: answer.UserID}, nil
}

// decodeAnswer decodes a JSON reply. Its error is a *failure that quotes
// nothing: one to repeat where the text is not JSON at all (it was cut
// short), a final one where it has another shape.
func decodeAnswer(body []byte, into any) error {
	if !json.Valid(body) {
		return cutShort()
	}
	if json.Unmarshal(body, into) != nil {
		return malformed("the answer has an unexpected shape")
	}
	return nil
}

// isHeaderText reports whether text can stand in a header.
func isHeaderText(text string) bool {
	for i := range len(text) {
		if text[i] <= ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}
