// Package crash turns panics into errors: of the whole program, of one piece of
// it, and of goroutines, which nothing else in this module starts. A panic in a
// goroutine would otherwise end the process at once, in the middle of whatever
// others do, with exit code 2 and a stack on stderr.
//
// It deliberately leaves out what was said: the value of a panic, and the
// arguments in a stack, may hold a secret. What is left is where it happened.
//
// Invariant: an Error names places in source files, and nothing that came from
// outside.
package crash

import (
	"errors"
	"fmt"
	"net/url"
	"path"
	"path/filepath"
	"runtime"
	"strings"
)

const (
	module = "github.com/cella-secrets/cella"
	// program is the folder of package main, whose functions do not name it.
	program = "cmd/cella"
	// maxFrames is how far up the callers a place of our own is looked for.
	maxFrames = 64
)

// Error is a panic. Its text is one line, for people.
type Error struct {
	// Place is where it began, as FOLDER/FILE:LINE; of a library with the line
	// of this module that called it.
	Place string
}

func (e *Error) Error() string {
	return fmt.Sprintf("internal error at %s: please report this line, with what `cella version` says", e.Place)
}

// Is reports whether err came from a panic.
func Is(err error) bool {
	var crashed *Error
	return errors.As(err, &crashed)
}

// Guard returns what do returns, or an *Error where it panics. A panic with an
// *Error, which somebody passes on, stays what it is.
func Guard(do func() error) (err error) {
	defer func() {
		switch said := recover().(type) {
		case nil:
		case *Error:
			err = said
		default:
			err = &Error{Place: place()}
		}
	}()
	return do()
}

// place is where the panic began. It has to be called by the deferred function.
func place() string {
	pcs := make([]uintptr, maxFrames)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(0, pcs)])
	began, caller := "", ""
	for frame, more := frames.Next(); more; frame, more = frames.Next() {
		switch {
		case frame.Function == "runtime.gopanic":
			began, caller = "", "" // what was passed on began further down
		case strings.HasPrefix(frame.Function, "runtime."):
		case began == "":
			began = position(frame)
			if ours(frame) {
				caller = began
			}
		case caller == "" && ours(frame):
			caller = position(frame)
		}
	}
	switch {
	case began == "":
		return "an unknown place"
	case caller == "", caller == began:
		return began
	}
	return began + ", called at " + caller
}

// ours reports whether the frame is of this module.
func ours(frame runtime.Frame) bool {
	return strings.HasPrefix(frame.Function, module+"/") || strings.HasPrefix(frame.Function, "main.")
}

// position is FOLDER/FILE:LINE. The folder is that of the package: a path of the
// machine that built the program tells nobody anything.
func position(frame runtime.Frame) string {
	folder, last := path.Split(frame.Function)
	last, _, _ = strings.Cut(last, ".")
	folder += last
	if unescaped, err := url.PathUnescape(folder); err == nil {
		folder = unescaped
	}
	if folder == "main" {
		folder = program
	}
	folder = strings.TrimPrefix(folder, module+"/")
	return fmt.Sprintf("%s/%s:%d", folder, filepath.Base(frame.File), frame.Line)
}
