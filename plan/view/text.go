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
	"github.com/cella-secrets/cella/plan/sentence"
	"github.com/cella-secrets/cella/secret"
)

// TextOptions says how Text shows a plan.
type TextOptions struct {
	// Color marks symbols and headings with the 16 ANSI colours.
	Color bool
	// Now is the time that ages are counted from; the zero Time shows dates.
	Now time.Time
}

// Text writes the plan for people: owner by owner what changes and why, then
// warnings, drift, errors and refusals, then what it adds up to. It returns
// the writer's error.
func Text(w io.Writer, p plan.Plan, options TextOptions) error {
	t := &text{out: bufio.NewWriter(w), paint: paint{on: options.Color}, plan: p, now: options.Now, refused: refusedNames(p), refusals: "below"}
	t.owners()
	t.sections()
	t.summary()
	return t.out.Flush()
}

// text is a plan being written.
type text struct {
	out     *bufio.Writer
	paint   paint
	plan    plan.Plan
	now     time.Time
	refused map[name]bool
	// refusals says where they are listed, seen from the changes.
	refusals string
}

// name is a secret of an owner.
type name struct {
	owner  secret.Owner
	secret secret.Name
}

// refusedNames holds the secrets whose change is refused. An unmanaged secret
// that is forbidden has no change.
func refusedNames(p plan.Plan) map[name]bool {
	refused := map[name]bool{}
	for _, r := range p.Refusals {
		if r.Code != plan.CodeUnmanagedOverride {
			refused[name{r.Owner, r.Secret}] = true
		}
	}
	return refused
}

// line writes one line. A failed write sticks to the buffered writer, and
// Flush returns it.
func (t *text) line(format string, args ...any) {
	_, _ = fmt.Fprintf(t.out, format+"\n", args...)
}

// group is what the plan says of one owner's secrets.
type group struct {
	owner     secret.Owner
	changes   []plan.Change
	presumed  []plan.Presumed
	ledgers   []plan.LedgerChange
	record    *plan.RecordChange // the project's, on its home
	unmanaged []plan.Unmanaged
}

// groups are sorted as the plan is.
func groups(p plan.Plan) []*group {
	index := map[secret.Owner]*group{}
	var sorted []*group
	at := func(owner secret.Owner) *group {
		if index[owner] == nil {
			index[owner] = &group{owner: owner}
			sorted = append(sorted, index[owner])
		}
		return index[owner]
	}
	for _, change := range p.Changes {
		g := at(change.Owner)
		g.changes = append(g.changes, change)
	}
	for _, presumed := range p.IfLedgerVerifies {
		g := at(presumed.Owner)
		g.presumed = append(g.presumed, presumed)
	}
	for _, ledger := range p.Ledgers {
		g := at(ledger.Owner)
		g.ledgers = append(g.ledgers, ledger)
	}
	if !p.Record.IsZero() {
		at(p.Record.Home).record = &p.Record
	}
	for _, unmanaged := range p.Unmanaged {
		g := at(unmanaged.Owner)
		g.unmanaged = append(g.unmanaged, unmanaged)
	}
	slices.SortFunc(sorted, func(a, b *group) int { return a.owner.Compare(b.owner) })
	return sorted
}

// owners writes the groups that have something to show, and counts the rest.
func (t *text) owners() {
	shown, rest := t.shown()
	for _, g := range shown {
		t.line("%s%s", t.paint.heading(g.owner.String()), id(g.owner))
		t.entries(g)
		unchanged, external := t.quiet(g.changes)
		if quiet := listed(amount{unchanged, t.alike()}, amount{external, "external"}); quiet != "" {
			t.line("  %s", quiet)
		}
		t.line("")
	}
	if rest != "" {
		t.line("%s", rest)
		t.line("")
	}
}

