package envfile

import "strings"

// The grammar of Node 20's own parser, which `node --env-file` uses. It knows no
// white space but spaces, and no line without an equals sign: the name that it takes
// begins where the last value ended, whatever stands there. At the end of a text
// without a line end it makes mistakes of its own, which are here too.

func readNode(text string) []statement {
	var statements []statement
	lines := newLineIndex(text)
	at, end := trimNode(text, 0, len(text))
	for at < end && len(statements) <= MaxStatements {
		if text[at] == '\n' || text[at] == '#' {
			if line := strings.IndexByte(text[at:end], '\n'); line >= 0 {
				at += line + 1
				continue
			}
		}
		equals := strings.IndexByte(text[at:end], '=')
		if equals < 0 {
			break
		}
		start, stop := trimNode(text, at, at+equals)
		at += equals + 1
		if start == stop {
			break
		}
		s := statement{name: strings.TrimPrefix(text[start:stop], "export ")}
		for start < stop && text[start] == '\n' {
			start++ // the name is on a later line
		}
		s.first = lines.of(start)
		if at < end && text[at] == ' ' {
			at, end = trimNode(text, at, end)
		}
		var taken int
		var stored bool
		s.value, taken, at, stored = nodeValue(text, at, end)
		if stored && s.name != jsPrototype {
			s.last = lines.of(taken)
			statements = append(statements, s)
		}
	}
	return statements
}

// trimNode takes spaces from the ends of a piece of a text. Where there is nothing
// else, the character before it remains.
func trimNode(text string, at, end int) (int, int) {
	if at < end && strings.Trim(text[at:end], " ") == "" {
		if at == 0 {
			return end, end
		}
		at--
	}
	for at < end && text[at] == ' ' {
		at++
	}
	for at < end && text[end-1] == ' ' {
		end--
	}
	return at, end
}

// nodeValue reads the value that begins at an offset. taken is where it ends, next
// where reading goes on. It is not stored where a quote is open in the last line.
func nodeValue(text string, at, end int) (value string, taken, next int, stored bool) {
	if at == end {
		return "", at, end, true
	}
	line := strings.IndexByte(text[at:end], '\n')
	last := line < 0
	if last {
		line = end
	} else {
		line += at
	}
	quote := text[at]
	if quote != '"' && quote != '\'' && quote != '`' {
		value, _, _ = strings.Cut(text[at:line], "#")
		return strings.Trim(value, " "), line, line, true
	}
	closing := strings.IndexByte(text[at+1:end], quote)
	if closing < 0 {
		if last {
			return "", at, at, false
		}
		return text[at:line], line, line, true
	}
	closing += at + 1
	value = text[at+1 : closing]
	if quote == '"' {
		value = strings.ReplaceAll(value, `\n`, "\n")
	}
	if behind := strings.IndexByte(text[closing:end], '\n'); behind >= 0 {
		return value, closing, closing + behind, true
	}
	return value, closing, end, true
}
