// Package forge knows the services where repositories live and pipelines run:
// GitHub, GitLab and others. It recognises runs for a change that is not merged
// (pull request, merge request, merge queue), and writes what is wrong in a
// manifest as those services show it at its lines.
//
// It leaves out what is wrong, and whether a run may go on.
package forge

import (
	"fmt"
	"io"
	"strings"

	"github.com/cella-secrets/cella/internal/words"
)

// MaxAnnotations is how many errors, and how many warnings, GitHub's runner
// passes on of one step (ExecutionContext in actions/runner).
const MaxAnnotations = 10

// Annotations writes the problems as workflow commands, which GitHub
// shows at their lines in the pull request: at most ten errors and ten
// warnings of all files together, and a notice that counts the rest of each file.
func (r Report) Annotations(w io.Writer) error {
	var out strings.Builder
	shown := map[string]int{}
	for _, f := range r {
		f.annotate(&out, shown)
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// Errors writes lines as workflow commands, which GitHub shows with the run: at most
// ten, and a notice that counts the rest. They may hold any text.
func Errors(w io.Writer, lines []string) error {
	var out strings.Builder
	for _, line := range lines[:min(len(lines), MaxAnnotations)] {
		fmt.Fprintf(&out, "::error title=cella::%s\n", escapeData(line))
	}
	if rest := len(lines) - MaxAnnotations; rest > 0 {
		fmt.Fprintf(&out, "::notice title=cella::%s not shown here; the summary of the run has them\n", words.Count(rest, "more error"))
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// annotate writes one file's part. shown are how many of each severity stand above.
func (f Findings) annotate(out *strings.Builder, shown map[string]int) {
	file := insideOf(f.Root, f.File)
	rest := map[string]int{}
	room := func(severity string) bool {
		if shown[severity] == MaxAnnotations {
			rest[severity]++
			return false
		}
		shown[severity]++
		return true
	}
	if f.Unread != nil && room("error") {
		fmt.Fprintf(out, "::error file=%s,title=cella::%s\n", escapeProperty(file), escapeData(f.Unread.Error()))
	}
	for _, p := range f.Problems {
		if severity := p.Severity(f.Strict); room(severity) {
			fmt.Fprintf(out, "::%s file=%s,line=%d,col=%d,title=%s::%s\n", severity, escapeProperty(file),
				max(p.Pos.Line, 1), max(p.Pos.Column, 1), escapeProperty("cella: "+p.Code), escapeData(describe(p)))
		}
	}
	for _, severity := range []string{"error", "warning"} {
		if n := rest[severity]; n > 0 {
			fmt.Fprintf(out, "::notice file=%s,title=cella::%s not shown here; the log of the run has them all\n",
				escapeProperty(file), escapeData(words.Count(n, "more "+severity)))
		}
	}
}

// escapeData escapes the message of a workflow command as the runner reads it:
// https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts
func escapeData(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(text)
}

// escapeProperty escapes the value of a workflow command's property.
func escapeProperty(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(text)
}
