package view

import (
	"fmt"
	"slices"
	"strings"
)

const tableHead = "| change | secret | where | what |\n| --- | --- | --- | --- |\n"

// table are the rows of all groups as lines of a table, the most dangerous
// first. A word stands beside each symbol, so that nobody has to know it.
func (m *markdown) table(groups []*group) []string {
	var rows []row
	for _, g := range groups {
		rows = append(rows, g.rows...)
	}
	slices.SortStableFunc(rows, func(a, b row) int { return int(a.danger) - int(b.danger) })
	lines := make([]string, len(rows))
	for i, r := range rows {
		said := make([]string, len(r.said))
		for i, s := range r.said {
			said[i] = cell(s)
		}
		action := r.action
		if action == "" {
			action = "leave"
		}
		name, kind := m.title(r.owner)
		lines[i] = fmt.Sprintf("| %s %s | %s | %s %s | %s |\n", code(r.symbol), action, codeCell(r.name), codeCell(name), cell(kind), strings.Join(said, "<br>"))
	}
	return lines
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
