package checkup_test

import (
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/internal/checkup"
	"github.com/cella-secrets/cella/plan/view"
)

// TestSeveral: what is said of all holds of each one, and a comment is of one.
func TestSeveral(t *testing.T) {
	check := func(text string) checkup.Checkup {
		return checkup.Check(t.Context(), noGit, write(t, text), plain, false)
	}
	tests := map[string]struct {
		all     checkup.List
		outputs string
		valid   bool
		lines   int // of verdicts
	}{
		"all fine":  {checkup.List{check(fine), check(warned)}, "valid=true\ndecrypted=true\nsavable=false\n", true, 2},
		"one wrong": {checkup.List{check(fine), check(wrong)}, "valid=false\ndecrypted=false\nsavable=false\n", false, 1},
		"the first": {checkup.List{check(broken), check(fine)}, "valid=false\ndecrypted=false\nsavable=false\n", false, 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			render := func(format string) string {
				var out strings.Builder
				if err := test.all.Render(&out, format, false, func(string) string { return "" }, view.Run{}); err != nil {
					t.Fatal(err)
				}
				return out.String()
			}
			if out := render("outputs"); !strings.HasSuffix(out, test.outputs) || strings.Count(out, "planned=false\n") != 1 {
				t.Errorf("outputs\n%s", out)
			}
			if out := render("text"); strings.Count(out, "\n") != test.lines {
				t.Errorf("text\n%s", out)
			}
			var document struct {
				Valid bool
				Files []struct{ File string }
			}
			if err := json.Unmarshal([]byte(render("json")), &document); err != nil || document.Valid != test.valid || len(document.Files) != 2 {
				t.Errorf("JSON says %+v, %v", document, err)
			}
			if err := test.all.Render(io.Discard, "markdown", false, nil, view.Run{}); err == nil {
				t.Error("there is a comment about two manifests")
			}
		})
	}
}
