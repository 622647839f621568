//go:build unix

package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/cella-secrets/cella/internal/testkit"
)

// TestEditsWaitForEachOther: a command that writes the manifest says that another one
// is at it, and goes on once that has ended. The first Ctrl-C ends the wait, and
// nothing is written.
func TestEditsWaitForEachOther(t *testing.T) {
	const other = "age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg"
	for name, args := range map[string][]string{
		"set":             {"set", "shop", "CREATED"},
		"set, quietly":    {"set", "shop", "CREATED", "--quiet"},
		"unset":           {"unset", "shop", "CREATED"},
		"import":          {"import", "file", "-", "--to", "site:shop", "--replace"},
		"seal":            {"seal", "--yes"},
		"keys add":        {"keys", "add", other},
		"keys rotate":     {"keys", "rotate"},
		"fingerprint key": {"fingerprint-key", "rotate"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Run("to the end", func(t *testing.T) { testWaiting(t, args, false) })
			t.Run("interrupted", func(t *testing.T) { testWaiting(t, args, true) })
		})
	}
}

func testWaiting(t *testing.T, args []string, interrupted bool) {
	t.Setenv("SOPS_AGE_KEY_FILE", absDemoKey)
	b := newBench(t, canaryState())
	path := b.manifest("version: 1\nproject: canary\nfingerprint_key: " + testKey +
		"\ndefaults: {type: runtime, scopes: [web]}\nsites:\n  shop:\n    secrets:\n      CREATED: {value: first}\n")
	if args[0] == "seal" {
		text := mustRead(t, path)
		edited := strings.Replace(text, "      CREATED:\n", "      ADDED: {value: typed in}\n      CREATED:\n", 1)
		if edited == text {
			t.Fatalf("nothing was edited:\n%s", text)
		}
		writeEnv(t, path, edited)
	}
	before := mustRead(t, path)
	unlock := lockFolder(t, filepath.Dir(path))
	b.stderr = testkit.NewWatched()
	done := make(chan int)
	go func() {
		in := strings.NewReader("CREATED=another")
		done <- run(context.Background(), append(args, "--file", path), in, io.Discard, b.stderr, func(string) string { return "" })
	}()
	b.stderr.Wait(t, "is writing beside "+path+": waiting for it to end; Ctrl-C stops waiting, and nothing is written\n")
	if t.Failed() {
		return // a signal would end the tests
	}
	if mustRead(t, path) != before {
		t.Error("it did not wait")
	}
	want := exitOK
	if interrupted {
		interruptSelf(t)
		want = exitInterrupted
	} else {
		unlock()
	}
	if code := <-done; code != want {
		t.Errorf("exit code %d, want %d\n%s", code, want, b.stderr.Text())
	}
	if changed := mustRead(t, path) != before; changed == interrupted {
		t.Errorf("the manifest was changed: %v\n%s", changed, b.stderr.Text())
	}
}

// lockFolder does what another run does while it writes there.
func lockFolder(t *testing.T, folder string) (unlock func()) {
	t.Helper()
	opened, err := os.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Flock(int(opened.Fd()), unix.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	unlock = func() { _ = opened.Close() } // and with it the lock goes
	t.Cleanup(unlock)
	return unlock
}

func mustRead(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
