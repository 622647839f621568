package decision

import (
	"slices"

	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/secret"
)

// limit keeps what the targets cover. It comes after everything was decided,
// so that nothing is allowed by looking at less; what is left out is refused
// and warned of no longer, because apply will not touch it. What is said of
// the owner's ledger is kept, because apply would write that.
func (p part) limit(targets plan.Targets) part {
	names, whole := targets.Secrets(p.owner)
	if whole {
		return p
	}
	meant := func(name secret.Name) bool { return slices.Contains(names, name) }
	brakes := slices.ContainsFunc(p.tally.destroyed, meant)
	p.changes = keep(p.changes, func(c plan.Change) bool { return meant(c.Secret) })
	p.unmanaged = keep(p.unmanaged, func(u plan.Unmanaged) bool { return meant(u.Secret) })
	p.drifted = keep(p.drifted, func(d plan.Drift) bool { return meant(d.Secret) })
	p.warnings = keep(p.warnings, func(w plan.Warning) bool { return meant(w.Secret) || w.Secret == "" })
	p.refusals = keep(p.refusals, func(r plan.Refusal) bool {
		if r.Code == plan.CodeDeleteLimit || r.Code == plan.CodeDeleteAll {
			return brakes
		}
		return meant(r.Secret) || r.Secret == ""
	})
	return p
}

// limitTo says what the plan is limited to, and fails a target that the
// manifest does not know: planning nothing would pass for success.
func (p *making) limitTo(in Input) {
	targets := in.Targets.Distinct()
	if len(targets) == 0 {
		return
	}
	limited := plan.Warning{Code: plan.CodeTarget, Facts: plan.Facts{Targets: targets}}
	if len(targets) == 1 {
		limited.Owner, limited.Secret = targets[0].Owner, targets[0].Secret
	}
	p.Warnings = append(p.Warnings, limited)
	if in.keepsRecord() && !in.Record.Looked {
		p.Warnings = append(p.Warnings, plan.Warning{Code: plan.CodeRecordUnread, Owner: in.Record.Home})
	}
	for _, target := range targets {
		p.demand(in, target)
	}
}

// demand fails the target where neither manifest nor ledger knows it.
func (p *making) demand(in Input, target plan.Target) {
	declared := func(d secret.Desired) bool {
		return target.Owner.Same(d.Owner) && (target.Secret == "" || declares(d, target.Secret))
	}
	left := plan.Targets{target}.Selects
	switch {
	case slices.ContainsFunc(in.Desired, declared):
		return
	case slices.ContainsFunc(p.Changes, func(c plan.Change) bool { return left(c.Owner, c.Secret) }),
		slices.ContainsFunc(p.IfLedgerVerifies, func(c plan.Presumed) bool { return left(c.Owner, c.Secret) }):
		return // it left the manifest
	case slices.ContainsFunc(p.Errors, func(e plan.OwnerError) bool { return e.Secret == "" && e.Owner.Same(target.Owner) }):
		return // it was not read, so nobody knows
	}
	p.Errors = append(p.Errors, plan.OwnerError{Code: plan.CodeUnknownTarget, Owner: target.Owner, Secret: target.Secret})
}

func declares(desired secret.Desired, name secret.Name) bool {
	return slices.ContainsFunc(desired.Secrets, func(s secret.DesiredSecret) bool { return s.Name == name })
}
