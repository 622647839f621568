package slip

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/cella-secrets/cella/secret"
)

// Difference says what two values differ in that most people would call the same.
type Difference string

// The differences, from the smallest on.
const (
	// InLineEnds: one has Windows line ends, or a line end more at its end.
	InLineEnds Difference = "line_ends"
	// InSpace: white space, or what does not show, is not the same.
	InSpace Difference = "white_space"
	// InForm: letters are composed otherwise in Unicode.
	InForm Difference = "unicode_form"
)

// Between is the smallest difference that explains why two values are not equal.
// It is empty for equal ones, and for those that differ in more.
func Between(a, b secret.Value) Difference {
	if a.Equal(b) || !a.Known() || !b.Known() {
		return ""
	}
	one, other := a.Reveal(), b.Reveal()
	switch {
	case lineEnds(one) == lineEnds(other):
		return InLineEnds
	case shown(one) == shown(other):
		return InSpace
	case norm.NFKC.String(shown(one)) == norm.NFKC.String(shown(other)):
		return InForm
	}
	return ""
}

// lineEnds is a text with the usual line ends, and none at its end.
func lineEnds(text string) string {
	return strings.TrimRight(strings.ReplaceAll(text, "\r\n", "\n"), "\r\n")
}

// shown is what shows of a text.
func shown(text string) string {
	return strings.Map(func(c rune) rune {
		if blank(c) || unicode.Is(unicode.Cc, c) {
			return -1
		}
		return c
	}, text)
}
