package terminal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/term"

	"github.com/cella-secrets/cella/internal/crash"
	"github.com/cella-secrets/cella/internal/hint"
)

// pasteGap is how long the next line of a paste may be under way, in milliseconds.
const pasteGap = 100

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
