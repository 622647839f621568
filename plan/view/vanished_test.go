package view_test

import (
	"strings"
	"testing"

	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/view"
	"github.com/cella-secrets/cella/secret"
)

// TestVanished: a secret that was deleted on Pantheon is told in one place: its row,
// where it is created again, and otherwise among what changed on Pantheon.
func TestVanished(t *testing.T) {
	const changed, row = "Changed on Pantheon since the last apply", "missing"
	created := plan.Facts{Action: plan.Create}
	tests := map[string]struct {
		env   secret.Env
		facts plan.Facts
		inRow bool
	}{
		"as a whole":           {"", created, true},
		"one override":         {"live", created, false},
		"refused":              {"", plan.Facts{Action: plan.Create, Refused: true}, false},
		"if the key confirms":  {"", plan.Facts{Action: plan.Create, IfVerified: true}, false},
		"not to be made again": {"", plan.Facts{Action: plan.Forget}, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			change := plan.Change{Owner: mySite, Secret: "A", Action: test.facts.Action, Default: test.facts.Action}
			p := plan.Plan{
				Complete: true, Changes: []plan.Change{change},
				Drift: []plan.Drift{{Owner: mySite, Secret: "A", Env: test.env, Code: plan.DriftMissing, Facts: test.facts}},
			}
			var text, comment strings.Builder
			if err := view.Text(&text, p, view.TextOptions{}); err != nil {
				t.Fatal(err)
			}
			if err := view.Markdown(&comment, p, view.MarkdownOptions{}); err != nil {
				t.Fatal(err)
			}
			for _, said := range []string{text.String(), comment.String()} {
				if strings.Contains(said, row) != test.inRow || strings.Contains(said, changed) == test.inRow {
					t.Errorf("it says\n%s", said)
				}
				if test.inRow && (!strings.Contains(said, "deleted on Pantheon since the last") || strings.Contains(said, "  new  ")) {
					t.Errorf("it says\n%s", said)
				}
			}
		})
	}
}
