package view

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/secret"
)

// summary ends the text: what the plan adds up to, what it could not verify,
// what it did not look at, and whether anything stands against applying it.
func (t *text) summary() {
	for _, note := range t.notes() {
		t.line("%s", note)
	}
	verdict, totals := t.verdict()
	t.line("%s %s", t.paint.heading(verdict), totals)
}

// verdict says what the plan adds up to: in a word, then in numbers. It holds
// no text from outside.
func (t *text) verdict() (word, totals string) {
	p := t.plan
	requests := words.Count(p.Requests.Secrets, "request")
	switch {
	case p.StructureOnly:
		return "Structure only:", fmt.Sprintf("%s; %s to read.", t.totals(), requests)
	case p.HasChanges():
		return "Plan:", fmt.Sprintf("%s; %s to read and apply.", t.totals(), requests)
	case p.Complete && !p.Blocked():
		return "No changes.", requests + " to read."
	default:
		return "Plan:", fmt.Sprintf("%s; %s to read.", t.totals(), requests)
	}
}

// notes are the sentences about the plan as a whole: what it could not verify
// or did not look at, and whether apply will write. They hold no text from
// outside.
func (t *text) notes() []string {
	p := t.plan
	said := slices.Concat(elsewhere(p), changedValues(p), hiddenValues(p, t.now))
	if p.StructureOnly {
		said = append(elsewhere(p), uncompared(p)...)
	}
	said = append(said, shadows(p)...)
	if !p.Complete {
		said = append(said, fmt.Sprintf("This plan is incomplete: %s.", strings.Join(unseen(p), "; ")))
	}
	if p.Blocked() {
		said = append(said, "Apply writes nothing while something is refused or could not be read.")
	}
	return said
}

// elsewhere says how many values do not stand in the manifest; the changes and
// the JSON form name where each comes from.
func elsewhere(p plan.Plan) []string {
	variables, files := 0, 0
	enter := func(source secret.Source) {
		if _, ok := source.Env(); ok {
			variables++
		} else if _, ok := source.File(); ok {
			files++
		}
	}
	for _, c := range p.Changes {
		enter(c.Source)
		for _, o := range c.Overrides {
			enter(o.Source)
		}
	}
	if variables+files == 0 {
		return nil
	}
	return []string{fmt.Sprintf("Values from elsewhere: %s.", listed(
		amount{variables, "from the environment"}, amount{files, "from encrypted files"}))}
}

// changedValues says how many values were changed since they were applied, and
// where.
func changedValues(p plan.Plan) []string {
	by := map[plan.ChangedBy]int{}
	for _, c := range p.Changes {
		by[c.ChangedBy]++
		for _, o := range c.Overrides {
			by[o.ChangedBy]++
		}
	}
	places := listed(amount{by[plan.ByManifest], "in the manifest"}, amount{by[plan.ByPantheon], "on Pantheon"}, amount{by[plan.ByBoth], "in both"})
	if places == "" {
		return nil
	}
	return []string{fmt.Sprintf("Values changed since the last apply: %s.", places)}
}

// hiddenValues says how many values could not be read, and what is known of
// them.
func hiddenValues(p plan.Plan, now time.Time) []string {
	known, rewritten, unseen, unknown := 0, 0, 0, 0
	var applied span
	enter := func(state plan.ValueState, action plan.Action, at time.Time) {
		switch {
		case state == plan.AsApplied && action == plan.None:
			known++
			applied.enter(at)
		case state == plan.AsApplied:
			rewritten++
		case state == plan.Unverifiable && action == plan.None:
			unseen++
		case state == plan.Unverifiable:
			unknown++
		}
	}
	for _, c := range p.Changes {
		if c.Unseen() {
			continue // there may be none
		}
		enter(c.Value, c.Default, c.AppliedAt)
		for _, o := range c.Overrides {
			enter(o.Value, o.Action, o.AppliedAt)
		}
	}
	var said []string
	say := func(n int, one, many string) {
		if n == 1 {
			said = append(said, "1 "+one)
		} else if n > 1 {
			said = append(said, fmt.Sprintf("%d %s", n, many))
		}
	}
	say(known, "hidden value matches what was last applied and cannot be read"+applied.words(now)+".",
		"hidden values match what was last applied and cannot be read"+applied.words(now)+".")
	say(rewritten, "hidden value matches what was last applied; apply writes it again.",
		"hidden values match what was last applied; apply writes them again.")
	say(unseen, "value matches what was last applied; whether it is still there cannot be seen, because the organization has the name too.",
		"values match what was last applied; whether they are still there cannot be seen, because the organization has the names too.")
	say(unknown, "value is hidden by Pantheon and could not be compared; apply writes it again.",
		"values are hidden by Pantheon and could not be compared; apply writes them again.")
	return said
}

