// Package hint says what to do about an error: the next commands to type, one
// sentence each, most likely first, and what kind of failure it is.
//
// It leaves out how errors are printed, and which exit code a class has.
package hint

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Class is what kind of failure an error is.
type Class uint8

// The classes.
const (
	// Failed is every failure that is none of the others.
	Failed Class = iota
	// Credentials: a token or a key is missing, or was refused.
	Credentials
	// Refused: it could be done, and must not be as things are.
	Refused
	// Stale: what was approved is not what there is to do now.
	Stale
)

// worstFirst says which class stands for several.
var worstFirst = []Class{Credentials, Failed, Refused, Stale}

// Error is an error with next steps.
type Error struct {
	Err   error
	Class Class
	Next  []string
}

// New is an Error of class Failed.
func New(err error, next ...string) error { return Failed.New(err, next...) }

// New is an Error of the class.
func (c Class) New(err error, next ...string) error {
	return &Error{Err: err, Class: c, Next: next}
}

// Error is that of Err.
func (e *Error) Error() string { return e.Err.Error() }

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// Hint returns e: see Of.
func (e *Error) Hint() *Error { return e }

// Of finds the next steps of an error: those of the first one in its tree that is
// an Error, or that knows them itself, by a method Hint; or else those that there
// are for what the system said.
func Of(err error) (*Error, bool) {
	var hinted interface{ Hint() *Error }
	if errors.As(err, &hinted) {
		return hinted.Hint(), true
	}
	if next := systemNext(err); next != nil {
		return &Error{Err: err, Next: next}, true
	}
	return nil, false
}

// Next are the next steps of an error; none where nothing knows them.
func Next(err error) []string {
	if known, ok := Of(err); ok {
		return known.Next
	}
	return nil
}

// Told is an error and its next steps, a line each: one for each line of the error.
func Told(err error) string {
	var text strings.Builder
	for line := range strings.Lines(err.Error()) {
		fmt.Fprintf(&text, "error: %s\n", strings.TrimSuffix(line, "\n"))
	}
	for _, next := range Next(err) {
		fmt.Fprintf(&text, "hint: %s\n", next)
	}
	return text.String()
}

// ClassOf is the class of an error; Failed where nothing knows it.
func ClassOf(err error) Class {
	if known, ok := Of(err); ok {
		return known.Class
	}
	return Failed
}

// With is err with next steps behind those that it has.
func With(err error, next ...string) error {
	return ClassOf(err).New(err, append(slices.Clone(Next(err)), next...)...)
}

// Under is err with a word in front that says what it is about, such as a flag.
func Under(word string, err error) error {
	return ClassOf(err).New(fmt.Errorf("%s: %w", word, err), Next(err)...)
}

// Join is all of errs as one Error: their worst class, and the next steps of all
// of them, each once where it would follow itself. Those that are nil don't
// count; one alone stays as it is; without any it is nil.
func Join(errs ...error) error {
	errs = slices.DeleteFunc(slices.Clone(errs), func(err error) bool { return err == nil })
	if len(errs) < 2 {
		return errors.Join(errs...)
	}
	all := &Error{Err: errors.Join(errs...), Class: worstFirst[len(worstFirst)-1]}
	for _, err := range errs {
		all.Next = append(all.Next, Next(err)...)
		if class := ClassOf(err); slices.Index(worstFirst, class) < slices.Index(worstFirst, all.Class) {
			all.Class = class
		}
	}
	all.Next = slices.Compact(all.Next)
	return all
}
