package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/plan/adopt"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/secret"
)

// What became of a secret, in the words of the report.
const (
	importedValue = "value"    // a new entry with its value
	externalEntry = "external" // a new entry without
	replacedEntry = "replaced" // an entry that had something else
	keptEntry     = "kept"     // an entry that has something else
	leftOut       = "left out" // no entry
)

func fateWord(fate adopt.Fate) string {
	switch fate {
	case adopt.Managed:
		return importedValue
	case adopt.External:
		return externalEntry
	}
	return leftOut
}

// imported is what an import did, or would do.
type imported struct {
	file     string
	dryRun   bool
	fromFile bool // a .env file, so nothing is live yet
	lines    []importedLine
	present  int    // entries that said the same already
	changed  bool   // the manifest is, or would be, another one
	home     string // what there is to say of the record's line
}

type importedLine struct {
	owner secret.Owner
	name  secret.Name
	what  string
	notes []string
}

func (i *imported) add(owner secret.Owner, name secret.Name, what string, notes ...string) {
	i.lines = append(i.lines, importedLine{owner, name, what, notes})
}

func (i *imported) count(what string) int {
	n := 0
	for _, line := range i.lines {
		if line.what == what {
			n++
		}
	}
	return n
}

// write tells, by name, what was done and what to type next.
func (i *imported) write(out io.Writer) {
	var owner secret.Owner
	for n, line := range i.lines {
		if line.owner != owner {
			owner = line.owner
			writeLine(out, "%s", owner)
		}
		if n > 0 && line.sameReason(i.lines[n-1]) {
			continue // named there
		}
		names := []string{words.Quote(string(line.name))}
		for _, next := range i.lines[n+1:] {
			if !next.sameReason(line) {
				break
			}
			names = append(names, words.Quote(string(next.name)))
		}
		text := fmt.Sprintf("  %-9s %s", line.what, strings.Join(names, ", "))
		if len(line.notes) > 0 {
			text += ": " + strings.Join(line.notes, "; ")
		}
		writeLine(out, "%s", text)
	}
	if len(i.lines) > 0 {
		writeLine(out, "")
	}
	writeLine(out, "%s: %s.", words.Quote(i.file), strings.Join(i.summary(), ", "))
	if i.home != "" && !i.dryRun {
		writeLine(out, "%s.", i.home)
	}
	if i.dryRun {
		writeLine(out, "Nothing was written (--dry-run).")
	}
	i.writeNext(out)
}

// sameReason reports whether both secrets of an owner are left out for one
// reason, as what is inherited is: they are named on one line.
func (l importedLine) sameReason(other importedLine) bool {
	return l.what == leftOut && other.what == leftOut && l.owner == other.owner && slices.Equal(l.notes, other.notes)
}

// summary counts, without what there is none of.
func (i *imported) summary() []string {
	texts := []string{"imported " + i.imports()}
	for _, part := range []struct {
		n    int
		text string
	}{
		{i.count(replacedEntry), "replaced %d"}, {i.count(keptEntry), "kept %d that differ"},
		{i.count(leftOut), "left out %d"}, {i.present, "%d there already"},
	} {
		if part.n > 0 {
			texts = append(texts, fmt.Sprintf(part.text, part.n))
		}
	}
	return texts
}

// imports counts the new entries.
func (i *imported) imports() string {
	readable, external := i.count(importedValue), i.count(externalEntry)
	switch {
	case readable == 0 && external == 0:
		return "nothing"
	case i.fromFile:
		return strconv.Itoa(readable)
	case external == 0:
		return fmt.Sprintf("%d readable", readable)
	case readable == 0:
		return fmt.Sprintf("%d external", external)
	}
	return fmt.Sprintf("%d readable and %d external", readable, external)
}

// maxCommands is how many commands of one kind are spelled out.
const maxCommands = 5

func (i *imported) writeNext(out io.Writer) {
	flag := problem.FileFlag(i.file)
	if n := i.count(keptEntry); n > 0 {
		writeLine(out, "\nThe kept stay as the manifest has them; --replace takes what was found instead, where nothing would be lost.")
	}
	if n := i.count(externalEntry); n > 0 {
		writeLine(out, "\nThe external are checked and never written, as Pantheon hides their values. To manage one, give cella its value:")
		shown := 0
		for _, line := range i.lines {
			if line.what != externalEntry {
				continue
			}
			if shown++; shown > maxCommands {
				writeLine(out, "  and so on, for %d more", n-maxCommands)
				break
			}
			writeLine(out, "  cella set%s %s %s", flag, words.Argument(line.owner.Address()), words.Argument(string(line.name)))
		}
	}
	if i.dryRun || !i.changed {
		return
	}
	if i.fromFile {
		writeLine(out, "\nNext: cella plan%s, and commit %s. Keep the .env file out of git, or delete it.", flag, words.Quote(i.file))
		return
	}
	writeLine(out, "\nNext: cella plan%s, which leaves what was imported as it is live, and commit %s.", flag, words.Quote(i.file))
}
