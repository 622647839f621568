package terminal

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"
)

// Outlet writes the result of a command to To, up to the first failure, which it
// keeps: what comes behind a gap would mislead, and writers that nobody asks for
// an error are found out at the end.
type Outlet struct {
	To io.Writer

	lock sync.Mutex
	lost *LostError
}

// LostError says that stdout did not take all that was written. Cause is the
// operating system's, without the path.
type LostError struct{ Cause error }

func (e *LostError) Error() string { return fmt.Sprintf("stdout cannot be written: %v", e.Cause) }

func (e *LostError) Unwrap() error { return e.Cause }

// Write implements io.Writer. Its error is a *LostError, from the first failure
// on always the same.
func (o *Outlet) Write(p []byte) (int, error) {
	o.lock.Lock()
	defer o.lock.Unlock()
	if o.lost != nil {
		return 0, o.lost
	}
	n, err := o.To.Write(p)
	if err != nil {
		var path *fs.PathError
		if errors.As(err, &path) {
			err = path.Err
		}
		o.lost = &LostError{Cause: err}
		return n, o.lost
	}
	return n, nil
}

// Lost returns the first failure, or nil.
func (o *Outlet) Lost() error {
	o.lock.Lock()
	defer o.lock.Unlock()
	if o.lost == nil {
		return nil
	}
	return o.lost
}
