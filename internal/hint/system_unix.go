//go:build !windows

package hint

import (
	"errors"
	"syscall"
)

const (
	showRights = "`ls -ld` shows the owner and mode of a file or folder"
	showFiles  = "`ls` shows what there is"
)

func isFull(err error) bool { return errors.Is(err, syscall.ENOSPC) }
