package main

import (
	"context"
	"io"
	"os"
	"testing"

	"github.com/cella-secrets/cella/internal/testkit"
)

// interruptedReader is a pipe whose writer is interrupted together with cella:
// what comes of it is half.
type interruptedReader struct {
	interrupt context.CancelFunc
	rest      string
}

func (r *interruptedReader) Read(p []byte) (int, error) {
	if r.rest == "" {
		r.interrupt()
		return 0, io.EOF
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// TestAnInterruptedPipeWritesNothing: Ctrl-C ends the program before the pipe
// too, and half of its output looks like a value.
func TestAnInterruptedPipeWritesNothing(t *testing.T) {
	for name, args := range map[string][]string{
		"set":            {"set", "shop", "CREATED"},
		"set, from -":    {"set", "shop", "CREATED", "--value-file", "-"},
		"import":         {"import", "file", "-", "--to", "site:shop"},
		"import replace": {"import", "file", "-", "--to", "site:shop", "--replace"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, canaryState())
			path := b.manifest(canaryManifest(t))
			before, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			b.stderr = testkit.NewWatched()
			half := &interruptedReader{interrupt: cancel, rest: "CREATED=half"}
			code := run(ctx, append(args, "--file", path), half, io.Discard, b.stderr, func(string) string { return "" })
			if code != exitInterrupted {
				t.Errorf("exit code %d\n%s", code, b.stderr.Text())
			}
			if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
				t.Errorf("the manifest was changed (%v)\n%s", err, b.stderr.Text())
			}
		})
	}
}

// TestAnInterruptedReadEnds: a read that never ends holds nobody up.
func TestAnInterruptedReadEnds(t *testing.T) {
	b := newBench(t, canaryState())
	path := b.manifest(canaryManifest(t))
	endless, writer := io.Pipe()
	defer writer.Close()
	ctx, cancel := context.WithCancel(t.Context())
	b.stderr = testkit.NewWatched()
	go func() {
		_, _ = writer.Write([]byte("half")) // it returns once that was read
		cancel()
	}()
	args := []string{"set", "shop", "CREATED", "--file", path}
	if code := run(ctx, args, endless, io.Discard, b.stderr, func(string) string { return "" }); code != exitInterrupted {
		t.Errorf("exit code %d\n%s", code, b.stderr.Text())
	}
}
