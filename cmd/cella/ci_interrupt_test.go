package main

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/cella-secrets/cella/internal/testkit"
)

// slowCella stands in for a cella that is in the middle of a secret. It does not
// outlive a test that failed.
const slowCella = `#!/bin/bash
trap 'echo finishing; echo "**Applied in part.**" >"$REPORT"; exit 130' TERM
echo under way
for _ in {1..1200}; do sleep 0.05 & wait $!; done
`

// TestActionIsCancelled: the runner signals the script alone; cella is told, and
// what it reports is still written.
func TestActionIsCancelled(t *testing.T) {
	testkit.Need(t, "bash")
	t.Parallel()
	for name, signal := range map[string]os.Signal{"interrupt": os.Interrupt, "terminate": syscall.SIGTERM, "hang up": syscall.SIGHUP} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			summary := filepath.Join(dir, "summary")
			if err := os.WriteFile(filepath.Join(dir, "cella"), []byte(slowCella), 0o700); err != nil {
				t.Fatal(err)
			}
			script := testkit.Command(t, "bash", filepath.Join(actionRoot, "ci/github/apply.sh"))
			script.Env = append(os.Environ(), "CELLA_DIR="+dir, "REPORT="+filepath.Join(dir, "apply.md"),
				"GITHUB_STEP_SUMMARY="+summary, "GITHUB_OUTPUT="+filepath.Join(dir, "output"), "GITHUB_REF=refs/heads/main", "DEFAULT_BRANCH=main",
				"IN_BRANCH=", "IN_FILE=secrets.yaml", "IN_API=", "IN_KEY_SOURCES=", "IN_TARGET=", "IN_STRICT=false", "IN_PLAN_FILE=")
			out, err := script.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := script.Start(); err != nil {
				t.Fatal(err)
			}
			lines := bufio.NewReader(out)
			for line := ""; !strings.Contains(line, "under way"); {
				if line, err = lines.ReadString('\n'); err != nil {
					t.Fatal(err)
				}
			}
			if err := script.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			rest, err := io.ReadAll(lines)
			if err != nil {
				t.Fatal(err)
			}
			says(t, string(rest), "finishing")
			if exit := new(exec.ExitError); !errors.As(script.Wait(), &exit) || exit.ExitCode() != exitInterrupted {
				t.Errorf("it ended with %v, want %d", exit, exitInterrupted)
			}
			says(t, readPage(t, summary), "**Applied in part.**")
		})
	}
}
