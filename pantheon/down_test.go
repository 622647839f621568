package pantheon

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// A service that is gone costs a run about a minute, and not one for each of
// its owners; one that is back is waited for as before.
func TestAServiceThatIsDownCostsOneMinute(t *testing.T) {
	tests := map[string]struct {
		reason string
		script *script
		short  bool
	}{
		"secrets":  {"", &script{answers: []answer{says(503, "")}}, true},
		"sign-in":  {"it is what every owner waits for first", &script{signIns: []answer{cut}}, true},
		"too many": {"a service that says so is there", &script{answers: []answer{says(429, "")}}, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newClient(t, test.script)
				for i := range 6 {
					start := time.Now()
					if _, err := c.List(t.Context(), site); !errors.Is(err, ErrUnavailable) {
						t.Fatalf("got %v, want ErrUnavailable", err)
					}
					// One wait takes up to 12 s, so a long course ends above 45; the
					// queue for the pace comes on top.
					took, short := time.Since(start), test.short && i > 0
					if short && took > shortBudget+3*time.Second || !short && took < budget-15*time.Second {
						t.Errorf("request %d took %s of virtual time; short: %v: %s", i, took, short, test.reason)
					}
				}
			})
		})
	}
}

func TestAnAnswerEndsTheShortBudget(t *testing.T) {
	answers := map[string]answer{
		"an answer": says(200, noSecrets),
		"a refusal": says(403, ""),
	}
	for name, back := range answers {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{answers: []answer{says(503, "")}}
				c := newClient(t, s)
				if _, err := c.List(t.Context(), site); !errors.Is(err, ErrUnavailable) {
					t.Fatal(err)
				}
				s.answers = append(make([]answer, len(s.calls)), back, says(503, ""))
				if _, err := c.List(t.Context(), site); errors.Is(err, ErrUnavailable) {
					t.Fatal(err)
				}
				start := time.Now()
				if _, err := c.List(t.Context(), site); !errors.Is(err, ErrUnavailable) {
					t.Fatal(err)
				}
				if took := time.Since(start); took <= shortBudget {
					t.Errorf("gave up after %s of virtual time", took)
				}
			})
		})
	}
}

// A failed sign-in is shared by those who waited for it, so that an
// unavailable service does not cost each of them a minute in turn.
func TestFailedSignInIsShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{signIns: []answer{says(503, "")}}
		c := newClient(t, s)
		errs := together(10, func(int) error { _, err := c.List(t.Context(), site); return err })
		for _, err := range errs {
			if !errors.Is(err, ErrUnavailable) {
				t.Errorf("got %v", err)
			}
		}
		if took := time.Since(s.started); took > budget+lastTimeout {
			t.Errorf("they gave up after %s of virtual time", took)
		}
	})
}
