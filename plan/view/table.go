package view

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cella-secrets/cella/internal/words"
)

const tableHead = "| change | secret | where | what |\n| --- | --- | --- | --- |\n"

// line is a row of the table: what is done alike on one owner or on several.
type line struct {
	row
	kind   string // of the owners
	owners []string
}

// maxInLine is how many owners a line names.
const maxInLine = 5

// lines are the rows of all groups, the most dangerous first, those that differ only
// in the owner as one.
func (m *markdown) lines(groups []*group) []*line {
	var lines []*line
	at := map[string]*line{}
	for _, g := range groups {
		for _, r := range g.rows {
			name, kind := m.title(r.owner)
			key := strings.Join(append([]string{kind, r.symbol, r.name, r.action}, r.said...), "\n")
			if at[key] == nil {
				at[key] = &line{row: r, kind: kind}
				lines = append(lines, at[key])
			}
			at[key].owners = append(at[key].owners, name)
		}
	}
	slices.SortStableFunc(lines, func(a, b *line) int { return int(a.danger) - int(b.danger) })
	return lines
}

// table writes the lines, and returns those that name only some of their owners. A
// word stands beside each symbol, so that nobody has to know it.
func (m *markdown) table(groups []*group) (written []string, wide []*line) {
	for _, l := range m.lines(groups) {
		said := make([]string, len(l.said))
		for i, s := range l.said {
			said[i] = cell(s)
		}
		if len(l.owners) > maxInLine {
			wide = append(wide, l)
		}
		written = append(written, fmt.Sprintf("| %s %s | %s | %s | %s |\n", code(l.symbol), l.does(), codeCell(l.name), l.where(), strings.Join(said, "<br>")))
	}
	return written, wide
}

func (l *line) does() string {
	if l.action == "" {
		return "leave"
	}
	return l.action
}

// where is such as "`blue-shop` site" or "`blue-a`, `blue-b` and 4 more sites".
func (l *line) where() string {
	names, kind := codeCells(l.owners), cell(l.kind)
	switch n := len(names); {
	case n == 1:
		return names[0] + " " + kind
	case n <= maxInLine:
		return strings.Join(names, ", ") + " " + kind + "s"
	default:
		return strings.Join(names[:maxInLine], ", ") + " and " + words.Count(n-maxInLine, "more "+kind)
	}
}

func codeCells(names []string) []string { return each(names, codeCell) }

// spelledOut names, folded, all owners of the lines that name only some, in at most
// limit bytes.
func spelledOut(wide []*line, limit int) string {
	if len(wide) == 0 {
		return ""
	}
	secrets := map[string][]string{} // by the owners, who are often the same
	var owners []string
	for _, l := range wide {
		all := strings.Join(codeCells(l.owners), ", ")
		if secrets[all] == nil {
			owners = append(owners, all)
		}
		secrets[all] = append(secrets[all], fmt.Sprintf("%s %s %s", code(l.symbol), l.does(), codeCell(l.name)))
	}
	var out strings.Builder
	fmt.Fprintf(&out, "<details><summary>Which sites and organizations, where a line names only %d</summary>\n\n", maxInLine)
	for i, all := range owners {
		item := fmt.Sprintf("- %s: %s\n", strings.Join(some(secrets[all]), ", "), all)
		rest := fmt.Sprintf("- and %s, which %s shows\n", words.Count(len(owners)-i, "more list"), code("cella plan"))
		if out.Len()+len(item)+len(rest)+len(foldEnd) > limit {
			out.WriteString(rest)
			break
		}
		out.WriteString(item)
	}
	return out.String() + "\n" + foldEnd
}

// table writes lines as a table; none for none.
func table(lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	return tableHead + strings.Join(lines, "") + "\n"
}

const foldEnd = "</details>\n\n"

func unfolding(n int) string {
	return fmt.Sprintf("<details><summary>%d more, none more dangerous than those above</summary>\n\n", n)
}

// fold writes lines as a table that is to be unfolded.
func fold(lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	return unfolding(len(lines)) + table(lines) + foldEnd
}

// fit returns the first lines that go into so many bytes.
func fit(lines []string, room int) []string {
	for i, line := range lines {
		if room -= len(line); room < 0 {
			return lines[:i]
		}
	}
	return lines
}
