package decision

import (
	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/plan"
)

// ledgers are the ledgers of the owner that are written or removed as a
// whole. Removing one needs everything that it records to be dealt with, so none
// is removed where single secrets are meant, and not everything.
// With the deletions of an owner that is left, one is announced where only a
// former ledger is: it goes too.
func (m *memory) ledgers(everything, deletes bool) []plan.LedgerChange {
	if !m.keeps() {
		return nil
	}
	var changes []plan.LedgerChange
	add := func(book ledger.Book, action plan.LedgerAction, reason plan.Code) {
		owner := book.Identity.Owner
		changes = append(changes, plan.LedgerChange{
			Owner: owner, Ledger: ledger.Name(book.Identity.Project, owner.Kind, 1), Action: action, Reason: reason,
		})
	}
	own := m.holding.Own
	switch {
	case m.retired && everything && (own.Status != ledger.None || deletes):
		add(own, plan.RemoveLedger, plan.ReasonLedgerRetired)
	case own.Unusable():
		add(own, plan.ResetLedger, plan.ReasonLedgerReset)
	case own.NeedsRekey && !underPrevious(own, m.keys):
		// Otherwise the records that need it bring the rest along.
		add(own, plan.RekeyLedger, plan.ReasonLedgerRekey)
	}
	for _, book := range m.holding.Former {
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

// writes counts the requests that the owner's ledgers take, as apply makes
// them when every change succeeds: the announcement, the conclusion, and
// removing ledgers. An error names what cannot be recorded.
func (m *memory) writes(edits []Edit, ledgers []plan.LedgerChange, reset bool) (int, error) {
	draft, book, announces := m.holding.Draft(reset), m.holding.Own, false
	for _, edit := range edits {
		if edit.Pending != nil {
			draft.Put(*edit.Pending)
			announces = true
		}
	}
	n := 0
	if announces {
		writes, announced, err := draft.Encode(m.keys, ledger.NoRun, ledger.Origin{})
		if err != nil {
			return 0, err
		}
		n, draft, book = n+len(writes), announced.Edit(), announced
	} else {
		draft = m.holding.Draft(reset)
	}
	for _, edit := range edits {
		if edit.Applied != nil {
			draft.Put(*edit.Applied)
		} else {
			draft.Drop(edit.Secret)
		}
	}
	removed, err := m.removals(ledgers, book)
	if err != nil {
		return 0, err
	}
	if removes(ledgers, m.holding.Own) {
		return n + removed, nil // what goes is not written before
	}
	writes, _, err := draft.Encode(m.keys, ledger.NoRun, ledger.Origin{})
	return n + len(writes) + removed, err
}

// removals counts the requests that removing ledgers takes; own is the
// project's ledger as it is then.
func (m *memory) removals(ledgers []plan.LedgerChange, own ledger.Book) (int, error) {
	n := 0
	for i, book := range m.books() {
		if !removes(ledgers, book) {
			continue
		}
		if i == 0 {
			book = own
		}
		writes, err := book.Discard(m.keys, ledger.NoRun, ledger.Origin{})
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
