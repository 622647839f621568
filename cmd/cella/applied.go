package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/cella-secrets/cella/apply"
	"github.com/cella-secrets/cella/internal/checkup"
	"github.com/cella-secrets/cella/internal/forge"
	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/outputs"
	"github.com/cella-secrets/cella/plan/view"
	"github.com/cella-secrets/cella/schema"
)

// parseReportOutputs reads apply's --format. Its stdout is the plan and the
// report for people, so that the others need a file.
func parseReportOutputs(values []string) ([]outputs.Output, error) {
	if len(values) == 0 {
		return nil, nil
	}
	wanted, err := outputs.Parse(values, "text", "markdown", "outputs", "github")
	if err != nil {
		return nil, err
	}
	for _, o := range wanted {
		if o.File == "" {
			return nil, hint.New(fmt.Errorf("--format %s needs a file, because apply prints text for people to stdout", o.Format),
				fmt.Sprintf("write --format %s=FILE", o.Format))
		}
	}
	return wanted, nil
}

// applied writes to all outputs what became of an apply, and returns err with
// what went wrong on the way. result is nil where nothing was begun.
func applied(d *outputs.Set, manifest string, run view.Run, result *apply.Report, err error) error {
	failed := d.Write(func(w io.Writer, to outputs.Output) error { return renderReport(w, to, manifest, run, result, err) })
	if failed != nil && result != nil {
		failed = untold(*result, "", failed)
	}
	return bothErrors([]error{err, failed})
}

// obstructed is an error of a plan that may not be applied, with what stands against it, a
// line each, for those who do not see what apply printed.
type obstructed struct {
	error
	lines []string
}

func (o *obstructed) Unwrap() error { return o.error }

// obstacles are the lines of an error that has some.
func obstacles(err error) []string {
	var of *obstructed
	if !errors.As(err, &of) {
		return nil
	}
	return of.lines
}

// annotated are the lines that GitHub shows with the run.
func annotated(result *apply.Report, err error) []string {
	if lines := obstacles(err); len(lines) > 0 {
		return lines
	}
	if result != nil && !result.Complete() {
		return []string{fmt.Sprintf("not everything was applied: %d failed, %d not tried; the summary of the run says what and why", result.Failed, result.NotTried)}
	}
	var lines []string
	for _, line := range linesOf(complaint(err)) {
		if text, isError := strings.CutPrefix(line, "error: "); isError {
			lines = append(lines, text)
		}
	}
	return lines
}

// linesOf are the lines of a text, without what indents them.
func linesOf(text string) []string {
	var lines []string
	for line := range strings.Lines(text) {
		lines = append(lines, strings.TrimSpace(line))
	}
	return lines
}

func renderReport(w io.Writer, to outputs.Output, manifest string, run view.Run, result *apply.Report, err error) error {
	var text strings.Builder
	if result != nil {
		if err := result.Text(&text); err != nil {
			return err
		}
	}
	for _, line := range obstacles(err) {
		text.WriteString(line + "\n")
	}
	text.WriteString(checkup.Lines(err) + complaint(err))
	switch to.Format {
	case "github":
		return forge.Errors(w, annotated(result, err))
	case "markdown":
		return view.Note{
			Project:   schema.ProjectOf(manifest),
			Run:       run,
			Title:     "apply",
			Sentences: []string{headline(result)},
			Text:      text.String(),
		}.Markdown(w)
	case "outputs":
		var r apply.Report
		complete := false
		if result != nil {
			r, complete = *result, result.Complete()
		}
		_, err := fmt.Fprintf(w, "applied=%d\nfailed=%d\nnot_tried=%d\napply_complete=%t\n", r.Done, r.Failed, r.NotTried, complete)
		return err
	}
	_, err = io.WriteString(w, text.String())
	return err
}

// headline is what became of an apply in a word.
func headline(result *apply.Report) string {
	switch {
	case result == nil:
		return "**Nothing was applied.**"
	case len(result.Results)+len(result.Ledgers) == 0:
		return "**Nothing to apply.**"
	case result.Complete():
		return "**Applied.**"
	}
	return "**Applied in part.** Running apply again resumes with what is left."
}
