package view_test

import (
	"strings"
	"testing"

	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/view"
)

// TestOutdated: the first thing to read is that it no longer holds, and why; the
// earlier plan is below, once.
func TestOutdated(t *testing.T) {
	plan := markdown(t, cases()["everything"], 0)
	run := runOf(cases()["everything"])
	once := view.Outdated(plan, "The manifest is gone.", run)
	golden(t, "outdated.md", []byte(once))
	if first, _, _ := strings.Cut(plan, "\n"); !strings.HasPrefix(once, first+"\n### Outdated: ") {
		t.Error("it is not found again")
	}
	twice := view.Outdated(once, "It is still gone.", run)
	if want := strings.Replace(once, "The manifest is gone.", "It is still gone.", 1); twice != want {
		t.Errorf("outdated twice it is\n%s", twice)
	}
}

// TestOutdatedIsSafe: the reason is text, and what no longer fits is left out.
func TestOutdatedIsSafe(t *testing.T) {
	for _, text := range outbreaks {
		got := view.Outdated("<!-- cella:1 -->\nplan\n", "because of "+text, view.Run{})
		lines := strings.Split(got, "\n")
		if len(lines) != 11 || inert(lines[3]) != nil {
			t.Errorf("%q makes it\n%s", text, got)
		}
	}
	long := markdown(t, huge(3000, 1), 0)
	if got := view.Outdated(long, "It failed.", runOf(plan.Plan{})); len(got) > 65_536 {
		t.Errorf("it has %d bytes", len(got))
	}
	longer := "<!-- cella:1 -->\n" + strings.Repeat("a\n", 33_000)
	if got := view.Outdated(longer, "It failed.", view.Run{}); !strings.HasSuffix(got, "It failed.\n\nThe earlier plan was too long to be kept here; the history of this comment's edits has it.\n") {
		t.Errorf("it ends in %s", got[len(got)-200:])
	}
}
