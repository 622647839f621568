package secret

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxQuoted bounds how much of a foreign text is shown, in bytes.
const maxQuoted = 200

// Quote makes text that came from outside (a name from a manifest, a file or a
// reply) fit to be shown on one line of a terminal, a log or a comment. Plain
// words of printable ASCII come back unchanged. Everything else (white space,
// control and format characters, quotes, backslashes, anything that is not
// ASCII) comes back as a double-quoted ASCII literal with escapes, so that it
// can neither start a line, nor colour a terminal, nor pass for another name.
// Long texts are cut, and say so.
func Quote(text string) string {
	cut := ""
	if len(text) > maxQuoted {
		end := maxQuoted
		for end > 0 && !utf8.RuneStart(text[end]) {
			end--
		}
		text, cut = text[:end], "…"
	}
	if isPlain(text) {
		return text + cut
	}
	return strconv.QuoteToASCII(text) + cut
}

// isPlain leaves out what GitHub's runner would take for a command to it, at
// the beginning of a line.
func isPlain(text string) bool {
	if text == "" || strings.HasPrefix(text, "::") {
		return false
	}
	return !strings.ContainsFunc(text, func(r rune) bool {
		return r <= ' ' || r > '~' || r == '"' || r == '\\'
	})
}
