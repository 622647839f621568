package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/cella-secrets/cella/internal/hint"
)

// The exit codes. Where several hold, the first of exitOrder is returned.
const (
	exitOK          = 0
	exitError       = 1
	exitChanges     = 2 // plan --detailed-exitcode
	exitRefused     = 3
	exitPartial     = 4 // applied in part
	exitStale       = 5 // the saved plan is not what there is to do now
	exitCredentials = 6 // credentials missing or rejected, or no key to decrypt with
	exitInterrupted = 130
	exitClosed      = 141 // nobody reads the output any more; what shells say of programs that end by it
)

var exitOrder = []int{exitCredentials, exitError, exitRefused, exitStale, exitInterrupted, exitPartial, exitChanges, exitClosed, exitOK}

// worstExit returns the code that stands for all of codes.
func worstExit(codes ...int) int {
	for _, code := range exitOrder {
		if slices.Contains(codes, code) {
			return code
		}
	}
	return exitOK
}

// exitOf is the exit code of each class of errors.
var exitOf = map[hint.Class]int{
	hint.Failed:      exitError,
	hint.Credentials: exitCredentials,
	hint.Refused:     exitRefused,
	hint.Stale:       exitStale,
}

// exit is what a command ends with: a code, what went wrong and the next
// commands to type. Without err the code alone is meant, and what there is to
// say has been said. As an error it stands for codes that no class has.
type exit struct {
	code  int
	err   error
	hints []string
}

func (e *exit) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e *exit) Unwrap() error { return e.err }

// quietExit ends a command whose output says it all.
func quietExit(code int) error {
	if code == exitOK {
		return nil
	}
	return &exit{code: code}
}

// bothErrors is all of errs as one error, with the worst exit code; those that
// are nil don't count, and one alone stays as it is.
func bothErrors(errs []error) error {
	var codes []int
	var told []error
	var hints []string
	errs = slices.DeleteFunc(errs, func(err error) bool { return err == nil })
	if len(errs) == 1 {
		return errs[0]
	}
	for _, err := range errs {
		e := explained(err)
		codes, told, hints = append(codes, e.code), append(told, e.err), append(hints, e.hints...)
	}
	code, all := worstExit(codes...), errors.Join(told...)
	if all == nil {
		return quietExit(code)
	}
	return &exit{code, all, slices.Compact(hints)}
}

// report writes the lines of err, one for each of joined errors, and returns
// the exit code.
func report(stderr io.Writer, err error) int {
	if err == nil {
		return exitOK
	}
	for line := range strings.Lines(complaint(err)) {
		fmt.Fprint(stderr, "cella: ", line)
	}
	return explained(err).code
}

// explained gives every error that a command can end with its code and its
// hints.
func explained(err error) *exit {
	var e *exit
	if errors.As(err, &e) {
		return e
	}
	if errors.Is(err, context.Canceled) {
		return &exit{exitInterrupted, errors.New("interrupted"), nil}
	}
	known, ok := hint.Of(err)
	if !ok {
		return &exit{exitError, err, nil}
	}
	return &exit{exitOf[known.Class], err, known.Next}
}
