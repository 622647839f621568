package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"cloud.google.com/go/civil"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/plan/view"
	"github.com/cella-secrets/cella/schema"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/secret"
)

// checkup is what validate found out.
type checkup struct {
	file     string
	strict   bool
	unread   error // why the file could not be judged at all
	problems problem.List
	// manifest and desired are nil where the manifest has errors.
	manifest *schema.Manifest
	desired  []secret.Desired
}

// check reads the manifest and judges it without network.
func check(ctx context.Context, file string, options schema.Options, strict bool) checkup {
	c := checkup{file: file, strict: strict}
	manifest, problems, err := schema.Load(ctx, file, options)
	if err != nil {
		c.unread = missingManifest(file, err)
		return c
	}
	if c.problems, c.unread = addCopies(ctx, manifest, problems); manifest == nil || c.unread != nil {
		return c
	}
	desired, problems := manifest.Compile(nil)
	c.problems = append(c.problems, problems...)
	if len(c.problems.Errors(false)) == 0 {
		c.manifest, c.desired = manifest, desired
	}
	return c
}

// addDates adds what the dates of a valid manifest warn of; with fail, what has
// expired is an error.
func (c *checkup) addDates(today civil.Date, fail bool) {
	if c.manifest == nil {
		return
	}
	for _, problem := range dateWarnings(c.manifest, today) {
		problem.Warning = !fail || !isExpired(problem.Code)
		c.problems = append(c.problems, problem)
	}
}

// failed are the problems that have to be mended first.
func (c checkup) failed() problem.List { return c.problems.Errors(c.strict) }

func (c checkup) valid() bool { return c.unread == nil && len(c.failed()) == 0 }

// decrypted reports whether values were looked at.
func (c checkup) decrypted() bool { return c.manifest != nil && c.manifest.Decrypted }

// savable reports whether a plan of the manifest can be saved; see
// plan.Provable.
func (c checkup) savable() bool {
	return c.manifest != nil && c.manifest.Encrypted && (c.manifest.Keyed || c.manifest.UnseenVariables == 0)
}

// validateFormats are the formats of validate's result, the default first.
func validateFormats() []string {
	return []string{"text", "json", "markdown", "outputs", "github", "gitlab"}
}

// render writes the result in the format of one output.
func (c checkup) render(w io.Writer, to output, env func(string) string) error {
	switch to.format {
	case "json":
		return c.json(w)
	case "markdown":
		return c.note().Markdown(w)
	case "outputs":
		if err := view.NoOutputs(w); err != nil {
			return err
		}
		_, err := fmt.Fprintf(w, "valid=%t\ndecrypted=%t\nsavable=%t\n", c.valid(), c.decrypted(), c.savable())
		return err
	case "github":
		return writeAnnotations(w, c, env("GITHUB_WORKSPACE"))
	case "gitlab":
		return writeCodeQuality(w, c, env("CI_PROJECT_DIR"))
	}
	text := c.verdict()
	if to.file != "" { // people have the problems on stderr
		text = c.text()
	}
	_, err := io.WriteString(w, text)
	return err
}

// verdict is the line about a manifest that is valid.
func (c checkup) verdict() string {
	if !c.valid() {
		return ""
	}
	return fmt.Sprintf("%s: valid: %s; %s\n", words.Quote(c.file), contents(c.desired), checked(c.manifest)+unseen(c.manifest))
}

// text is everything there is to say, a line each.
func (c checkup) text() string {
	if c.unread != nil {
		return complaint(c.unread)
	}
	var lines strings.Builder
	for _, problem := range c.problems {
		lines.WriteString(problemLine(problem) + "\n")
	}
	return lines.String() + c.verdict()
}

// note is the comment of a run that checks and does not plan.
func (c checkup) note() view.Note {
	told := "The manifest is valid, as far as it was looked at."
	switch {
	case c.unread != nil:
		told = "The manifest could not be read."
	case !c.valid():
		told = fmt.Sprintf("The manifest has %s.", words.Count(len(c.failed()), "error"))
	}
	return view.Note{
		Project:   schema.ProjectOf(c.file),
		Title:     "plan",
		Sentences: []string{"**Not planned.** " + told + " Nothing was compared with the live state, so nothing is known of what would change."},
		Text:      c.text(),
	}
}

// checkupJSON is the document of --format json.
type checkupJSON struct {
	FormatVersion string        `json:"format_version"`
	File          string        `json:"file"`
	Valid         bool          `json:"valid"`
	Decrypted     bool          `json:"decrypted"`
	Error         string        `json:"error,omitempty"`
	Problems      []problemJSON `json:"problems"`
}

type problemJSON struct {
	Severity string `json:"severity"`
	Code     string `json:"code"`
	Line     int    `json:"line"`
	Column   int    `json:"column"`
	Path     string `json:"path,omitempty"`
	Message  string `json:"message"`
	Remedy   string `json:"remedy,omitempty"`
}

func (c checkup) json(w io.Writer) error {
	document := checkupJSON{FormatVersion: "1", File: c.file, Valid: c.valid(), Decrypted: c.decrypted(), Problems: []problemJSON{}}
	if c.unread != nil {
		document.Error = c.unread.Error()
	}
	for _, p := range c.problems {
		document.Problems = append(document.Problems,
			problemJSON{c.severity(p), p.Code, p.Pos.Line, p.Pos.Column, p.Path, p.Message, p.Remedy})
	}
	return view.Document(w, document)
}

// severity is what the problem counts as in this run.
func (c checkup) severity(p problem.Problem) string {
	if p.Fails(c.strict) {
		return "error"
	}
	return "warning"
}
