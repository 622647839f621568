package view

import (
	"fmt"
	"time"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/sentence"
)

// What is said otherwise of a plan that was made without the values.

// alike is what a secret without changes is called.
func (t *text) alike() string {
	if t.plan.StructureOnly {
		return "alike in structure"
	}
	return "unchanged"
}

// state is the state of a value of the change in words. Without values hidden
// ones are not told from those that came back; of what a list does not show,
// nothing is hidden.
func (t *text) state(c plan.Change, of plan.ValueState, by plan.ChangedBy, at time.Time) string {
	switch {
	case of != plan.Unverifiable:
	case c.Unseen():
		return "not listed"
	case t.plan.StructureOnly:
		return "not compared"
	}
	return State(of, by, at, t.now)
}

// presumedActions say what happens if the ledger verifies.
var presumedActions = map[plan.Action]string{
	plan.Delete:  "would be deleted",
	plan.Release: "would be released",
	plan.Forget:  "would be forgotten",
}

// presumed writes what only a ledger says.
func (t *text) presumed(s plan.Presumed) {
	what := ""
	if s.Env != "" {
		what = "the override for " + words.Quote(string(s.Env)) + " "
	}
	symbol, refused := symbols[s.Action]+"?", t.refused[name{s.Owner, s.Secret}]
	if refused {
		symbol = "!"
	}
	t.line("  %s %s  %s%s if the ledger verifies", t.paint.symbol(symbol), words.Quote(string(s.Secret)), what, presumedActions[s.Action])
	if refused {
		t.line("      refused; see %s", t.refusals)
	}
	for _, reason := range s.Reasons {
		t.line("      %s", sentence.Reason(reason))
	}
}

// ifVerified are the numbers of what only a ledger says.
func ifVerified(presumed []plan.Presumed) []amount {
	overrides, actions := 0, map[plan.Action]int{}
	for _, s := range presumed {
		if s.Env != "" {
			overrides++
		} else {
			actions[s.Action]++
		}
	}
	ofOverrides := "overrides to remove if the ledger verifies"
	if overrides == 1 {
		ofOverrides = "override to remove if the ledger verifies"
	}
	return []amount{
		{actions[plan.Delete], "to delete if the ledger verifies"}, {overrides, ofOverrides},
		{actions[plan.Release], "to release if the ledger verifies"}, {actions[plan.Forget], "to forget if the ledger verifies"},
	}
}

// uncompared says how many live values were not looked at.
func uncompared(p plan.Plan) []string {
	switch n := p.Summary.Unverifiable; n {
	case 0:
		return nil
	case 1:
		return []string{"1 live value was not compared with the manifest's, which was not decrypted."}
	default:
		return []string{fmt.Sprintf("%d live values were not compared with the manifest's, which were not decrypted.", n)}
	}
}
