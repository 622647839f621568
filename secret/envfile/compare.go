package envfile

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/cella-secrets/cella/secret"
)

// comparison holds what the readers make of a text against each other, statement by
// statement.
type comparison struct {
	Options
	lines    []string
	agreed   []agreement
	problems []Problem
	more     int // problems that are only counted
	// broken is the first line, or 0, from which a value may have fallen apart, so that
	// what looks like a name further down may be a piece of it.
	broken int
	// odd are lines that are told, and that make some reader take others differently.
	odd []int
}

// agreement is a variable that all readers take from a line.
type agreement struct {
	Variable
	line int
}

// reading is what one reader has on its way through the text.
type reading struct {
	reader     Reader
	statements []statement
}

// event is what the readers take from one place: from none to one statement each.
type event struct {
	first, last int
	at          [len(readerNames)]*statement
	took        int // how many readers took one
	// inside: another reader begins a statement within.
	inside bool
}

// unfit reports characters that no reader, or none that is alike, has a meaning for.
func (c *comparison) unfit() {
	for i, line := range c.lines {
		switch {
		case strings.Contains(line, "\r"):
			c.problem(i+1, "", "a carriage return stands alone, which is a line end for some readers only", "save the file with Unix or Windows line ends")
		case strings.Contains(line, "\x00"):
			c.problem(i+1, "", "it holds a NUL, which no variable can", "remove it")
		case strings.ContainsAny(line, "\u2028\u2029"):
			c.problem(i+1, "", "it holds a line end of Unicode (U+2028 or U+2029), which is one for some readers only", "remove it")
		}
	}
}

func (c *comparison) problem(line int, name, what, how string) {
	if len(c.problems) == maxTold {
		c.more++
		return
	}
	c.problems = append(c.problems, Problem{Line: line, Name: name, What: what, How: how})
}

// maxRounds bounds how often a text is compared.
const maxRounds = 4

// compare reads the text with all readers. Where lines are told that make a reader take
// others differently, it is done again without them, so that all is told at once.
func (c *comparison) compare(text string) {
	for round := 1; ; round++ {
		c.agreed, c.odd = nil, nil
		kept := c.problems
		c.compareOnce(text)
		if len(c.odd) == 0 || round == maxRounds || c.more > 0 {
			break
		}
		told := map[int]bool{}
		for _, line := range c.odd {
			told[line], c.lines[line-1] = true, ""
		}
		for _, p := range c.problems[len(kept):] {
			if told[p.Line] {
				kept = append(kept, p)
			}
		}
		c.problems, text = kept, strings.Join(c.lines, "\n")
	}
	slices.SortStableFunc(c.problems, func(a, b Problem) int { return a.Line - b.Line })
}

func (c *comparison) compareOnce(text string) {
	var readings []*reading
	for _, reader := range c.Readers {
		r := &reading{reader, reader.read(text)}
		if len(r.statements) > MaxStatements {
			c.problem(0, "", fmt.Sprintf("more than %d of its lines may hold a variable", MaxStatements), "")
			return
		}
		readings = append(readings, r)
	}
	told := 0 // lines up to which everything is told
	for {
		e, any := next(readings)
		if !any {
			break
		}
		c.loose(told+1, e.first-1)
		c.decide(e)
		told = max(told, e.last)
	}
	c.loose(told+1, len(c.lines))
}

// next takes the statements of the first line where one begins, and those that begin
// before all of them end.
func next(readings []*reading) (e event, any bool) {
	for _, r := range readings {
		if len(r.statements) > 0 && (!any || r.statements[0].first < e.first) {
			e.first, any = r.statements[0].first, true
		}
	}
	for _, r := range readings {
		if any && len(r.statements) > 0 && r.statements[0].first == e.first {
			e.at[r.reader] = &r.statements[0]
			e.took++
			e.last = max(e.last, r.statements[0].last)
			r.statements = r.statements[1:]
		}
	}
	for grown := any; grown; {
		grown = false
		for _, r := range readings {
			for len(r.statements) > 0 && r.statements[0].first <= e.last {
				grown, e.inside = true, true
				e.last = max(e.last, r.statements[0].last)
				r.statements = r.statements[1:]
			}
		}
	}
	return e, any
}

// loose reports lines that no reader takes anything from, and that are no comments.
func (c *comparison) loose(from, to int) {
	for n := from; n <= to; n++ {
		if line := strings.Trim(c.lines[n-1], jsSpace); line != "" && line[0] != '#' {
			c.fallen(n, noEquals)
		}
	}
}

const (
	noEquals   = "there is no NAME= on it"
	pieceHow   = "if it belongs to the value above, put all of that in quotes, else write NAME=value, or # before a comment"
	pieceLooks = "it looks like the end of the value above, which is not in quotes"
	emptyHow   = `if it is, put all of that value in quotes; if it is a variable, write its value in quotes, as in NAME=""`
)

