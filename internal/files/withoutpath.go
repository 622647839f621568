package files

import (
	"errors"
	"io/fs"
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
