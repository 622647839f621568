package words

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/cella-secrets/cella/internal/cilog"
)

// maxQuoted bounds how much of a foreign text is shown, in bytes.
const maxQuoted = 200

// Quote makes text that came from outside (a name from a manifest, a file or a
// reply) fit to be shown on one line of a terminal, a log or a comment. Plain
// words of printable ASCII come back unchanged. Everything else (white space,
// control and format characters, quotes, backslashes, anything that is not
// ASCII) comes back as a double-quoted ASCII literal with escapes, so that it
// can neither start a line, nor colour a terminal, nor pass for another name,
// nor be a command to a CI system that reads the log, wherever it stands.
// Long texts are cut, and say so. Where paths have backslashes, these are plain in
// what looks like one.
func Quote(text string) string { return quote(text, filepath.Separator, maxQuoted) }

// QuoteKey is Quote for a public key, or for the name of one: a part of it may be that of
// another one too, and cannot be copied.
func QuoteKey(text string) string { return quote(text, filepath.Separator, maxShown) }

func quote(text string, separator rune, limit int) string {
	cut := ""
	if len(text) > limit {
		end := limit
		for end > 0 && !utf8.RuneStart(text[end]) {
			end--
		}
		text, cut = text[:end], "…"
	}
	if isPlain(text, separator) {
		return text + cut
	}
	// A line may be wrapped between the words of a name.
	literal := strings.ReplaceAll(strconv.QuoteToASCII(text), "::", `:\x3a`)
	return cilog.Escape(literal, func(last byte) string { return fmt.Sprintf(`\x%02x`, last) }) + cut
}

// pathLike has nothing that a renderer of markup reads anything into, and no backslash
// that could reach what follows.
var pathLike = regexp.MustCompile(`^[A-Za-z0-9_./:@+,=()\\-]*[A-Za-z0-9_.)]$`)

func isPlain(text string, separator rune) bool {
	if text == "" || cilog.IsCommand(text) {
		return false
	}
	path := separator == '\\' && pathLike.MatchString(text)
	return !strings.ContainsFunc(text, func(r rune) bool {
		return r <= ' ' || r > '~' || r == '"' || r == '\\' && !path
	})
}
