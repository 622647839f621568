package testkit

import (
	"context"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"
	"time"
)

// Bound is how long a program that a test starts may run: what takes longer has
// stopped getting on.
const Bound = 5 * time.Minute

// Command is a program that ends with the test, and after Bound at the latest; so
// does waiting for what it started itself.
func Command(t testing.TB, name string, args ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), Bound)
	t.Cleanup(cancel)
	command := exec.CommandContext(ctx, name, args...)
	command.WaitDelay = 10 * time.Second
	return command
}

// usualSignals gives programs that tests start the signals that they have at a
// terminal. Where this process was started to ignore some, as by nohup or in the
// background, they would too; those it catches are at their default there.
func usualSignals() {
	for _, each := range []os.Signal{os.Interrupt, syscall.SIGHUP} {
		if signal.Ignored(each) {
			signal.Notify(make(chan os.Signal, 1), each) // nobody listens: it still ends nothing here
		}
	}
}
