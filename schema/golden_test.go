package schema

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files")

// golden compares got with the file, or writes it.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v (run with -update)", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("problems differ from %s (-want +got):\n%s", file, diff)
	}
}

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
			got := lines(problems)
			golden(t, strings.TrimSuffix(file, ".yaml")+".golden", got)
			if bytes.Contains([]byte(got), []byte("canary")) {
				t.Error("a problem repeats a value")
			}
		})
	}
}
