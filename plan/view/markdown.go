package view

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/plan"
)

// MarkdownLimit is what Markdown writes at most, in bytes: GitHub takes
// comments of 65,536 characters, and whoever posts one may add a line.
const MarkdownLimit = 65_000

// unfolded is how many rows stand open in a comment.
const unfolded = 30

// MarkdownOptions says how Markdown shows a plan.
type MarkdownOptions struct {
	// Limit is the most bytes to write; 0 means MarkdownLimit. Below 8,000
	// what is never cut (head, totals, foot) may not fit.
	Limit int
	// Now and Pace are as in TextOptions.
	Now  time.Time
	Pace time.Duration
	Run  Run
}

// SummaryLimit is what goes into the summary of a run: GitHub takes 1 MiB of each
// step, and a note of GitLab holds a million characters.
const SummaryLimit = 1_000_000

// Markdown writes the plan as a comment on a pull request: a marker by which it is
// found again, what apply will do in a sentence, what stands against applying it, a
// table of the changes of all owners, the most dangerous first, and what else there
// is to know. Beyond the first rows the table is folded. Of changes that differ
// only in the owner there is one row.
// What does not fit is left out from the end of each list, in whole entries, and
// counted; totals are never cut. It returns an error of the digest, or the
// writer's.
func Markdown(w io.Writer, p plan.Plan, options MarkdownOptions) error {
	digest, err := plan.Digest(p)
	if err != nil {
		return err
	}
	limit := options.Limit
	if limit == 0 {
		limit = MarkdownLimit
	}
	m := &markdown{newTeller(p, options.Now, options.Pace, "above"), options.Run}
	_, err = io.WriteString(w, m.comment(limit, options.Run.told()+foot(p, digest)))
	return err
}

// markdown is a comment being written.
type markdown struct {
	*teller
	run Run
}

func (m *markdown) comment(limit int, foot string) string {
	var stops, tells strings.Builder // what is told before the changes, and after them
	all := sections(m.plan)
	for i := len(all) - 1; i >= 0; i-- {
		out := &stops
		if all[i].symbol == "" {
			out = &tells
		}
		out.WriteString(list(all[i], limit/8)) // of each of the four; half is left for the changes
	}
	head, below := m.head(), m.below()
	groups, quiet := m.shown()
	if quiet != "" {
		quiet += "\n\n"
	}
	lines, wide := m.table(groups)
	tells.WriteString(spelledOut(wide, limit/8))
	rest := head + stops.String() + below + tells.String() + quiet + foot
	shown := fit(lines, limit-len(rest)-len(cut(1e9))-2*len(tableHead)-len(unfolding(1e9))-len(foldEnd))
	open := lines[:min(len(shown), unfolded)]
	return head + stops.String() + table(open) + fold(shown[len(open):]) + cut(len(lines)-len(shown)) + below + tells.String() + quiet + foot
}

// head writes what is never cut.
func (m *markdown) head() string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s### What %s will do on Pantheon: %s%s\n\n", m.run.marker(), code("cella apply"), code(words.Quote(m.plan.Project)), m.run.named())
	fmt.Fprintf(&out, "%s\n\n", m.headline())
	return out.String()
}

// below are the notes, which are never cut either.
func (m *markdown) below() string {
	var out strings.Builder
	for _, note := range m.notes() {
		fmt.Fprintf(&out, "%s\n\n", prose(note))
	}
	return out.String()
}

// foot names what can be approved, if anything.
func foot(p plan.Plan, digest string) string {
	by := code(words.Quote(p.CellaVersion))
	switch {
	case p.StructureOnly:
		return fmt.Sprintf("Made by cella %s without the values: nothing to approve.\n", by)
	case !p.Provable():
		return fmt.Sprintf("Made by cella %s. No digest: without a %s it would be the same for other values from the environment.\n", by, code("fingerprint_key"))
	}
	return fmt.Sprintf("Plan %s, made by cella %s.\n", code("sha256:"+digest), by)
}

// list writes as many findings as go into limit bytes.
func list(s section, limit int) string {
	var list strings.Builder
	fmt.Fprintf(&list, "#### %s\n\n", s.heading)
	for i, f := range s.findings {
		item := item(f)
		rest := fmt.Sprintf("- and %d more, which %s shows\n", len(s.findings)-i, code("cella plan"))
		if list.Len()+len(item)+len(rest) > limit {
			list.WriteString(rest)
			break
		}
		list.WriteString(item)
	}
	if s.advice != "" {
		fmt.Fprintf(&list, "\n%s\n", s.advice)
	}
	return list.String() + "\n"
}

// item is a finding as an item of a list. Its place stands first, so that no
// message begins an item.
func item(f finding) string {
	subject, named, remedy := "the plan", "", ""
	if len(f.places) > 0 {
		places := make([]string, len(f.places))
		for i, place := range f.places {
			places[i] = code(place)
		}
		subject = strings.Join(some(places), ", ")
	}
	if f.code != "" {
		named = " (" + code(f.code) + ")"
	}
	if f.remedy != "" {
		remedy = fmt.Sprintf("  - %s%s\n", allowing, prose(f.remedy))
	}
	return fmt.Sprintf("- %s: %s%s\n%s", subject, prose(f.message), named, remedy)
}

// cut says how many rows there is no room for.
func cut(rows int) string {
	if rows == 0 {
		return ""
	}
	return fmt.Sprintf("**Cut here, to fit into a comment.** Not shown: %s, none more dangerous than those above; the totals count all. %s shows everything.\n\n",
		words.Count(rows, "more line"), code("cella plan"))
}
