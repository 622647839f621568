package crash_test

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/internal/crash"
)

const canary = "c4n4ry"

var errAnswer = errors.New("an answer")

// fall panics in a function of its own, so that a place can be told.
func fall(text string) error { panic(text) }

// TestGuard: what is left of a panic is where it began, and who of this module
// called what began it.
func TestGuard(t *testing.T) {
	const here = `internal/crash_test/crash_test\.go:[0-9]+`
	tests := map[string]struct {
		do    func() error
		place string
	}{
		"a panic":        {func() error { return fall(canary) }, "^" + here + "$"},
		"out of range":   {func() error { return errors.New(canary[len(canary)+len(t.Name()):]) }, "^" + here + "$"},
		"nil":            {func() error { var e *crash.Error; return errors.New(e.Place) }, "^" + here + "$"},
		"in a library":   {func() error { return errors.New(strings.Repeat(canary, -len(t.Name()))) }, `^strings/strings\.go:[0-9]+, called at ` + here + "$"},
		"passed on":      {func() error { defer func() { panic(recover()) }(); return fall(canary) }, "^" + here + "$"},
		"without a word": {func() error { panic(nil) }, "^" + here + "$"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			err := crash.Guard(test.do)
			crashed, ok := errors.AsType[*crash.Error](err)
			if !ok || !crash.Is(err) {
				t.Fatalf("the error is %v", err)
			}
			if !regexp.MustCompile(test.place).MatchString(crashed.Place) {
				t.Errorf("the place is %q", crashed.Place)
			}
			if text := err.Error(); strings.Contains(text, canary) || strings.ContainsAny(text, "\n") {
				t.Errorf("the text is %q", text)
			}
		})
	}
}

// TestAnAnswerIsNoCrash: errors come through as they are.
func TestAnAnswerIsNoCrash(t *testing.T) {
	if err := crash.Guard(func() error { return errAnswer }); err != errAnswer || crash.Is(err) {
		t.Errorf("Guard returned %v", err)
	}
	if err := <-crash.Go(func() error { return errAnswer }); err != errAnswer {
		t.Errorf("Go sent %v", err)
	}
	if err := crash.Guard(func() error { return nil }); err != nil || crash.Is(err) {
		t.Errorf("Guard returned %v", err)
	}
}

// TestGoroutines: a panic in one is an error of whoever waits for it.
func TestGoroutines(t *testing.T) {
	if err := <-crash.Go(func() error { return fall(canary) }); !crash.Is(err) {
		t.Errorf("Go sent %v", err)
	}
	group, ctx := crash.WithContext(t.Context(), 1)
	group.Go(func() error { return fall(canary) })
	if err := group.Wait(); !crash.Is(err) || !errors.Is(ctx.Err(), context.Canceled) {
		t.Errorf("Wait returned %v, and the context ended with %v", err, ctx.Err())
	}
	alone := crash.NewGroup(2)
	done := false
	alone.Go(func() error { return fall(canary) })
	alone.Go(func() error { done = true; return nil })
	if err := alone.Wait(); !crash.Is(err) || !done {
		t.Errorf("Wait returned %v, and the other was done: %v", err, done)
	}
}

// TestACrashThatIsPassedOn keeps its place.
func TestACrashThatIsPassedOn(t *testing.T) {
	first := crash.Guard(func() error { return fall(canary) })
	second := crash.Guard(func() error { panic(first) })
	if first != second {
		t.Errorf("%v became %v", first, second)
	}
}
