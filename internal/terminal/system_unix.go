//go:build !windows

package terminal

import (
	"errors"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

const (
	// maxTyped is the longest line that a terminal passes on; Linux drops the
	// rest of a longer one without a word (N_TTY_BUF_SIZE).
	maxTyped = 4095
	// endOfInput is what Ctrl-D types; Linux keeps it as NUL where the terminal
	// was not raw yet.
	endOfInput = "\x04\x00"
)

// discard reads what is left of a paste, unseen, and reports whether that is
// more than line ends and Ctrl-D. It leaves the terminal as it was before.
func discard(fd int, before *term.State) bool {
	// A last line without its end can be read in raw mode only.
	if _, err := term.MakeRaw(fd); err != nil {
		return false
	}
	defer func() { _ = term.Restore(fd, before) }() // what could be done about it is done
	more := false
	for buffer := make([]byte, maxTyped); ; {
		ready := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		switch n, err := unix.Poll(ready, pasteGap); {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil || n == 0 || ready[0].Revents&unix.POLLIN == 0:
			return more
		}
		n, err := unix.Read(fd, buffer)
		if err != nil || n == 0 {
			return more
		}
		more = more || strings.Trim(string(buffer[:n]), "\r\n"+endOfInput) != ""
	}
}

// IsClosed reports whether a write failed because nobody reads any more.
func IsClosed(err error) bool { return errors.Is(err, syscall.EPIPE) }

// paints reports whether a terminal understands the codes of colours.
func paints(int) bool { return true }
