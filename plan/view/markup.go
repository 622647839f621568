package view

import (
	"regexp"
	"strings"
)

// The functions below put text from outside into Markdown. Escaping one
// character after the other is not enough: mentions, issue numbers, commits,
// addresses and emoji are looked for after entities have been decoded. But
// nobody looks for anything inside code, so whatever is not plainly a word
// becomes code.

// code returns one line of text as a code span. The fence is longer than any
// run of backticks in it.
func code(text string) string {
	fence := strings.Repeat("`", longestRun(text)+1)
	if strings.HasPrefix(text, "`") || strings.HasSuffix(text, "`") {
		text = " " + text + " " // one space on each side is stripped again
	}
	return fence + text + fence
}

// longestRun returns the length of the longest run of backticks.
func longestRun(text string) int {
	longest, run := 0, 0
	for _, r := range text {
		if r != '`' {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	return longest
}

var (
	// unit is what stands between spaces: the spaces in backticks and quotes
	// do not count.
	unit = regexp.MustCompile("(?:`[^`]+`|\"(?:[^\"\\\\]|\\\\.)*\"|[^ ])+")
	// inBackticks is code already.
	inBackticks = regexp.MustCompile("^`([^`]+)`$")
	// word is letters, with hyphens or apostrophes in between, or a small
	// number. A number with a full stop would begin a list.
	word = regexp.MustCompile(`^\(?[A-Za-z]+(?:['-][A-Za-z]+)*[.,:;)]*$|^\(?[0-9]{1,6}[,:;]*$`)
	// commit might be the beginning of a commit's hash.
	commit = regexp.MustCompile(`^\(?[0-9a-fA-F]{7,}[.,:;)]*$`)
	// edges are the punctuation around what becomes code.
	edges = regexp.MustCompile(`^(\(?)(.*?)([.,:;)]*)$`)
)

// prose returns one line of text with everything but plain words as code. Of
// several spaces outside code one is left.
func prose(text string) string { return proseWith(text, code("->")) }

// proseWith is prose with an arrow of one's own.
func proseWith(text, arrow string) string {
	units := unit.FindAllString(text, -1)
	for i, u := range units {
		switch {
		case u == "->":
			units[i] = arrow
			continue
		case word.MatchString(u) && !commit.MatchString(u):
			continue
		}
		parts := edges.FindStringSubmatch(u)
		if parts == nil || parts[2] == "" {
			units[i] = code(u)
			continue
		}
		inner := parts[2]
		if span := inBackticks.FindStringSubmatch(inner); span != nil {
			inner = span[1]
		}
		units[i] = parts[1] + code(inner) + parts[3]
	}
	return strings.Join(units, " ")
}

// cell and codeCell are prose and code in a cell of a table. A bar would end the
// cell, in code too, and with a backslash before it in some renderers only: it
// is shown as a name with other odd characters is.
func cell(text string) string { return proseWith(withoutBars(text), "&rarr;") }

func codeCell(text string) string { return code(withoutBars(text)) }

func withoutBars(text string) string { return strings.ReplaceAll(text, "|", `\x7c`) }

// fenceOf returns a fence for a block of code that holds the texts. It is
// longer than any run of backticks in them.
func fenceOf(texts []string) string {
	longest := 2
	for _, text := range texts {
		longest = max(longest, longestRun(text))
	}
	return strings.Repeat("`", longest+1)
}
