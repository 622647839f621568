package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

// approval is the word that questions ask for.
const approval = "yes"

// confirm asks whether to go on. It returns nil for the word yes only; otherwise
// the error says what that means.
func confirm(ctx context.Context, std streams, question, otherwise string, hints ...string) error {
	fmt.Fprintf(std.err, "\n%s Only %q goes on: ", question, approval)
	answers := make(chan string, 1)
	go func() {
		// A failed read is an answer that is not yes.
		line, _ := bufio.NewReader(std.in).ReadString('\n')
		answers <- strings.TrimSpace(line)
	}()
	select {
	case <-ctx.Done():
		writeLine(std.err, "")
		return ctx.Err()
	case answer := <-answers:
		if answer != approval {
			return failure(exitError, errors.New("not approved: "+otherwise), hints...)
		}
		return nil
	}
}

// interruptible is a context that the first SIGINT or SIGTERM ends. The second
// ends the process, which may hang on a file or a lock.
func interruptible(parent context.Context) (ctx context.Context, stop context.CancelFunc) {
	ctx, stop = signal.NotifyContext(parent, os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}

// wholly returns what read returns, unless ctx ends first. Then it is dropped,
// also where it was read: whoever wrote into the pipe was interrupted too, and
// half of a value looks like a whole one.
func wholly[T any](ctx context.Context, read func() (T, error)) (T, error) {
	type answer struct {
		what T
		err  error
	}
	answers := make(chan answer, 1)
	go func() {
		what, err := read()
		answers <- answer{what, err}
	}()
	var none T
	select {
	case <-ctx.Done():
		return none, ctx.Err()
	case got := <-answers:
		if err := ctx.Err(); err != nil {
			return none, err
		}
		return got.what, got.err
	}
}

// interrupts turns the first SIGINT or SIGTERM into a closed channel (start
// nothing more, finish what is under way) and the second into a cancelled
// context (stop at once). release ends the listening.
func interrupts(parent context.Context, out io.Writer) (ctx context.Context, stop <-chan struct{}, release func()) {
	ctx, cancel := context.WithCancel(parent)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	stopping := make(chan struct{})
	go func() {
		select {
		case <-signals:
		case <-ctx.Done():
			return
		}
		close(stopping)
		writeLine(out, "cella: stopping: finishing what is under way; once more to stop at once")
		select {
		case <-signals:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, stopping, func() {
		signal.Stop(signals)
		cancel()
	}
}
