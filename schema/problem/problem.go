package problem

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

// Severity is what the problem counts as: error or warning.
func (p Problem) Severity(strict bool) string {
	if p.Fails(strict) {
		return "error"
	}
	return "warning"
}

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

// lintMoreWarnings is the code of the one that stands for those beyond
// MaxProblems.
const lintMoreWarnings = "more-warnings"

// List is sorted by line and column.
type List []Problem

// Errors returns what makes the manifest unusable: the errors, and with
// strict the warnings too, those of dates left out. Order is kept.
func (p List) Errors(strict bool) List {
	return p.Filter(func(problem Problem) bool { return problem.Fails(strict) })
}

// Warnings returns the warnings. Order is kept.
func (p List) Warnings() List {
	return p.Filter(func(problem Problem) bool { return problem.Warning })
}

// Filter returns those that keep holds for. Order is kept.
func (p List) Filter(keep func(Problem) bool) List {
	var kept List
	for _, problem := range p {
		if keep(problem) {
			kept = append(kept, problem)
		}
	}
	return kept
}

// Sort puts them in order, by where they stand.
func (p List) Sort() {
	slices.SortStableFunc(p, func(a, b Problem) int {
		return cmp.Or(
			cmp.Compare(a.Pos.Line, b.Pos.Line),
			cmp.Compare(a.Pos.Column, b.Pos.Column),
			cmp.Compare(a.Path, b.Path),
			cmp.Compare(a.Code, b.Code),
		)
	})
}

// MaxProblems bounds the errors, and the warnings, that one file can have: more
// help nobody, and each costs hundreds of times its bytes in a hostile file.
const MaxProblems = 1000

// Reporter collects the problems of one file.
type Reporter struct {
	File             string
	Problems         List
	errors, warnings int // the left out ones included
}

// Place is where a problem stands.
type Place struct {
	Line, Column int
	Path         *Path // nil for the file as a whole
}

// Fail reports an error: what is wrong, and in remedy what to do about it. Neither
// may quote a value.
func (r *Reporter) Fail(at Place, code, remedy, format string, args ...any) {
	if r.errors++; r.errors <= MaxProblems {
		r.Add(at, code, remedy, fmt.Sprintf(format, args...), false)
	} else if r.errors == MaxProblems+1 {
		r.Add(at, "more-errors", "fix the others first", fmt.Sprintf("there are more than %d errors; the others are left out", MaxProblems), false)
	}
}

// Warn reports a warning, as Fail does an error.
func (r *Reporter) Warn(at Place, code, remedy, format string, args ...any) {
	if r.warnings++; r.warnings <= MaxProblems {
		r.Add(at, code, remedy, fmt.Sprintf(format, args...), true)
	} else if r.warnings == MaxProblems+1 {
		r.Add(at, lintMoreWarnings, "fix the others first", fmt.Sprintf("there are more than %d warnings; the others are left out", MaxProblems), true)
	}
}

// Add reports without counting.
func (r *Reporter) Add(at Place, code, remedy, message string, warning bool) {
	r.Problems = append(r.Problems, Problem{
		Pos:     secret.Pos{File: r.File, Line: at.Line, Column: at.Column},
		Path:    at.Path.String(),
		Code:    code,
		Message: message,
		Remedy:  remedy,
		Warning: warning,
	})
}

// Full reports that enough errors were told, so that nothing more needs to be
// looked at.
func (r *Reporter) Full() bool { return r.errors > MaxProblems }

// Failed reports whether an error has been reported.
func (r *Reporter) Failed() bool { return r.errors > 0 }
