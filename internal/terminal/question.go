package terminal

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/cella-secrets/cella/internal/crash"
	"github.com/cella-secrets/cella/internal/hint"
)

// approval is the word that questions ask for.
const approval = "yes"

// maxAnswer bounds what is read of an answer, in bytes.
const maxAnswer = 1 << 10

// Confirm asks whether to go on. It returns nil for the word yes only; otherwise
// the error says what that means.
func Confirm(ctx context.Context, stdin io.Reader, stderr io.Writer, question, otherwise string, hints ...string) error {
	fmt.Fprintf(stderr, "\n%s Only %q goes on: ", question, approval)
	answer := ""
	answered := crash.Go(func() error {
		// A failed read is an answer that is not yes.
		answer, _ = bufio.NewReader(io.LimitReader(stdin, maxAnswer)).ReadString('\n')
		return nil
	})
	select {
	case <-ctx.Done():
		fmt.Fprintf(stderr, "\n")
		return ctx.Err()
	case err := <-answered:
		if err != nil {
			return err
		}
		if strings.TrimSpace(answer) != approval {
			return hint.New(errors.New("not approved: "+otherwise), hints...)
		}
		return nil
	}
}

// Wholly returns what read returns, unless ctx ends first. Then it is dropped,
// also where it was read: whoever wrote into the pipe was interrupted too, and
// half of a value looks like a whole one.
func Wholly[T any](ctx context.Context, read func() (T, error)) (T, error) {
	var what, none T
	done := crash.Go(func() (err error) {
		what, err = read()
		return err
	})
	select {
	case <-ctx.Done():
		return none, ctx.Err()
	case err := <-done:
		if err := ctx.Err(); err != nil {
			return none, err
		}
		return what, err
	}
}
