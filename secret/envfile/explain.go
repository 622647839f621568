package envfile

import (
	"regexp"
	"slices"
	"strings"

	"github.com/cella-secrets/cella/internal/words"
)

var (
	// nameOf is a line's name where it certainly is one.
	nameOf     = regexp.MustCompile(`^(?:export\s+)?([A-Za-z_][A-Za-z0-9_.-]*)\s*=`)
	byColon    = regexp.MustCompile(`^\s*(?:export\s+)?[\w.-]+:\s`)
	exported   = regexp.MustCompile(`^\s*export\s`)
	loudly     = regexp.MustCompile(`^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$`)
	notPHPName = "phpdotenv reads names of letters, digits, underscores and dots alone"
)

// explain reports why the readers do not agree on the lines of an event.
func (c *comparison) explain(e event) {
	line := e.first
	raw := c.lines[line-1]
	text := strings.Trim(raw, jsSpace)
	switch {
	case text != "" && text[0] == '#':
		c.comment(e, raw)
		return
	case c.blankAbove(e):
		c.oddly(line-1, "node --env-file takes white space alone on a line for a part of the next name", "leave the line empty")
		return
	case text == "":
		c.oddly(line, "node --env-file takes white space alone on a line for a part of the next name", "leave the line empty")
		return
	case byColon.MatchString(raw):
		c.oddly(line, "a colon is an equals sign for dotenv alone", "write NAME=value")
		return
	case !strings.Contains(text, "="):
		c.fallen(line, noEquals)
		return
	}
	name := c.certain(e)
	what, how := c.ofName(e, raw, nameOf.MatchString(text))
	if what == "" {
		what, how = c.ofValue(e, raw)
	}
	c.problem(line, name, what, how)
}

// comment reports one that some reader takes for more.
func (c *comparison) comment(e event, raw string) {
	if s := e.at[PHPDotenv]; s != nil && s.refused == lostLines {
		c.oddly(e.first, `phpdotenv takes =" in this comment for the beginning of a text of several lines, and skips what follows`,
			"remove the quotes from the comment")
		return
	}
	if raw[0] != '#' {
		c.oddly(e.first, "node --env-file takes a comment that does not begin its line for a part of the next name", "begin the line with #")
		return
	}
	c.oddly(e.first, "node --env-file takes a comment on the last line, where no line end follows, for a variable", "end the file with a line end")
}

// blankAbove reports whether node's name begins on a line of spaces above.
func (c *comparison) blankAbove(e event) bool {
	s := e.at[Node]
	return s != nil && strings.HasPrefix(s.name, "\n") && e.first > 1 && strings.Trim(c.lines[e.first-2], " ") == ""
}

// certain is the name of the line where it is shown, or empty where it may be a piece of
// a value: it is named loudly, as variables are, or else no value above may go on here.
func (c *comparison) certain(e event) string {
	found := nameOf.FindStringSubmatch(strings.Trim(c.lines[e.first-1], jsSpace))
	switch {
	case found == nil || c.piece(e.first):
		return ""
	case loudly.MatchString(found[1]):
	case c.broken > 0 && c.broken < e.first, !conventional.MatchString(found[1]) && c.goesOn(e.first):
		return ""
	}
	return words.Quote(found[1])
}

// goesOn reports whether the line above ends in a value without quotes.
func (c *comparison) goesOn(line int) bool {
	if line == 1 {
		return false
	}
	above := strings.Trim(c.lines[line-2], jsSpace)
	return above != "" && above[0] != '#' && strings.IndexByte("'\"`", above[len(above)-1]) < 0
}

// ofName explains differences that a line's name makes.
func (c *comparison) ofName(e event, raw string, named bool) (what, how string) {
	names := map[string]bool{}
	refused := false
	for _, s := range e.at {
		if s != nil && s.refused == badName {
			refused = true
		} else if s != nil && s.refused != lostLines {
			names[s.name] = true
		}
	}
	if !refused && len(names) < 2 && named {
		return "", ""
	}
	switch {
	case raw[0] == '\t' || raw[0] != ' ' && strings.Trim(raw[:1], jsSpace) == "":
		return "the line begins with white space that some readers take for a part of the name", "begin it with the name"
	case exported.MatchString(raw):
		return "not every reader takes export away here", "write the line without export"
	case refused && named:
		return notPHPName, "rename it, or import it from a JSON file"
	}
	return "the readers do not agree that there is a name before the equals sign", pieceHow
}

// whoTakes says which readers take a variable from the line.
func (c *comparison) whoTakes(e event) string {
	var take, not []Reader
	for _, reader := range c.Readers {
		if e.at[reader] != nil {
			take = append(take, reader)
		} else {
			not = append(not, reader)
		}
	}
	return listed(take) + verb(take, " takes", " take") + " a variable from it, and " + listed(not) + verb(not, " does", " do") + " not"
}

