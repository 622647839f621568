package entry

import (
	"cmp"
	"slices"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/secret"
)

// Edit is what carrying out one change does to the owner's ledger.
type Edit struct {
	Secret secret.Name
	// Pending is the entry to write before the owner's first write to its
	// secrets; nil where nothing is written to this secret on Pantheon.
	Pending *ledger.Entry
	// Applied is the entry once every step of the change is confirmed; nil
	// where the name is dropped from the ledger then. A value without a time
	// has not been applied before.
	Applied *ledger.Entry
}

// Edits returns what carrying out the plan does to the entries of one owner,
// sorted by name: for every change of that owner that touches its ledger.
// Without a key, or with a ledger that cannot be believed or was only
// presumed, there is none.
//
//   - create, update, replace: Pending and Applied.
//   - delete of a recorded secret: Pending, and dropped once confirmed. A
//     secret without an entry (retire: delete) is deleted without an Edit:
//     were it announced, an interrupted run would leave an entry that owns it.
//   - adopt: Applied alone.
//   - release, forget: dropped, nothing pending.
//   - none: no Edit, unless Sites change: Applied, and Pending before a deletion
//     at a site. State and values are then those of the entry as it is.
//
// An owner may have work on its ledger without any Edit: see Plan.Ledgers.
// Apply writes the ledger of every owner that has an Edit or is named there,
// and removes exactly the ledgers that have RemoveLedger there, after
// everything else of their owner was confirmed. Any other former ledger
// stays: a target left entries in it out.
func Edits(p plan.Plan, desired secret.Desired, ledgers ledger.Ledgers, keys ledger.Keys) []Edit {
	l := Read(desired, &ledgers, keys)
	return l.Edits(slices.DeleteFunc(slices.Clone(p.Changes), func(c plan.Change) bool { return !c.Owner.Same(desired.Owner) }), desired)
}

// Edits returns those of the changes of one owner, as the function does.
func (l *Ledgers) Edits(changes []plan.Change, desired secret.Desired) []Edit {
	if !l.Keeps() || l.Found.Presumed {
		return nil
	}
	secrets := slices.SortedStableFunc(slices.Values(desired.Secrets), func(a, b secret.DesiredSecret) int { return cmp.Compare(a.Name, b.Name) })
	var edits []Edit
	for _, change := range changes {
		edit := Edit{Secret: change.Secret}
		switch change.Action {
		case plan.None:
			past := l.Of(change.Secret)
			if change.Sites == (plan.SitesChange{}) || !past.Recorded() {
				continue
			}
			announced, concluded := past.Entry, past.Entry
			announced.Sites, concluded.Sites = change.Sites.Announced, change.Sites.Concluded
			if announced.Sites != concluded.Sites {
				edit.Pending = &announced
			}
			edit.Applied = &concluded
		case plan.Delete:
			past := l.Of(change.Secret)
			if !past.Recorded() {
				continue
			}
			past.Entry.State = ledger.Pending
			edit.Pending = &past.Entry
		case plan.Create, plan.Update, plan.Replace, plan.Adopt:
			at, found := slices.BinarySearchFunc(secrets, change.Secret, func(s secret.DesiredSecret, n secret.Name) int { return cmp.Compare(s.Name, n) })
			if !found {
				continue // not a plan of this manifest
			}
			applied := l.since(l.Wanted(secrets[at]), secrets[at])
			applied.Sites = change.Sites.Concluded
			edit.Applied = &applied
			if change.Action != plan.Adopt {
				pending := l.announced(change, applied)
				pending.Sites = change.Sites.Announced
				edit.Pending = &pending
			}
		}
		edits = append(edits, edit)
	}
	slices.SortFunc(edits, func(a, b Edit) int { return cmp.Compare(a.Secret, b.Secret) })
	return edits
}
