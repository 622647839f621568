package hint_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/cella-secrets/cella/internal/hint"
)

// computed is an error type that knows its next steps.
type computed struct{}

func (computed) Error() string { return "computed" }
func (computed) Hint() *hint.Error {
	return &hint.Error{Class: hint.Credentials, Next: []string{"sign in"}}
}

func TestOf(t *testing.T) {
	cause := errors.New("cause")
	tests := map[string]struct {
		err   error
		class hint.Class
		next  string
		found bool
	}{
		"none":     {cause, hint.Failed, "", false},
		"nil":      {nil, hint.Failed, "", false},
		"itself":   {&hint.Error{Err: cause, Next: []string{"look"}}, hint.Failed, "look", true},
		"computed": {fmt.Errorf("read: %w", computed{}), hint.Credentials, "sign in", true},
		"joined":   {errors.Join(cause, fmt.Errorf("x: %w", &hint.Error{Err: cause, Next: []string{"look"}})), hint.Failed, "look", true},
	}
	for name, test := range tests {
		got, found := hint.Of(test.err)
		if found != test.found {
			t.Errorf("%s: found is %v", name, found)
			continue
		}
		if found && (got.Class != test.class || got.Next[0] != test.next) {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if err := error(&hint.Error{Err: cause}); err.Error() != "cause" || !errors.Is(err, cause) {
		t.Errorf("an Error is %v", err)
	}
}
