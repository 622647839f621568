package view

import (
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/sentence"
	"github.com/cella-secrets/cella/secret"
)

// What is said otherwise of a plan that was made without the values.

// unchanged is what secrets without changes are called.
func (t *teller) unchanged() string {
	if t.plan.StructureOnly {
		return "alike in structure"
	}
	return "unchanged"
}

// presumed is the row of what only a ledger says, which is not verified: its
// symbol and action have a question mark.
func (t *teller) presumed(s plan.Presumed) row {
	r := row{
		owner: s.Owner, danger: dangers[s.Action], symbol: symbols[s.Action] + "?", name: words.Quote(string(s.Secret)), action: sentence.Action(s.Action) + "?",
	}
	for _, reason := range s.Reasons {
		r.said = append(r.said, sentence.Reason(reason))
	}
	if s.Env != "" {
		r.danger, r.action = removesOverride, "update?"
		r.said = each(s.Reasons, func(reason plan.Reason) string { return sentence.Removal([]secret.Env{s.Env}, reason) })
	}
	if t.refused[name{s.Owner, s.Secret}] {
		r.refuse(refusedActions[s.Action], t.refusals)
	}
	return r
}

// ifVerified are the numbers of what only a ledger says.
func ifVerified(presumed []plan.Presumed) []amount {
	overrides, of := 0, map[plan.Action]int{}
	for _, s := range presumed {
		if s.Env != "" {
			overrides++
		} else {
			of[s.Action]++
		}
	}
	return []amount{
		{of[plan.Delete], "delete?"}, {overrides, "update?"}, {of[plan.Release], "release?"}, {of[plan.Forget], "forget?"},
	}
}

// uncertain explains the question marks.
func uncertain(p plan.Plan) []string {
	if len(p.IfLedgerVerifies) == 0 {
		return nil
	}
	return []string{"What has a question mark happens only if cella applied it, which can't be checked without the key."}
}
