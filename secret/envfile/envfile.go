// Package envfile reads files of names and values: .env files, and JSON.
//
// The format of .env files has no specification, and what one reader takes from a
// line another one takes differently, or refuses. So a file is read as each of the
// readers does that count for whom it is for (see Reader): phpdotenv, Node's dotenv
// and `node --env-file`. A line from which they take the same is taken; of any
// other it is said which readers differ, why, and how to write it.
//
//  1. What is taken is what each of these readers takes, byte for byte.
//  2. A line that none of them takes, and that is no comment, is refused: it is a
//     piece of a value.
//  3. Nothing is expanded: $HOME and ${HOME} are text, and where a reader would put
//     the value of another variable there, the line is refused.
//  4. No error quotes the file, but for names that certainly are names.
package envfile

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/cella-secrets/cella/secret"
)

// MaxBytes bounds the size of a file, and MaxVariables what it holds.
const (
	MaxBytes     = 4 << 20
	MaxVariables = 5_000
)

// Variable is a name with its value. Of a name that comes twice in a .env file, the
// last counts, as for every reader.
type Variable struct {
	Name string
	// Value is not Known where the name is one to skip, and nothing else is of
	// interest.
	Value secret.Value
	// Dollar: Next.js would put the value of another variable in the place of $NAME or
	// ${NAME} in it; Escaped: it would take the backslash from \$. Here they stand as
	// they are written.
	Dollar, Escaped bool
	// Cut: the value ends before a # that no space precedes.
	Cut bool
	// Dotenvx: it has the form of a value that dotenvx encrypted.
	Dotenvx bool
	// Repeated are the lines where the name stands, if there are several.
	Repeated []int
	// Type and Scopes are what a JSON file says of the secret; empty where it says
	// nothing.
	Type   secret.Type
	Scopes secret.Scopes
	// Without says why there is no value to take, of an entry of a JSON file.
	Without string
	// Overrides are the environments of which a JSON file has a value too.
	Overrides []string
}

// Options say for whom a .env file is read.
type Options struct {
	// Readers are those that have to agree; none are all.
	Readers []Reader
	// Unneeded reports of a name that its value does not matter. May be nil.
	Unneeded func(name string) bool
}

// Parse reads a .env file and returns its variables, sorted by name. The error is a
// *SyntaxError, which tells all lines that are wrong.
func Parse(data []byte, options Options) ([]Variable, error) {
	text, err := textOf(data)
	if err != nil {
		return nil, err
	}
	if len(options.Readers) == 0 {
		options.Readers = AllReaders()
	}
	if options.Unneeded == nil {
		options.Unneeded = func(string) bool { return false }
	}
	c := &comparison{Options: options, lines: strings.Split(text, "\n")}
	if bytes.HasPrefix(data, byteOrderMark) {
		c.problem(1, "", "the file begins with a byte order mark, which node --env-file takes for a part of the first name", "save it as UTF-8 without one")
	}
	if c.unfit(); len(c.problems) == 0 {
		c.compare(text)
	}
	if len(c.problems) > 0 {
		return nil, &SyntaxError{Problems: c.problems, More: c.more}
	}
	variables := c.variables()
	if len(variables) > MaxVariables {
		return nil, wholeFile("it has %d variables; at most %d are read", len(variables), MaxVariables)
	}
	return variables, nil
}

var byteOrderMark = []byte("\uFEFF")

// textOf checks what holds for any file, and returns it with the line ends of Unix and
// without a byte order mark.
func textOf(data []byte) (string, error) {
	data = bytes.TrimPrefix(data, byteOrderMark)
	switch {
	case len(data) > MaxBytes:
		return "", wholeFile("it is larger than %d MiB", MaxBytes>>20)
	case !utf8.Valid(data) || utf16(data):
		return "", wholeFile("it is not UTF-8: save it as UTF-8")
	}
	return strings.ReplaceAll(string(data), "\r\n", "\n"), nil
}

// utf16 reports whether every other of the first bytes is zero.
func utf16(data []byte) bool {
	return len(data) > 3 && (data[0] == 0 && data[2] == 0 || data[1] == 0 && data[3] == 0)
}

// variables are those that were agreed on, by name.
func (c *comparison) variables() []Variable {
	byName := map[string]int{}
	lines := map[string][]int{}
	var all []Variable
	for _, one := range c.agreed {
		lines[one.Name] = append(lines[one.Name], one.line)
		if at, is := byName[one.Name]; is {
			all[at] = one.Variable
			continue
		}
		byName[one.Name] = len(all)
		all = append(all, one.Variable)
	}
	for i := range all {
		if n := lines[all[i].Name]; len(n) > 1 {
			all[i].Repeated = n
		}
	}
	slices.SortFunc(all, func(a, b Variable) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// SyntaxError says what is wrong with a file: the first lines, and how many more there
// are.
type SyntaxError struct {
	Problems []Problem
	More     int
}

// Problem is what is wrong with a line.
type Problem struct {
	Line int    // from 1; 0 is the file as a whole
	Name string // the line's name; empty where it may be none
	What string
	How  string // to write it; may be empty
}

func wholeFile(format string, args ...any) error {
	return &SyntaxError{Problems: []Problem{{What: fmt.Sprintf(format, args...)}}}
}

// maxTold is how many lines are told.
const maxTold = 20

// Error tells the lines, each on a line.
func (e *SyntaxError) Error() string { return joined(e.Unwrap()) }

func joined(errs []error) string {
	texts := make([]string, len(errs))
	for i, err := range errs {
		texts[i] = err.Error()
	}
	return strings.Join(texts, "\n")
}

// Unwrap returns an error for each line, and one for those that are too many to tell.
func (e *SyntaxError) Unwrap() []error {
	var errs []error
	for _, p := range e.Problems {
		errs = append(errs, p)
	}
	if e.More > 0 {
		errs = append(errs, fmt.Errorf("%d more are wrong", e.More))
	}
	return errs
}

// Error is the place, what is wrong there, and how to write it.
func (p Problem) Error() string {
	text := p.What
	if p.Name != "" {
		text = p.Name + ": " + text
	}
	if p.Line > 0 {
		text = fmt.Sprintf("line %d: %s", p.Line, text)
	}
	if p.How != "" {
		text += ": " + p.How
	}
	return text
}
