package entry

import (
	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/plan"
)

// Changes are the ledgers of the owner that are written or removed as a
// whole. Removing one needs everything that it records to be dealt with, so none
// is removed where single secrets are meant, and not everything.
// With the deletions of an owner that is left, one is announced where only a
// former ledger is: it goes too.
func (l *Ledgers) Changes(everything, deletes bool) []plan.LedgerChange {
	if !l.Keeps() {
		return nil
	}
	var changes []plan.LedgerChange
	add := func(stored ledger.Ledger, action plan.LedgerAction, reason plan.Code) {
		owner := stored.Identity.Owner
		changes = append(changes, plan.LedgerChange{
			Owner: owner, Ledger: ledger.Name(stored.Identity.Project, owner.Kind, 1), Action: action, Reason: reason,
		})
	}
	own := l.Found.Own
	switch {
	case l.Retired && everything && (own.Status != ledger.None || deletes):
		add(own, plan.RemoveLedger, plan.ReasonLedgerRetired)
	case own.Unusable():
		add(own, plan.ResetLedger, plan.ReasonLedgerReset)
	case own.NeedsRekey && !underPrevious(own, l.Keys):
		// Otherwise the entries that need it bring the rest along.
		add(own, plan.RekeyLedger, plan.ReasonLedgerRekey)
	}
	for _, stored := range l.Found.Former {
		if everything {
			add(stored, plan.RemoveLedger, plan.ReasonLedgerReplaced)
		}
	}
	return changes
}

// underPrevious reports whether an entry has a fingerprint under another key
// than the current one.
func underPrevious(stored ledger.Ledger, keys ledger.Keys) bool {
	for _, entry := range stored.Entries {
		for _, made := range entry.Fingerprints {
			if made.Fingerprint.Key != keys.Current() {
				return true
			}
		}
	}
	return false
}

// Writes counts the requests that the owner's ledgers take, as apply makes
// them when every change succeeds: the announcement, the conclusion, and
// removing ledgers. An error names what cannot be recorded.
func (l *Ledgers) Writes(edits []Edit, ledgers []plan.LedgerChange, reset bool) (int, error) {
	revision, stored, announces := l.Found.Revise(reset), l.Found.Own, false
	for _, edit := range edits {
		if edit.Pending != nil {
			revision.Put(*edit.Pending)
			announces = true
		}
	}
	n := 0
	if announces {
		writes, announced, err := revision.Encode(l.Keys, ledger.NoRun, ledger.Origin{})
		if err != nil {
			return 0, err
		}
		n, revision, stored = n+len(writes), announced.Revise(), announced
	} else {
		revision = l.Found.Revise(reset)
	}
	for _, edit := range edits {
		if edit.Applied != nil {
			revision.Put(*edit.Applied)
		} else {
			revision.Drop(edit.Secret)
		}
	}
	removed, err := l.removals(ledgers, stored)
	if err != nil {
		return 0, err
	}
	if removes(ledgers, l.Found.Own) {
		return n + removed, nil // what goes is not written before
	}
	writes, _, err := revision.Encode(l.Keys, ledger.NoRun, ledger.Origin{})
	return n + len(writes) + removed, err
}

// removals counts the requests that removing ledgers takes; own is the
// project's ledger as it is then.
func (l *Ledgers) removals(ledgers []plan.LedgerChange, own ledger.Ledger) (int, error) {
	n := 0
	for i, stored := range l.All() {
		if !removes(ledgers, stored) {
			continue
		}
		if i == 0 {
			stored = own
		}
		writes, err := stored.Discard(l.Keys, ledger.NoRun, ledger.Origin{})
		if err != nil {
			return 0, err
		}
		n += len(writes)
	}
	return n, nil
}

func removes(ledgers []plan.LedgerChange, stored ledger.Ledger) bool {
	for _, change := range ledgers {
		if change.Action == plan.RemoveLedger && change.Ledger == ledger.Name(stored.Identity.Project, stored.Identity.Owner.Kind, 1) {
			return true
		}
	}
	return false
}
