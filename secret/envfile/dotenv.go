package envfile

import (
	"strings"
	"unicode/utf8"
)

// The grammar of Node's dotenv. It takes a statement wherever a line can begin one, and
// skips the others, so that a piece of a text that looks like a statement is one.

// jsSpace is what JavaScript counts as white space.
const jsSpace = "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"

func readDotenv(text string) []statement {
	var statements []statement
	lines := newLineIndex(text)
	for at := 0; at < len(text) && len(statements) <= MaxStatements; {
		name, behind, ok := dotenvName(text, at)
		if !ok || text[name[0]:name[1]] == jsPrototype {
			at = nextLine(text, at)
			continue
		}
		s := statement{name: text[name[0]:name[1]], first: lines.of(name[0])}
		raw := dotenvRaw(text, behind)
		end := name[1]
		if raw[1] > raw[0] {
			s.value = dotenvValue(text[raw[0]:raw[1]])
			end = max(end, raw[0]+len(strings.TrimRight(text[raw[0]:raw[1]], jsSpace)))
		}
		s.last = lines.of(end)
		statements = append(statements, s)
		at = nextLine(text, raw[1])
	}
	return statements
}

// jsPrototype is the name that JavaScript gives a meaning of its own: no variable is
// called so.
const jsPrototype = "__proto__"

// nextLine is where the line behind an offset begins.
func nextLine(text string, at int) int {
	if n := strings.IndexByte(text[at:], '\n'); n >= 0 {
		return at + n + 1
	}
	return len(text)
}

// skipJSSpace is the next offset where there is no white space.
func skipJSSpace(text string, at int) int {
	return len(text) - len(strings.TrimLeft(text[at:], jsSpace))
}

// dotenvName finds the name of the statement that begins on a line, and where its value
// may begin. White space before the name may hold line ends.
func dotenvName(text string, at int) (name [2]int, behind int, ok bool) {
	at = skipJSSpace(text, at)
	if rest, exported := strings.CutPrefix(text[at:], "export"); exported {
		if after := skipJSSpace(text, at+len("export")); after > len(text)-len(rest) {
			if name, behind, ok = assignedName(text, after); ok {
				return name, behind, ok
			}
		}
	}
	return assignedName(text, at)
}

// assignedName is a name with an equals sign behind it, or a colon and white space.
func assignedName(text string, at int) (name [2]int, behind int, ok bool) {
	end := at
	for end < len(text) && isNameByte(text[end]) {
		end++
	}
	if end == at {
		return name, 0, false
	}
	name = [2]int{at, end}
	if equals := skipJSSpace(text, end); equals < len(text) && text[equals] == '=' {
		return name, equals + 1, true
	}
	if strings.HasPrefix(text[end:], ":") {
		space, size := utf8.DecodeRuneInString(text[end+1:])
		return name, end + 1 + size, size > 0 && strings.ContainsRune(jsSpace, space)
	}
	return name, 0, false
}

func isNameByte(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '.' || c == '-'
}

// dotenvRaw is the value with its quotes. One in quotes may begin on a later line.
func dotenvRaw(text string, at int) [2]int {
	if open := skipJSSpace(text, at); open < len(text) && strings.IndexByte("'\"`", text[open]) >= 0 {
		if end := dotenvQuoted(text, open); end > 0 {
			return [2]int{at, end}
		}
	}
	end := strings.IndexAny(text[at:], "#\n")
	if end < 0 {
		return [2]int{at, len(text)}
	}
	return [2]int{at, at + end}
}

// dotenvQuoted is where the text in quotes ends that opens at an offset, or 0. It ends
// at the first quote without a backslash before it, or else at the last one with a
// backslash, of those where nothing but a comment follows.
func dotenvQuoted(text string, open int) int {
	var escaped []int
	for at := open + 1; ; at++ {
		n := strings.IndexByte(text[at:], text[open])
		if n < 0 {
			break
		}
		if at += n; text[at-1] == '\\' && at-1 > open {
			escaped = append(escaped, at)
			continue
		}
		if endsLine(text, at+1) {
			return at + 1
		}
		break
	}
	for i := len(escaped) - 1; i >= 0; i-- {
		if endsLine(text, escaped[i]+1) {
			return escaped[i] + 1
		}
	}
	return 0
}

// endsLine reports whether nothing but a comment stands in the rest of a line.
func endsLine(text string, at int) bool {
	line, _, _ := strings.Cut(text[at:], "\n")
	line = strings.TrimLeft(line, jsSpace)
	return line == "" || line[0] == '#'
}

func dotenvValue(raw string) string {
	value := strings.Trim(raw, jsSpace)
	double := strings.HasPrefix(value, `"`)
	if n := len(value); n > 1 && strings.IndexByte("'\"`", value[0]) >= 0 && value[n-1] == value[0] {
		value = value[1 : n-1]
	}
	if double {
		value = strings.ReplaceAll(value, `\n`, "\n")
		value = strings.ReplaceAll(value, `\r`, "\r")
	}
	return value
}
