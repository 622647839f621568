package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/creack/pty"

	"github.com/cella-secrets/cella/internal/testkit"
)

// TestProgressOfCommands: plan and apply say what they wait for, where it
// takes longer than a glance, and nothing of it reaches stdout.
func TestProgressOfCommands(t *testing.T) {
	controller, terminal := openPrompt(t)
	if err := pty.Setsize(controller, &pty.Winsize{Rows: 24, Cols: 80}); err != nil {
		t.Fatal(err)
	}
	out, copied := testkit.NewWatched(), make(chan struct{})
	go func() {
		defer close(copied)
		_, _ = io.Copy(out, controller) // ends with an error once the terminal is closed
	}()
	dir := t.TempDir()
	if err := copyQuickstart(dir); err != nil {
		t.Fatal(err)
	}
	setKey(t)
	var stdout bytes.Buffer
	// Three owners are listed, two and a half seconds apart.
	code := run(t.Context(), []string{"plan", "--file", filepath.Join(dir, "secrets.yaml"), "--api", "emulator:" + filepath.Join(dir, "live.json"), "--rate", "0.4"},
		os.Stdin, &stdout, terminal, func(string) string { return "" })
	_ = terminal.Close()
	<-copied
	if code != exitOK {
		t.Fatal(code, out.Text())
	}
	says(t, out.Text(), "reading [", "1 of 3 requests left, about 3s")
	if strings.Contains(stdout.String(), "requests left") || strings.Contains(stdout.String(), "\x1b") {
		t.Errorf("stdout: %s", &stdout)
	}
}
