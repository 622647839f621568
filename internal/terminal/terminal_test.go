package terminal_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"syscall"
	"testing"
	"testing/synctest"

	"github.com/cella-secrets/cella/internal/terminal"
)

// brittle takes so many writes and then fails as a file does.
type brittle struct {
	bytes.Buffer
	takes int
}

func (b *brittle) Write(p []byte) (int, error) {
	if b.takes == 0 {
		return 0, &os.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.ENOSPC}
	}
	b.takes--
	return b.Buffer.Write(p)
}

// TestOutletKeepsTheFirstFailure: what comes behind a gap is not written, also
// where there would be room for it again.
func TestOutletKeepsTheFirstFailure(t *testing.T) {
	to := &brittle{takes: 1}
	outlet := &terminal.Outlet{To: to}
	if _, err := outlet.Write([]byte("one")); err != nil || outlet.Lost() != nil {
		t.Fatalf("a write that succeeds: %v, %v", err, outlet.Lost())
	}
	_, first := outlet.Write([]byte("two"))
	to.takes = 1
	_, second := outlet.Write([]byte("three"))
	if first == nil || first != second || outlet.Lost() != first {
		t.Errorf("errors %v and %v, lost %v", first, second, outlet.Lost())
	}
	if got := to.String(); got != "one" {
		t.Errorf("written: %q", got)
	}
	if !errors.Is(first, syscall.ENOSPC) || first.Error() != "stdout cannot be written: no space left on device" {
		t.Errorf("the error is %q", first)
	}
}

// TestPatientWaitsForNobody: a write that blocks is left alone, others are
// dropped meanwhile, and once it is through, news is written again.
func TestPatientWaitsForNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reader, writer := io.Pipe()
		news := &terminal.Patient{To: writer}
		for _, line := range []string{"held\n", "dropped\n", "dropped too\n"} {
			if n, err := news.Write([]byte(line)); n != len(line) || err != nil {
				t.Errorf("%q: %d, %v", line, n, err)
			}
		}
		var got bytes.Buffer
		if _, err := io.CopyN(&got, reader, int64(len("held\n"))); err != nil {
			t.Fatal(err)
		}
		synctest.Wait() // the write that was held is through
		done := make(chan error, 1)
		go func() {
			_, err := io.CopyN(&got, reader, int64(len("again\n")))
			done <- err
		}()
		if _, err := news.Write([]byte("again\n")); err != nil {
			t.Error(err)
		}
		if err := <-done; err != nil || got.String() != "held\nagain\n" {
			t.Errorf("written: %q, %v", &got, err)
		}
	})
}

// TestPatientNeverFails: news that nobody can read any more is no error.
func TestPatientNeverFails(t *testing.T) {
	news := &terminal.Patient{To: &brittle{}}
	for range 2 {
		if n, err := news.Write([]byte("x")); n != 1 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
	}
}
