package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/internal/files"
	"github.com/cella-secrets/cella/internal/planfile"
	"github.com/cella-secrets/cella/plan"
)

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
