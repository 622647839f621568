package crash

import "errors"

// ErrLibrary is what Library makes of a panic.
var ErrLibrary = errors.New("the library that reads it crashed")

// Library turns a panic of do into ErrLibrary. It stands between this module and
// code of others that takes bytes from outside, where a crash says something of
// the bytes; what is known to crash that code is refused before.
func Library(do func() error) (err error) {
	defer func() {
		if recover() != nil {
			err = ErrLibrary
		}
	}()
	return do()
}
