// Package checkup judges a manifest by itself, without network: what is wrong or
// doubtful in it, which of its dates have come, and what that means for whoever
// runs cella. It says so to people, and in the formats of validate.
//
// It leaves out what a manifest means (package schema), and what is on Pantheon.
package checkup

import (
	"context"
	"fmt"
	"strings"

	"cloud.google.com/go/civil"

	"github.com/cella-secrets/cella/internal/git"
	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/plan/view"
	"github.com/cella-secrets/cella/schema"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/secret"
)

// Checkup is what was found out of one manifest.
type Checkup struct {
	File     string
	Unread   error // why the file could not be judged at all
	Problems problem.List
	// Manifest is nil where it has errors.
	Manifest *schema.Manifest

	desired []secret.Desired
	strict  bool
}

// Check reads the manifest and judges it.
func Check(ctx context.Context, g git.Git, file string, options schema.Options, strict bool) Checkup {
	c := Checkup{File: file, strict: strict}
	var manifest *schema.Manifest
	if manifest, c.Problems, c.Unread = Load(ctx, g, file, options); manifest == nil {
		return c
	}
	desired, problems := manifest.Compile(nil)
	c.Problems = append(c.Problems, problems...)
	if len(c.Problems.Errors(false)) == 0 {
		c.Manifest, c.desired = manifest, desired
	}
	return c
}

// AddDates adds what the dates of a valid manifest warn of; with fail, what has
// expired is an error.
func (c *Checkup) AddDates(today civil.Date, fail bool) {
	if c.Manifest == nil {
		return
	}
	for _, problem := range dateWarnings(c.Manifest, today) {
		problem.Warning = !fail || !isExpired(problem.Code)
		c.Problems = append(c.Problems, problem)
	}
}

// failed are the problems that have to be mended first.
func (c Checkup) failed() problem.List { return c.Problems.Errors(c.strict) }

func (c Checkup) valid() bool { return c.Unread == nil && len(c.failed()) == 0 }

// decrypted reports whether values were looked at.
func (c Checkup) decrypted() bool { return c.Manifest != nil && c.Manifest.Decrypted }

// savable reports whether a plan of the manifest can be saved; see
// plan.Provable.
func (c Checkup) savable() bool {
	return c.Manifest != nil && c.Manifest.Encrypted && (c.Manifest.Keyed || c.Manifest.UnseenVariables == 0)
}

// verdict is the line about a manifest that is valid.
func (c Checkup) verdict() string {
	if !c.valid() {
		return ""
	}
	return fmt.Sprintf("%s: valid: %s; %s\n", words.Quote(c.File), contents(c.desired), checked(c.Manifest)+unseen(c.Manifest))
}

// text is everything there is to say, a line each.
func (c Checkup) text() string {
	if c.Unread != nil {
		return hint.Told(c.Unread)
	}
	var lines strings.Builder
	for _, problem := range c.Problems {
		lines.WriteString(problemLine(problem) + "\n")
	}
	return lines.String() + c.verdict()
}

// note is the comment of a run that checks and does not plan.
func (c Checkup) note(run view.Run) view.Note {
	told := "The manifest is valid, as far as it was looked at."
	switch {
	case c.Unread != nil:
		told = "The manifest could not be read."
	case !c.valid():
		told = fmt.Sprintf("The manifest has %s.", words.Count(len(c.failed()), "error"))
	}
	return view.Note{
		Project:   schema.ProjectOf(c.File),
		Run:       run,
		Title:     "plan",
		Sentences: []string{"**Not planned.** " + told + " The manifest was not compared with what is on Pantheon, so what would change is not known."},
		Text:      c.text(),
	}
}

// contents counts what the manifest declares.
func contents(desired []secret.Desired) string {
	var organizations, sites, secrets int
	for _, owner := range desired {
		if owner.Owner.Kind == secret.Organization {
			organizations++
		} else {
			sites++
		}
		secrets += len(owner.Secrets)
	}
	texts := []string{words.Count(sites, "site"), words.Count(secrets, "secret")}
	if organizations > 0 {
		texts = append([]string{words.Count(organizations, "organization")}, texts...)
	}
	return strings.Join(texts, ", ")
}

// checked says how far the check went, never more than it did.
func checked(manifest *schema.Manifest) string {
	switch {
	case !manifest.Encrypted:
		return "not encrypted, so it has no checksum (MAC)"
	case manifest.Decrypted:
		return "checksum (MAC) checked"
	}
	return "checksum (MAC) not checked, values not looked at: no key to decrypt with"
}

// unseen says what of the values beside the manifest was not looked at.
func unseen(manifest *schema.Manifest) string {
	said := ""
	if n := manifest.UnseenVariables; n > 0 {
		said += fmt.Sprintf("; %s from the environment not looked at", words.Count(n, "value"))
	}
	if n := manifest.UnseenFiles; n > 0 {
		said += fmt.Sprintf("; %s from encrypted files not looked at", words.Count(n, "value"))
	}
	return said
}