// fallen reports a line that is rather a piece of a value.
func (c *comparison) fallen(line int, what string) {
	how := pieceHow
	if what == pieceLooks {
		how = emptyHow
	}
	c.oddly(line, what, how)
	c.breaks(line)
}

// oddly reports a line that makes some reader take others differently.
func (c *comparison) oddly(line int, what, how string) {
	c.problem(line, "", what, how)
	c.odd = append(c.odd, line)
}

func (c *comparison) breaks(line int) {
	if c.broken == 0 || line < c.broken {
		c.broken = line
	}
}

// decide takes a variable, or reports why not.
func (c *comparison) decide(e event) {
	first := e.at[c.Readers[0]]
	same, alike := e.took == len(c.Readers) && !e.inside, true
	for _, reader := range c.Readers {
		s := e.at[reader]
		if s == nil {
			break // not the same
		}
		same = same && first != nil && s.name == first.name && s.last == e.last && !s.unset && s.refused != badName && s.refused != lostLines
		alike = same && alike && s.value == first.value && s.refused == taken && !s.expands
	}
	raw := c.lines[e.first-1]
	if armored.MatchString(raw) {
		c.breaks(e.first)
	}
	switch {
	case c.onlyComments(e):
	case same && c.Unneeded(first.name):
		c.agreed = append(c.agreed, agreement{Variable{Name: first.name}, e.first})
	case same && alike && c.piece(e.first):
		c.fallen(e.first, pieceLooks)
	case same && alike:
		c.agreed = append(c.agreed, agreement{Variable{
			Name: first.name, Value: secret.NewValue(first.value), Cut: cut(raw), Dotenvx: strings.HasPrefix(first.value, "encrypted:"),
			Dollar: reference.MatchString(strings.ReplaceAll(first.value, `\$`, "")), Escaped: strings.Contains(first.value, `\$`),
		}, e.first})
	case len(c.problems) == maxTold:
		c.more++
	default:
		c.explain(e)
	}
}

// onlyComments reports that nothing is lost but comments.
func (c *comparison) onlyComments(e event) bool {
	if php := e.at[PHPDotenv]; e.inside || e.took != 1 || php == nil || php.refused != lostLines {
		return false
	}
	return !slices.ContainsFunc(c.lines[e.first-1:min(e.last, len(c.lines))], func(line string) bool {
		line = strings.Trim(line, jsSpace)
		return line != "" && line[0] != '#'
	})
}

// armored is the first line of a key or certificate that is not in quotes.
var armored = regexp.MustCompile(`=\s*-----BEGIN`)

// reference is what readers that expand would expand.
var reference = regexp.MustCompile(`\$(\{|[A-Za-z_])`)

// cut reports whether a value without quotes ends before a # that may belong to it.
func cut(line string) bool {
	_, value, _ := strings.Cut(line, "=")
	bare := strings.Trim(value, jsSpace)
	if bare == "" || strings.IndexByte("'\"`", bare[0]) >= 0 {
		return false
	}
	hash := strings.IndexByte(value, '#')
	return hash == 0 || hash > 0 && !strings.ContainsAny(value[hash-1:hash], " \t")
}

var (
	// assigned is a name with nothing behind its equals sign, or another one. That is
	// how a text in base64 may end.
	assigned = regexp.MustCompile(`^([A-Za-z0-9_-]+)(==?)$`)
	// base64End is the end of a line that may go on in base64.
	base64End    = regexp.MustCompile(`[A-Za-z0-9+/_-]+$`)
	conventional = regexp.MustCompile(`^([A-Z][A-Z0-9_]*|[a-z][a-z0-9_]*)$`)
)

// shortestRun is how many characters of base64 stand before a line's end where it may
// go on in a line that looks like a name by convention; shortestMixed are enough where
// they are no words.
const (
	shortestRun   = 16
	shortestMixed = 8
)

// piece reports whether a line without a value is rather the end of the one above, in
// base64: it is not named as variables are, or together they are as long as base64 is.
func (c *comparison) piece(line int) bool {
	found := assigned.FindStringSubmatch(strings.TrimSpace(c.lines[line-1]))
	if found == nil {
		return false
	}
	if found[2] == "==" {
		return true
	}
	before := ""
	if line > 1 {
		before = base64End.FindString(strings.TrimRight(c.lines[line-2], jsSpace))
	}
	if !conventional.MatchString(found[1]) {
		return len(before) >= 4
	}
	long := len(before) >= shortestRun || len(before) >= shortestMixed && mixed(before)
	return long && !strings.Contains(found[1], "_") && (len(before)+len(found[1])+1)%4 == 0
}

// mixed reports whether a text is rather base64 than words or an address: capitals stand
// in it, not alone, and not at its beginning only.
func mixed(text string) bool {
	return !strings.ContainsAny(text, "_-") && strings.IndexFunc(text[1:], unicode.IsUpper) >= 0 &&
		strings.IndexFunc(text, func(c rune) bool { return unicode.IsLower(c) || unicode.IsDigit(c) }) >= 0
}
