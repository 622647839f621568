package words

import (
	"regexp"
	"strings"
)

// plainWord is what no shell reads a meaning into.
var plainWord = regexp.MustCompile(`^[A-Za-z0-9_./:@%+,][A-Za-z0-9_./:@%+,=-]*$`)

// Argument is Quote for a command line that a message tells people to type: text
// becomes one word of it, of which bash, zsh and ksh run nothing, whatever
// whoever chose the text put there. Plain words come back unchanged; those of
// printable ASCII in single quotes; the others in $'…' with escapes. Long texts
// are cut, and say so.
func Argument(text string) string { return argument(text, maxQuoted) }

// KeyArgument is Argument as QuoteKey is Quote.
func KeyArgument(text string) string { return argument(text, maxShown) }

func argument(text string, limit int) string {
	if plainWord.MatchString(text) && len(text) <= limit && isPlain(text) {
		return text
	}
	shown := quote(text, limit)
	escaped := strings.HasPrefix(shown, `"`)
	if !escaped {
		return "'" + strings.ReplaceAll(shown, "'", `'\''`) + "'"
	}
	shown, cut := strings.CutSuffix(shown, "…")
	shown = strings.TrimSuffix(strings.TrimPrefix(shown, `"`), `"`)
	if cut {
		shown += "…"
	}
	return "$'" + strings.NewReplacer(`\"`, `"`, `\\`, `\\`, "'", `\'`).Replace(shown) + "'"
}
