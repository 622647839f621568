package pantheon

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cella-secrets/cella/secret"
)

// together runs f n times side by side and returns the errors, in no order.
func together(n int, f func(i int) error) []error {
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { errs[i] = f(i) })
	}
	wg.Wait()
	return errs
}

// gaps returns the virtual time between one request and the next, to the
// millisecond.
func gaps(s *script) []time.Duration {
	var between []time.Duration
	for i := 1; i < len(s.calls); i++ {
		between = append(between, (s.calls[i].at - s.calls[i-1].at).Round(time.Millisecond))
	}
	return between
}

func TestPaceIsShared(t *testing.T) {
	tests := map[string]struct {
		rate float64
		want time.Duration
	}{
		"by default": {0, 344 * time.Millisecond},
		"as asked":   {2, 500 * time.Millisecond},
		"slowly":     {0.1, 10 * time.Second},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{answers: []answer{says(200, noSecrets)}}
				c := newClient(t, s, func(o *Options) { o.Rate = test.rate })
				errs := together(6, func(i int) error {
					if i%2 == 0 {
						return c.Set(t.Context(), org, "A", "", secret.NewValue("x"))
					}
					_, err := c.List(t.Context(), site)
					return err
				})
				if err := errors.Join(errs...); err != nil {
					t.Fatal(err)
				}
				if s.calls[0].at != 0 || s.signed != 1 {
					t.Errorf("the first request came after %s and %d sign-ins, want at once after one", s.calls[0].at, s.signed)
				}
				for _, gap := range gaps(s) {
					if gap != test.want {
						t.Errorf("gaps %v, want %s", gaps(s), test.want)
						break
					}
				}
			})
		})
	}
}

func TestNoBurstAfterIdling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{answers: []answer{says(200, noSecrets)}}
		c := newClient(t, s)
		for _, idle := range []time.Duration{0, time.Minute} {
			time.Sleep(idle) // virtual
			together(3, func(int) error { _, err := c.List(t.Context(), site); return err })
		}
		for i, gap := range gaps(s) {
			if gap < defaultInterval {
				t.Errorf("request %d came %s after the one before", i+1, gap)
			}
		}
	})
}

func TestEveryAttemptIsPaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{answers: []answer{says(503, ""), cut, says(429, ""), says(200, noSecrets)}}
		c := newClient(t, s, func(o *Options) { o.Rate = 0.01 })
		if _, err := c.List(t.Context(), site); err != nil {
			t.Fatal(err)
		}
		for _, gap := range gaps(s) {
			if gap < 100*time.Second {
				t.Errorf("gaps %v, want at least 100 s, however short the backoff", gaps(s))
				break
			}
		}
	})
}

func TestLookUpsAreNotPaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{answers: []answer{foundSite}}
		c := newClient(t, s)
		together(20, func(i int) error { _, err := c.SiteID(t.Context(), fmt.Sprint("site-", i)); return err })
		for _, call := range s.calls {
			if call.at != 0 {
				t.Errorf("a look-up waited %s", call.at)
			}
		}
	})
}

func TestTooManyRequestsHoldEverybodyBack(t *testing.T) {
	tests := map[string]struct {
		reason  string
		headers []string
		want    time.Duration // least pause after the 429
	}{
		"seconds":    {"as asked", []string{"Retry-After", "12"}, 12 * time.Second},
		"date":       {"as asked", []string{"Retry-After", "Mon, 03 Mar 2031 10:00:09 GMT", "Date", "Mon, 03 Mar 2031 10:00:00 GMT"}, 9 * time.Second},
		"an hour":    {"capped", []string{"Retry-After", "3600"}, maxRetryAfter},
		"no request": {"the shortest first backoff, or the pace", nil, defaultInterval},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{answers: []answer{says(200, noSecrets), says(429, "", test.headers...), says(200, noSecrets)}}
				c := newClient(t, s)
				errs := together(5, func(int) error { _, err := c.List(t.Context(), site); return err })
				if err := errors.Join(errs...); err != nil {
					t.Fatal(err)
				}
				between := gaps(s)
				if len(between) != 5 || between[1] < test.want {
					t.Errorf("gaps %v, want the second at least %s: %s", between, test.want, test.reason)
				}
				for _, gap := range between {
					if gap < defaultInterval {
						t.Errorf("gaps %v: a burst after the pause", between)
						break
					}
				}
			})
		})
	}
}

// A pause that begins while somebody waits for the limiter holds that one
// back too, and a shorter pause does not end a longer one.
func TestPauseBeginsWhileWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPace(1)
		if err := p.wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		time.AfterFunc(500*time.Millisecond, func() {
			p.pause(10 * time.Second)
			p.pause(time.Second)
		})
		if err := p.wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(start); waited < 10500*time.Millisecond {
			t.Errorf("waited %s, want 10.5 s", waited)
		}
	})
}

func TestPaceEndsWithTheContext(t *testing.T) {
	tests := map[string]struct {
		reason string
		hold   func(*pace)
		limit  time.Duration
	}{
		"in the queue":    {"somebody else has the turn", func(p *pace) { p.turn <- struct{}{} }, time.Second},
		"in a pause":      {"", func(p *pace) { p.pause(time.Hour) }, time.Second},
		"for the limiter": {"it foresees that the deadline passes first", func(p *pace) { p.limiter.Allow() }, time.Second},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPace(0.001)
				test.hold(p)
				ctx, cancel := context.WithTimeout(t.Context(), test.limit)
				defer cancel()
				if err := p.wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("got %v; %s", err, test.reason)
				}
				ctx, cancel = context.WithCancel(t.Context())
				time.AfterFunc(time.Second, cancel)
				if err := p.wait(ctx); !errors.Is(err, context.Canceled) {
					t.Errorf("got %v; %s", err, test.reason)
				}
			})
		})
	}
}

// The queue for the pace does not use up the time of a request.
func TestQueueIsNotCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{answers: []answer{says(503, ""), says(200, noSecrets)}}
		c := newClient(t, s, func(o *Options) { o.Rate = 0.001 })
		if _, err := c.List(t.Context(), site); err != nil {
			t.Errorf("after %s in the queue: %v", time.Since(s.started), err)
		}
	})
}

func TestManyOwnersShareOneUnavailableService(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{answers: []answer{says(429, "")}}
		c := newClient(t, s)
		errs := together(8, func(int) error { _, err := c.List(t.Context(), site); return err })
		for _, err := range errs {
			if !errors.Is(err, ErrUnavailable) || Ambiguous(err) || !strings.Contains(err.Error(), "there were too many requests (status 429)") {
				t.Errorf("got %v", err)
			}
		}
	})
}

// Whoever leaves the queue leaves no gap behind.
func TestCancelledWaitersGiveTheirTurnUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{answers: []answer{says(200, noSecrets)}}
		c := newClient(t, s)
		// Not a deadline, which the limiter would foresee.
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(10*time.Millisecond, cancel)
		errs := together(12, func(i int) error {
			if i == 0 || i == 11 {
				time.Sleep(time.Duration(i) * 100 * time.Microsecond) // virtual: first and last in the queue
				_, err := c.List(t.Context(), site)
				return err
			}
			time.Sleep(500 * time.Microsecond)
			_, err := c.List(ctx, site)
			return err
		})
		if errs[0] != nil || errs[11] != nil {
			t.Fatal(errs[0], errs[11])
		}
		if between := gaps(s); len(between) != 1 || between[0] != defaultInterval {
			t.Errorf("gaps %v, want one of %s", between, defaultInterval)
		}
	})
}
