package apply

import (
	"errors"
	"fmt"
	"slices"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/entry"
	"github.com/cella-secrets/cella/secret"
)

var errNoKey = errors.New("the plan needs a ledger, and there is no fingerprint_key")

// checkWithoutKey reports work that takes a ledger, or nil. The ledgers are
// those of the owner.
func (a *account) checkWithoutKey(ledgers []plan.LedgerChange) error {
	needs := func(t *task) bool { return t.ledgerOnly() || t.change.Action == plan.Delete }
	if slices.ContainsFunc(a.tasks, needs) || len(ledgers) > 0 {
		return errNoKey
	}
	return nil
}

// takeOn notes which ledgers of its owner the plan removes, and reports
// whether it speaks of any. The changes are those of the owner.
func (j *journal) takeOn(changes []plan.LedgerChange) (any bool, err error) {
	for _, change := range changes {
		any = true
		if change.Action != plan.RemoveLedger {
			continue
		}
		is := func(stored ledger.Ledger) bool { return ledgerName(stored) == change.Ledger }
		switch i := slices.IndexFunc(j.ledgers.Former, is); {
		case is(j.ledgers.Own):
			j.retired = true
		case i >= 0:
			j.former = append(j.former, j.ledgers.Former[i])
		default:
			return false, fmt.Errorf("the plan removes the ledger %s, which was not read", words.Quote(string(change.Ledger)))
		}
	}
	return any, nil
}

// ledgerName is the name of a ledger's first secret.
func ledgerName(stored ledger.Ledger) secret.Name {
	return ledger.Name(stored.Identity.Project, stored.Identity.Owner.Kind, 1)
}

// match gives every task its edit. What is written must have been announced,
// so a write without an edit is an error; so is an edit that no task explains,
// unless all that it changes is what is remembered of sites. Those are returned.
func (a *account) match(edits []entry.Edit, ledgers ledger.Ledgers) (memos []entry.Edit, err error) {
	for _, edit := range edits {
		t := a.task(edit.Secret)
		switch {
		case t != nil && t.edit == nil:
			t.edit = &edit
		case t == nil && ofSitesOnly(edit, ledgers):
			memos = append(memos, edit)
		default:
			return nil, fmt.Errorf("the ledger would record %s, which is not changed", words.Quote(string(edit.Secret)))
		}
	}
	for _, t := range a.tasks {
		if !t.fits() {
			return nil, fmt.Errorf("the ledger would not record the %s of %s as it should", t.change.Action, words.Quote(string(t.change.Secret)))
		}
	}
	return memos, nil
}

// ofSitesOnly reports whether the entries of the edit say nothing new but of
// sites.
func ofSitesOnly(edit entry.Edit, ledgers ledger.Ledgers) bool {
	stored, found := ledgers.Own.Entry(edit.Secret)
	same := func(r *ledger.Entry) bool { return r == nil || stored.Same(*r) }
	return found && edit.Applied != nil && same(edit.Applied) && same(edit.Pending)
}

// fits reports whether the edit is the one that the action takes.
func (t *task) fits() bool {
	if t.edit == nil {
		return t.change.Action == plan.Delete && t.want.Retire == secret.RetireDelete
	}
	pending, applied := t.edit.Pending != nil, t.edit.Applied != nil
	switch t.change.Action {
	case plan.Delete:
		return pending && !applied
	case plan.Adopt:
		return !pending && applied
	case plan.Release, plan.Forget:
		return !pending && !applied
	}
	return pending && applied
}