// totals counts what there is some of, as the groups do.
func (t *text) totals() string {
	first := ""
	switch {
	case t.plan.HasChanges():
	case t.plan.StructureOnly:
		first = "nothing to change in structure, "
	case t.plan.Complete:
		first = "nothing to change, "
	default:
		first = "nothing to change in what was looked at, "
	}
	return strings.TrimSuffix(first+listed(t.amounts()...), ", ")
}

// amounts are the numbers of the whole plan, zeros included.
func (t *text) amounts() []amount {
	p := t.plan
	unchanged, external := t.quiet(p.Changes)
	return slices.Concat(toDo(p.Summary, len(p.Ledgers), recordCount(p.Record)), ifVerified(p.IfLedgerVerifies), []amount{
		{unchanged, t.alike()}, {external, "external"},
		{p.Summary.Unmanaged, "unmanaged"}, {p.Summary.Refused, "refused"}, {unreadOwners(p), "not read"},
	})
}

// ledgerCount counts the ledgers that are written as a whole, and the project's
// record with them.
func ledgerCount(p plan.Plan) int { return len(p.Ledgers) + recordCount(p.Record) }

func recordCount(r plan.RecordChange) int {
	if r.IsZero() {
		return 0
	}
	return 1
}

// toDo are the numbers of what apply does.
func toDo(s plan.Summary, ledgers, records int) []amount {
	ofLedgers := "ledgers to write or remove"
	if ledgers == 1 {
		ofLedgers = "ledger to write or remove"
	}
	return []amount{
		{s.Create, "to create"}, {s.Update, "to update"}, {s.Replace, "to replace"}, {s.Delete, "to delete"},
		{s.Adopt, "to adopt"}, {s.Release, "to release"}, {s.Forget, "to forget"}, {ledgers, ofLedgers}, {records, "project record to write"},
	}
}

// quiet counts the changes that get no lines of their own.
func (t *text) quiet(changes []plan.Change) (unchanged, external int) {
	for _, change := range changes {
		switch {
		case t.speaks(change):
		case change.External:
			external++
		default:
			unchanged++
		}
	}
	return unchanged, external
}

// unseen says what an incomplete plan did not look at.
func unseen(p plan.Plan) []string {
	var parts []string
	switch n := unreadOwners(p); n {
	case 0:
	case 1:
		parts = append(parts, "1 owner was not read")
	default:
		parts = append(parts, fmt.Sprintf("%d owners were not read", n))
	}
	if p.StructureOnly {
		parts = append(parts, "values were not compared")
	}
	left := 0
	for _, c := range p.Changes {
		if c.LeftUnseen() {
			left++
		}
	}
	if left > 0 {
		parts = append(parts, "left because a list may be cut: "+words.Count(left, "secret"))
	}
	if slices.ContainsFunc(p.Warnings, func(w plan.Warning) bool { return w.Code == plan.CodeTarget }) {
		parts = append(parts, "everything outside the target is left out")
	}
	if len(parts) == 0 {
		parts = append(parts, "not everything was looked at")
	}
	return parts
}

// unreadOwners counts the owners of which nothing is known. Errors come sorted
// by owner.
func unreadOwners(p plan.Plan) int {
	n, last := 0, secret.Owner{}
	for _, e := range p.Errors {
		if e.Secret == "" && (n == 0 || e.Owner != last) {
			n, last = n+1, e.Owner
		}
	}
	return n
}

// amount is a number of something.
type amount struct {
	n    int
	what string
}

// listed joins the amounts that are not zero.
func listed(amounts ...amount) string {
	var texts []string
	for _, a := range amounts {
		if a.n != 0 {
			texts = append(texts, fmt.Sprintf("%d %s", a.n, a.what))
		}
	}
	return strings.Join(texts, ", ")
}
