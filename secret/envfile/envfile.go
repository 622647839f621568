// Package envfile reads .env files for what they hold, literally.
//
// The format has no specification. What is read is what the readers of PHP,
// Node and Docker agree on: NAME=VALUE lines, `export`, comments, values in
// single quotes as they stand, values in double quotes with escapes (\n, \t,
// \", \\, \$ and the like), either over several lines, line ends of Windows. A
// library knows that; this package keeps two things away from it:
//
//  1. Nothing is expanded: $HOME and ${HOME} are text. A secret with a dollar
//     sign must arrive as it is, and the environment of whoever imports a file
//     is none of its business.
//  2. No error quotes the file: the library's do.
//
// It refuses what readers disagree on in a way that would change a secret:
// values in backquotes, and names without a value.
package envfile

import (
	"bytes"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/compose-spec/compose-go/v2/dotenv"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/secret"
)

// MaxBytes bounds the size of a file, and MaxVariables what it holds.
const (
	MaxBytes     = 4 << 20
	MaxVariables = 5_000
)

// Variable is a name with its value. Of a name that comes twice, the last
// counts.
type Variable struct {
	Name  string
	Value secret.Value
	// Expands: other readers may put the value of another variable in the
	// place of $NAME or ${NAME} in it, and here it stands as it is written.
	Expands bool
	// Repeated are the lines where the name stands, if there are several.
	Repeated []int
}

// SyntaxError says that a file is not in the format. Line counts from 1; 0 is
// the file as a whole.
type SyntaxError struct {
	Line int
	What string
}

// Error is the line and what is wrong there.
func (e *SyntaxError) Error() string {
	if e.Line == 0 {
		return e.What
	}
	return fmt.Sprintf("line %d: %s", e.Line, e.What)
}

var (
	failedLine = regexp.MustCompile(`^line (\d+): (.*)`)
	// reference is what readers that expand would expand.
	reference = regexp.MustCompile(`\$(\{|[A-Za-z_])`)
)

// Parse reads a file and returns its variables, sorted by name. The error is a
// *SyntaxError and quotes nothing but names that have a value.
func Parse(data []byte) ([]Variable, error) {
	data = bytes.TrimPrefix(data, []byte("\uFEFF"))
	switch {
	case len(data) > MaxBytes:
		return nil, &SyntaxError{What: fmt.Sprintf("it is larger than %d MiB", MaxBytes>>20)}
	case !utf8.Valid(data):
		return nil, &SyntaxError{What: "it is not UTF-8: save it as UTF-8"}
	}
	text := strings.ReplaceAll(string(data), "\r\n", "\n")
	d, err := newDisguise(text)
	if err != nil {
		return nil, err
	}
	var bare []string
	hidden := d.put(text) + "\n"
	found, err := dotenv.ParseWithLookup(strings.NewReader(hidden), func(name string) (string, bool) {
		bare = append(bare, name)
		return "", false
	})
	if err != nil {
		return nil, syntaxError(err, hidden)
	}
	if len(bare) > 0 {
		// It may be a piece of a value without quotes, so it is not shown.
		return nil, &SyntaxError{Line: lineOf(text, bare[0]), What: "there is no equals sign: write NAME=, and values of several lines in quotes"}
	}
	if len(found) > MaxVariables {
		return nil, &SyntaxError{What: fmt.Sprintf("it has %d variables; at most %d are read", len(found), MaxVariables)}
	}
	lines, stray := repeated(hidden), strayLines(text)
	var variables []Variable
	for _, name := range slices.Sorted(maps.Keys(found)) {
		value := d.take(found[name])
		if name == "" {
			return nil, &SyntaxError{What: "there is something after the closing quote of a value: put all of it in quotes"}
		}
		if line := stray.line(name, value); line > 0 {
			return nil, &SyntaxError{Line: line, What: "it looks like a piece of a value: put all of the value in quotes"}
		}
		if strings.HasPrefix(value, "`") {
			return nil, &SyntaxError{What: fmt.Sprintf("%s is written in backquotes, which not every reader knows: use quotes", words.Quote(name))}
		}
		variables = append(variables, Variable{Name: name, Value: secret.NewValue(value), Expands: reference.MatchString(value), Repeated: lines[name]})
	}
	return variables, nil
}

// strays are names that are rather pieces of values that are not in quotes, with
// their first lines: the end of a base64 text, which stands before ==, or of an
// address before its colon. Such a name must not be shown, nor stand in clear
// in git.
type strays struct{ base64, addresses map[string]int }

func strayLines(text string) strays {
	s := strays{map[string]int{}, map[string]int{}}
	first := func(lines map[string]int, name string, n int) {
		if lines[name] == 0 {
			lines[name] = n
		}
	}
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSpace(line)
		if name, ends := strings.CutSuffix(line, "=="); ends {
			first(s.base64, name, n)
		}
		if name, _, is := strings.Cut(line, "://"); is {
			first(s.addresses, name, n)
		}
	}
	return s
}

// line is the line of such a name with that value, or 0.
func (s strays) line(name, value string) int {
	switch {
	case value == "=" && s.base64[name] > 0:
		return s.base64[name]
	case strings.HasPrefix(value, "//"):
		return s.addresses[name]
	}
	return 0
}

// lineOf is the first line that ends with a name that has no value.
func lineOf(text, name string) int {
	n := 0
	for line := range strings.Lines(text) {
		if n++; strings.HasSuffix(strings.TrimSpace(line), name) {
			return n
		}
	}
	return 0
}

// syntaxError keeps the line of the library's error about a text, and nothing
// else. Of a quote that is not closed the library tells where the text ends, and
// repeats the line that opens it.
func syntaxError(err error, text string) error {
	found := failedLine.FindStringSubmatch(err.Error())
	if found == nil {
		return &SyntaxError{What: "a line of it is not NAME=VALUE, or a quote is not closed"}
	}
	if opening, open := strings.CutPrefix(found[2], "unterminated quoted value "); open {
		return &SyntaxError{Line: lineOf(text, strings.TrimRight(opening, " \t")), What: "the quote that opens here is not closed"}
	}
	line, notNumber := strconv.Atoi(found[1])
	if notNumber != nil {
		line = 0
	}
	return &SyntaxError{Line: line, What: "it is not NAME=VALUE"}
}

// disguise hides dollar signs from the library, which would expand them. A sign
// becomes a control character that the text does not hold; behind a backslash
// it becomes the octal escape of that character, because the library takes
// the backslash away only in double quotes, as it does for \$.
type disguise struct{ character, escape string }

func newDisguise(text string) (disguise, error) {
	for _, c := range "\x01\x02\x03\x04\x05\x06\x0e\x0f\x10\x11\x12\x13\x14\x15" {
		d := disguise{string(c), fmt.Sprintf(`\0%03o`, c)}
		if !strings.Contains(text, d.character) && !strings.Contains(text, d.escape) {
			return d, nil
		}
	}
	return disguise{}, &SyntaxError{What: "it holds too many control characters"}
}

func (d disguise) put(text string) string {
	var out strings.Builder
	backslashes := 0
	for _, c := range text {
		switch {
		case c == '$' && backslashes%2 == 1:
			out.WriteString(strings.TrimPrefix(d.escape, `\`)) // its backslash is there
		case c == '$':
			out.WriteString(d.character)
		default:
			out.WriteRune(c)
		}
		if c == '\\' {
			backslashes++
		} else {
			backslashes = 0
		}
	}
	return out.String()
}

func (d disguise) take(value string) string {
	return strings.NewReplacer(d.character, "$", d.escape, `\$`).Replace(value)
}
