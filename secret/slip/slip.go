// Package slip finds in a value what nobody sees and hardly anybody means: what an
// editor, a web page or a shell left there.
package slip

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/cella-secrets/cella/secret"
)

// Slip is one thing to look at. Code is stable; What says it in a sentence that
// shows nothing of the value.
type Slip struct{ Code, What string }

// The codes.
const (
	OnlySpace        = "only-space"
	TrailingNewline  = "trailing-newline"
	SpaceAtEnds      = "space-at-ends"
	QuotedWhole      = "quoted-whole"
	CarriageReturn   = "carriage-return"
	ByteOrderMark    = "byte-order-mark"
	NoBreakSpace     = "no-break-space"
	InvisibleLetter  = "invisible-character"
	ControlCharacter = "control-character"
	StillEncrypted   = "still-encrypted"
	LostInSOPSEdit   = "lost-in-sops-edit"
)

// mark is what a text may begin with to say its encoding.
const mark = "\uFEFF"

// Find returns what there is in a value, in the order of the codes above. A
// value that is only white space has nothing else.
func Find(value secret.Value) []Slip {
	text := value.Reveal()
	if text == "" || plain(text) {
		return nil
	}
	if strings.TrimFunc(text, blank) == "" {
		return []Slip{{OnlySpace, "the value is only white space"}}
	}
	found := atEnds(text)
	add := func(holds bool, code, what string) {
		if holds {
			found = append(found, Slip{code, what})
		}
	}
	add(strings.Contains(text, "\r\n"), CarriageReturn, "the value has Windows line ends (CRLF)")
	add(strings.Contains(strings.ReplaceAll(text, "\r\n", ""), "\r"), CarriageReturn, "the value holds a carriage return without a line end")
	add(strings.HasPrefix(text, mark), ByteOrderMark, "the value begins with a byte order mark")
	found = append(found, unseen(strings.TrimPrefix(text, mark))...)
	add(stillEncrypted(text), StillEncrypted, "the value is, or holds, an encrypted text, and its readers would get just that")
	add(strings.HasPrefix(text, "\t") && strings.Contains(text, "\n"), LostInSOPSEdit,
		"the value begins with a tab and holds a line end, and `sops edit` and `sops decrypt` turn such a value into null")
	return found
}

// plain reports at first sight that there is nothing to find, as in nearly every
// value: they are many.
func plain(text string) bool {
	for i := range len(text) {
		if c := text[i]; c <= ' ' || c >= 0x7F {
			return false
		}
	}
	return !strings.ContainsRune("'\"`", rune(text[0])) && !strings.Contains(text, secret.SOPSHead)
}

// pemHead begins keys and certificates, which end with a line end by nature.
const pemHead = "-----BEGIN "

// atEnds finds what stands before and behind the value.
func atEnds(text string) []Slip {
	var found []Slip
	body, ends := strings.CutSuffix(text, "\n")
	if ends && !strings.HasPrefix(text, pemHead) {
		found = append(found, Slip{TrailingNewline, "the value ends with a line end"})
	}
	body = strings.TrimPrefix(strings.TrimSuffix(body, "\r"), mark)
	switch inner := strings.TrimFunc(body, unicode.IsSpace); {
	case strings.TrimLeftFunc(body, unicode.IsSpace) != body:
		found = append(found, Slip{SpaceAtEnds, "the value begins with white space"})
	case inner != body:
		found = append(found, Slip{SpaceAtEnds, "the value ends with white space"})
	}
	if quoted(strings.TrimFunc(body, unicode.IsSpace)) {
		found = append(found, Slip{QuotedWhole, "the value stands in quotes, which are part of it"})
	}
	return found
}

// quoted reports whether quotes stand around all of a text.
func quoted(text string) bool {
	for _, pair := range [...]struct{ open, closing string }{{`"`, `"`}, {"'", "'"}, {"`", "`"}, {"“", "”"}, {"„", "“"}, {"‘", "’"}, {"«", "»"}} {
		inner, opens := strings.CutPrefix(text, pair.open)
		inner, closes := strings.CutSuffix(inner, pair.closing)
		if opens && closes && !strings.Contains(inner, pair.open) {
			return true
		}
	}
	return false
}

// unseen finds characters that do not show, or look like another one: each kind
// once.
func unseen(text string) []Slip {
	var space, invisible, control, nul bool
	before := rune(0)
	for at, c := range text {
		switch {
		case c < 0x20 || c == 0x7F:
			nul = nul || c == 0
			control = control || c != 0 && c != '\t' && c != '\n' && c != '\r'
		case c < 0x7F:
		case noBreak(c):
			space = true
		case joiner(c):
			after, _ := utf8.DecodeRuneInString(text[at+utf8.RuneLen(c):])
			invisible = invisible || before < 0x80 || after < 0x80 || after == utf8.RuneError
		case unicode.Is(unicode.Cf, c):
			invisible = true
		case unicode.Is(unicode.Cc, c):
			control = true
		}
		before = c
	}
	var found []Slip
	if space {
		found = append(found, Slip{NoBreakSpace, "the value holds a no-break space, or another one that only looks like a space"})
	}
	if invisible {
		found = append(found, Slip{InvisibleLetter, "the value holds a character that does not show, such as a zero-width space"})
	}
	if nul {
		found = append(found, Slip{ControlCharacter, "the value holds a NUL byte, where environment variables and many readers end"})
	}
	if control {
		found = append(found, Slip{ControlCharacter, "the value holds a control character"})
	}
	return found
}

// noBreak are the spaces that nobody tells from the usual one. That of Chinese
// and Japanese is another width, and meant.
func noBreak(c rune) bool { return unicode.Is(unicode.Zs, c) && c != ' ' && c != '\u3000' }

// joiner are what joins letters of some scripts, or parts of an emoji. Beside
// ASCII they do nothing.
func joiner(c rune) bool { return c == '\u200C' || c == '\u200D' }

func blank(c rune) bool { return unicode.IsSpace(c) || unicode.Is(unicode.Cf, c) }

// stillEncrypted reports what SOPS, age or PGP encrypted.
func stillEncrypted(text string) bool {
	text = strings.TrimSpace(text)
	return strings.Contains(text, secret.SOPSHead) || strings.HasPrefix(text, "age-encryption.org/v1\n") ||
		strings.HasPrefix(text, "-----BEGIN AGE ENCRYPTED FILE-----") || strings.HasPrefix(text, "-----BEGIN PGP MESSAGE-----")
}
