// Package cilog keeps text from being a command to the CI system whose log it
// ends up in.
//
// CI systems read the output of a job, stderr too, and obey lines of a certain
// form: they set variables, hide words, upload files. Names in that output are
// chosen by whoever can create a secret, a site or a file. What is known of the
// systems that cella knows, from the source or the documentation of each:
//
//	GitHub, Gitea, Forgejo   ##[COMMAND …]           anywhere in a line
//	                         ::COMMAND …::           at its start, after white space
//	Azure Pipelines          ##vso[AREA.EVENT …]     anywhere; a bare CR ends a line
//	                         ##[group], ##[error]…   at its start
//	TeamCity                 ##teamcity[NAME …]      anywhere
//	Travis CI                travis_fold:, travis_time:
//	GitLab                   section_start:, section_end: with CR and ESC [0K
//	Buildkite                "--- ", "+++ ", "~~~ ", "^^^ " at its very start
//
// CircleCI, Jenkins, Bitbucket, Drone and Woodpecker read none, or only what
// has control characters, which are quoted before they are shown.
//
// So a command is ## with letters and a bracket behind it, or one of those
// words, anywhere; or two colons, or Buildkite's marks, at the start of a line.
// The last byte of such a mark is what is escaped: the rest stays readable.
package cilog

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"sync"
)

// IsCommand reports whether a line that is, or begins with, text could be a
// command, or could hold one.
func IsCommand(text string) bool {
	found := false
	Escape(text, func(last byte) string {
		found = true
		return string(last)
	})
	return found
}

// Escape returns the text, which begins a line, with the last byte of each mark
// of a command as escape has it.
func Escape(text string, escape func(last byte) string) string {
	var scan scanner
	var out strings.Builder
	for i := range len(text) {
		if scan.completes(text[i]) {
			out.WriteString(escape(text[i]))
		} else {
			out.WriteByte(text[i])
		}
	}
	return out.String()
}

// words are marks wherever they stand, without their final colon.
var words = []string{"travis_fold", "travis_time", "section_start", "section_end"}

// headings are Buildkite's marks, without the space behind them.
var headings = []string{"---", "+++", "~~~", "^^^"}

// kept is how many bytes of a line a scanner looks back at.
const kept = len("section_start")

// scanner finds marks in a text that comes byte by byte. The zero scanner
// stands at the start of a line.
type scanner struct {
	// within: more than white space, or two colons, stand before the next byte.
	within bool
	colons int  // of the line's start
	hashes int  // in a row, right before the next byte
	armed  bool // ## and only letters stand right before the next byte
	column int
	tail   []byte // the last bytes of the line, at most kept
}

// completes reports whether b is the last byte of a mark, and goes on behind it.
func (s *scanner) completes(b byte) bool {
	if b == '\n' || b == '\r' {
		*s = scanner{tail: s.tail[:0]}
		return false
	}
	mark := s.isMark(b)
	switch {
	case b == '#':
		s.hashes++
		s.armed = s.hashes > 1
	case s.armed && isLetter(b):
		s.hashes = 0
	default:
		s.hashes, s.armed = 0, false
	}
	switch {
	case b == ':' && !s.within:
		s.colons++
		s.within = s.colons == 2
	case s.colons > 0 || b > ' ' && b < 0x7f:
		// White space that is not ASCII counts as such, so no byte above it does.
		s.within = true
	}
	s.column++
	if len(s.tail) == kept {
		s.tail = slices.Delete(s.tail, 0, 1)
	}
	s.tail = append(s.tail, b)
	return mark
}

func (s *scanner) isMark(b byte) bool {
	switch b {
	case '[':
		return s.armed
	case ':':
		return !s.within && s.colons == 1 ||
			slices.ContainsFunc(words, func(word string) bool { return bytes.HasSuffix(s.tail, []byte(word)) })
	case ' ':
		return s.column == len(headings[0]) && slices.Contains(headings, string(s.tail))
	}
	return false
}

func isLetter(b byte) bool { return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' }

// Filter makes the texts that it is given one after the other inert: a
// backslash comes before the last byte of each mark. It holds nothing back. The
// zero Filter begins a line.
type Filter struct {
	scan     scanner
	commands bool
}

// Inert returns p, or a copy where it has to differ.
func (f *Filter) Inert(p []byte) []byte {
	var out []byte
	written := 0
	for i, b := range p {
		meant := f.commands && !f.scan.within
		if f.scan.completes(b) && !(meant && b == ':') {
			out = append(append(out, p[written:i]...), '\\')
			written = i
		}
	}
	if out == nil {
		return p
	}
	return append(out, p[written:]...)
}

// Writer passes inert text on. It is safe for concurrent use.
type Writer struct {
	out    io.Writer
	lock   sync.Mutex
	filter Filter
}

// NewWriter returns a Writer for what is shown to people.
func NewWriter(out io.Writer) *Writer { return &Writer{out: out} }

// Commands returns a writer for lines that are meant as commands of the form
// ::COMMAND::; every other one is still made inert.
func (w *Writer) Commands() *Writer {
	return &Writer{out: w.out, filter: Filter{commands: true}}
}

// Write writes all of p. What it returns counts bytes of p.
func (w *Writer) Write(p []byte) (int, error) {
	w.lock.Lock()
	defer w.lock.Unlock()
	inert := w.filter.Inert(p)
	if n, err := w.out.Write(inert); err != nil {
		return min(n, len(p)), err
	}
	return len(p), nil
}

// Unwrap returns where the text goes, for what must arrive byte by byte and is
// not for a log.
func (w *Writer) Unwrap() io.Writer { return w.out }

// Exactly is where out goes, byte by byte: itself, or what is behind a Writer.
func Exactly(out io.Writer) io.Writer {
	if inert, ok := out.(*Writer); ok {
		return inert.Unwrap()
	}
	return out
}
