package schema

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/internal/testkit"
	"github.com/cella-secrets/cella/schema/internal/sealtest"
)

// TestProblems holds every rule that does not need encryption, over plain
// files: each has its golden file beside it. What stands for a secret in them
// is "canary" and must not be repeated.
func TestProblems(t *testing.T) {
	files, err := filepath.Glob("testdata/problems/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			_, problems, err := Load(t.Context(), file, Options{AllowPlaintext: true})
			if err != nil {
				t.Fatal(err)
			}
			got := sealtest.Lines(problems)
			testkit.Golden(t, strings.TrimSuffix(file, ".yaml")+".golden", got)
			if bytes.Contains([]byte(got), []byte("canary")) {
				t.Error("a problem repeats a value")
			}
		})
	}
}