// shown returns the groups that have something to show, and a sentence that
// counts the rest; empty where there is none.
func (t *text) shown() (shown []*group, rest string) {
	quietOwners, quietSecrets := 0, 0
	for _, g := range groups(t.plan) {
		if !slices.ContainsFunc(g.changes, t.speaks) && len(g.unmanaged)+len(g.ledgers)+len(g.presumed) == 0 && g.record == nil {
			quietOwners++
			quietSecrets += len(g.changes)
			continue
		}
		shown = append(shown, g)
	}
	if quietOwners == 0 {
		return shown, ""
	}
	more := ""
	if len(shown) > 0 {
		more = "more "
	}
	nothing := "nothing to do"
	if t.plan.StructureOnly {
		nothing = t.alike()
	}
	return shown, fmt.Sprintf("%s with %s: %s.", words.Count(quietOwners, more+"owner"), words.Count(quietSecrets, "secret"), nothing)
}

// speaks reports whether the change gets lines of its own.
func (t *text) speaks(change plan.Change) bool {
	return change.Action != plan.None || change.LeftUnseen() || t.refused[name{change.Owner, change.Secret}]
}

// id follows an owner's name, where it is known.
func id(owner secret.Owner) string {
	if owner.ID == "" {
		return ""
	}
	return " (" + words.Quote(owner.ID) + ")"
}

// entries writes what there is to say of the group's secrets. Each entry begins
// with a line that is indented by two spaces; its other lines are indented
// further.
func (t *text) entries(g *group) {
	for _, change := range g.changes {
		if t.speaks(change) {
			t.change(change)
		}
	}
	for _, s := range g.presumed {
		t.presumed(s)
	}
	for _, l := range g.ledgers {
		t.ledger(l)
	}
	if g.record != nil {
		t.record(*g.record)
	}
	for _, u := range g.unmanaged {
		t.unmanaged(u)
	}
}

// ledgerActions say what happens to a ledger as a whole.
var ledgerActions = map[plan.LedgerAction]string{
	plan.ResetLedger:  "the ledger is given up, and begun anew",
	plan.RekeyLedger:  "the ledger is written again",
	plan.RemoveLedger: "the ledger is removed",
}

func (t *text) ledger(l plan.LedgerChange) {
	symbol := "~"
	if l.Action == plan.RemoveLedger {
		symbol = "-"
	}
	t.line("  %s %s  %s: %s", t.paint.symbol(symbol), words.Quote(string(l.Ledger)), ledgerActions[l.Action], sentence.Reason(plan.Reason{Code: l.Reason}))
}

// record writes what becomes of the project's record, and with whom.
func (t *text) record(r plan.RecordChange) {
	t.line("  %s %s  the project's record is written", t.paint.symbol("~"), words.Quote(string(r.Record)))
	for _, reason := range r.Reasons {
		t.line("      %s", sentence.Reason(reason))
	}
	owners := func(what string, list []secret.Owner) {
		if len(list) > 0 {
			t.line("      %s: %s", what, someOwners(list))
		}
	}
	owners("join", r.Joins)
	owners("leave", r.Leaves)
	if r.Source != "" {
		t.line("      applied from: %s", words.Quote(r.Source))
	}
	for _, removed := range r.Removes {
		t.line("      removed at the end: %s", place(removed.Owner, removed.Record, ""))
	}
}

// maxOwners is how many owners a line names.
const maxOwners = 10

func someOwners(owners []secret.Owner) string {
	texts := make([]string, 0, maxOwners+1)
	for i, owner := range owners {
		if i == maxOwners {
			texts = append(texts, fmt.Sprintf("and %d more", len(owners)-maxOwners))
			break
		}
		texts = append(texts, owner.String())
	}
	return strings.Join(texts, ", ")
}

func (t *text) unmanaged(u plan.Unmanaged) {
	what := "live"
	if u.Env != "" {
		what = "live override for " + words.Quote(string(u.Env))
	}
	t.line("  %s %s  %s, not in the manifest; left alone", t.paint.symbol("?"), words.Quote(string(u.Secret)), what)
}
