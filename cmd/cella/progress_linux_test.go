package main

import (
	"bytes"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

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
	catchSignals().release() // what delivers signals never ends, so it begins outside of the bubble
	args := []string{"plan", "--file", filepath.Join(dir, "secrets.yaml"), "--api", "emulator:" + filepath.Join(dir, "live.json"), "--rate", "0.4"}
	synctest.Test(t, func(t *testing.T) {
		if code := run(t.Context(), args, strings.NewReader(""), &stdout, terminal, func(string) string { return "" }); code != exitOK {
			t.Error(code, out.Text())
		}
	})
	_ = terminal.Close()
	<-copied
	says(t, out.Text(), "reading [", "1 of 3 requests left, about 3s")
	if strings.Contains(stdout.String(), "requests left") || strings.Contains(stdout.String(), "\x1b") {
		t.Errorf("stdout: %s", &stdout)
	}
}
