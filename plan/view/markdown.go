package view

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/plan"
)

// MarkdownLimit is what Markdown writes at most, in bytes: GitHub takes
// comments of 65,536 characters, and whoever posts one may add a line.
const MarkdownLimit = 65_000

// MarkdownOptions says how Markdown shows a plan.
type MarkdownOptions struct {
	// Limit is the most bytes to write; 0 means MarkdownLimit. Below 8,000
	// what is never cut (head, totals, foot) may not fit.
	Limit int
	// Now is as in TextOptions.
	Now time.Time
}

// Markdown writes the plan as a comment on a pull request: a marker by which
// the project's comment is found again, the totals, what stands against
// applying it, what else there is to know, and the changes of each owner, to
// be unfolded. What does not fit is left out from the end of each list, in
// whole entries, and counted; totals are never cut. It returns an error of
// the digest, or the writer's.
func Markdown(w io.Writer, p plan.Plan, options MarkdownOptions) error {
	digest, err := plan.Digest(p)
	if err != nil {
		return err
	}
	limit := options.Limit
	if limit == 0 {
		limit = MarkdownLimit
	}
	m := &markdown{plan: p}
	m.words = &text{out: bufio.NewWriter(io.Discard), plan: p, now: options.Now, refused: refusedNames(p), refusals: "above"}
	m.head()
	share := limit / 8 // of each of the four sections; half is left for the owners
	all := sections(p)
	for i := len(all) - 1; i >= 0; i-- {
		m.section(all[i], share)
	}
	foot := fmt.Sprintf("Plan %s, made by cella %s.\n", code("sha256:"+digest), code(words.Quote(p.CellaVersion)))
	if p.StructureOnly {
		foot = fmt.Sprintf("Made by cella %s without the values: nothing to approve.\n", code(words.Quote(p.CellaVersion)))
	}
	if !p.StructureOnly && !p.Provable() {
		foot = fmt.Sprintf("Made by cella %s. No digest: without a %s it would be the same for other values from the environment.\n",
			code(words.Quote(p.CellaVersion)), code("fingerprint_key"))
	}
	m.owners(limit - len(foot))
	m.out.WriteString(foot)
	_, err = io.WriteString(w, m.out.String())
	return err
}

// markdown is a comment being written.
type markdown struct {
	out  strings.Builder
	plan plan.Plan
	// words is the text view, which says the same.
	words *text
}

func (m *markdown) line(format string, args ...any) { fmt.Fprintf(&m.out, format+"\n", args...) }

// head writes what is never cut.
func (m *markdown) head() {
	m.line("%s", marker(m.plan.Project))
	m.line("### cella plan: %s", code(words.Quote(m.plan.Project)))
	m.line("")
	m.table()
	verdict, totals := m.words.verdict()
	m.line("**%s** %s", verdict, totals)
	for _, note := range m.words.notes() {
		m.line("")
		m.line("%s", note)
	}
	m.line("")
}

// table shows the numbers that are not zero; it holds no text from outside.
func (m *markdown) table() {
	var names, rules, numbers strings.Builder
	for _, a := range m.words.amounts() {
		if a.n == 0 {
			continue
		}
		fmt.Fprintf(&names, " %s |", a.what)
		rules.WriteString(" ---: |")
		fmt.Fprintf(&numbers, " %d |", a.n)
	}
	if names.Len() == 0 {
		return
	}
	m.line("|%s", names.String())
	m.line("|%s", rules.String())
	m.line("|%s", numbers.String())
	m.line("")
}

// section writes as many findings as go into limit bytes.
func (m *markdown) section(s section, limit int) {
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
	m.line("%s", list.String())
}

// item is a finding as an item of a list. Its place stands first, so that no
// message begins an item.
func item(f finding) string {
	subject, named, remedy := "the plan", "", ""
	if f.place != "" {
		subject = code(f.place)
	}
	if f.code != "" {
		named = " (" + code(f.code) + ")"
	}
	if f.remedy != "" {
		remedy = fmt.Sprintf("  - %s: %s\n", wayOut, prose(f.remedy))
	}
	return fmt.Sprintf("- %s: %s%s\n%s", subject, prose(f.message), named, remedy)
}

// owners writes as many entries as keep the comment within limit bytes.
func (m *markdown) owners(limit int) {
	shown, rest := m.words.shown()
	if rest != "" {
		rest += "\n\n"
	}
	left := missing{}
	room := limit - len(rest) - len(missing{entries: 1e9, owners: 1e9}.String())
	for _, g := range shown {
		entries, fit := m.entries(g), 0
		if left.entries == 0 {
			fit = m.owner(g, entries, len(shown) == 1, room)
		}
		if fit < len(entries) {
			left.entries += len(entries) - fit
			left.owners++
		}
	}
	m.out.WriteString(left.String())
	m.out.WriteString(rest)
}

// missing counts what was cut.
type missing struct{ entries, owners int }

func (m missing) String() string {
	if m.entries == 0 {
		return ""
	}
	secrets, owners := words.Count(m.entries, "more secret"), words.Count(m.owners, "owner")
	return fmt.Sprintf("**Cut here, to fit into a comment.** Not shown: %s of %s; the totals above count all. %s shows everything.\n\n",
		secrets, owners, code("cella plan"))
}

// owner writes one group, as far as its entries keep the comment within limit
// bytes, and returns how many do. Where there is room for none, it writes
// nothing.
func (m *markdown) owner(g *group, entries []string, unfolded bool, limit int) int {
	tag := "<details>"
	if unfolded {
		tag = "<details open>"
	}
	fence := fenceOf(entries)
	before := fmt.Sprintf("%s<summary>%s: %s</summary>\n\n%sdiff\n", tag, inHTML(g.owner.String()+id(g.owner)), m.counts(g), fence)
	after := fence + "\n\n</details>\n\n"
	fit := 0
	for used := m.out.Len() + len(before) + len(after); fit < len(entries); fit++ {
		if used += len(entries[fit]); used > limit {
			break
		}
	}
	if fit > 0 {
		m.out.WriteString(before + strings.Join(entries[:fit], "") + after)
	}
	return fit
}

func (g *group) recordCount() int {
	if g.record == nil {
		return 0
	}
	return recordCount(*g.record)
}

// counts sums a group up; it holds no text from outside.
func (m *markdown) counts(g *group) string {
	unchanged, external := m.words.quiet(g.changes)
	refused := 0
	for _, change := range g.changes {
		if m.words.refused[name{change.Owner, change.Secret}] {
			refused++
		}
	}
	return listed(slices.Concat(toDo(plan.Summarize(g.changes), len(g.ledgers), g.recordCount()), ifVerified(g.presumed), []amount{
		{unchanged, m.words.alike()}, {external, "external"}, {len(g.unmanaged), "unmanaged"}, {refused, "refused"},
	})...)
}

// entries are those of the text view, outdented, so that their symbols stand
// where a block of code in the language diff colours them.
func (m *markdown) entries(g *group) []string {
	var shown strings.Builder
	m.words.out.Reset(&shown)
	m.words.entries(g)
	_ = m.words.out.Flush() // a strings.Builder takes everything
	var entries []string
	for line := range strings.Lines(shown.String()) {
		line = strings.TrimPrefix(line, "  ")
		if strings.HasPrefix(line, " ") && len(entries) > 0 {
			entries[len(entries)-1] += line
		} else {
			entries = append(entries, line)
		}
	}
	return entries
}
