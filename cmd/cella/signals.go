package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/cella-secrets/cella/internal/crash"
)

// keepFromBrokenPipes makes a write to a pipe that nobody reads any more an
// error. Without it such a write to stdout or stderr ends the process, whatever
// it is in the middle of. Programs that are started are not affected.
func keepFromBrokenPipes() {
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
}

// signals are those that ask the program to stop.
type signals struct {
	// words are Ctrl-C and SIGTERM, which somebody may insist on.
	words chan os.Signal
	// hangUps are SIGHUP. A terminal that is closed sends it more than once, and
	// some systems send it right behind SIGTERM, so it never insists.
	hangUps chan os.Signal
}

// catchSignals begins to catch them. A program that was started with nohup is
// not told of hang-ups.
func catchSignals() signals {
	s := signals{make(chan os.Signal, 2), make(chan os.Signal, 1)}
	signal.Notify(s.words, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(s.hangUps, syscall.SIGHUP)
	}
	return s
}

// release ends the catching.
func (s signals) release() {
	signal.Stop(s.words)
	signal.Stop(s.hangUps)
}

// interruptible is a context that the first signal ends. A second one that
// insists ends the process, which may hang on a file or a lock.
func interruptible(parent context.Context) (ctx context.Context, stop context.CancelFunc) {
	ctx, cancel := context.WithCancel(parent)
	caught := catchSignals()
	crash.Go(func() error {
		select {
		case <-caught.words:
		case <-caught.hangUps:
		case <-ctx.Done():
		}
		cancel()
		signal.Stop(caught.words)
		return nil
	})
	return ctx, func() {
		caught.release()
		cancel()
	}
}

// interrupts turns the first signal into a closed channel (start nothing more,
// finish what is under way), a second one that insists into a cancelled context
// (stop at once), and lets a third end the process. release ends the listening.
func interrupts(parent context.Context, out io.Writer) (ctx context.Context, stop <-chan struct{}, release func()) {
	ctx, cancel := context.WithCancel(parent)
	caught := catchSignals()
	stopping := make(chan struct{})
	crash.Go(func() error {
		select {
		case <-caught.words:
		case <-caught.hangUps:
		case <-ctx.Done():
			return nil
		}
		close(stopping)
		writeLine(out, "cella: stopping: finishing what is under way; once more to stop at once")
		select {
		case <-caught.words:
			cancel()
			signal.Stop(caught.words)
		case <-ctx.Done():
		}
		return nil
	})
	return ctx, stopping, func() {
		caught.release()
		cancel()
	}
}
