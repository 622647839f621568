package envfile

import (
	"regexp"
	"strings"
)

// The grammar of phpdotenv 5. It cuts the text into lines, joins those that it takes
// for one text in double quotes, and reads each by a machine of a few states.

// phpSpace is what PHP's trim takes away.
const phpSpace = " \n\r\t\v\x00"

var (
	phpName      = regexp.MustCompile(`^[a-zA-Z0-9_.]+$`)
	phpReference = regexp.MustCompile(`^\$\{[a-zA-Z0-9_.]+\}`)
)

func readPHP(text string) []statement {
	var statements []statement
	var joined strings.Builder
	first, open := 0, false
	number := 0
	for line := range strings.Lines(text) {
		if number++; len(statements) > MaxStatements {
			return statements
		}
		line = strings.TrimSuffix(line, "\n")
		begins := strings.Contains(line, `="`) && !phpEnds(line, true)
		if begins && !open {
			first, open = number, true
			joined.Reset()
		} else if !open {
			first = number
			joined.Reset()
		} else {
			joined.WriteString("\n")
		}
		joined.WriteString(line)
		if open && !phpEnds(line, begins) {
			continue
		}
		open = false
		entry := joined.String()
		if trimmed := strings.Trim(entry, phpSpace); trimmed == "" || trimmed[0] == '#' {
			if first < number {
				statements = append(statements, statement{first: first, last: number, refused: lostLines})
			}
			continue
		}
		s := phpEntry(entry)
		s.first, s.last = first, number
		statements = append(statements, s)
	}
	if open {
		statements = append(statements, statement{first: first, last: number, refused: lostLines})
	}
	return statements
}

// phpEnds reports whether a text of several lines, which begins on this line or
// before, ends on it. It counts the quotes that no backslash precedes, but for one
// at the very beginning.
func phpEnds(line string, begins bool) bool {
	if line == `"` {
		return true
	}
	line = strings.ReplaceAll(line, `\\`, "")
	quotes := 0
	for i := 1; i < len(line); i++ {
		if line[i] == '"' && line[i-1] != '\\' {
			quotes++
		}
	}
	if begins {
		return quotes > 1
	}
	return quotes >= 1
}

// phpEntry reads one entry.
func phpEntry(entry string) statement {
	name, value, assigned := strings.Cut(entry, "=")
	if assigned {
		name, value = strings.Trim(name, phpSpace), strings.Trim(value, phpSpace)
	}
	s := statement{name: phpNameOf(name), unset: !assigned}
	if !phpName.MatchString(s.name) {
		return statement{refused: badName}
	}
	if assigned {
		s.value, s.expands, s.refused = phpValue(value)
	}
	return s
}

// phpNameOf takes export and quotes from a name. Of a short one it does not take
// export.
func phpNameOf(name string) string {
	if rest, exported := strings.CutPrefix(name, "export"); exported && len([]rune(name)) > 8 && strings.ContainsRune(" \t\n\v\f\r", rune(rest[0])) {
		name = strings.TrimLeft(rest, phpSpace)
	}
	if n := len(name); n > 2 && (name[0] == '"' || name[0] == '\'') && name[n-1] == name[0] {
		name = name[1 : n-1]
	}
	return name
}

// The states of a value.
type phpState int

const (
	phpInitial phpState = iota
	phpBare
	phpSingle
	phpDouble
	phpEscape
	phpAfter // behind the value
)

var phpEscapes = map[byte]byte{'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', 'v': '\v', '"': '"', '\\': '\\', '$': '$'}

// phpValue reads what stands behind the equals sign.
func phpValue(text string) (value string, expands bool, refused cause) {
	var out strings.Builder
	var dollars []int // those that may begin a reference
	state := phpInitial
	for i := 0; i < len(text); i++ {
		c := text[i]
		space := strings.IndexByte(" \t\n\v\f\r", c) >= 0
		switch state {
		case phpInitial, phpBare:
			switch {
			case c == '#':
				return phpTaken(out.String(), dollars)
			case state == phpInitial && c == '\'':
				state = phpSingle
			case state == phpInitial && c == '"':
				state = phpDouble
			case state == phpBare && space:
				state = phpAfter
			default:
				if c == '$' {
					dollars = append(dollars, out.Len())
				}
				out.WriteByte(c)
				state = phpBare
				// White space at the beginning is taken as one piece.
				for i+1 < len(text) && space && strings.IndexByte(" \t\v\f", text[i+1]) >= 0 {
					i++
					out.WriteByte(text[i])
				}
			}
		case phpSingle:
			if c == '\'' {
				state = phpAfter
			} else {
				out.WriteByte(c)
			}
		case phpDouble:
			switch c {
			case '"':
				state = phpAfter
			case '\\':
				state = phpEscape
			default:
				if c == '$' {
					dollars = append(dollars, out.Len())
				}
				out.WriteByte(c)
			}
		case phpEscape:
			meant, known := phpEscapes[c]
			if !known {
				return "", false, badEscape
			}
			out.WriteByte(meant)
			state = phpDouble
		case phpAfter:
			if c == '#' {
				return phpTaken(out.String(), dollars)
			}
			if !space {
				return "", false, badSpace
			}
		}
	}
	if state == phpSingle || state == phpDouble || state == phpEscape {
		return "", false, badQuote
	}
	return phpTaken(out.String(), dollars)
}

func phpTaken(value string, dollars []int) (string, bool, cause) {
	for _, at := range dollars {
		if phpReference.MatchString(value[at:]) {
			return value, true, taken
		}
	}
	return value, false, taken
}
