package view_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/internal/testkit"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/view"
)

// golden compares got with a file of testdata.
func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	testkit.Golden(t, filepath.Join("testdata", file), string(got))
}

func TestText(t *testing.T) {
	for name, p := range cases() {
		t.Run(name, func(t *testing.T) {
			golden(t, name+".txt", text(t, p, false))
		})
	}
}

func TestColoredText(t *testing.T) {
	golden(t, "everything.color.txt", text(t, cases()["everything"], true))
}

// TestColorSaysNothingNew: without the codes, coloured text is the plain one.
func TestColorSaysNothingNew(t *testing.T) {
	codes := strings.NewReplacer("\x1b[0m", "", "\x1b[1m", "", "\x1b[31m", "", "\x1b[32m", "", "\x1b[33m", "", "\x1b[35m", "", "\x1b[36m", "")
	for name, p := range cases() {
		colored := string(text(t, p, true))
		if diff := cmp.Diff(string(text(t, p, false)), codes.Replace(colored)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestJSON(t *testing.T) {
	for _, name := range []string{"everything", "nothing declared", "hostile names", "remembered", "structure", "elsewhere"} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			if err := view.JSON(&out, cases()[name]); err != nil {
				t.Fatal(err)
			}
			golden(t, name+".json", out.Bytes())
		})
	}
}

// TestTextIsSafe: whatever a plan holds, each byte of the text is printable
// ASCII, a newline that the text itself put there, or the mark of a cut.
func TestTextIsSafe(t *testing.T) {
	for name, p := range cases() {
		for _, r := range string(text(t, p, false)) {
			if (r < ' ' || r > '~') && r != '\n' && r != '…' {
				t.Errorf("%s shows %q", name, r)
			}
		}
	}
}

// TestNoValueIsShown: every value of the cases holds the word canary.
func TestNoValueIsShown(t *testing.T) {
	for name, p := range cases() {
		var out bytes.Buffer
		if err := view.JSON(&out, p); err != nil {
			t.Fatal(err)
		}
		out.Write(text(t, p, true))
		if strings.Contains(out.String(), "canary") {
			t.Errorf("%s shows a value", name)
		}
	}
}

// TestNoChangesIsSaidRightly: only of plans that looked at everything, found
// nothing to do and refuse nothing.
func TestNoChangesIsSaidRightly(t *testing.T) {
	said := 0
	for name, p := range cases() {
		says := strings.Contains(string(text(t, p, false)), "No changes.")
		if want := p.Complete && !p.HasChanges() && !p.Blocked(); says != want {
			t.Errorf("%s: says no changes is %t", name, says)
		}
		if says {
			said++
		}
	}
	if said == 0 {
		t.Error("no case says it at all")
	}
}

// brokenWriter fails from the first byte on.
type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, os.ErrClosed }

func TestWriterErrorsAreReturned(t *testing.T) {
	for name, p := range map[string]plan.Plan{"short": {}, "longer than a buffer": cases()["many owners"]} {
		if err := view.Text(brokenWriter{}, p, view.TextOptions{}); err == nil {
			t.Errorf("%s: text returns no error", name)
		}
		if err := view.JSON(brokenWriter{}, p); err == nil {
			t.Errorf("%s: JSON returns no error", name)
		}
	}
}

func text(t *testing.T, p plan.Plan, color bool) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := view.Text(&out, p, view.TextOptions{Color: color}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
