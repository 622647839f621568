package view

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/sentence"
	"github.com/cella-secrets/cella/secret"
)

// summary ends the text: what the plan could not verify, what it did not look at,
// whether anything stands against applying it, and what it adds up to.
func (t *text) summary() {
	for _, note := range t.notes() {
		t.paragraph(note)
	}
	if t.plan.Blocked() {
		t.paragraph("Apply writes nothing while something is refused or could not be read.")
	}
	verdict, totals := t.verdict()
	t.hang(t.paint.heading(verdict)+" ", len(verdict)+1, 2, totals)
}

// verdict says what the plan adds up to: in a word, then in numbers. It holds
// no text from outside.
func (t *teller) verdict() (word, totals string) {
	p := t.plan
	reads := words.Count(p.Requests.Lists, "request") + " to read."
	switch {
	case p.StructureOnly:
		return "Structure only:", t.totals() + ". " + reads
	case t.unchangedOnly():
		return "No changes.", reads
	case !t.writes():
		return "Plan:", t.totals() + ". " + reads
	}
	return "Plan:", t.totals() + "."
}

// writes reports whether apply has something to do, and will do it.
func (t *teller) writes() bool {
	return !t.plan.StructureOnly && t.plan.HasChanges() && !t.plan.Blocked()
}

// requests says how many requests plan and apply take together; with a plan that
// only reads the verdict does.
func (t *teller) requests() []string {
	if !t.writes() {
		return nil
	}
	of := t.plan.Requests
	return []string{fmt.Sprintf("%s: %d to read, %d to apply%s.", words.Count(of.Secrets, "request"), of.Lists, of.Secrets-of.Lists, t.about())}
}

// unchangedOnly reports whether "No changes" can be said, which has no totals.
func (t *teller) unchangedOnly() bool {
	return !t.plan.StructureOnly && !t.plan.HasChanges() && t.plan.Complete && !t.plan.Blocked()
}

// about says how long the requests take at least; nothing where that is no time,
// or not known.
func (t *teller) about() string {
	took := (time.Duration(t.plan.Requests.Secrets) * t.pace).Round(time.Second)
	switch {
	case took < 2*time.Second:
		return ""
	case took < 2*time.Minute:
		return fmt.Sprintf(", about %d s", took/time.Second)
	}
	return fmt.Sprintf(", about %d min", took.Round(time.Minute)/time.Minute)
}

// notes are the sentences about the plan as a whole: what it could not verify
// or did not look at. Names in them are quoted for one line.
func (t *teller) notes() []string {
	p := t.plan
	said := slices.Concat(elsewhere(p), changedValues(p), t.hiddenValues(), overridesLater(p))
	if p.StructureOnly {
		said = slices.Concat(elsewhere(p), overridesLater(p), uncertain(p))
	}
	said = slices.Concat(said, shadows(p), t.externals())
	if !p.Complete {
		said = append(said, fmt.Sprintf("This plan is incomplete: %s.", strings.Join(unseen(p), "; ")))
	}
	return append(said, t.requests()...)
}

// overridesLater says once what is true of every secret that is created with
// overrides, and names them.
func overridesLater(p plan.Plan) []string {
	var secrets []string
	for _, c := range p.Changes {
		if !slices.ContainsFunc(c.Reasons, func(r plan.Reason) bool { return r.Code == plan.ReasonOverridesLater }) {
			continue
		}
		var envs []string
		for _, o := range c.Overrides {
			if o.Action != plan.Delete && o.Action != plan.None {
				envs = append(envs, words.Quote(string(o.Env)))
			}
		}
		secrets = append(secrets, fmt.Sprintf("%s (%s)", place(c.Owner, c.Secret, ""), few(envs)))
	}
	if len(secrets) == 0 {
		return nil
	}
	return []string{"For a moment, until apply has written their override, these environments get the default value: " + few(secrets) + "."}
}

