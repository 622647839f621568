package hint_test

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"syscall"
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

func TestSystemErrors(t *testing.T) {
	tests := map[string]struct {
		err  error
		next string
	}{
		"no permission": {&fs.PathError{Op: "open", Path: "x", Err: syscall.EACCES}, "this account may not do that"},
		"no file":       {fs.ErrNotExist, "check the path"},
		"no folder":     {syscall.ENOTDIR, "check the path"},
		"a folder":      {syscall.EISDIR, "that is a folder"},
		"no room":       {syscall.ENOSPC, "make room on the disk"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			next := hint.Next(fmt.Errorf("read: %w", test.err))
			if len(next) != 1 || !strings.HasPrefix(next[0], test.next) {
				t.Errorf("next steps: %q", next)
			}
		})
	}
	known := hint.New(fs.ErrNotExist, "name another")
	if next := hint.Next(known); len(next) != 1 || next[0] != "name another" {
		t.Errorf("what the error says itself comes first: %q", next)
	}
}

func TestJoin(t *testing.T) {
	plain, refused := errors.New("plain"), hint.Refused.New(errors.New("refused"), "allow it")
	stale, token := hint.Stale.New(errors.New("stale"), "plan again"), hint.Credentials.New(errors.New("token"), "sign in")
	tests := map[string]struct {
		errs  []error
		class hint.Class
		text  string
		next  []string
	}{
		"one stays as it is":      {[]error{nil, refused}, hint.Refused, "refused", []string{"allow it"}},
		"a plain one":             {[]error{plain}, hint.Failed, "plain", nil},
		"refused before stale":    {[]error{stale, refused}, hint.Refused, "stale\nrefused", []string{"plan again", "allow it"}},
		"failed before refused":   {[]error{refused, plain}, hint.Failed, "refused\nplain", []string{"allow it"}},
		"credentials before all":  {[]error{plain, stale, token, refused}, hint.Credentials, "plain\nstale\ntoken\nrefused", []string{"plan again", "sign in", "allow it"}},
		"a step said twice":       {[]error{stale, stale}, hint.Stale, "stale\nstale", []string{"plan again"}},
		"one with more behind it": {[]error{hint.With(stale, "then apply")}, hint.Stale, "stale", []string{"plan again", "then apply"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			err := hint.Join(test.errs...)
			if err.Error() != test.text || hint.ClassOf(err) != test.class || !slices.Equal(hint.Next(err), test.next) {
				t.Errorf("%q, class %d, next %q", err, hint.ClassOf(err), hint.Next(err))
			}
		})
	}
	if err := hint.Join(nil, nil); err != nil {
		t.Errorf("of nothing: %v", err)
	}
}
