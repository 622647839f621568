package words

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/cella-secrets/cella/internal/cilog"
)

// Wrap breaks a line into lines of at most width columns, at its spaces; the first
// has room for first columns only. What stands in backticks or quotes is kept
// together where it fits into a line. Where the rest fits into one more line, it
// breaks after a semicolon or a colon rather than anywhere. A word that is longer
// than a line keeps its length, and no line after the first begins with what a CI
// system could take for a command.
func Wrap(text string, first, width int) []string {
	var lines []string
	left := pieces(text, width)
	for room := first; len(left) > 0; room = width {
		n := fitting(left, room)
		if n < len(left) && fitting(left[n:], width) == len(left)-n {
			n = clause(left, n, width)
		}
		for n < len(left) && cilog.IsCommand(left[n]) {
			n++
		}
		lines, left = append(lines, strings.Join(left[:n], " ")), left[n:]
	}
	return lines
}

var piece = regexp.MustCompile("(?:`[^`]+`|\"(?:[^\"\\\\]|\\\\.)*\"|\\S)+")

// pieces are what a line is made of.
func pieces(text string, width int) []string {
	var all []string
	for _, one := range piece.FindAllString(text, -1) {
		if Width(one) > width {
			all = append(all, strings.Split(one, " ")...)
		} else {
			all = append(all, one)
		}
	}
	return all
}

// fitting is how many of the words fit into room columns: one at least.
func fitting(words []string, room int) int {
	used := Width(words[0])
	for i, word := range words[1:] {
		if used += 1 + Width(word); used > room {
			return i + 1
		}
	}
	return len(words)
}

// clause is where to break among the first n words: after the last that ends a
// clause, fills a third of the line and leaves no more than another one, or else
// after all of them.
func clause(words []string, n, width int) int {
	for i := n; i > 0 && fitting(words[i:], width) == len(words)-i; i-- {
		ends := strings.HasSuffix(words[i-1], ";") || strings.HasSuffix(words[i-1], ":")
		if ends && Width(strings.Join(words[:i], " ")) >= width/3 {
			return i
		}
	}
	return n
}

// Width is how many columns of a terminal a quoted text takes.
func Width(text string) int { return utf8.RuneCountInString(text) }
