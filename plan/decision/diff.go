package decision

import (
	"cmp"
	"slices"

	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/record"
	"github.com/cella-secrets/cella/secret"
)

// Diff compares the desired with the live state. It is pure: the same input,
// in whatever order, gives the same Plan. It does not change its input, and
// shares no list with it.
//
//  1. A manifest from elsewhere than the one that was applied last is refused
//     before anything else is decided.
//  2. An owner that could not be read, or was not, is an error; nothing is
//     claimed of its secrets, and they have no entry in Changes.
//  3. Everything else is decided by one ordered list of rules, secret by
//     secret, then value by value.
//  4. A refused change shows the action that would be needed, in Changes and
//     in Summary alike.
//  5. Targets leave out whatever none of them covers, refusals and errors
//     included, after everything was decided.
//  6. A name that a believed ledger holds is decided too, whether or not it
//     is declared or live.
//  7. Complete is false after an error, with targets, without values, and
//     where something that is to go is left because a list may be cut, or an
//     owner that left may not be read.
//  8. Without values (StructureOnly) everything else is decided as if every
//     ledger verified that is well-formed. What only such a ledger says is
//     told apart from the changes; a refusal that it is the reason for stands,
//     because one that does not verify is refused too.
//  9. An owner that the project's record has and the manifest does not is
//     refused, and nothing there is changed.
func Diff(in Input) plan.Plan {
	p := making{plan.Plan{
		FormatVersion: plan.FormatVersion, CellaVersion: in.CellaVersion, Project: in.Project,
		Inputs: append([]plan.InputDigest{}, in.Inputs...), Ledgers: []plan.LedgerChange{}, Unmanaged: []plan.Unmanaged{}, Drift: []plan.Drift{},
		Errors: []plan.OwnerError{}, Warnings: []plan.Warning{}, Refusals: []plan.Refusal{},
	}}
	p.StructureOnly = in.StructureOnly
	p.Requests = plan.Requests{Secrets: in.lists(), Lists: in.lists()}
	if in.keepsRecord() {
		if refusal, foreign := in.Record.Foreign(in.Ledgers); foreign {
			p.Refusals = append(p.Refusals, refusal)
			p.Changes = []plan.Change{}
			p.summarize()
			return p.Plan
		}
	}
	owners := matchOwners(in)
	p.Changes = make([]plan.Change, 0, declaredSecrets(owners))
	deleted, swept := p.decideOwners(owners, in)
	p.Refusals = append(p.Refusals, brakeEmpty(in, deleted)...)
	p.Refusals = append(p.Refusals, brakeFleet(in, swept)...)
	p.decideRecord(in, owners)
	p.limitTo(in)
	p.warnOfUnknowns(in)
	p.warnOfDates(in)
	p.Complete = len(p.Errors) == 0 && len(in.Targets) == 0 && !in.StructureOnly && !p.leavesUnseen()
	p.sort()
	p.summarize()
	return p.Plan
}

// making is a plan that is being made.
type making struct{ plan.Plan }

// decideOwners decides each owner that the targets cover. It returns how many
// secrets are deleted, and on how many owners something is deleted or replaced.
func (p *making) decideOwners(owners []*sides, in Input) (deleted, swept int) {
	organizations := newOrganizations(owners, in)
	var parts []*part
	for _, all := range owners {
		if !in.Targets.Covers(all.owner) {
			continue
		}
		if all.desired.Retire == secret.RetireAbandon || !all.declared && in.keyed() {
			p.leaveOwner(all)
			continue
		}
		if len(all.failures) > 0 {
			p.Errors = append(p.Errors, all.errors()...)
			continue
		}
		decided := diffOwner(all, in, organizations.over(all))
		parts = append(parts, &decided)
		organizations.decided(&decided)
	}
	organizations.tellShadows(parts, in)
	for _, one := range parts {
		decided := *one
		deleted += decided.tally.deleted
		if decided.sweeps(in.Targets) {
			swept++
		}
		decided.tellReaders(in, organizations)
		decided = decided.limit(in.Targets)
		p.Requests.Secrets += decided.decideLedgers(decided.desired, in.Targets)
		decided.presume(decided.desired)
		p.take(decided)
	}
	return deleted, swept
}

// take adds what was decided of one owner.
func (p *making) take(decided part) {
	p.Changes = append(p.Changes, decided.changes...)
	p.IfLedgerVerifies = append(p.IfLedgerVerifies, decided.presumed...)
	p.Ledgers = append(p.Ledgers, decided.ledgerChanges...)
	p.Unmanaged = append(p.Unmanaged, decided.unmanaged...)
	p.Drift = append(p.Drift, decided.drifted...)
	p.Warnings = append(p.Warnings, decided.warnings...)
	p.Refusals = append(p.Refusals, decided.refusals...)
}

