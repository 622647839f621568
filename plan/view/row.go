package view

import (
	"slices"
	"strings"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/sentence"
	"github.com/cella-secrets/cella/secret"
)

// row is what a plan says of one secret. Its texts are quoted for one line.
type row struct {
	owner  secret.Owner
	danger danger
	symbol string
	name   string
	action string   // a word; empty where nothing is done
	said   []string // the most important first
}

// danger orders rows.
type danger uint8

const (
	refused danger = iota
	deletes
	replaces
	removesOverride
	updates
	creates
	records // nothing is written but what cella keeps for itself
	leaves  // nothing is done at all
)

// symbols of the actions; the package comment explains them.
var symbols = map[plan.Action]string{
	plan.Create:  "+",
	plan.Update:  "~",
	plan.Replace: "-/+",
	plan.Delete:  "-",
	plan.Adopt:   "o",
	plan.Release: ">",
	plan.Forget:  "x",
	plan.None:    "=",
}

var dangers = map[plan.Action]danger{
	plan.Create:  creates,
	plan.Update:  updates,
	plan.Replace: replaces,
	plan.Delete:  deletes,
	plan.Adopt:   records,
	plan.Release: records,
	plan.Forget:  records,
	plan.None:    leaves,
}

// refusedActions say what a refused change would do.
var refusedActions = map[plan.Action]string{
	plan.Create:  "would be created",
	plan.Update:  "would be updated",
	plan.Replace: "would be replaced",
	plan.Delete:  "would be deleted",
	plan.Adopt:   "would be recorded",
	plan.Release: "would be released",
	plan.Forget:  "would be forgotten",
}

// rows are those of the group, the most dangerous first.
func (t *teller) rows(g *group) []row {
	var rows []row
	for _, change := range g.changes {
		if t.speaks(change) {
			rows = append(rows, t.change(change))
		}
	}
	for _, s := range g.presumed {
		rows = append(rows, t.presumed(s))
	}
	for _, l := range g.ledgers {
		rows = append(rows, ledgerRow(l))
	}
	if g.record != nil {
		rows = append(rows, recordRow(*g.record))
	}
	for _, u := range g.unmanaged {
		rows = t.place(rows, g, u)
	}
	slices.SortStableFunc(rows, func(a, b row) int { return int(a.danger) - int(b.danger) })
	return rows
}

// place adds the row of what is not in the manifest: of an override directly below
// its secret's, so that nobody reads the one without the other.
func (t *teller) place(rows []row, g *group, u plan.Unmanaged) []row {
	r := t.unmanaged(u)
	at := len(rows)
	if u.Env != "" && r.danger != refused {
		name := words.Quote(string(u.Secret))
		if own := slices.IndexFunc(rows, func(r row) bool { return r.name == name && r.symbol != "?" }); own >= 0 {
			for at = own + 1; at < len(rows) && rows[at].name == name; at++ {
			}
			r.danger = rows[own].danger
		}
	}
	return slices.Insert(rows, at, r)
}

func (t *teller) change(c plan.Change) row {
	r := row{
		owner: c.Owner, danger: dangers[c.Action], symbol: symbols[c.Action], name: words.Quote(string(c.Secret)), action: sentence.Action(c.Action),
		said: append(t.statements(c), t.untouched(c)...),
	}
	if c.Action == plan.Update && slices.ContainsFunc(c.Overrides, func(o plan.OverrideChange) bool { return o.Action == plan.Delete }) {
		r.danger = removesOverride
	}
	if t.vanished[name{c.Owner, c.Secret}] && c.Action == plan.Create {
		r.action, r.said = "missing", slices.Insert(r.said, 0, sentence.Vanished)
	}
	if t.refused[name{c.Owner, c.Secret}] {
		r.refuse(colon(refusedActions[c.Action], attributes(c)), t.refusals)
	}
	return r
}

// refuse makes a row of one that is refused. Why stands with the refusal.
func (r *row) refuse(would, where string) {
	r.danger, r.symbol, r.action = refused, "!", "refused"
	r.said = []string{strings.TrimPrefix(would+"; see "+where, "; ")}
}

// colon joins what and how, where both are there.
func colon(what, how string) string {
	if what == "" || how == "" {
		return what + how
	}
	return what + ": " + how
}

func ledgerRow(l plan.LedgerChange) row {
	r := row{owner: l.Owner, danger: records, symbol: "o", name: words.Quote(string(l.Ledger)), action: "record"}
	if l.Action == plan.RemoveLedger {
		r.symbol, r.action = "x", "forget"
	}
	r.said = []string{"cella's record of what it applied here: " + sentence.Reason(plan.Reason{Code: l.Reason})}
	return r
}

// inRow are the reasons that the rest of the record's row says in full.
var inRow = map[plan.Code]bool{plan.ReasonRecordJoins: true, plan.ReasonRecordLeaves: true, plan.ReasonRecordSource: true}

// recordRow says what becomes of the project's record, and with whom.
func recordRow(c plan.RecordChange) row {
	r := row{owner: c.Home, danger: records, symbol: "o", name: words.Quote(string(c.Record)), action: "record"}
	r.said = []string{"cella's own list of the project's sites and organizations"}
	for _, reason := range c.Reasons {
		if !inRow[reason.Code] {
			r.said = append(r.said, sentence.Reason(reason))
		}
	}
	owners := func(what string, list []secret.Owner) {
		if len(list) > 0 {
			r.said = append(r.said, what+" "+someOwners(list))
		}
	}
	owners("adds", c.Joins)
	owners("no longer lists", c.Leaves)
	if c.Source != "" {
		r.said = append(r.said, "notes where the manifest is kept: "+words.Quote(c.Source))
	}
	for _, removed := range c.Removes {
		r.said = append(r.said, "removes "+place(removed.Owner, removed.Record, "")+" at the end")
	}
	return r
}

func someOwners(owners []secret.Owner) string {
	names := make([]string, len(owners))
	for i, owner := range owners {
		names[i] = owner.String()
	}
	return strings.Join(some(names), ", ")
}

func (t *teller) unmanaged(u plan.Unmanaged) row {
	what := "not in the manifest"
	if u.Env != "" {
		what = "override for " + words.Quote(string(u.Env)) + ", " + what
	}
	r := row{owner: u.Owner, danger: leaves, symbol: "?", name: words.Quote(string(u.Secret)), said: []string{what + "; left alone"}}
	if t.forbidden(u) {
		r.refuse(what, t.refusals)
	}
	return r
}

// forbidden reports whether what is not in the manifest is refused.
func (t *teller) forbidden(u plan.Unmanaged) bool {
	if u.Env == "" {
		return t.refused[name{u.Owner, u.Secret}]
	}
	return slices.ContainsFunc(t.plan.Refusals, func(r plan.Refusal) bool {
		return r.Code == plan.CodeUnmanagedOverride && r.Owner == u.Owner && r.Secret == u.Secret && slices.Contains(r.Facts.Environments, u.Env)
	})
}
