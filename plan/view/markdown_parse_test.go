package view_test

import (
	"fmt"
	"regexp"
	"strings"
)

// The forms that lines of a comment may take. A comment with any other line has
// been broken out of.
var (
	markerLine  = regexp.MustCompile(`^<!-- cella:[0-9a-f]{64} -->$`)
	summaryLine = regexp.MustCompile(`^<details><summary>[0-9]+ more, none more dangerous than those above</summary>$`)
	ownersLine  = regexp.MustCompile(`^<details><summary>Which sites and organizations, where a line names only 5</summary>$`)
	runLine     = regexp.MustCompile("^Commit `[0-9a-f]{12}`, \\[the run that wrote this\\]\\(https://ci\\.example/runs/1\\), [0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2} UTC\\.$")
	changeCell  = regexp.MustCompile("^ `(\\+|~|-/\\+|-|o|>|x|=|\\?|!|-\\?|>\\?|x\\?)` [a-z]+\\?? $")
	inlineLine  = regexp.MustCompile(`^(### What |- |  - to allow it: |` +
		`\*\*[A-Z][A-Za-z0-9 ,.:]*[.,:]\*\*)?(.*)$`)
	headingLine = regexp.MustCompile(`^#### (Refused|Errors|Warnings|Changed on Pantheon since the last apply)$`)
	// words are all that may stand outside code: nothing that begins or ends
	// markup, is decoded, or is looked for by a forge.
	words    = regexp.MustCompile(`^[A-Za-z0-9 .,:;()'?-]*$`)
	lookedUp = regexp.MustCompile(`(?i)\b[0-9a-f]{7,}\b|\bwww\.[a-z0-9]|[a-z]-[0-9]|:[a-z0-9+-]+:|^ ?([0-9]+[.)]|-)( |$)`)
)

const tableHead, tableRule = "| change | secret | where | what |", "| --- | --- | --- | --- |"

// outline parses a comment and returns the kinds of its lines, one a line. It
// fails on what a comment must not hold. It does not know how Markdown is
// written, only how tables are cut into cells, and where code spans end [GFM
// 4.10 and CommonMark 0.31, 6.1].
func outline(comment string) (string, error) {
	lines := strings.Split(strings.TrimSuffix(comment, "\n"), "\n")
	if !markerLine.MatchString(lines[0]) {
		return "", fmt.Errorf("the marker is %q", lines[0])
	}
	kinds := []string{"marker"}
	inTable, unfolding := false, false
	for i, line := range lines[1:] {
		kind, err := "", error(nil)
		switch {
		case line == "":
			kind, inTable = "blank", false
		case inTable:
			kind, err = rowKind(line)
		case line == tableHead && lines[i] == "":
			kind = "head"
		case line == tableRule && lines[i] == tableHead:
			kind, inTable = "rule", true
		case summaryLine.MatchString(line) && !unfolding && lines[i+2] == "" && lines[i+3] == tableHead:
			kind, unfolding = "details", true
		case ownersLine.MatchString(line) && !unfolding && lines[i+2] == "" && strings.HasPrefix(lines[i+3], "- "):
			kind, unfolding = "owners", true
		case runLine.MatchString(line):
			kind = "run"
		case line == "</details>" && unfolding && lines[i] == "" && lines[i+2] == "":
			kind, unfolding = "details end", false
		case headingLine.MatchString(line):
			kind = line
		case !unfolding || strings.HasPrefix(line, "- "):
			form := inlineLine.FindStringSubmatch(line)
			kind, err = "inline "+form[1], inert(form[2])
		}
		if kind == "" || err != nil {
			return "", fmt.Errorf("line %d must not stand here (%w): %q", i+2, err, line)
		}
		kinds = append(kinds, kind)
	}
	if unfolding {
		return "", fmt.Errorf("something is left open")
	}
	return strings.Join(kinds, "\n"), nil
}

// rowKind is the kind of a table's row: with its symbol, and how many sentences it
// has. No cell holds a bar, in code or with a backslash before it: renderers
// do not agree on those.
func rowKind(line string) (string, error) {
	cells := strings.Split(line, "|")
	if len(cells) != 6 || cells[0]+cells[5] != "" || !changeCell.MatchString(cells[1]) {
		return "", fmt.Errorf("it is no row of the table")
	}
	breaks := 0
	for i, cell := range cells[2:5] {
		if !strings.HasPrefix(cell, " ") || !strings.HasSuffix(cell, " ") {
			return "", fmt.Errorf("a cell has no margin")
		}
		rest, err := withoutCode(cell)
		if err != nil {
			return "", err
		}
		if i == 2 { // what cella itself puts there
			breaks = strings.Count(rest, "<br>")
			rest = strings.NewReplacer("<br>", " ", "&rarr;", "to").Replace(rest)
		}
		if err := plainWords(rest); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("row%sof %d", cells[1], breaks+1), nil
}

// inert fails on a line with anything but words and code.
func inert(line string) error {
	rest, err := withoutCode(line)
	if err != nil {
		return err
	}
	return plainWords(rest)
}

func plainWords(text string) error {
	if !words.MatchString(text) || lookedUp.MatchString(text) {
		return fmt.Errorf("%q is more than words", text)
	}
	return nil
}

// withoutCode takes the code spans out of a line: from a run of backticks to
// the next of the same length.
func withoutCode(line string) (string, error) {
	rest := ""
	for {
		start := strings.IndexByte(line, '`')
		if start < 0 {
			return rest + line, nil
		}
		rest, line = rest+line[:start]+"C", line[start:]
		opening := len(line) - len(strings.TrimLeft(line, "`"))
		line = line[opening:]
		for {
			end := strings.IndexByte(line, '`')
			if end < 0 {
				return "", fmt.Errorf("a code span has no end")
			}
			line = line[end:]
			closing := len(line) - len(strings.TrimLeft(line, "`"))
			line = line[closing:]
			if closing == opening {
				break
			}
		}
	}
}
