package yamltext

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// Edits of an encrypted file are made in its text, line by line and word by
// word: SOPS's own way of writing drops blank lines, and spells out lists and
// mappings that people wrote in brackets.

// SplitLines cuts data into lines without their ends. windows says that they
// end in CRLF, most of them.
func SplitLines(data []byte) (lines []string, windows bool) {
	crlf := bytes.Count(data, []byte("\r\n"))
	windows = 2*crlf > bytes.Count(data, []byte{'\n'})
	text := strings.TrimSuffix(strings.ReplaceAll(string(data), "\r\n", "\n"), "\n")
	if text == "" {
		return nil, windows
	}
	return strings.Split(text, "\n"), windows
}

// JoinLines is the reverse of SplitLines; the last line ends too.
func JoinLines(lines []string, windows bool) []byte {
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

// Span is where the text of a scalar stands within one line, quotes left out.
type Span struct{ Line, From, To int } // bytes; line counts from 0

// Finder finds the texts of scalars in lines. It goes on where it found the last
// one, so that those of a long line cost no more than the line, in order.
type Finder struct {
	Lines                []string
	line, column, offset int // of the last one
}

// SpanOf finds one scalar.
func SpanOf(lines []string, node *yaml.Node) (Span, bool) {
	return (&Finder{Lines: lines}).Span(node)
}

// Span finds the text of a scalar that stands on one line as it is, without
// escapes. It trusts no position that the text does not bear out.
func (f *Finder) Span(node *yaml.Node) (Span, bool) {
	lines, line := f.Lines, node.Line-1
	if line < 0 || line >= len(lines) || node.Value == "" {
		return Span{}, false
	}
	if f.line != line || f.column > node.Column-1 {
		f.line, f.column, f.offset = line, 0, 0
	}
	step, ok := byteOffset(lines[line][f.offset:], node.Column-1-f.column)
	if !ok {
		return Span{}, false
	}
	f.column, f.offset = node.Column-1, f.offset+step
	from := f.offset
	if node.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0 {
		from++
	}
	if from > len(lines[line]) || !strings.HasPrefix(lines[line][from:], node.Value) {
		return Span{}, false
	}
	return Span{Line: line, From: from, To: from + len(node.Value)}, true
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

// Change puts a text in the place of another one.
type Change struct {
	Span
	Text string
}

// Splice makes changes, which must not overlap, in lines. Each line is put
// together once.
func Splice(lines []string, changes []Change) {
	slices.SortFunc(changes, func(a, b Change) int { return cmp.Or(a.Line-b.Line, a.From-b.From) })
	for len(changes) > 0 {
		line := changes[0].Line
		var out strings.Builder
		at := 0
		for ; len(changes) > 0 && changes[0].Line == line; changes = changes[1:] {
			out.WriteString(lines[line][at:changes[0].From])
			out.WriteString(changes[0].Text)
			at = changes[0].To
		}
		out.WriteString(lines[line][at:])
		lines[line] = out.String()
	}
}

// UnicodeBreaks end lines for YAML, and not for most editors. A CR does so alone.
const UnicodeBreaks = "\u0085\u2028\u2029"

func IsBlank(line string) bool { return strings.Trim(line, " \t") == "" }

func IsComment(line string) bool { return strings.HasPrefix(strings.TrimLeft(line, " \t"), "#") }

// IndentOf counts the spaces that a line begins with.
func IndentOf(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

// Shift moves lines to the right, or with a negative number to the left as far
// as they have spaces. Empty lines stay empty.
func Shift(lines []string, by int) []string {
	moved := make([]string, len(lines))
	for i, line := range lines {
		switch {
		case by < 0:
			moved[i] = line[min(-by, IndentOf(line)):]
		case line != "":
			moved[i] = strings.Repeat(" ", by) + line
		}
	}
	return moved
}
