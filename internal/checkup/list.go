package checkup

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/cella-secrets/cella/internal/forge"
	"github.com/cella-secrets/cella/plan/view"
)

// List are the checkups of one run, a manifest each, in the order in which they
// were named; there is at least one.
type List []Checkup

// Formats are the formats of validate's result, the default first.
func Formats() []string {
	return []string{"text", "json", "markdown", "outputs", "github", "gitlab"}
}

// Render writes the result of all in one of Formats. What goes to a file has all
// that people are told on stderr too. markdown is a comment about one manifest: of
// several it is an error. run is what a comment says of the pipeline's run.
func (all List) Render(w io.Writer, format string, toFile bool, env func(string) string, run view.Run) error {
	switch format {
	case "json":
		return all.json(w)
	case "markdown":
		if len(all) > 1 {
			return errors.New("a comment is about one manifest")
		}
		return all[0].note(run).Markdown(w)
	case "outputs":
		if err := view.NoOutputs(w); err != nil {
			return err
		}
		_, err := fmt.Fprintf(w, "valid=%t\ndecrypted=%t\nsavable=%t\n",
			all.every(Checkup.valid), all.every(Checkup.decrypted), all.every(Checkup.savable))
		return err
	case "github":
		return all.report(env("GITHUB_WORKSPACE")).Annotations(w)
	case "gitlab":
		return all.report(env("CI_PROJECT_DIR")).CodeQuality(w)
	}
	var text strings.Builder
	for _, c := range all {
		if toFile { // people have the problems on stderr
			text.WriteString(c.text())
		} else {
			text.WriteString(c.verdict())
		}
	}
	_, err := io.WriteString(w, text.String())
	return err
}

// every reports whether something holds of each one.
func (all List) every(holds func(Checkup) bool) bool {
	return !slices.ContainsFunc(all, func(c Checkup) bool { return !holds(c) })
}

func (all List) report(root string) forge.Report {
	var report forge.Report
	for _, c := range all {
		report = append(report, forge.Findings{File: c.File, Root: root, Unread: c.Unread, Problems: c.Problems, Strict: c.strict})
	}
	return report
}
