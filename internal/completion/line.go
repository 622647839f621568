package completion

import (
	"slices"
	"strings"

	"github.com/cella-secrets/cella/secret"
)

// line is what was typed up to the cursor.
type line struct {
	program Command
	command Command           // whose flags and arguments may follow
	args    []string          // its arguments before the word at the cursor
	given   map[string]string // its flags before that word
	opened  *Flag             // the word is the value of this flag
	dashes  bool              // it stands behind --
	word    string
	names   func(file string) []secret.Desired
}

func readLine(program Command, words []string) *line {
	last := len(words) - 1
	l := &line{program: program, command: program, given: map[string]string{}, word: words[last]}
	for _, word := range words[:last] {
		switch {
		case l.opened != nil:
			l.given[l.opened.Name], l.opened = word, nil
		case l.dashes || len(word) < 2 || word[0] != '-':
			l.readArgument(word)
		case word == "--":
			l.dashes = true
		default:
			l.readFlags(word)
		}
	}
	return l
}

// readArgument goes on in the command that word names, where one is to be named.
// Nothing is known of what follows one that there is not.
func (l *line) readArgument(word string) {
	if len(l.command.Commands) == 0 {
		l.args = append(l.args, word)
		return
	}
	i := slices.IndexFunc(l.command.Commands, func(c Command) bool { return c.Name == word })
	if i < 0 {
		l.command = Command{}
		return
	}
	l.command = l.command.Commands[i]
}

// readFlags reads a word that begins with a dash. A flag without the value that it
// takes has it in the next word.
func (l *line) readFlags(word string) {
	flags, at := l.command.flagsIn(word)
	for i := range flags {
		l.given[flags[i].Name] = ""
		switch {
		case flags[i].Value == nil:
		case at < 0:
			l.opened = &flags[i]
		default:
			l.given[flags[i].Name] = word[at:]
		}
	}
}

// flagsIn returns the flags that a word holds, as far as they are known, and where
// the value of the last one begins, negative where none stands in the word:
// --flag, --flag=VALUE, -abc, -fVALUE and -f=VALUE.
func (c Command) flagsIn(word string) (flags []Flag, value int) {
	if long, ok := strings.CutPrefix(word, "--"); ok {
		name, _, attached := strings.Cut(long, "=")
		i := slices.IndexFunc(c.Flags, func(f Flag) bool { return f.Name == name })
		if i < 0 {
			return nil, -1
		}
		if attached {
			return c.Flags[i : i+1], len("--") + len(name) + len("=")
		}
		return c.Flags[i : i+1], -1
	}
	for at := 1; at < len(word); at++ {
		i := slices.IndexFunc(c.Flags, func(f Flag) bool { return f.Shorthand == word[at:at+1] })
		if i < 0 {
			return flags, -1
		}
		flags = append(flags, c.Flags[i])
		if c.Flags[i].Value != nil {
			rest := strings.TrimPrefix(word[at+1:], "=")
			if at+1 == len(word) {
				return flags, -1
			}
			return flags, len(word) - len(rest)
		}
	}
	return flags, -1
}

func (l *line) answer() Answer {
	switch {
	case l.opened != nil:
		return l.fill(*l.opened.Value, "")
	case !l.dashes && strings.HasPrefix(l.word, "-"):
		if flags, at := l.command.flagsIn(l.word); at >= 0 && flags[len(flags)-1].Value != nil {
			return l.fill(*flags[len(flags)-1].Value, l.word[:at])
		}
		return l.flags()
	case len(l.command.Commands) > 0:
		return l.commands(l.command)
	}
	i := len(l.args)
	if l.command.Repeats {
		i = min(i, len(l.command.Arguments)-1)
	}
	if i >= len(l.command.Arguments) {
		return Answer{}
	}
	return l.fill(l.command.Arguments[i], "")
}

// flags offers those that may still be given.
func (l *line) flags() Answer {
	var a Answer
	for _, f := range l.command.Flags {
		if _, given := l.given[f.Name]; given && !f.Repeats {
			continue
		}
		for _, word := range []string{"-" + f.Shorthand, "--" + f.Name} {
			if word != "-" && strings.HasPrefix(word, l.word) {
				a.Candidates = append(a.Candidates, Candidate{word, f.Usage})
			}
		}
	}
	return a
}

func (l *line) commands(of Command) Answer {
	var a Answer
	for _, c := range of.Commands {
		if strings.HasPrefix(c.Name, l.word) {
			a.Candidates = append(a.Candidates, Candidate{c.Name, c.Summary})
		}
	}
	return a
}

// fill offers what may stand in a place. head is what stands before it on the
// same word, such as --flag=.
func (l *line) fill(place Place, head string) Answer {
	typed := l.word[len(head):]
	switch place.Kind {
	case CommandName:
		return l.commands(l.program)
	case File:
		return Answer{Files: true, FilesFrom: len(head)}
	case WordOrFile, WordAndFile:
		if word, _, file := strings.Cut(typed, "="); file {
			return Answer{Files: slices.Contains(place.Words, word), FilesFrom: len(head) + len(word) + len("=")}
		}
	case WordList:
		before := typed[:strings.LastIndexByte(typed, ',')+1]
		words := slices.DeleteFunc(slices.Clone(place.Words), func(word string) bool { return strings.Contains(","+before, ","+word+",") })
		return offered(words, head+before, typed[len(before):], true)
	}
	names := append(slices.Clone(place.Words), l.fromManifest(place.Kind, typed)...)
	if place.Kind == WordAndFile {
		for i := range names {
			names[i] += "="
		}
	}
	return offered(names, head, typed, place.Kind == Target && !strings.Contains(typed, "/"))
}

// offered are those of words that begin as typed, each behind head. One that ends
// in a dot or an equals sign is to be continued.
func offered(words []string, head, typed string, more bool) Answer {
	a := Answer{More: more}
	for _, word := range words {
		if strings.HasPrefix(word, typed) {
			a.Candidates = append(a.Candidates, Candidate{Word: head + word})
			a.More = a.More || strings.HasSuffix(word, ".") || strings.HasSuffix(word, "=")
		}
	}
	return a
}
