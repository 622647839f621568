package importing

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/plan/adopt"
	"github.com/cella-secrets/cella/schema/edit"
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

// Report is what an import did, or would do.
type Report struct {
	// Warnings are what a person should look at, by name, a sentence each.
	Warnings []string

	manifest string
	fromFile bool // so nothing is on Pantheon yet
	piped    bool // there is no file that could be deleted
	// encrypted: the file is.
	encrypted bool
	lines     []line
	present   int // entries that said the same already
	// replaceable are those that were kept, and that --replace would replace.
	replaceable int
	changed     bool   // the manifest is, or would be, another one
	record      string // what there is to say of the record's line
	newOwner    string // and of an owner that nobody looked for

	attributes string // what there is to say of the type and scopes of new secrets
	retyped    bool   // some have others now
}

type line struct {
	owner secret.Owner
	name  secret.Name
	what  string
	notes []string
}

func (r *Report) add(owner secret.Owner, name secret.Name, what string, notes ...string) {
	r.lines = append(r.lines, line{owner, name, what, notes})
}

func (r *Report) count(what string) int {
	n := 0
	for _, line := range r.lines {
		if line.what == what {
			n++
		}
	}
	return n
}

// Write tells, by name, what was done and what to type next.
func (r *Report) Write(out io.Writer, dryRun bool) {
	var owner secret.Owner
	for n, one := range r.lines {
		if one.owner != owner {
			owner = one.owner
			fmt.Fprintf(out, "%s\n", owner)
		}
		if n > 0 && one.sameReason(r.lines[n-1]) {
			continue // named there
		}
		names := []string{words.Quote(string(one.name))}
		for _, next := range r.lines[n+1:] {
			if !next.sameReason(one) {
				break
			}
			names = append(names, words.Quote(string(next.name)))
		}
		text := fmt.Sprintf("  %-9s %s", one.what, strings.Join(names, ", "))
		if len(one.notes) > 0 {
			text += ": " + strings.Join(one.notes, "; ")
		}
		fmt.Fprintf(out, "%s\n", text)
	}
	if len(r.lines) > 0 {
		fmt.Fprintf(out, "\n")
	}
	fmt.Fprintf(out, "%s: %s.\n", words.Quote(r.manifest), strings.Join(r.summary(), ", "))
	if r.attributes != "" {
		fmt.Fprintf(out, "%s.\n", r.attributes)
	}
	if r.retyped {
		fmt.Fprintf(out, "Pantheon can't change a type or scopes: of what is there already, the plan will show that it would be deleted and created again.\n")
	}
	if r.record != "" && !dryRun {
		fmt.Fprintf(out, "%s.\n", r.record)
	}
	if r.newOwner != "" {
		fmt.Fprintf(out, "%s.\n", r.newOwner)
	}
	if dryRun {
		fmt.Fprintf(out, "Nothing was written (--dry-run).\n")
	}
	r.writeNext(out, dryRun)
}

// sameReason reports whether both secrets of an owner are left out for one
// reason, as what is inherited is: they are named on one line.
func (l line) sameReason(other line) bool {
	return l.what == leftOut && other.what == leftOut && l.owner == other.owner && slices.Equal(l.notes, other.notes)
}

// summary counts, without what there is none of.
func (r *Report) summary() []string {
	texts := []string{"imported " + r.imports()}
	for _, part := range []struct {
		n    int
		text string
	}{
		{r.count(replacedEntry), "replaced %d"}, {r.count(keptEntry), "kept %d that differ"},
		{r.count(leftOut), "left out %d"}, {r.present, "%d there already"},
	} {
		if part.n > 0 {
			texts = append(texts, fmt.Sprintf(part.text, part.n))
		}
	}
	return texts
}

// finish takes note of what became of the manifest.
func (r *Report) finish(draft *edit.File) (err error) {
	r.manifest, r.changed = draft.Name, draft.Changed()
	r.record, err = draft.KeepRecordNoted()
	return err
}

// imports counts the new entries.
func (r *Report) imports() string {
	readable, external := r.count(importedValue), r.count(externalEntry)
	switch {
	case readable == 0 && external == 0:
		return "nothing"
	case r.fromFile:
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

// instead says how those of n entries that were kept get what was found.
func (r *Report) instead(n int) string {
	switch {
	case r.replaceable == 0:
		return "to follow what was found, edit the manifest"
	case r.replaceable < n:
		return fmt.Sprintf("--replace takes what was found instead for %d of %d", r.replaceable, n)
	}
	return "--replace takes what was found instead"
}

func (r *Report) writeNext(out io.Writer, dryRun bool) {
	flag := problem.FileFlag(r.manifest)
	if n := r.count(keptEntry); n > 0 {
		fmt.Fprintf(out, "\nWhat was kept stays as the manifest has it; %s.\n", r.instead(n))
	}
	if n := r.count(externalEntry); n > 0 {
		fmt.Fprintf(out, "\nExternal secrets are checked and never written, because Pantheon hides their values. To manage one, give cella its value:\n")
		shown := 0
		for _, line := range r.lines {
			if line.what != externalEntry {
				continue
			}
			if shown++; shown > maxCommands {
				fmt.Fprintf(out, "  and so on, for %d more\n", n-maxCommands)
				break
			}
			fmt.Fprintf(out, "  cella set%s %s %s\n", flag, words.Argument(line.owner.Address()), words.Argument(string(line.name)))
		}
	}
	if dryRun || !r.changed {
		return
	}
	if r.fromFile {
		then := " Keep the file that was imported out of git, or delete it."
		switch {
		case r.piped:
			then = ""
		case r.encrypted:
			then = " The file that was imported is encrypted; delete it where the manifest takes its place."
		}
		fmt.Fprintf(out, "\nNext: cella plan%s, and commit %s.%s\n", flag, words.Quote(r.manifest), then)
		return
	}
	fmt.Fprintf(out, "\nNext: cella plan%s, which leaves what was imported as it is on Pantheon, and commit %s.\n", flag, words.Quote(r.manifest))
}
