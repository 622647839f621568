package main

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/internal/files"
	"github.com/cella-secrets/cella/internal/planfile"
	"github.com/cella-secrets/cella/plan"
)

// TestPlanFileLimits: a file that is no plan of ours is refused before it takes
// many times its size.
func TestPlanFileLimits(t *testing.T) {
	file := filepath.Join(t.TempDir(), "plan.json")
	write := func(text string) func() error {
		return func() error { return os.WriteFile(file, []byte(text), 0o600) }
	}
	tests := map[string]struct {
		put  func() error
		want string
	}{
		"too large": {func() error {
			if err := write("{")(); err != nil {
				return err
			}
			return os.Truncate(file, planfile.MaxBytes+1)
		}, "it is larger than 128 MiB"},
		"empty changes":   {write(`{"format_version":"1","changes":[` + strings.Repeat("{},", 1<<20) + `{}]}`), "is not a saved plan, or was cut or edited"},
		"empty overrides": {write(`{"changes":[{"overrides":[` + strings.Repeat("{},", 1<<20) + `{}]}]}`), "is not a saved plan, or was cut or edited"},
		"nested":          {write(strings.Repeat(`{"changes":`, 1<<20)), "is not a saved plan, or was cut or edited"},
		"nested lists":    {write(`{"changes":` + strings.Repeat("[", 1<<22)), "is not a saved plan, or was cut or edited"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if err := test.put(); err != nil {
				t.Fatal(err)
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := planfile.Load(file)
			runtime.ReadMemStats(&after)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v", err)
			}
			if took := after.TotalAlloc - before.TotalAlloc; took > 3*planfile.MaxBytes/2 {
				t.Errorf("it took %d bytes", took)
			}
		})
	}
}

// TestPlanObjectsAreLarger: so are all objects that cella writes into a plan.
func TestPlanObjectsAreLarger(t *testing.T) {
	b := newBench(t, threeSites())
	b.manifest(threeSitesManifest)
	file := filepath.Join(b.dir, "plan.json")
	b.cella("plan", "--out", file).must(t, exitOK)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if objects := strings.Count(string(text), "{"); len(text) < 2*planfile.MinObject*objects {
		t.Errorf("%d objects in %d bytes", objects, len(text))
	}
	if saved, err := planfile.Load(file); err != nil || saved.FormatVersion != plan.FormatVersion {
		t.Errorf("%v", err)
	}
}

// TestPlanLimitIsDocumented: docs/manifest.md has a table of all limits.
func TestPlanLimitIsDocumented(t *testing.T) {
	row := "| a plan saved with `--out` | " + files.Size(planfile.MaxBytes) + " |"
	if !strings.Contains(sectionsOf(readPage(t, "../../docs/manifest.md"))["Limits"], row) {
		t.Errorf("no row %s", row)
	}
}