// decideLedgers decides what is done to the owner's ledgers, and returns the number
// of requests that takes. What no ledger can record is refused: it could not
// be announced, so it must not be written.
func (p *part) decideLedgers(desired secret.Desired, targets plan.Targets) int {
	_, whole := targets.Secrets(p.owner)
	p.ledgerChanges = p.ledgers.Changes(whole, slices.ContainsFunc(p.changes, func(c plan.Change) bool { return c.Action == plan.Delete }))
	for i := range p.ledgerChanges {
		p.ledgerChanges[i].Owner = p.owner
	}
	if p.structureOnly {
		return 0 // what it takes depends on the values
	}
	edits := p.ledgers.Edits(p.changes, desired)
	if len(edits)+len(p.ledgerChanges) == 0 {
		return 0
	}
	requests, err := p.ledgers.Writes(edits, p.ledgerChanges, desired.ResetLedger)
	if err != nil {
		p.refusals = append(p.refusals, plan.Refusal{
			Code: plan.CodeUnrecordable, Owner: p.owner, Detail: err.Error(),
		})
	}
	return requests
}

// decideRecord decides what is done to the project's record.
func (p *making) decideRecord(in Input, owners []*sides) {
	if !in.keepsRecord() {
		return
	}
	of := record.Input{Found: in.Record, Project: in.Project, Keys: in.Keys, Ledgers: in.Ledgers, Targets: in.Targets}
	for _, all := range owners {
		if all.declared && in.Targets.Covers(all.owner) {
			of.Owners = append(of.Owners, record.Owner{
				Owner: all.owner, Retire: all.desired.Retire, Failed: len(all.failures) > 0, Abandoned: all.abandoned(),
			})
		}
	}
	record.Decide(&p.Plan, of)
}

// warnOfUnknowns says that nothing is remembered, where something could be, and
// that values were not looked at.
func (p *making) warnOfUnknowns(in Input) {
	if !in.keyed() && len(p.Changes) > 0 {
		p.Warnings = append(p.Warnings, plan.Warning{Code: plan.CodeNoFingerprintKey})
	}
	if in.StructureOnly {
		p.Warnings = append(p.Warnings, plan.Warning{Code: plan.CodeNoDecrypt})
	}
}

// sort orders every list. Changes and ledgers are in order already: owners
// were walked in order, and so was everything of theirs.
func (p *making) sort() {
	slices.SortFunc(p.Inputs, func(a, b plan.InputDigest) int {
		return cmp.Or(cmp.Compare(a.Env, b.Env), cmp.Compare(a.File, b.File), cmp.Compare(a.SHA256, b.SHA256), cmp.Compare(a.HMAC, b.HMAC))
	})
	slices.SortFunc(p.IfLedgerVerifies, func(a, b plan.Presumed) int {
		return cmp.Or(a.Owner.Compare(b.Owner), cmp.Compare(a.Secret, b.Secret), cmp.Compare(a.Env, b.Env))
	})
	slices.SortFunc(p.Unmanaged, func(a, b plan.Unmanaged) int {
		return cmp.Or(a.Owner.Compare(b.Owner), cmp.Compare(a.Secret, b.Secret), cmp.Compare(a.Env, b.Env))
	})
	slices.SortFunc(p.Drift, func(a, b plan.Drift) int {
		return cmp.Or(a.Owner.Compare(b.Owner), cmp.Compare(a.Secret, b.Secret), cmp.Compare(a.Env, b.Env), cmp.Compare(a.Code, b.Code))
	})
	slices.SortFunc(p.Errors, func(a, b plan.OwnerError) int {
		return cmp.Or(a.Owner.Compare(b.Owner), cmp.Compare(a.Secret, b.Secret), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Detail, b.Detail))
	})
	slices.SortFunc(p.Warnings, func(a, b plan.Warning) int {
		return cmp.Or(a.Owner.Compare(b.Owner), cmp.Compare(a.Secret, b.Secret), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Detail, b.Detail), slices.Compare(a.Facts.Environments, b.Facts.Environments))
	})
	slices.SortFunc(p.Refusals, func(a, b plan.Refusal) int {
		return cmp.Or(a.Owner.Compare(b.Owner), cmp.Compare(a.Secret, b.Secret), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Detail, b.Detail), slices.Compare(a.Facts.Environments, b.Facts.Environments))
	})
}

// summarize counts, from the lists as they are shown.
func (p *making) summarize() {
	p.Summary = plan.Summarize(p.Changes)
	p.Summary.Unmanaged, p.Summary.Refused = len(p.Unmanaged), len(p.Refusals)
	if p.StructureOnly {
		return // what it takes depends on the values
	}
	uncovers := false
	for i := range p.Changes { // by index: a change is large
		p.Requests.Secrets += p.Changes[i].Steps()
		uncovers = uncovers || p.Changes[i].Uncovers != secret.Owner{}
	}
	if uncovers {
		p.Requests.Secrets++ // the organization is listed again
	}
}

// warnOfDates looks at the token and at every declared secret that the targets
// cover, also of owners that could not be read.
func (p *making) warnOfDates(in Input) {
	if w, ok := plan.TokenWarning(in.Policy.TokenExpires, in.Today); ok {
		p.Warnings = append(p.Warnings, plan.Warning{Code: w.Code, Facts: w.Facts})
	}
	for _, desired := range in.Desired {
		for _, s := range desired.Secrets {
			if !in.Targets.Selects(desired.Owner, s.Name) {
				continue
			}
			for _, w := range plan.DateWarnings(s, in.Today) {
				p.Warnings = append(p.Warnings, plan.Warning{Code: w.Code, Owner: desired.Owner, Secret: s.Name, Facts: w.Facts})
			}
		}
	}
}
