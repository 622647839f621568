package checkup

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/schema/problem"
)

// Tell writes what is wrong or doubtful in the manifest, a line
// each, warnings with their code, and returns an error where something must be
// mended first.
func Tell(w io.Writer, file string, problems problem.List, strict, quiet bool) error {
	failed := problems.Errors(strict)
	shown := problems
	if quiet {
		shown = failed
	}
	var lines strings.Builder
	for _, problem := range shown {
		fmt.Fprintln(&lines, problemLine(problem))
	}
	_, _ = io.WriteString(w, lines.String()) // stderr, where there is nobody to tell
	if len(failed) == 0 {
		return nil
	}
	return &told{failure(file, problems, failed), lines.String()}
}

// told is an error that refers to lines above it.
type told struct {
	error
	lines string
}

func (e *told) Unwrap() error { return e.error }

// Lines are the lines that Tell wrote for an error of it, each with its end; empty
// for other errors. Whoever passes such an error on, but not what was written, puts
// them above it.
func Lines(err error) string {
	var known *told
	if !errors.As(err, &known) {
		return ""
	}
	return known.lines
}

// failure is the error for the problems that failed.
func failure(file string, problems, failed problem.List) error {
	err := fmt.Errorf("%s: %s", words.Quote(file), words.Count(len(failed), "error"))
	if len(problems.Errors(false)) == 0 {
		return hint.New(fmt.Errorf("%w (warnings count under --strict)", err),
			"fix the lines above, or omit --strict")
	}
	switch {
	case onlyOf(failed, problem.CodeValueUnset):
		return hint.New(err, "set the variables above where cella runs, and run the command again; `cella validate"+problem.FileFlag(file)+"` does without them")
	case !slices.ContainsFunc(failed, func(p problem.Problem) bool { return !isExpired(p.Code) }):
		return Expired(codesOf(failed))
	}
	return hint.New(err, fmt.Sprintf("fix the lines above, then run `cella validate%s`", problem.FileFlag(file)))
}

func codesOf(problems problem.List) []string {
	var codes []string
	for _, p := range problems {
		codes = append(codes, p.Code)
	}
	return codes
}

// onlyOf reports whether all problems have one code.
func onlyOf(problems problem.List, code string) bool {
	return !slices.ContainsFunc(problems, func(p problem.Problem) bool { return p.Code != code })
}

// problemLine is a problem with its place, a warning with its code.
func problemLine(problem problem.Problem) string {
	if problem.Warning {
		return fmt.Sprintf("%s [warning: %s]", problem, problem.Code)
	}
	return problem.String()
}
