package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"github.com/cella-secrets/cella/internal/testkit"
)

// openPrompt returns both ends of a new terminal.
func openPrompt(t *testing.T) (controller, terminal *os.File) {
	t.Helper()
	controller, terminal, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = controller.Close() // nothing is written to it any more
		_ = terminal.Close()
	})
	return controller, terminal
}

func echoes(t *testing.T, terminal *os.File) bool {
	t.Helper()
	state, err := unix.IoctlGetTermios(int(terminal.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return state.Lflag&unix.ECHO != 0
}

// prompt runs cella set on a terminal, and do once it asks.
func prompt(t *testing.T, terminal *os.File, do func(context.CancelFunc)) (code int, stderr string) {
	t.Helper()
	t.Setenv("SOPS_AGE_KEY_FILE", absDemoKey)
	b := newBench(t, canaryState())
	path := b.manifest(canaryManifest(t))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	b.stderr = testkit.NewWatched()
	done := make(chan int)
	go func() {
		done <- run(ctx, []string{"set", "shop", "CREATED", "--file", path}, terminal, io.Discard, b.stderr, func(string) string { return "" })
	}()
	b.stderr.Wait(t, "(it does not show): ")
	do(cancel)
	code = <-done
	searchFiles(t, b.dir)
	return code, b.stderr.Text()
}

// TestThePromptIsHidden: what is typed is not echoed, and echo is back after.
func TestThePromptIsHidden(t *testing.T) {
	controller, terminal := openPrompt(t)
	code, stderr := prompt(t, terminal, func(context.CancelFunc) {
		for echoes(t, terminal) { // until the question is really asked
			continue
		}
		if _, err := controller.WriteString(canaries["live"] + "\n"); err != nil {
			t.Error(err)
		}
	})
	if code != exitOK || !echoes(t, terminal) {
		t.Errorf("exit code %d, echo %v\n%s", code, echoes(t, terminal), stderr)
	}
	search(t, "stderr", stderr)
	if _, err := terminal.WriteString("end"); err != nil {
		t.Fatal(err)
	}
	var shown bytes.Buffer
	for !strings.Contains(shown.String(), "end") {
		if _, err := io.CopyN(&shown, controller, 1); err != nil {
			t.Fatal(err)
		}
	}
	search(t, "the terminal", shown.String())
}

// TestThePromptTakesOneWholeLine: what a terminal would cut, or leave for the
// shell to run, is not taken for the value, and what is left is gone.
func TestThePromptTakesOneWholeLine(t *testing.T) {
	tests := map[string]struct{ typed, says string }{
		"two lines":        {"-----BEGIN\n" + canaries["live"] + "\n", "more than one line"},
		"an unended line":  {"-----BEGIN\n" + canaries["live"], "more than one line"},
		"a line too long":  {strings.Repeat("x", 5000) + "\n", "cuts lines at 4095 bytes"},
		"empty lines more": {"whole\n\n\n", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			controller, terminal := openPrompt(t)
			code, stderr := prompt(t, terminal, func(context.CancelFunc) {
				for echoes(t, terminal) {
					continue
				}
				if _, err := controller.WriteString(test.typed); err != nil {
					t.Error(err)
				}
			})
			if test.says == "" != (code == exitOK) || !strings.Contains(stderr, test.says) || !echoes(t, terminal) {
				t.Errorf("exit code %d\n%s", code, stderr)
			}
			search(t, "stderr", stderr)
			if left, err := unix.IoctlGetInt(int(terminal.Fd()), unix.TIOCINQ); err != nil || left > 0 {
				t.Errorf("%d bytes are left for the shell (%v)", left, err)
			}
		})
	}
}

// TestAnInterruptedPromptLeavesTheTerminal as it was.
func TestAnInterruptedPromptLeavesTheTerminal(t *testing.T) {
	_, terminal := openPrompt(t)
	code, stderr := prompt(t, terminal, func(cancel context.CancelFunc) {
		for echoes(t, terminal) {
			continue
		}
		cancel()
	})
	if code != exitInterrupted || !echoes(t, terminal) || !strings.Contains(stderr, "interrupted") {
		t.Errorf("exit code %d, echo %v\n%s", code, echoes(t, terminal), stderr)
	}
}

// TestSealAsks: on a terminal, only the word yes seals.
func TestSealAsks(t *testing.T) {
	t.Setenv("SOPS_AGE_KEY_FILE", absDemoKey)
	for answer, want := range map[string]int{"yes": exitOK, "no": exitError} {
		controller, terminal := openPrompt(t)
		b := newBench(t, canaryState())
		path := b.manifest(canaryManifest(t))
		rewrite(t, path, inClear(canaries["live"]))
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := controller.WriteString(answer + "\n"); err != nil {
			t.Fatal(err)
		}
		if code := run(t.Context(), []string{"seal", "--file", path}, terminal, io.Discard, terminal, func(string) string { return "" }); code != want {
			t.Errorf("answer %s: exit code %d, want %d", answer, code, want)
		}
		after, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Equal(before, after) != (want != exitOK) {
			t.Errorf("answer %s: file changed %v", answer, !bytes.Equal(before, after))
		}
	}
}

// TestInitAsksForARule: on a terminal, only the word yes changes a .sops.yaml.
func TestInitAsksForARule(t *testing.T) {
	t.Setenv("SOPS_AGE_KEY_FILE", absDemoKey)
	const catchAll = "creation_rules:\n  - age: age1v3l4d962j6k32n3usfg3zdflpsa2rdynp6nrwtvk8v3xyqtp6fmqurvvla\n"
	for answer, want := range map[string]int{"yes": exitOK, "no": exitError} {
		controller, terminal := openPrompt(t)
		folder := t.TempDir()
		config, manifest := filepath.Join(folder, ".sops.yaml"), filepath.Join(folder, "secrets.yaml")
		if err := os.WriteFile(config, []byte(catchAll), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := controller.WriteString(answer + "\n"); err != nil {
			t.Fatal(err)
		}
		args := []string{"init", "--project", "shop", "--file", manifest}
		if code := run(t.Context(), args, terminal, io.Discard, terminal, func(string) string { return "" }); code != want {
			t.Errorf("answer %s: exit code %d, want %d", answer, code, want)
		}
		after, err := os.ReadFile(config)
		if err != nil || string(after) == catchAll != (want != exitOK) {
			t.Errorf("answer %s: %v, it is\n%s", answer, err, after)
		}
		if _, err := os.Stat(manifest); (err == nil) != (want == exitOK) {
			t.Errorf("answer %s: a manifest: %v", answer, err)
		}
	}
}

// TestANearNameIsAskedAbout: on a terminal nothing is set under a name that may be a
// slip of the hand, before somebody says that it is meant.
func TestANearNameIsAskedAbout(t *testing.T) {
	const question = "There is STRIPE_KEY: did you mean that? To add STRIP_KEY as a secret of its own, confirm it. Only \"yes\" goes on: "
	tests := map[string]struct {
		typed, says string
		code        int
		added       bool
	}{
		"meant":     {"yes\n", "", exitOK, true},
		"not meant": {"no\n", "cella: hint: to set STRIPE_KEY: cella set site:shop STRIPE_KEY", exitError, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			controller, terminal := openPrompt(t)
			t.Setenv("SOPS_AGE_KEY_FILE", absDemoKey)
			b := newBench(t, canaryState())
			path := b.manifest("version: 1\nproject: p\ndefaults: {type: env, scopes: [web]}\nsites:\n  shop:\n    secrets:\n      STRIPE_KEY:\n        value: x\n")
			value := b.file("value", []byte(canaries["live"]))
			if _, err := controller.WriteString(test.typed); err != nil {
				t.Fatal(err)
			}
			args := []string{"set", "shop", "STRIP_KEY", "--file", path, "--value-file", value}
			code := run(t.Context(), args, terminal, io.Discard, terminal, func(string) string { return "" })
			if _, err := terminal.WriteString("end"); err != nil {
				t.Fatal(err)
			}
			var shown bytes.Buffer
			for !strings.Contains(shown.String(), "end") {
				if _, err := io.CopyN(&shown, controller, 1); err != nil {
					t.Fatal(err)
				}
			}
			says(t, shown.String(), question, test.says)
			text, err := os.ReadFile(path)
			if err != nil || code != test.code || strings.Contains(string(text), "STRIP_KEY:") != test.added {
				t.Errorf("exit code %d, %v, the manifest is\n%s", code, err, text)
			}
			if strings.Contains(shown.String(), "warning") {
				t.Errorf("it was asked, and warns:\n%s", &shown)
			}
		})
	}
}
