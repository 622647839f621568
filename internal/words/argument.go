package words

import (
	"path/filepath"
	"regexp"
	"strings"

	"github.com/cella-secrets/cella/internal/cilog"
)

// plainWord is what no shell reads a meaning into.
var plainWord = regexp.MustCompile(`^[A-Za-z0-9_./:@%+,][A-Za-z0-9_./:@%+,=-]*$`)

// windowsPath has backslashes, but none that would end the quotes late, and nothing
// that a shell reads within them.
var windowsPath = regexp.MustCompile(`^[A-Za-z0-9_./:\\][A-Za-z0-9_./:@+,=() \\-]*\\[A-Za-z0-9_./:@+,=() \\-]*[A-Za-z0-9_.)]$`)

// Argument is Quote for a command line that a message tells people to type: text
// becomes one word of it, of which bash, zsh and ksh run nothing, whatever
// whoever chose the text put there. Plain words come back unchanged; those of
// printable ASCII in single quotes; the others in $'…' with escapes. Long texts
// are cut, and say so. Where paths have backslashes, one with some is in double
// quotes, which cmd, PowerShell and bash read alike.
func Argument(text string) string { return argument(text, filepath.Separator, maxQuoted) }

// KeyArgument is Argument as QuoteKey is Quote.
func KeyArgument(text string) string { return argument(text, filepath.Separator, maxShown) }

func argument(text string, separator rune, limit int) string {
	whole := len(text) <= limit && !cilog.IsCommand(text)
	switch {
	case whole && plainWord.MatchString(text) && isPlain(text, separator):
		return text
	case whole && separator == '\\' && windowsPath.MatchString(text):
		return `"` + text + `"`
	}
	shown := quote(text, '/', limit)
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
