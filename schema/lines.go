package schema

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// Edits of an encrypted file are made in its text, line by line and word by
// word: SOPS's own way of writing drops blank lines, and spells out lists and
// mappings that people wrote in brackets.

// splitLines cuts data into lines without their ends. windows says that they
// end in CRLF, most of them.
func splitLines(data []byte) (lines []string, windows bool) {
	crlf := bytes.Count(data, []byte("\r\n"))
	windows = 2*crlf > bytes.Count(data, []byte{'\n'})
	text := strings.TrimSuffix(strings.ReplaceAll(string(data), "\r\n", "\n"), "\n")
	if text == "" {
		return nil, windows
	}
	return strings.Split(text, "\n"), windows
}

// joinLines is the reverse of splitLines; the last line ends too.
func joinLines(lines []string, windows bool) []byte {
	end := "\n"
	if windows {
		end = "\r\n"
	}
	var out bytes.Buffer
	for _, line := range lines {
		out.WriteString(line)
		out.WriteString(end)
	}
	return out.Bytes()
}

// span is where the text of a scalar stands within one line, quotes left out.
type span struct{ line, from, to int } // bytes; line counts from 0

// spanOf finds the text of a scalar that stands on one line as it is, without
// escapes. It trusts no position that the text does not bear out.
func spanOf(lines []string, node *yaml.Node) (span, bool) {
	line := node.Line - 1
	if line < 0 || line >= len(lines) || node.Value == "" {
		return span{}, false
	}
	from, ok := byteOffset(lines[line], node.Column-1)
	if !ok {
		return span{}, false
	}
	if node.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0 {
		from++
	}
	if from > len(lines[line]) || !strings.HasPrefix(lines[line][from:], node.Value) {
		return span{}, false
	}
	return span{line: line, from: from, to: from + len(node.Value)}, true
}

// byteOffset turns an offset in characters into one in bytes.
func byteOffset(line string, characters int) (int, bool) {
	offset := 0
	for range characters {
		if offset >= len(line) {
			return 0, false
		}
		_, size := utf8.DecodeRuneInString(line[offset:])
		offset += size
	}
	return offset, true
}

// change puts a text in the place of another one.
type change struct {
	span
	text string
}

// splice makes changes, which must not overlap, in lines.
func splice(lines []string, changes []change) {
	slices.SortFunc(changes, func(a, b change) int { return b.from - a.from }) // from right to left
	for _, c := range changes {
		line := lines[c.line]
		lines[c.line] = line[:c.from] + c.text + line[c.to:]
	}
}

func isBlank(line string) bool { return strings.Trim(line, " \t") == "" }

func isComment(line string) bool { return strings.HasPrefix(strings.TrimLeft(line, " \t"), "#") }

// indentOf counts the spaces that a line begins with.
func indentOf(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

// shift moves lines to the right, or with a negative number to the left as far
// as they have spaces. Empty lines stay empty.
func shift(lines []string, by int) []string {
	moved := make([]string, len(lines))
	for i, line := range lines {
		switch {
		case by < 0:
			moved[i] = line[min(-by, indentOf(line)):]
		case line != "":
			moved[i] = strings.Repeat(" ", by) + line
		}
	}
	return moved
}
