// Package hint says what to do about an error: the next commands to type, one
// sentence each, most likely first, and what kind of failure it is.
//
// It leaves out how errors are printed, and which exit code a class has.
package hint

import "errors"

// Class is what kind of failure an error is.
type Class uint8

// The classes.
const (
	// Failed is every failure that is none of the others.
	Failed Class = iota
	// Credentials: a token or a key is missing, or was refused.
	Credentials
)

// Error is an error with next steps.
type Error struct {
	Err   error
	Class Class
	Next  []string
}

// Error is that of Err.
func (e *Error) Error() string { return e.Err.Error() }

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// Hint returns e: see Of.
func (e *Error) Hint() *Error { return e }

// Of finds the next steps of an error: those of the first one in its tree that is
// an Error, or that knows them itself, by a method Hint.
func Of(err error) (*Error, bool) {
	var hinted interface{ Hint() *Error }
	if !errors.As(err, &hinted) {
		return nil, false
	}
	return hinted.Hint(), true
}
