package view

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cella-secrets/cella/plan"
)

// summary ends the text: what the plan adds up to, what it could not verify,
// what it did not look at, and whether anything stands against applying it.
func (t *text) summary() {
	p := t.plan
	t.hidden()
	if !p.Complete {
		t.line("This plan is incomplete: %s.", strings.Join(unseen(p), "; "))
	}
	if p.Blocked() {
		t.line("Apply writes nothing while something is refused or could not be read.")
	}
	requests := counted(p.Requests.Secrets, "request")
	switch {
	case p.HasChanges():
		t.line("%s %s; %s to read and apply.", t.paint.heading("Plan:"), t.totals(), requests)
	case p.Complete && !p.Blocked():
		t.line("%s %s to read.", t.paint.heading("No changes."), requests)
	default:
		t.line("%s %s; %s to read.", t.paint.heading("Plan:"), t.totals(), requests)
	}
}

// hidden says how many values could not be read, and what is known of them.
func (t *text) hidden() {
	known, rewritten, unseen, unknown := 0, 0, 0, 0
	enter := func(state plan.ValueState, action plan.Action) {
		switch {
		case state == plan.AsApplied && action == plan.None:
			known++
		case state == plan.AsApplied:
			rewritten++
		case state == plan.Unverifiable && action == plan.None:
			unseen++
		case state == plan.Unverifiable:
			unknown++
		}
	}
	for _, c := range t.plan.Changes {
		enter(c.Value, c.Default)
		for _, o := range c.Overrides {
			enter(o.Value, o.Action)
		}
	}
	say := func(n int, one, many string) {
		if n == 1 {
			t.line("1 %s", one)
		} else if n > 1 {
			t.line("%d %s", n, many)
		}
	}
	say(known, "hidden value matches what was last applied and cannot be read.",
		"hidden values match what was last applied and cannot be read.")
	say(rewritten, "hidden value matches what was last applied; apply writes it again.",
		"hidden values match what was last applied; apply writes them again.")
	say(unseen, "value matches what was last applied; whether it is still there cannot be seen, because the organization has the name too.",
		"values match what was last applied; whether they are still there cannot be seen, because the organization has the names too.")
	say(unknown, "value is hidden by Pantheon and could not be compared; apply writes it again.",
		"values are hidden by Pantheon and could not be compared; apply writes them again.")
}

// totals counts what there is some of, as the groups do.
func (t *text) totals() string {
	p, s := t.plan, t.plan.Summary
	first := ""
	switch {
	case p.HasChanges():
	case p.Complete:
		first = "nothing to change, "
	default:
		first = "nothing to change in what was looked at, "
	}
	unchanged, external := t.quiet(p.Changes)
	ledgers := "ledgers to write or remove"
	if len(p.Ledgers) == 1 {
		ledgers = "ledger to write or remove"
	}
	counts := listed(
		amount{s.Create, "to create"}, amount{s.Update, "to update"}, amount{s.Replace, "to replace"}, amount{s.Delete, "to delete"},
		amount{s.Adopt, "to adopt"}, amount{s.Release, "to release"}, amount{s.Forget, "to forget"}, amount{len(p.Ledgers), ledgers},
		amount{unchanged, "unchanged"}, amount{external, "external"},
		amount{s.Unmanaged, "unmanaged"}, amount{s.Refused, "refused"}, amount{unreadOwners(p), "not read"},
	)
	return strings.TrimSuffix(first+counts, ", ")
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
	if slices.ContainsFunc(p.Warnings, func(w plan.Warning) bool { return w.Code == plan.CodeTarget }) {
		parts = append(parts, "everything outside the target is left out")
	}
	if len(parts) == 0 {
		parts = append(parts, "not everything was looked at")
	}
	return parts
}

func unreadOwners(p plan.Plan) int {
	n := 0
	for i, e := range p.Errors {
		if i == 0 || e.Owner != p.Errors[i-1].Owner {
			n++
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
	var words []string
	for _, a := range amounts {
		if a.n != 0 {
			words = append(words, fmt.Sprintf("%d %s", a.n, a.what))
		}
	}
	return strings.Join(words, ", ")
}

// counted reads "1 owner" or "2 owners".
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
