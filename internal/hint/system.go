package hint

import (
	"errors"
	"io/fs"
	"syscall"
)

// systemNext are the next steps for what the system says of files and disks.
func systemNext(err error) []string {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return []string{"this account may not do that: " + showRights}
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return []string{"check the path: " + showFiles}
	case errors.Is(err, syscall.EISDIR):
		return []string{"that is a folder: name a file"}
	case isFull(err):
		return []string{"make room on the disk, then run the command again"}
	}
	return nil
}
