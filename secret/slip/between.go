package slip

import (
	"strings"
	"unicode"
	"unicode/utf8"

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
	case showTheSame(one, other) && lineEnds(one) == lineEnds(other):
		return InLineEnds
	case showTheSame(one, other):
		return InSpace
	case (beyondASCII(one) || beyondASCII(other)) && norm.NFKC.String(shown(one)) == norm.NFKC.String(shown(other)):
		return InForm
	}
	return ""
}

// lineEnds is a text with the usual line ends, and none at its end.
func lineEnds(text string) string {
	return strings.TrimRight(strings.ReplaceAll(text, "\r\n", "\n"), "\r\n")
}

// showTheSame reports whether shown is the same of both, without making it: most
// values differ in their first letters, and plans compare thousands.
func showTheSame(one, other string) bool {
	for {
		one, other = strings.TrimLeftFunc(one, unseenRune), strings.TrimLeftFunc(other, unseenRune)
		if one == "" || other == "" {
			return one == other
		}
		c, size := utf8.DecodeRuneInString(one)
		d, otherSize := utf8.DecodeRuneInString(other)
		if c != d {
			return false
		}
		one, other = one[size:], other[otherSize:]
	}
}

// shown is what shows of a text.
func shown(text string) string {
	return strings.Map(func(c rune) rune {
		if unseenRune(c) {
			return -1
		}
		return c
	}, text)
}

func unseenRune(c rune) bool {
	if c < utf8.RuneSelf {
		return c <= ' ' || c == 0x7F
	}
	return blank(c) || unicode.Is(unicode.Cc, c)
}

// beyondASCII reports whether Unicode may write the text in another form.
func beyondASCII(text string) bool {
	return strings.IndexFunc(text, func(c rune) bool { return c >= utf8.RuneSelf }) >= 0
}
