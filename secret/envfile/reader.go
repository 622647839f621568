package envfile

import "strings"

// Reader is a program that reads .env files.
type Reader int

// The readers, in the order in which they are named.
const (
	// PHPDotenv is vlucas/phpdotenv 5, which Bedrock and Laravel use.
	PHPDotenv Reader = iota
	// Dotenv is Node's package dotenv.
	Dotenv
	// Node is what `node --env-file` of Node 20 reads.
	Node
)

var readerNames = [...]string{"phpdotenv", "dotenv", "node --env-file"}

// String is the name that people know the reader by.
func (r Reader) String() string { return readerNames[r] }

// AllReaders are those of a site of which nothing is known.
func AllReaders() []Reader { return []Reader{PHPDotenv, Dotenv, Node} }

// ReadersOf are those that count for a site of a framework, in Pantheon's word
// for it: for nodejs those of Node, else all of them.
func ReadersOf(framework string) []Reader {
	if framework == "nodejs" {
		return []Reader{Dotenv, Node}
	}
	return AllReaders()
}

// read is what the reader makes of a text without a byte order mark.
func (r Reader) read(text string) []statement {
	switch r {
	case PHPDotenv:
		return readPHP(text)
	case Dotenv:
		return readDotenv(text)
	}
	return readNode(text)
}

// MaxStatements bounds how many statements a reader may find in a file. A name may come
// often.
const MaxStatements = 200_000

// statement is what a reader takes for one: a name with its value, or what it
// refuses. A reader that refuses one takes nothing of the file.
type statement struct {
	first, last int // lines of the text
	name, value string
	refused     cause
	// expands: the reader may put the value of another variable into it.
	expands bool
	// unset: it is a name alone, which takes the value from the name.
	unset bool
}

// cause is why a reader refuses a statement.
type cause int

const (
	taken cause = iota
	badName
	badSpace
	badEscape
	badQuote
	// lostLines: nothing is refused, and the lines are taken for none.
	lostLines
)

// lineIndex tells the lines of offsets, at the cost of the way from one to the next.
type lineIndex struct {
	text string
	at   int
	line int
}

func newLineIndex(text string) *lineIndex { return &lineIndex{text: text, line: 1} }

func (x *lineIndex) of(offset int) int {
	if offset < x.at {
		x.line -= strings.Count(x.text[offset:x.at], "\n")
	} else {
		x.line += strings.Count(x.text[x.at:offset], "\n")
	}
	x.at = offset
	return x.line
}