// externals names the secrets that the totals count as external.
func (t *teller) externals() []string {
	var places []string
	for _, c := range t.plan.Changes {
		if c.External && !t.speaks(c) {
			places = append(places, place(c.Owner, c.Secret, ""))
		}
	}
	if len(places) == 0 || t.unchangedOnly() {
		return nil
	}
	return []string{"External, so cella only checks that it is there: " + few(places) + "."}
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

// hidden counts the values that could not be read, by what is known of them.
type hidden struct {
	known   int // and stay
	applied span
	written int // the same, and written again
	unseen  int // behind the organization's, and stay
	wrote   span
	covered []string // the secrets that these are of
	unknown int      // and written
}

// hidden counts values. Of those that are written it counts those of which a
// row says that they are hidden.
func (t *teller) hidden() hidden {
	var h hidden
	for _, c := range t.plan.Changes {
		if c.Unseen() {
			continue // there may be none
		}
		shown, unseen := !written(c) && !t.refused[name{c.Owner, c.Secret}], h.unseen
		enter := func(state plan.ValueState, action plan.Action, at time.Time) {
			switch {
			case state == plan.AsApplied && action == plan.None:
				h.known++
				h.applied.enter(at)
			case state == plan.AsApplied && shown:
				h.written++
			case state == plan.Unverifiable && action == plan.None:
				h.unseen++
				h.wrote.enter(at)
			case state == plan.Unverifiable && shown:
				h.unknown++
			}
		}
		enter(c.Value, c.Default, c.AppliedAt)
		for _, o := range c.Overrides {
			enter(o.Value, o.Action, o.AppliedAt)
		}
		if h.unseen > unseen {
			h.covered = append(h.covered, place(c.Owner, c.Secret, ""))
		}
	}
	return h
}

// hiddenValues says how many values could not be read, and what is known of
// them.
func (t *teller) hiddenValues() []string {
	h := t.hidden()
	var said []string
	say := func(n int, one, many, rest string) {
		if n == 1 {
			said = append(said, one+rest)
		} else if n > 1 {
			said = append(said, fmt.Sprintf(many, n)+rest)
		}
	}
	say(h.known, "1 value is hidden", "%d values are hidden", "; the manifest still has what cella last applied"+h.applied.words(t.now)+".")
	say(h.written, "1 value is hidden, and the manifest still has what cella last applied; apply writes it again.",
		"%d values are hidden, and the manifest still has what cella last applied; apply writes them again.", "")
	say(h.unseen, "1 value can't be seen, because the organization has the name too: "+few(h.covered)+". "+
		joined("cella applied it", Age(h.wrote.oldest, t.now))+"; `--rewrite` writes it again.",
		"%d values can't be seen, because the organization has the names too: "+few(h.covered)+". "+
			"cella applied them"+h.wrote.words(t.now)+"; `--rewrite` writes them again.", "")
	say(h.unknown, "Pantheon hides 1 current value, so it can't be compared; apply writes the manifest's.",
		"Pantheon hides %d current values, so they can't be compared; apply writes the manifest's.", "")
	return said
}

// totals counts what there is some of: first what is done, in the words of the
// rows, then what is not.
func (t *teller) totals() string {
	p := t.plan
	deeds := each(t.toDo(), func(d deed) amount { return amount{d.n, sentence.Action(d.action)} })
	todo := listed(slices.Concat([]amount{{p.Summary.Refused, "refused"}}, deeds, ifVerified(p.IfLedgerVerifies))...)
	if !p.HasChanges() {
		todo = strings.TrimSuffix(t.nothing()+", "+todo, ", ")
	}
	return strings.TrimSuffix(todo+"; "+t.rest(), "; ")
}

// rest counts what apply does nothing to.
func (t *teller) rest() string {
	unchanged, external := t.quiet()
	return listed(amount{t.leftAlone(), "left alone"}, amount{unchanged, t.unchanged()}, amount{external, "external (only checked)"},
		amount{unreadOwners(t.plan), "not read"})
}

// leftAlone counts what is not in the manifest, and not refused for that.
func (t *teller) leftAlone() int {
	n := 0
	for _, u := range t.plan.Unmanaged {
		if !t.forbidden(u) {
			n++
		}
	}
	return n
}

// nothing is said first of a plan in which there is nothing to do.
func (t *teller) nothing() string {
	switch {
	case t.plan.StructureOnly:
		return "nothing to change in structure"
	case t.plan.Complete:
		return "nothing to change"
	}
	return "nothing to change in what was looked at"
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

// toDo are the numbers of what apply does, the most dangerous first. What is
// refused is counted as that alone.
func (t *teller) toDo() []deed {
	s, stopped := t.plan.Summary, map[plan.Action]int{}
	for _, c := range t.plan.Changes {
		if t.refused[name{c.Owner, c.Secret}] {
			stopped[c.Action]++
		}
	}
	removed := 0
	for _, l := range t.plan.Ledgers {
		if l.Action == plan.RemoveLedger {
			removed++
		}
	}
	deeds := []deed{
		{plan.Delete, s.Delete}, {plan.Replace, s.Replace}, {plan.Update, s.Update}, {plan.Create, s.Create},
		{plan.Adopt, s.Adopt + ledgerCount(t.plan) - removed}, {plan.Release, s.Release}, {plan.Forget, s.Forget + removed},
	}
	for i := range deeds {
		deeds[i].n = max(0, deeds[i].n-stopped[deeds[i].action])
	}
	return deeds
}

// deed is a number of secrets, or of cella's own records, to which the same is done.
type deed struct {
	action plan.Action
	n      int
}

// quiet counts the changes that have no row.
func (t *teller) quiet() (unchanged, external int) {
	for _, change := range t.plan.Changes {
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
	if n := unreadOwners(p); n > 0 {
		parts = append(parts, notRead(n))
	}
	if p.StructureOnly {
		parts = append(parts, uncompared(p))
	}
	left := 0
	for _, c := range p.Changes {
		if c.LeftUnseen() {
			left++
		}
	}
	if left > 0 {
		parts = append(parts, words.Count(left, "secret")+" left until the list is complete")
	}
	if slices.ContainsFunc(p.Warnings, func(w plan.Warning) bool { return w.Code == plan.CodeTarget }) {
		parts = append(parts, "what --target does not name is left out")
	}
	if len(parts) == 0 {
		parts = append(parts, "not everything was looked at")
	}
	return parts
}

func notRead(owners int) string {
	if owners == 1 {
		return "1 site or organization was not read"
	}
	return fmt.Sprintf("%d sites and organizations were not read", owners)
}

// uncompared says how many values on Pantheon were not looked at.
func uncompared(p plan.Plan) string {
	switch n := p.Summary.Unverifiable; n {
	case 0:
		return "values were not compared"
	case 1:
		return "1 value was not compared"
	default:
		return fmt.Sprintf("%d values were not compared", n)
	}
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
