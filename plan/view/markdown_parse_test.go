package view_test

import (
	"fmt"
	"regexp"
	"strings"
)

// The forms that lines of a comment may take, outside blocks of code. A
// comment with any other line has been broken out of.
var (
	markerLine  = regexp.MustCompile(`^<!-- cella:([a-z0-9]+(-[a-z0-9]+)*|sha256:[0-9a-f]{64}) -->$`)
	summaryLine = regexp.MustCompile(`^<details( open)?><summary><code>[^<>"'\x60]*</code>: [0-9a-z, ]+</summary>$`)
	rowLine     = regexp.MustCompile(`^\|( [0-9a-z:-]+( [a-z]+)* \|)+$`)
	fenceLine   = regexp.MustCompile("^(`{3,})diff$")
	closingLine = regexp.MustCompile("^ {0,3}(`{3,}) *$")
	entryLine   = regexp.MustCompile(`^((\+|~|-/\+|-|o|>|x|=|\?|!|-\?|>\?|x\?) |    )`)
	inlineLine  = regexp.MustCompile(`^(### cella plan: |- |  - way out: |\*\*(Plan:|No changes\.|Structure only:|Cut here, to fit into a comment\.)\*\*)?(.*)$`)
	headingLine = regexp.MustCompile(`^#### (Refused|Errors|Warnings|Changed outside this project)$`)
	// words are all that may stand outside code: nothing that begins or ends
	// markup, is decoded, or is looked for by a forge.
	words    = regexp.MustCompile(`^[A-Za-z0-9 .,:;()'-]*$`)
	lookedUp = regexp.MustCompile(`(?i)\b[0-9a-f]{7,}\b|\bwww\.[a-z0-9]|[a-z]-[0-9]|:[a-z0-9+-]+:|^ ?([0-9]+[.)]|-)( |$)`)
)

// outline parses a comment and returns the kinds of its lines, one a line. It
// fails on what a comment must not hold. It does not know how Markdown is
// written, only how code spans and blocks end [CommonMark 0.31, 4.5 and 6.1].
func outline(comment string) (string, error) {
	lines := strings.Split(strings.TrimSuffix(comment, "\n"), "\n")
	if !markerLine.MatchString(lines[0]) {
		return "", fmt.Errorf("the marker is %q", lines[0])
	}
	kinds := []string{"marker"}
	fence, unfolding, columns := "", false, 0
	for i, line := range lines[1:] {
		kind := ""
		switch {
		case fence != "":
			if end := closingLine.FindStringSubmatch(line); end != nil && len(end[1]) >= len(fence) {
				kind, fence = "fence end", ""
			} else if entryLine.MatchString(line) {
				kind = "entry"
			}
		case line == "":
			kind = "blank"
		case summaryLine.MatchString(line) && !unfolding && lines[i+2] == "" && fenceLine.MatchString(lines[i+3]):
			kind, unfolding = "details", true
		case line == "</details>" && unfolding && lines[i] == "" && lines[i+2] == "":
			kind, unfolding = "details end", false
		case fenceLine.MatchString(line) && unfolding:
			kind, fence = "fence", fenceLine.FindStringSubmatch(line)[1]
		case rowLine.MatchString(line) && (columns == 0 || columns == strings.Count(line, "|")):
			kind, columns = "row", strings.Count(line, "|")
		case headingLine.MatchString(line):
			kind = line
		case !unfolding:
			form := inlineLine.FindStringSubmatch(line)
			rest, err := withoutCode(form[3])
			if err != nil {
				return "", fmt.Errorf("line %d: %w: %q", i+2, err, line)
			}
			if words.MatchString(rest) && !lookedUp.MatchString(rest) {
				kind = "inline " + form[1]
			}
		}
		if kind == "" {
			return "", fmt.Errorf("line %d must not stand here: %q", i+2, line)
		}
		kinds = append(kinds, kind)
	}
	if fence != "" || unfolding {
		return "", fmt.Errorf("something is left open")
	}
	return strings.Join(kinds, "\n"), nil
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
