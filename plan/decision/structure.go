package decision

import (
	"cmp"
	"slices"

	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/secret"
)

// presume takes out of the changes what only an unverified ledger says, after
// everything was decided. What the manifest names keeps its entry there.
func (p *part) presume(desired secret.Desired) {
	if !p.ledgers.Presumes() {
		return
	}
	secrets := sortedBy(desired.Secrets, nameOf)
	unreplaceable := p.refusesToReplace()
	changes := p.changes
	p.changes = make([]plan.Change, 0, len(changes))
	for _, change := range changes {
		at, declared := slices.BinarySearchFunc(secrets, change.Secret, func(s secret.DesiredSecret, n secret.Name) int { return cmp.Compare(s.Name, n) })
		switch change.Action {
		case plan.Delete, plan.Release, plan.Forget:
			// An external secret is one for a reason of its own, which comes first.
			own := 0
			if change.External {
				own = len(change.Reasons) - 1
			}
			p.presumed = append(p.presumed, plan.Presumed{Owner: p.owner, Secret: change.Secret, Action: change.Action, Reasons: change.Reasons[own:]})
			if !declared {
				continue
			}
			change.Action, change.Reasons, change.Uncovers = plan.None, change.Reasons[:own:own], secret.Owner{}
			if change.Type.After == "" {
				change.Type.After, change.Scopes.After = change.Type.Before, shown(change.Scopes.Before)
			}
		case plan.Replace:
			if declared && !secrets[at].Replace && !unreplaceable[change.Secret] {
				change.Reasons = append(change.Reasons, reasonsOf(plan.ReasonReplacePresumed)...)
			}
		default:
			if declared {
				p.presumeOverrides(&change, sortedDesired(&secrets[at]))
			}
		}
		p.changes = append(p.changes, change)
	}
	p.presumeLedgers()
}

// presumeOverrides does the same for overrides. Those that drop_overrides
// names go in any case.
func (p *part) presumeOverrides(change *plan.Change, declared *secret.DesiredSecret) {
	acts := change.Default != plan.None
	overrides := make([]plan.OverrideChange, 0, len(change.Overrides))
	for _, o := range change.Overrides {
		if o.Action == plan.Delete && !declared.Drops(o.Env) {
			p.presumed = append(p.presumed, plan.Presumed{Owner: p.owner, Secret: change.Secret, Env: o.Env, Action: plan.Delete, Reasons: o.Reasons})
			continue
		}
		acts = acts || o.Action != plan.None
		overrides = append(overrides, o)
	}
	change.Overrides = overrides
	if change.Action == plan.Update && !acts {
		change.Action, change.Reasons = plan.None, []plan.Reason{}
	}
}

// presumeLedgers does the same for ledgers that go as a whole.
func (p *part) presumeLedgers() {
	p.ledgerChanges = slices.DeleteFunc(p.ledgerChanges, func(l plan.LedgerChange) bool {
		if l.Action != plan.RemoveLedger {
			return false
		}
		p.presumed = append(p.presumed, plan.Presumed{Owner: p.owner, Secret: l.Ledger, Action: plan.Delete, Reasons: reasonsOf(l.Reason)})
		return true
	})
}

// refusesToReplace are the secrets of which it was found that nothing allows it.
func (p *part) refusesToReplace() map[secret.Name]bool {
	names := map[secret.Name]bool{}
	for _, r := range p.refusals {
		if r.Code == plan.CodeReplaceNotAllowed || r.Code == plan.CodeProtected {
			names[r.Secret] = true
		}
	}
	return names
}
