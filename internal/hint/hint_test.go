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
		"one stays as it is":    {[]error{nil, refused}, hint.Refused, "refused", []string{"allow it"}},
		"a plain one":           {[]error{plain}, hint.Failed, "plain", nil},
		"refused before stale":  {[]error{stale, refused}, hint.Refused, "stale\nrefused", []string{"plan again", "allow it"}},
		"failed before refused": {[]error{refused, plain}, hint.Failed, "refused\nplain", []string{"allow it"}},
		"credentials before all": {
			[]error{plain, stale, token, refused}, hint.Credentials, "plain\nstale\ntoken\nrefused", []string{"plan again", "sign in", "allow it"},
		},
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

// TestTold: each line of an error, and each next step, is a line of its own.
func TestTold(t *testing.T) {
	tests := map[string]struct {
		err  error
		want string
	}{
		"plain":         {errors.New("broken"), "error: broken\n"},
		"with steps":    {hint.New(errors.New("broken"), "look", "ask"), "error: broken\nhint: look\nhint: ask\n"},
		"several":       {hint.Join(errors.New("one"), hint.New(errors.New("two"), "look")), "error: one\nerror: two\nhint: look\n"},
		"of the system": {fs.ErrNotExist, "error: file does not exist\nhint: check the path: `ls` shows what there is\n"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := hint.Told(test.err); got != test.want {
				t.Errorf("it says\n%s", got)
			}
		})
	}
}

// TestUnder: what is put in front leaves the cause, the class and the next steps.
func TestUnder(t *testing.T) {
	cause := errors.New("refused")
	err := hint.Under("--to", hint.Refused.New(cause, "allow it"))
	if err.Error() != "--to: refused" || !errors.Is(err, cause) || hint.ClassOf(err) != hint.Refused || !slices.Equal(hint.Next(err), []string{"allow it"}) {
		t.Errorf("%v, class %d, next %q", err, hint.ClassOf(err), hint.Next(err))
	}
}

// TestWithLeavesTheOther: an error that is told in two places has in each its own
// next steps.
func TestWithLeavesTheOther(t *testing.T) {
	first := hint.New(errors.New("broken"), "look")
	one, two := hint.With(first, "one"), hint.With(first, "two")
	for want, err := range map[string]error{"look": first, "look one": one, "look two": two} {
		if got := strings.Join(hint.Next(err), " "); got != want {
			t.Errorf("next %q, want %q", got, want)
		}
	}
	if next := hint.Next(hint.With(errors.New("plain"), "look")); !slices.Equal(next, []string{"look"}) {
		t.Errorf("of a plain one: %q", next)
	}
}
