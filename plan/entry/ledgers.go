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
	add := func(book ledger.Book, action plan.LedgerAction, reason plan.Code) {
		owner := book.Identity.Owner
		changes = append(changes, plan.LedgerChange{
			Owner: owner, Ledger: ledger.Name(book.Identity.Project, owner.Kind, 1), Action: action, Reason: reason,
		})
	}
	own := l.Holding.Own
	switch {
	case l.Retired && everything && (own.Status != ledger.None || deletes):
		add(own, plan.RemoveLedger, plan.ReasonLedgerRetired)
	case own.Unusable():
		add(own, plan.ResetLedger, plan.ReasonLedgerReset)
	case own.NeedsRekey && !underPrevious(own, l.Keys):
		// Otherwise the records that need it bring the rest along.
		add(own, plan.RekeyLedger, plan.ReasonLedgerRekey)
	}
	for _, book := range l.Holding.Former {
		if everything {
			add(book, plan.RemoveLedger, plan.ReasonLedgerReplaced)
		}
	}
	return changes
}

// underPrevious reports whether a record has a fingerprint under another key
// than the current one.
func underPrevious(book ledger.Book, keys ledger.Keys) bool {
	for _, record := range book.Records {
		for _, entry := range record.Fingerprints {
			if entry.Fingerprint.Key != keys.Current() {
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
	draft, book, announces := l.Holding.Draft(reset), l.Holding.Own, false
	for _, edit := range edits {
		if edit.Pending != nil {
			draft.Put(*edit.Pending)
			announces = true
		}
	}
	n := 0
	if announces {
		writes, announced, err := draft.Encode(l.Keys, ledger.NoRun, ledger.Origin{})
		if err != nil {
			return 0, err
		}
		n, draft, book = n+len(writes), announced.Edit(), announced
	} else {
		draft = l.Holding.Draft(reset)
	}
	for _, edit := range edits {
		if edit.Applied != nil {
			draft.Put(*edit.Applied)
		} else {
			draft.Drop(edit.Secret)
		}
	}
	removed, err := l.removals(ledgers, book)
	if err != nil {
		return 0, err
	}
	if removes(ledgers, l.Holding.Own) {
		return n + removed, nil // what goes is not written before
	}
	writes, _, err := draft.Encode(l.Keys, ledger.NoRun, ledger.Origin{})
	return n + len(writes) + removed, err
}

// removals counts the requests that removing ledgers takes; own is the
// project's ledger as it is then.
func (l *Ledgers) removals(ledgers []plan.LedgerChange, own ledger.Book) (int, error) {
	n := 0
	for i, book := range l.Books() {
		if !removes(ledgers, book) {
			continue
		}
		if i == 0 {
			book = own
		}
		writes, err := book.Discard(l.Keys, ledger.NoRun, ledger.Origin{})
		if err != nil {
			return 0, err
		}
		n += len(writes)
	}
	return n, nil
}

func removes(ledgers []plan.LedgerChange, book ledger.Book) bool {
	for _, change := range ledgers {
		if change.Action == plan.RemoveLedger && change.Ledger == ledger.Name(book.Identity.Project, book.Identity.Owner.Kind, 1) {
			return true
		}
	}
	return false
}
