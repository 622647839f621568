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
