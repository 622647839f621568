package view_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/view"
)

func note(t *testing.T, n view.Note) string {
	t.Helper()
	var out bytes.Buffer
	if err := n.Markdown(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestNote(t *testing.T) {
	golden(t, "note.md", []byte(note(t, view.Note{
		Project: "store-front", Run: runOf(plan.Plan{Project: "other"}), Title: "plan", Sentences: []string{"**Not planned.** One.", "Two."},
		Text: "error: a | b\nhint: ```` <script> --> @everyone\x1b[31m\r::error::x\n",
	})))
	golden(t, "note without project.md", []byte(note(t, view.Note{Title: "apply", Sentences: []string{"Nothing."}})))
}

// TestNoteIsCut: what does not fit is counted, and the block is closed.
func TestNoteIsCut(t *testing.T) {
	var text strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&text, "line %d of a long complaint\n", i)
	}
	cut := note(t, view.Note{Project: "shop", Run: runOf(plan.Plan{}), Title: "plan", Text: text.String()})
	if len(cut) > view.MarkdownLimit || len(cut) < view.MarkdownLimit-100 {
		t.Errorf("it has %d bytes", len(cut))
	}
	shown := strings.Count(cut, "\nline ")
	if want := fmt.Sprintf("```\n\nNot shown: %d more lines, which the log of the run has.\n\nCommit ", 5000-shown); !strings.Contains(cut, want) {
		t.Errorf("it ends in %q, want %q", cut[len(cut)-200:], want)
	}
	if strings.Count(cut, "```") != 2 {
		t.Error("the block is not closed")
	}
	if err := (view.Note{Title: "plan"}).Markdown(brokenWriter{}); err == nil {
		t.Error("the writer's error is lost")
	}
}
