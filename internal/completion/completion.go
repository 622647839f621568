// Package completion says what may follow on a command line of cella, and has
// the scripts by which shells ask.
//
// A script asks with the words up to the cursor, the last one possibly empty:
//
//	cella __complete -- plan --color a
//
// The answer is one candidate a line, with a tab and a note behind it where there
// is one, and a last line that begins with a colon (see Answer). What a command
// takes is data: a Command, whose places each have a Kind.
//
// It leaves out reading: the caller hands in how the names of a manifest are
// read, and Complete does so only where names are asked for.
//
//  1. A candidate from a manifest is one that no shell reads more into than its
//     text (see inert); all others are left out, for whoever writes a manifest in
//     a pull request chooses its names.
//  2. No script evaluates what was typed, or what cella answered.
//  3. A value can't be offered: only names are looked at.
package completion

import (
	"fmt"
	"strings"

	"github.com/cella-secrets/cella/secret"
)

// Command is a program or one of its commands. Where it has Commands, the first
// argument is the name of one of them, and the rest is that one's.
type Command struct {
	Name, Summary string
	Flags         []Flag
	Commands      []Command
	Arguments     []Place
	Repeats       bool // what stands in the last place may stand there again
}

// Flag is one flag of a command. Value is nil where it takes none.
type Flag struct {
	Name, Shorthand, Usage string
	Value                  *Place
	Repeats                bool
}

// Place is where one word stands, or the value of a flag. Words may stand there
// besides what its kind says.
type Place struct {
	Kind  Kind
	Words []string
}

// Kind says what stands in a place.
type Kind int

const (
	Free          Kind = iota // what only the user knows
	Word                      // one of Words
	WordList                  // several of Words, joined by commas
	WordOrFile                // WORD[=FILE]
	WordAndFile               // WORD=FILE
	File                      // a file or folder
	CommandName               // a command of the program
	OwnerMaybeEnv             // OWNER[.ENV]
	Target                    // OWNER[/SECRET]
	Site                      // SITE
	SiteMaybeEnv              // SITE[.ENV]
	SiteEnv                   // SITE.ENV
	Organization              // the name of an organization
	Env                       // ENV
	Secret                    // a secret of the owner in the place before
	AnySecret                 // a secret of any owner
)

// Answer is what a shell is told. Its last line is one of
//
//	:end       a space follows a candidate
//	:more      none does, as more may come
//	:files 7   files are offered, for what follows the first 7 characters of the word
type Answer struct {
	Candidates []Candidate
	More       bool
	Files      bool
	FilesFrom  int
}

// Candidate is what may stand in place of the whole word at the cursor.
type Candidate struct{ Word, Note string }

// String writes the answer as scripts read it.
func (a Answer) String() string {
	var b strings.Builder
	for _, c := range a.Candidates {
		b.WriteString(c.Word)
		if c.Note != "" {
			b.WriteString("\t" + strings.Join(strings.Fields(c.Note), " "))
		}
		b.WriteString("\n")
	}
	switch {
	case a.Files:
		fmt.Fprintf(&b, ":files %d\n", a.FilesFrom)
	case a.More:
		b.WriteString(":more\n")
	default:
		b.WriteString(":end\n")
	}
	return b.String()
}

// Complete says what may stand in place of the last of words, which follow the
// program's name. names returns what the manifest in a file declares, or in the
// usual one where file is empty; it is called at most once.
func Complete(program Command, words []string, names func(file string) []secret.Desired) Answer {
	if len(words) == 0 {
		return Answer{}
	}
	l := readLine(program, words)
	l.names = names
	return l.answer()
}
