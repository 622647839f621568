package view

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/plan"
)

// TextOptions says how Text shows a plan.
type TextOptions struct {
	// Color marks symbols and headings with the 16 ANSI colours.
	Color bool
	// Now is the time that ages are counted from; the zero Time shows dates.
	Now time.Time
	// Pace is the time from one request to the next; 0 is not known, and nothing
	// is said of how long they take.
	Pace time.Duration
}

const (
	// textWidth is the longest line of the text, in columns.
	textWidth = 100
	// nameWidth is the widest that the column of names gets. A longer name has
	// a line of its own.
	nameWidth = 28
	// symbolWidth is that of the longest symbol.
	symbolWidth = len("-/+")
)

// Text writes the plan for people: owner by owner what changes and why, then
// warnings, drift, errors and refusals, then what it adds up to. It returns
// the writer's error.
func Text(w io.Writer, p plan.Plan, options TextOptions) error {
	t := &text{teller: newTeller(p, options.Now, options.Pace, "below"), out: bufio.NewWriter(w), paint: paint{on: options.Color}}
	t.owners()
	t.sections()
	t.summary()
	return t.out.Flush()
}

// text is a plan being written.
type text struct {
	*teller
	out   *bufio.Writer
	paint paint
	// names and actions are the widths of their columns.
	names, actions int
}

// line writes one line. A failed write sticks to the buffered writer, and
// Flush returns it.
func (t *text) line(format string, args ...any) {
	_, _ = fmt.Fprintf(t.out, format+"\n", args...)
}

// hang writes what begins a line, of so many columns, and lets the text follow,
// wrapped; its further lines are indented.
func (t *text) hang(begun string, columns, indent int, said string) {
	lines := words.Wrap(said, textWidth-columns, textWidth-indent)
	t.line("%s", strings.TrimRight(begun+strings.Join(lines, "\n"+strings.Repeat(" ", indent)), " "))
}

// paragraph writes text that stands at the left edge.
func (t *text) paragraph(said string) { t.hang("", 0, 2, said) }

// owners writes the groups that have something to show, and counts the rest.
func (t *text) owners() {
	shown, rest := t.shown()
	for _, g := range shown {
		for _, r := range g.rows {
			if width := words.Width(r.name); width <= nameWidth {
				t.names = max(t.names, width)
			}
			t.actions = max(t.actions, words.Width(r.action))
		}
	}
	for _, g := range shown {
		name, kind := t.title(g.owner)
		t.line("%s (%s)", t.paint.heading(name), kind)
		for _, r := range g.rows {
			t.row(r)
		}
		t.line("")
	}
	if rest != "" {
		t.line("%s", rest)
		t.line("")
	}
}

// row writes a row in its columns. What is said after the first has lines of its
// own; where one goes on, it is indented.
func (t *text) row(r row) {
	symbol := "  " + t.paint.symbol(r.symbol) + strings.Repeat(" ", symbolWidth-len(r.symbol)+1)
	margin := 2 + symbolWidth + 1
	name := pad(r.name, t.names)
	if words.Width(r.name) > t.names {
		t.line("%s%s", symbol, r.name)
		symbol, name = strings.Repeat(" ", margin), pad("", t.names)
	}
	begun, columns := symbol+name+"  "+pad(r.action, t.actions)+"  ", margin+t.names+2+t.actions+2
	if len(r.said) == 0 {
		t.line("%s", strings.TrimRight(begun, " "))
	}
	for _, said := range r.said {
		t.hang(begun, columns, columns+2, said)
		begun = strings.Repeat(" ", columns)
	}
}

// pad fills a quoted text up to so many columns.
func pad(text string, columns int) string {
	return text + strings.Repeat(" ", max(0, columns-words.Width(text)))
}
