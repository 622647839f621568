package decision

import (
	"slices"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/entry"
	"github.com/cella-secrets/cella/secret"
)

// The findings about secrets that the ledger is the reason for.

var deleteProtected = finding{code: plan.CodeProtected, level: refuses, facts: func(*pair, secret.Env) plan.Facts {
	return plan.Facts{Action: plan.Delete}
}}

var deleteLosesOverrides = finding{code: plan.CodeOverridesLost, level: refuses, facts: func(p *pair, _ secret.Env) plan.Facts {
	return plan.Facts{Action: plan.Delete, Environments: p.lost}
}}

var deleteChanged = finding{code: plan.CodeChangedOutside, level: refuses, facts: func(p *pair, _ secret.Env) plan.Facts {
	return plan.Facts{
		Action:     plan.Delete,
		OnPantheon: attributes(p.live.Type, p.live.Scopes),
		Applied:    attributes(p.past.Entry.Type, p.past.Entry.Scopes),
	}
}}

var claimedElsewhere = finding{code: plan.CodeClaimed, level: refuses, facts: func(p *pair, _ secret.Env) plan.Facts {
	facts := plan.Facts{Project: p.claimant}
	if own := p.ledgers.Found.Own.Identity.Project; isSlip(own, p.claimant) {
		facts.OwnProject = own
	}
	if p.naming() == retireDelete {
		facts.Action = plan.Delete
	}
	return facts
}}

// isSlip reports whether a word may have been meant for another one.
func isSlip(word, other string) bool {
	_, near := words.Closest(word, []string{other})
	return near
}

var retireWithoutEffect = finding{code: plan.CodeRetireWithoutEffect, level: warns, variant: func(p *pair) plan.Code {
	switch {
	case p.past.State == entry.WithoutKey:
		return plan.CodeRetireWithoutKey
	case p.past.State == entry.Unbelievable:
		return plan.CodeRetireUnbelievable
	case p.naming() == retireDelete && p.backing() == backingUnread && p.structureOnly:
		return plan.CodeRetireUnknown
	case p.naming() == retireDelete && p.backing() == backingUnread:
		return plan.CodeRetireUnread
	}
	return plan.CodeRetireWithoutEffect
}, facts: func(p *pair, _ secret.Env) plan.Facts {
	if p.naming() == retireRelease {
		return plan.Facts{Action: plan.Release}
	}
	return plan.Facts{Action: plan.Delete}
}}

var retireHidden = finding{code: plan.CodeRetireInherited, level: refuses, facts: func(*pair, secret.Env) plan.Facts {
	return plan.Facts{Action: plan.Delete}
}}

// tellLedgers tells what the owner's ledgers are the reason for as a whole.
// declares reports whether the manifest names a secret, ledgerLive whether
// this project's ledger is in the listing.
func (p *part) tellLedgers(desired secret.Desired, ledgerLive bool, declares func(secret.Name) bool) {
	warn := func(name secret.Name, code plan.Code, facts plan.Facts) {
		p.warnings = append(p.warnings, plan.Warning{Code: code, Owner: p.owner, Secret: name, Facts: facts})
	}
	m := p.ledgers
	for _, claim := range m.Found.Claims {
		if !claim.Intact && m.Expects(claim.Project) {
			p.warnings = append(p.warnings, plan.Warning{
				Code: plan.CodeForeignLedger, Owner: p.owner, Facts: plan.Facts{Project: claim.Project}, Detail: claim.Reason,
			})
		}
	}
	switch {
	case m.State == entry.Unbelievable:
		p.refuseLedgers()
		for _, name := range m.Listed {
			if !declares(name) {
				warn(name, plan.CodeFormerlyOurs, plan.Facts{})
			}
		}
	case m.State == entry.WithoutKey && ledgerLive && slices.ContainsFunc(p.changes, func(c plan.Change) bool { return c.Steps() > 0 }):
		warn("", plan.CodeLedgerNotKept, plan.Facts{})
	case m.Presumes() && desired.ResetLedger:
		warn("", plan.CodeResetUnknown, plan.Facts{})
	case m.State == entry.Unrecorded && desired.ResetLedger:
		warn("", plan.CodeResetNotNeeded, plan.Facts{})
	}
	if !m.Retired {
		return
	}
	leaving := plan.Facts{Action: plan.Release}
	if m.Deletes {
		leaving.Action = plan.Delete
	}
	switch {
	case m.State == entry.WithoutKey:
		warn("", plan.CodeRetireWithoutKey, leaving)
	case m.Keeps() && m.Found.Own.Status == ledger.None && len(m.Found.Former) == 0:
		warn("", plan.CodeRetireWithoutEffect, leaving)
	}
}

// refuseLedgers refuses the owner for each of its ledgers that cannot be
// believed.
func (p *part) refuseLedgers() {
	for _, stored := range p.ledgers.All() {
		code, unusable := unusableCodes[stored.Status]
		if !unusable {
			continue
		}
		p.refusals = append(p.refusals, plan.Refusal{
			Code: code, Owner: p.owner, Detail: stored.Reason,
			Facts: plan.Facts{Project: stored.Identity.Project, Former: stored.Identity.Project != p.ledgers.Found.Own.Identity.Project},
		})
	}
}

var unusableCodes = map[ledger.Status]plan.Code{
	ledger.Damaged: plan.CodeLedgerDamaged, ledger.OtherKey: plan.CodeLedgerOtherKey, ledger.Newer: plan.CodeLedgerNewer,
}
