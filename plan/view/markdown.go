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
}

// Markdown writes the plan as a comment on a pull request: a marker by which
// the project's comment is found again, the totals, what stands against
// applying it, a table of the changes of all owners, the most dangerous first,
// and what else there is to know. Beyond the first rows the table is folded.
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
	m := &markdown{newTeller(p, options.Now, options.Pace, "above")}
	_, err = io.WriteString(w, m.comment(limit, foot(p, digest)))
	return err
}

// markdown is a comment being written.
type markdown struct{ *teller }

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
	head := m.head()
	groups, quiet := m.shown()
	if quiet != "" {
		quiet += "\n\n"
	}
	rows := m.table(groups)
	rest := head + stops.String() + tells.String() + quiet + foot
	shown := fit(rows, limit-len(rest)-len(cut(1e9))-2*len(tableHead)-len(unfolding(1e9))-len(foldEnd))
	open := rows[:min(len(shown), unfolded)]
	return head + stops.String() + table(open) + tells.String() + fold(shown[len(open):]) + cut(len(rows)-len(shown)) + quiet + foot
}

// head writes what is never cut.
func (m *markdown) head() string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s\n### cella plan: %s\n\n", marker(m.plan.Project), code(words.Quote(m.plan.Project)))
	verdict, totals := m.verdict()
	fmt.Fprintf(&out, "**%s** %s\n\n", verdict, totals)
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