func listed(readers []Reader) string {
	names := make([]string, len(readers))
	for i, reader := range readers {
		names[i] = reader.String()
	}
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

func verb(readers []Reader, one, several string) string {
	if len(readers) == 1 {
		return one
	}
	return several
}

// ofValue explains differences that a line's value makes.
func (c *comparison) ofValue(e event, raw string) (what, how string) {
	_, value, _ := strings.Cut(raw, "=")
	value = strings.Trim(value, jsSpace)
	php := e.at[PHPDotenv]
	counts := php != nil
	quote := byte(0)
	if value != "" && strings.IndexByte("'\"`", value[0]) >= 0 {
		quote = value[0]
	}
	how = c.form(e)
	switch {
	case counts && php.expands:
		return "phpdotenv puts the value of another variable in the place of ${NAME}", "write that value out, or if ${NAME} is meant as it stands, " + how
	case quote == '`' && counts:
		return "backquotes are no quotes for phpdotenv", how
	case quote != 0 && !c.closed(e, value):
		c.breaks(e.first)
		return "the quote that opens here is not closed", "close it, or put the value in other quotes"
	case counts && quote != '"' && php.last > e.first && strings.Contains(raw, `="`):
		return `phpdotenv takes =" here for the beginning of a text of several lines`, how
	case e.inside || spread(e):
		return c.severalLines(quote, counts), how
	case e.took < len(c.Readers):
		return c.whoTakes(e), how
	case quote != 0 && c.behind(value):
		return "there is text behind the closing quote, which " + c.disagree(e), how
	case quote == '"' && strings.Contains(value, `\`):
		return "a backslash in double quotes, which " + c.disagree(e), how
	case quote != 0:
		return "a quote inside the quotes, which " + c.disagree(e), how
	case counts && php.refused == badSpace:
		return "white space in a value without quotes, which " + c.disagree(e), how
	}
	return "white space at an end of the value, which " + c.disagree(e), how
}

// closed reports whether the quote that opens a value closes anywhere.
func (c *comparison) closed(e event, value string) bool {
	if strings.IndexByte(value[1:], value[0]) >= 0 {
		return true
	}
	for n := e.first; n < e.last; n++ {
		if strings.IndexByte(c.lines[n], value[0]) >= 0 {
			return true
		}
	}
	return false
}

// behind reports whether text follows the first closing quote, but a comment.
func (c *comparison) behind(value string) bool {
	end := strings.IndexByte(value[1:], value[0]) + 1
	if end == 0 || value[end-1] == '\\' {
		return false // on another line, or for some readers
	}
	rest := strings.Trim(value[end+1:], jsSpace)
	return rest != "" && rest[0] != '#'
}

func spread(e event) bool {
	for _, s := range e.at {
		if s != nil && s.last != e.last {
			return true
		}
	}
	return false
}

func (c *comparison) severalLines(quote byte, php bool) string {
	if quote == '\'' && php {
		return "phpdotenv does not read several lines in single quotes"
	}
	return "the readers do not agree on where the value ends"
}

// disagree says which readers refuse a line, and which take different values.
func (c *comparison) disagree(e event) string {
	var refuse, take []Reader
	var values []string
	for _, reader := range c.Readers {
		s := e.at[reader]
		switch {
		case s != nil && s.refused != taken:
			refuse = append(refuse, reader)
		case s != nil:
			take = append(take, reader)
			if !slices.Contains(values, s.value) {
				values = append(values, s.value)
			}
		}
	}
	switch {
	case len(refuse) == 0:
		return c.apart(e, values)
	case len(take) == 0:
		return listed(refuse) + verb(refuse, " refuses", " refuse")
	case len(values) > 1:
		return listed(refuse) + verb(refuse, " refuses", " refuse") + ", and " + listed(take) + " read in different ways"
	}
	return listed(refuse) + verb(refuse, " refuses", " refuse") + " while " + listed(take) + verb(take, " takes it", " take it")
}

// apart says which readers take one value, and which another one.
func (c *comparison) apart(e event, values []string) string {
	var same, others []Reader
	for _, reader := range c.Readers {
		if s := e.at[reader]; s != nil && s.value == values[0] {
			same = append(same, reader)
		} else {
			others = append(others, reader)
		}
	}
	if len(values) > 2 {
		return listed(c.Readers) + " read in different ways"
	}
	return listed(same) + verb(same, " reads", " read") + " in another way than " + listed(others)
}

// form says how to write the value, whichever of those that were read is meant, so
// that all readers agree.
func (c *comparison) form(e event) string {
	var values []string
	for _, s := range e.at {
		if s != nil && s.refused == taken {
			values = append(values, s.value)
		}
	}
	for _, form := range forms {
		if !slices.ContainsFunc(values, func(v string) bool { return !c.readAs(form.write(v), v) }) {
			return form.how
		}
	}
	return "no form of it is read alike: import it from a JSON file, or set it with cella set"
}

// forms are the ways to write a value, the best first.
var forms = []struct {
	how   string
	write func(string) string
}{
	{"put the value in single quotes", func(v string) string { return "'" + v + "'" }},
	{`put the value in double quotes, with \n for each line end`, func(v string) string { return `"` + strings.ReplaceAll(v, "\n", `\n`) + `"` }},
	{"put the value in double quotes", func(v string) string { return `"` + v + `"` }},
	{"write the value without quotes", func(v string) string { return v }},
	{"put the value in backquotes", func(v string) string { return "`" + v + "`" }},
}

// readAs reports whether all readers take a value from what is written.
func (c *comparison) readAs(written, value string) bool {
	for _, reader := range c.Readers {
		s := reader.read("A=" + written + "\n")
		if len(s) != 1 || s[0].refused != taken || s[0].expands || s[0].name != "A" || s[0].value != value {
			return false
		}
	}
	return true
}
