package view

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/plan"
)

// headline says in a sentence what apply will do, and whether it will, so that a
// reader who goes no further has not missed a deletion; then what it leaves alone.
func (m *markdown) headline() string {
	p := m.plan
	rest := ""
	if left := m.rest(); left != "" {
		rest = " Besides: " + left + "."
	}
	switch {
	case p.StructureOnly || m.unchangedOnly():
		verdict, totals := m.verdict()
		return fmt.Sprintf("**%s** %s", verdict, totals)
	case p.Blocked():
		others := ""
		if deeds := m.deeds(); deeds != "" {
			others = " The rest: " + deeds
		}
		return fmt.Sprintf("**Blocked: apply will write nothing,** because of %s.%s%s", m.obstacles(), others, rest)
	case !p.HasChanges():
		return fmt.Sprintf("**%s.**%s", capitalized(m.nothing()), rest)
	}
	return fmt.Sprintf("**%s**%s", capitalized(m.deeds()), rest)
}

// obstacles are what stands against applying the plan.
func (m *markdown) obstacles() string {
	var texts []string
	if n := m.plan.Summary.Refused; n > 0 {
		texts = append(texts, words.Count(n, "refusal"))
	}
	if n := len(m.plan.Errors); n > 0 {
		texts = append(texts, words.Count(n, "error"))
	}
	return strings.Join(texts, " and ")
}

// deedWords say of so many secrets what apply does; two are of cella's own records,
// or leave Pantheon as it is.
var deedWords = map[plan.Action]string{
	plan.Delete:  "deletes",
	plan.Replace: "replaces",
	plan.Update:  "updates",
	plan.Create:  "creates",
	plan.Adopt:   "records",
	plan.Release: "releases",
	plan.Forget:  "forgets",
}

// deeds reads "replaces 1 secret, updates 3, creates 2. Deletes none."; it is empty
// where nothing is to be done.
func (m *markdown) deeds() string {
	var texts []string
	written := false
	for _, d := range m.toDo() {
		if d.n == 0 {
			continue
		}
		said := fmt.Sprintf("%s %d", deedWords[d.action], d.n)
		if len(texts) == 0 {
			if written = slices.Contains([]plan.Action{plan.Delete, plan.Replace, plan.Update, plan.Create}, d.action); written {
				said = deedWords[d.action] + " " + words.Count(d.n, "secret")
			} else {
				said = "writes no secret, " + said
			}
		}
		texts = append(texts, said)
	}
	all := strings.Join(texts, ", ")
	switch {
	case all == "":
		return ""
	case !written:
		return all + "."
	}
	return all + "." + m.losses()
}

// losses says what goes beside whole secrets, or that none does.
func (m *markdown) losses() string {
	overrides, deletes := 0, false
	for i := range m.plan.Changes {
		c := &m.plan.Changes[i]
		if m.refused[name{c.Owner, c.Secret}] {
			continue
		}
		deletes = deletes || c.Action == plan.Delete
		for _, o := range c.Overrides {
			if o.Action == plan.Delete && c.Action == plan.Update {
				overrides++
			}
		}
	}
	switch {
	case overrides > 0 && deletes:
		return " Removes " + words.Count(overrides, "override") + " too."
	case overrides > 0:
		return " Deletes none, but removes " + words.Count(overrides, "override") + "."
	case deletes:
		return ""
	}
	return " Deletes none."
}

func capitalized(text string) string {
	return strings.ToUpper(text[:min(1, len(text))]) + text[min(1, len(text)):]
}
