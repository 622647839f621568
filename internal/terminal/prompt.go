package terminal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"
	"golang.org/x/term"

	"github.com/cella-secrets/cella/internal/crash"
	"github.com/cella-secrets/cella/internal/hint"
)

const (
	// maxTyped is the longest line that a terminal passes on; Linux drops the
	// rest of a longer one without a word (N_TTY_BUF_SIZE).
	maxTyped = 4095
	// pasteGap is how long the next line of a paste may be under way, in
	// milliseconds.
	pasteGap = 100
	// endOfInput is what Ctrl-D types; Linux keeps it as NUL where the terminal
	// was not raw yet.
	endOfInput = "\x04\x00"
)

// ReadHidden asks on the terminal for one line. What is typed does not show; an
// interrupted prompt leaves the terminal as it was. What is pasted behind the
// line is refused: it would go to the shell, as commands, and to its history.
func ReadHidden(ctx context.Context, terminal *os.File, stderr io.Writer, prompt string) (string, error) {
	fd := int(terminal.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return "", fmt.Errorf("ask for the value: %w", err)
	}
	fmt.Fprint(stderr, prompt)
	var text []byte
	var more bool
	answered := crash.Go(func() (err error) {
		text, err = term.ReadPassword(fd)
		more = err == nil && discard(fd, before)
		return err
	})
	select {
	case <-ctx.Done():
		_ = term.Restore(fd, before) // what could be done about it is done
		fmt.Fprintf(stderr, "\n")
		return "", ctx.Err()
	case err := <-answered:
		fmt.Fprintf(stderr, "\n")
		const next = "put the value into a file and name it with --value-file, or pipe it in; nothing was changed"
		switch {
		case err != nil && !errors.Is(err, io.EOF):
			return "", fmt.Errorf("ask for the value: %w", err)
		case more:
			return "", hint.New(errors.New("more than one line was typed or pasted, and a prompt takes one"), next)
		case len(text) >= maxTyped:
			return "", hint.New(fmt.Errorf("a terminal cuts lines at %d bytes, so the value may not be whole", maxTyped), next)
		}
		return string(text), nil
	}
}

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
