package plan

import (
	"slices"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/secret"
)

// The findings about secrets that the ledger is the reason for.

var deleteProtected = finding{code: CodeProtected, level: refuses, facts: func(*pair, secret.Env) Facts {
	return Facts{Action: Delete}
}}

var deleteLosesOverrides = finding{code: CodeOverridesLost, level: refuses, facts: func(p *pair, _ secret.Env) Facts {
	return Facts{Action: Delete, Environments: p.lost}
}}

var deleteChanged = finding{code: CodeChangedOutside, level: refuses, facts: func(p *pair, _ secret.Env) Facts {
	return Facts{
		Action:     Delete,
		OnPantheon: attributes(p.live.Type, p.live.Scopes),
		Applied:    attributes(p.past.record.Type, p.past.record.Scopes),
	}
}}

var claimedElsewhere = finding{code: CodeClaimed, level: refuses, facts: func(p *pair, _ secret.Env) Facts {
	facts := Facts{Project: p.claimant}
	if p.naming() == retireDelete {
		facts.Action = Delete
	}
	return facts
}}

var retireWithoutEffect = finding{code: CodeRetireWithoutEffect, level: warns, variant: func(p *pair) Code {
	switch {
	case p.past.recall == withoutKey:
		return CodeRetireWithoutKey
	case p.past.recall == unbelievable:
		return CodeRetireUnbelievable
	case p.naming() == retireDelete && p.backing() == backingUnread && p.memory.structureOnly:
		return CodeRetireUnknown
	case p.naming() == retireDelete && p.backing() == backingUnread:
		return CodeRetireUnread
	}
	return CodeRetireWithoutEffect
}, facts: func(p *pair, _ secret.Env) Facts {
	if p.naming() == retireRelease {
		return Facts{Action: Release}
	}
	return Facts{Action: Delete}
}}

var retireHidden = finding{code: CodeRetireInherited, level: refuses, facts: func(*pair, secret.Env) Facts {
	return Facts{Action: Delete}
}}

// tellLedgers tells what the owner's ledgers are the reason for as a whole.
// declares reports whether the manifest names a secret, ledgerLive whether
// this project's ledger is in the listing.
func (p *part) tellLedgers(desired secret.Desired, ledgerLive bool, declares func(secret.Name) bool) {
	warn := func(name secret.Name, code Code, facts Facts) {
		p.warnings = append(p.warnings, Warning{Code: code, Owner: p.owner, Secret: name, Facts: facts})
	}
	m := p.memory
	for _, claim := range m.holding.Claims {
		if !claim.Intact && m.expects(claim.Project) {
			p.warnings = append(p.warnings, Warning{
				Code: CodeForeignLedger, Owner: p.owner, Facts: Facts{Project: claim.Project}, Detail: claim.Reason,
			})
		}
	}
	switch {
	case m.state == unbelievable:
		p.refuseLedgers()
		for _, name := range m.listed {
			if !declares(name) {
				warn(name, CodeFormerlyOurs, Facts{})
			}
		}
	case m.state == withoutKey && ledgerLive && slices.ContainsFunc(p.changes, func(c Change) bool { return c.Steps() > 0 }):
		warn("", CodeLedgerNotKept, Facts{})
	case m.presumes() && desired.ResetLedger:
		warn("", CodeResetUnknown, Facts{})
	case m.state == unrecorded && desired.ResetLedger:
		warn("", CodeResetNotNeeded, Facts{})
	}
	if !m.retired {
		return
	}
	leaving := Facts{Action: Release}
	if m.deletes {
		leaving.Action = Delete
	}
	switch {
	case m.state == withoutKey:
		warn("", CodeRetireWithoutKey, leaving)
	case m.keeps() && m.holding.Own.Status == ledger.None && len(m.holding.Former) == 0:
		warn("", CodeRetireWithoutEffect, leaving)
	}
}

// refuseLedgers refuses the owner for each of its ledgers that cannot be
// believed.
func (p *part) refuseLedgers() {
	for _, book := range p.memory.books() {
		code, unusable := unusableCodes[book.Status]
		if !unusable {
			continue
		}
		p.refusals = append(p.refusals, Refusal{
			Code: code, Owner: p.owner, Detail: book.Reason,
			Facts: Facts{Project: book.Identity.Project, Former: book.Identity.Project != p.memory.holding.Own.Identity.Project},
		})
	}
}

var unusableCodes = map[ledger.Status]Code{
	ledger.Damaged: CodeLedgerDamaged, ledger.OtherKey: CodeLedgerOtherKey, ledger.Newer: CodeLedgerNewer,
}
