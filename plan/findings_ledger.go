package plan

import (
	"fmt"
	"slices"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/secret"
)

// The findings about secrets that the ledger is the reason for.

var deleteProtected = finding{CodeProtected, refuses, func(pair, secret.Env) (string, string) {
	return "it left the manifest and would be deleted, and the ledger says that it is protected",
		"`retire: delete` deletes it, `retire: release` leaves it live; or declare it again"
}}

var deleteLosesOverrides = finding{CodeOverridesLost, refuses, func(p pair, _ secret.Env) (string, string) {
	return "it left the manifest, and deleting it would lose the live " + overrides(p.lost) + ", not set by this project",
		"`retire: delete` deletes it with them, `retire: release` leaves it live; or declare it again"
}}

var deleteChanged = finding{CodeChangedOutside, refuses, func(p pair, _ secret.Env) (string, string) {
	return fmt.Sprintf("it left the manifest and would be deleted, but is not the secret that was applied: live with %s, applied with %s",
			attributes(p.live.Type, p.live.Scopes), attributes(p.past.record.Type, p.past.record.Scopes)),
		"`retire: delete` deletes it, `retire: release` leaves it live; or declare it again"
}}

var claimedElsewhere = finding{CodeClaimed, refuses, func(p pair, _ secret.Env) (string, string) {
	project := secret.Quote(p.claimant)
	if p.naming() == retireDelete {
		return "it would be deleted, and the ledger of project " + project + " names it",
			"retire it in the manifest of that project, or remove it here"
	}
	return "the ledger of project " + project + " names it: it is that project's",
		"to hand it over, set `retire: release` on it in the manifest of that project and apply that, then declare it here; where " + project + " is this project's own earlier or later name, list it under `formerly`; or remove it here"
}}

var retireWithoutEffect = finding{CodeRetireWithoutEffect, warns, func(p pair, _ secret.Env) (string, string) {
	switch {
	case p.past.recall == withoutKey:
		return "retire does nothing without a fingerprint_key", ""
	case p.past.recall == unbelievable:
		return "retire does nothing while the ledger cannot be believed", ""
	case p.naming() == retireRelease:
		return "nothing is left to release; it can go from the manifest", ""
	case p.presence() == maybeLive:
		return "only the organization's secret may be live, which is not deleted here; it can go from the manifest", ""
	}
	return "nothing is left to delete; it can go from the manifest", ""
}}

const keyHint = "`cella init --add-fingerprint-key` adds one"

// withoutKeyWarning is told once for the whole plan.
var withoutKeyWarning = Warning{
	Code: CodeNoFingerprintKey,
	Message: "without fingerprint_key nothing is remembered: hidden values are written again by every apply, and what leaves the manifest stays live; " +
		keyHint,
}

// tellLedgers tells what the owner's ledgers are the reason for as a whole.
// declares reports whether the manifest names a secret, ledgerLive whether
// this project's ledger is in the listing.
func (p *part) tellLedgers(desired secret.Desired, ledgerLive bool, declares func(secret.Name) bool) {
	warn := func(name secret.Name, code, message string) {
		p.warnings = append(p.warnings, Warning{Code: code, Owner: p.owner, Secret: name, Message: message})
	}
	m := p.memory
	for _, claim := range m.holding.Claims {
		if !claim.Intact && m.expects(claim.Project) {
			warn("", CodeForeignLedger, fmt.Sprintf(
				"the ledger of project %s is not intact (%s): nothing that it names is deleted, and its other claims cannot be known",
				secret.Quote(claim.Project), claim.Reason))
		}
	}
	switch {
	case m.state == unbelievable:
		p.refuseLedgers()
		for _, name := range m.listed {
			if !declares(name) {
				warn(name, CodeFormerlyOurs, "formerly this project's, says a ledger that cannot be believed; it is not in the manifest, and left alone")
			}
		}
	case m.state == withoutKey && ledgerLive && slices.ContainsFunc(p.changes, func(c Change) bool { return c.Steps() > 0 }):
		warn("", CodeLedgerNotKept, "this project's ledger is here, and without fingerprint_key it is not kept: what is written now makes it wrong; "+
			"put the key back before applying, or let the first apply with it be `apply --rewrite`")
	case m.presumes() && desired.ResetLedger:
		warn("", CodeNoDecrypt, "whether reset_ledger gives the ledger up cannot be seen without the key; if it does, nothing is deleted for having left the manifest")
	case m.state == unrecorded && desired.ResetLedger:
		warn("", CodeResetNotNeeded, "no ledger here has to be given up; reset_ledger can go from the manifest")
	}
	if !m.retired {
		return
	}
	switch {
	case m.state == withoutKey:
		warn("", CodeRetireWithoutEffect, "retire does nothing without a fingerprint_key")
	case m.keeps() && m.holding.Own.Status == ledger.None && len(m.holding.Former) == 0:
		warn("", CodeRetireWithoutEffect, "nothing is left to release; the owner can go from the manifest")
	}
}

// refuseLedgers refuses the owner for each of its ledgers that cannot be
// believed.
func (p *part) refuseLedgers() {
	const reset = "`reset_ledger: true` on this owner gives up what it records"
	for _, book := range p.memory.books() {
		refusal := Refusal{Owner: p.owner}
		switch book.Status {
		case ledger.Damaged:
			refusal.Code, refusal.Remedy = CodeLedgerDamaged, "find out who changed it; then "+reset
		case ledger.OtherKey:
			refusal.Code, refusal.Remedy = CodeLedgerOtherKey, "set previous_fingerprint_key to the key that it was written under; where that is lost, "+reset
		case ledger.Newer:
			refusal.Code, refusal.Remedy = CodeLedgerNewer, "use the version of cella that wrote it, or a later one; otherwise "+reset
		default:
			continue
		}
		if project := book.Identity.Project; project != p.memory.holding.Own.Identity.Project {
			refusal.Remedy += ", and deletes that ledger; where " + secret.Quote(project) + " is not an earlier name of this project, take it out of `formerly`"
		}
		refusal.Message = fmt.Sprintf("the ledger of project %s cannot be believed: %s", secret.Quote(book.Identity.Project), book.Reason)
		p.refusals = append(p.refusals, refusal)
	}
}
