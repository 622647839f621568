package schema

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/cella-secrets/cella/secret"
)

// Problem is one thing that is wrong with the content of a manifest. Message
// says what, Remedy what to do about it; neither quotes a value. Code is
// stable: scripts may depend on it.
type Problem struct {
	Pos     secret.Pos
	Path    string // such as sites.my-site.secrets.TOKEN.value; empty for the file as a whole
	Code    string
	Message string
	Remedy  string
	Warning bool
	// Dated: a warning that came with a day, not with a change of the file.
	// Nothing makes it an error but what is said of dates.
	Dated bool
}

// Fails reports whether the problem makes the manifest unusable; with strict,
// warnings do too.
func (p Problem) Fails(strict bool) bool { return !p.Warning || strict && !p.Dated }

// String is "file:line:column: path: what is wrong; remedy" on one line.
func (p Problem) String() string {
	text := p.Pos.String() + ": "
	if p.Path != "" {
		text += p.Path + ": "
	}
	text += p.Message
	if p.Remedy != "" {
		text += "; " + p.Remedy
	}
	return text
}

// Error is String.
func (p Problem) Error() string { return p.String() }

// CodeValueUnset is the code of a value whose environment variable is not set:
// nothing is wrong with the file.
const CodeValueUnset = "value-unset"

// Problems are sorted by line and column.
type Problems []Problem

// Errors returns what makes the manifest unusable: the errors, and with
// strict the warnings too, those of dates left out. Order is kept.
func (p Problems) Errors(strict bool) Problems {
	return p.filter(func(problem Problem) bool { return problem.Fails(strict) })
}

// Warnings returns the warnings. Order is kept.
func (p Problems) Warnings() Problems {
	return p.filter(func(problem Problem) bool { return problem.Warning })
}

func (p Problems) filter(keep func(Problem) bool) Problems {
	var kept Problems
	for _, problem := range p {
		if keep(problem) {
			kept = append(kept, problem)
		}
	}
	return kept
}

func (p Problems) sort() {
	slices.SortStableFunc(p, func(a, b Problem) int {
		return cmp.Or(
			cmp.Compare(a.Pos.Line, b.Pos.Line),
			cmp.Compare(a.Pos.Column, b.Pos.Column),
			cmp.Compare(a.Path, b.Path),
			cmp.Compare(a.Code, b.Code),
		)
	})
}

// maxProblems bounds the errors, and the warnings, that one file can have: more
// help nobody, and each costs hundreds of times its bytes in a hostile file.
const maxProblems = 1000

// reporter collects the problems of one file.
type reporter struct {
	file             string
	problems         Problems
	errors, warnings int // the left out ones included
}

// place is where a problem stands.
type place struct {
	line, column int
	frame        *frame // nil for the file as a whole
}

func (r *reporter) fail(at place, code, remedy, format string, args ...any) {
	if r.errors++; r.errors <= maxProblems {
		r.add(at, code, remedy, fmt.Sprintf(format, args...), false)
	} else if r.errors == maxProblems+1 {
		r.add(at, "more-errors", "mend the others first", fmt.Sprintf("there are more than %d errors; the others are left out", maxProblems), false)
	}
}

func (r *reporter) warn(at place, code, remedy, format string, args ...any) {
	if r.warnings++; r.warnings <= maxProblems {
		r.add(at, code, remedy, fmt.Sprintf(format, args...), true)
	} else if r.warnings == maxProblems+1 {
		r.add(at, lintMoreWarnings, "mend the others first", fmt.Sprintf("there are more than %d warnings; the others are left out", maxProblems), true)
	}
}

func (r *reporter) add(at place, code, remedy, message string, warning bool) {
	r.problems = append(r.problems, Problem{
		Pos:     secret.Pos{File: r.file, Line: at.line, Column: at.column},
		Path:    at.frame.String(),
		Code:    code,
		Message: message,
		Remedy:  remedy,
		Warning: warning,
	})
}

// full reports that enough errors were told, so that nothing more needs to be
// looked at.
func (r *reporter) full() bool { return r.errors > maxProblems }

// failed reports whether an error has been reported.
func (r *reporter) failed() bool { return r.errors > 0 }
