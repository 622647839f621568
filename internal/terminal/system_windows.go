package terminal

import (
	"errors"
	"math"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/term"
)

// maxTyped: a console passes on lines of every length.
const maxTyped = math.MaxInt

var readConsoleInput = windows.NewLazySystemDLL("kernel32.dll").NewProc("ReadConsoleInputW")

// keyRecord is an INPUT_RECORD of Windows; what it says of a key counts where kind
// is keyEvent.
type keyRecord struct {
	kind, _     uint16
	down        int32
	_, _, _     uint16
	typed       uint16 // as UTF-16
	controlKeys uint32
}

const keyEvent = 1

// discard takes what is left of a paste, unseen, and reports whether that is
// more than line ends, Ctrl-D and Ctrl-Z. What is typed does not show meanwhile,
// since nobody reads it line by line.
func discard(fd int, _ *term.State) bool {
	console := windows.Handle(fd)
	for more := false; ; {
		if event, err := windows.WaitForSingleObject(console, pasteGap); err != nil || event != windows.WAIT_OBJECT_0 {
			return more
		}
		var record keyRecord
		var n uint32
		ok, _, _ := readConsoleInput.Call(uintptr(console), uintptr(unsafe.Pointer(&record)), 1, uintptr(unsafe.Pointer(&n)))
		if ok == 0 || n == 0 {
			return more
		}
		if record.kind != keyEvent || record.down == 0 {
			continue
		}
		switch record.typed {
		case 0, '\r', '\n', 'D' - '@', 'Z' - '@':
		default:
			more = true
		}
	}
}

// IsClosed reports whether a write failed because nobody reads any more.
func IsClosed(err error) bool {
	return errors.Is(err, windows.ERROR_NO_DATA) || errors.Is(err, windows.ERROR_BROKEN_PIPE) ||
		errors.Is(err, windows.ERROR_PIPE_NOT_CONNECTED) || errors.Is(err, syscall.EPIPE)
}

// paints reports whether a console understands the codes of colours, once it is
// asked to: older ones do not.
func paints(fd int) bool {
	console := windows.Handle(fd)
	var mode uint32
	if err := windows.GetConsoleMode(console, &mode); err != nil {
		return false
	}
	return windows.SetConsoleMode(console, mode|windows.ENABLE_PROCESSED_OUTPUT|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) == nil
}
