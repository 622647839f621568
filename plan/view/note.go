package view

import (
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/cella-secrets/cella/internal/words"
)

// Note is what a comment or a summary says where there is no plan to show:
// that nothing was planned and why, or what became of an apply.
type Note struct {
	// Project is named in the heading, where it is known.
	Project string
	Run     Run
	// Title follows "cella" in the heading. Title and Sentences are cella's
	// own words, in Markdown.
	Title     string
	Sentences []string
	// Text is what a command printed: lines of any text, shown as they are.
	// What does not fit is left out from its end, in whole lines, and counted.
	Text string
	// Limit is the most bytes to write; 0 means MarkdownLimit.
	Limit int
}

// Markdown writes the note, and returns the writer's error.
func (n Note) Markdown(w io.Writer) error {
	limit := n.Limit
	if limit == 0 {
		limit = MarkdownLimit
	}
	var out strings.Builder
	out.WriteString(n.Run.marker())
	heading := "### cella " + n.Title
	if n.Project != "" {
		heading += ": " + code(words.Quote(n.Project))
	}
	fmt.Fprintf(&out, "%s%s\n", heading, n.Run.named())
	for _, sentence := range n.Sentences {
		fmt.Fprintf(&out, "\n%s\n", sentence)
	}
	told := n.Run.told()
	if told != "" {
		told = "\n" + strings.TrimSuffix(told, "\n")
	}
	out.WriteString(n.block(limit-out.Len()-len(told)) + told)
	_, err := io.WriteString(w, out.String())
	return err
}

// block is the text as a block of code of at most limit bytes.
func (n Note) block(limit int) string {
	if n.Text == "" {
		return ""
	}
	lines := strings.SplitAfter(strings.TrimSuffix(strings.Map(printable, n.Text), "\n"), "\n")
	fence := fenceOf(lines)
	rest := func(left int) string {
		if left == 0 {
			return ""
		}
		return fmt.Sprintf("\nNot shown: %s, which the log of the run has.\n", words.Count(left, "more line"))
	}
	room := limit - len("\n\n\n\n") - 2*len(fence) - len("text") - len(rest(len(lines)))
	shown := 0
	for ; shown < len(lines) && len(lines[shown]) <= room; shown++ {
		room -= len(lines[shown])
	}
	text := strings.TrimSuffix(strings.Join(lines[:shown], ""), "\n")
	return fmt.Sprintf("\n%stext\n%s\n%s\n%s", fence, text, fence, rest(len(lines)-shown))
}

// printable replaces what could do more than be read.
func printable(r rune) rune {
	if r == '\n' || unicode.IsPrint(r) {
		return r
	}
	return unicode.ReplacementChar
}
