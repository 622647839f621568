package apply

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/sentence"
	"github.com/cella-secrets/cella/secret"
)

// maxListed bounds how many names one line spells out.
const maxListed = 5

// Text writes the report for people: what failed or is only half done, secret
// by secret; what was not tried, owner by owner; ledgers that do not say what
// was done, and what that means; when sites see what was written; then the
// counts and the next step. The JSON encoding of the Report is the complete one.
func (r Report) Text(w io.Writer) error {
	var b strings.Builder
	r.writeFailed(&b)
	r.writeUntried(&b)
	r.writeLedgers(&b)
	if sentence := r.arrival(); sentence != "" {
		b.WriteString(sentence + "\n")
	}
	if r.Fatal != "" {
		fmt.Fprintf(&b, "Stopped: %s\n", r.Fatal)
	}
	if r.Stopped != "" {
		fmt.Fprintf(&b, "Stopped: %s\n", r.Stopped)
	}
	if r.Interrupted {
		b.WriteString("Interrupted.\n")
	}
	if len(r.Results)+len(r.Ledgers) == 0 {
		b.WriteString("Nothing to apply.\n")
	} else {
		fmt.Fprintf(&b, "Applied: %s; %d failed, %d not tried. %s%s.\n", r.done(), r.Failed, r.NotTried, words.Count(r.Requests, "request"), r.onlyRecords())
	}
	switch {
	case r.Complete():
	case r.Stopped != "":
		b.WriteString("Tell Pantheon's support, and remove the lines with `retire: delete` from the manifest before you run apply again.\n")
	case r.Fatal != "":
		b.WriteString("Fix that, then run apply again: it resumes with what is left.\n")
	default:
		b.WriteString("Run apply again: it resumes with what is left.\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// writeFailed lists what failed, and what is half done.
func (r Report) writeFailed(b *strings.Builder) {
	heading := "Not applied in full:\n"
	for _, result := range r.Results {
		if result.Outcome != Failed && !result.begun() {
			continue
		}
		fmt.Fprintf(b, "%s  %s %s (%s)\n", heading, result.Owner, words.Quote(string(result.Secret)), sentence.Action(result.Action))
		heading = ""
		for _, step := range result.Steps {
			switch {
			case step.Error != "" && step.Operation == PutBack:
				fmt.Fprintf(b, "      failed: %s: %s\n", step, step.Error)
			case step.Error != "":
				fmt.Fprintf(b, "      failed: %s\n", step.Error)
			}
		}
		if left := result.left(); len(left) > 0 {
			fmt.Fprintf(b, "      not tried: %s\n", strings.Join(left, ", "))
		}
		for _, note := range result.Notes {
			fmt.Fprintf(b, "      %s\n", note)
		}
	}
}

// done counts what was done as the totals of the plan do, in their words and
// order, so that both can be compared.
func (r Report) done() string {
	of := maps.Clone(r.Own)
	if of == nil {
		of = map[plan.Action]int{}
	}
	for _, result := range r.Results {
		if result.Outcome == Done {
			of[result.Action]++
		}
	}
	var counts []string
	for _, action := range []plan.Action{plan.Delete, plan.Replace, plan.Update, plan.Create, plan.Adopt, plan.Release, plan.Forget} {
		if of[action] > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", of[action], sentence.Action(action)))
		}
	}
	if len(counts) == 0 {
		return "nothing"
	}
	return strings.Join(counts, ", ")
}

// onlyRecords says of an apply that no secret had anything to be written to.
func (r Report) onlyRecords() string {
	if r.Requests == 0 || slices.ContainsFunc(r.Results, func(result Result) bool { return len(result.Steps) > 0 }) {
		return ""
	}
	return ", only to cella's own records: nothing was written to the secrets"
}

// left names the steps that were not tried. Where a replace was put back,
// those that its failed create would have led to are beside the point.
func (r Result) left() []string {
	isPutBack := func(s Step) bool { return s.Operation == PutBack }
	putBack := slices.ContainsFunc(r.Steps, isPutBack)
	var left []string
	for _, step := range r.Steps {
		if step.Outcome == NotTried && isPutBack(step) == putBack {
			left = append(left, step.String())
		}
	}
	return left
}

// begun reports whether some steps are done and others not.
func (r Result) begun() bool {
	return r.Outcome == NotTried && slices.ContainsFunc(r.Steps, func(s Step) bool { return s.Outcome == Done })
}

// writeUntried lists what was not begun, one line for each owner and reason.
func (r Report) writeUntried(b *strings.Builder) {
	type line struct {
		owner secret.Owner
		why   string
	}
	var lines []line
	names := map[line][]string{}
	for _, result := range r.Results {
		if result.Outcome != NotTried || result.begun() {
			continue
		}
		l := line{result.Owner, strings.Join(result.Notes, "; ")}
		if names[l] == nil {
			lines = append(lines, l)
		}
		names[l] = append(names[l], words.Quote(string(result.Secret)))
	}
	if len(lines) == 0 {
		return
	}
	b.WriteString("Not tried:\n")
	for _, l := range lines {
		fmt.Fprintf(b, "  %s: %s\n      %s\n", l.owner, some(names[l]), l.why)
	}
}

// writeLedgers lists the ledgers that were begun and not finished. Of one that
// was not begun the secrets say everything.
func (r Report) writeLedgers(b *strings.Builder) {
	heading := "Not recorded in full:\n"
	for _, result := range r.Ledgers {
		if result.Outcome != Failed {
			continue
		}
		fmt.Fprintf(b, "%s  %s %s\n", heading, result.Owner, result.Ledger)
		heading = ""
		if result.Error != "" {
			fmt.Fprintf(b, "      failed: %s\n", result.Error)
		}
		for _, note := range result.Notes {
			fmt.Fprintf(b, "      %s\n", note)
		}
	}
}

// some joins the first few words and counts the rest.
func some(words []string) string {
	if len(words) <= maxListed {
		return strings.Join(words, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(words[:maxListed], ", "), len(words)-maxListed)
}
