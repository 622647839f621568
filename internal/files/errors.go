package files

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/cella-secrets/cella/internal/words"
)

// WithoutPath is an error of the file system without the path, for messages that
// quote it themselves.
func WithoutPath(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// Cause is what an error began with: without the name of a temporary file.
func Cause(err error) error {
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		err = inner
	}
	return err
}

// ReadError is the error of a file that could not be read.
func ReadError(name string, err error) error {
	return fmt.Errorf("read %s: %w", words.Quote(name), WithoutPath(err))
}

// MakeFolder is the next step where the folder that a file goes to is not there.
func MakeFolder(file string) string {
	return "make the folder first: " + Mkdir(filepath.Dir(file))
}

// Mkdir is the command that makes a folder, and those above it.
func Mkdir(folder string) string { return mkdir + " " + words.Argument(folder) }

// CreateStep is the next step after an error of creating a file: to make its folder
// where that is what lacks, or else another one.
func CreateStep(file string, err error, otherwise string) string {
	if errors.Is(err, fs.ErrNotExist) {
		return MakeFolder(file)
	}
	return otherwise
}
