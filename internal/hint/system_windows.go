package hint

import (
	"errors"
	"syscall"

	"golang.org/x/sys/windows"
)

const (
	showRights = "`icacls` shows who may do what with a file or folder; or a program has it open"
	showFiles  = "`dir` shows what there is"
)

func isFull(err error) bool {
	return errors.Is(err, windows.ERROR_DISK_FULL) || errors.Is(err, windows.ERROR_HANDLE_DISK_FULL) || errors.Is(err, syscall.ENOSPC)
}
