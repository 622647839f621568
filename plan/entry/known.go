package entry

import (
	"slices"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/secret"
)

// State says what this project's ledgers say: of an owner, or of one secret.
type State uint8

// The states of an owner, and then those of a secret that is in a ledger.
const (
	// WithoutKey: there is no fingerprint_key, so no ledger says anything.
	WithoutKey State = iota
	// Unbelievable: the owner's ledger cannot be believed.
	Unbelievable
	// GivenUp: it cannot be believed, and reset_ledger gives it up.
	GivenUp
	// Unrecorded: the secret is in none of this project's ledgers.
	Unrecorded
	// Applied: its last write was confirmed.
	Applied
	// Pending: a write was announced and not confirmed.
	Pending
	// Taking: as Pending, and the secret was on Pantheon before and in no
	// ledger of the project.
	Taking
)

// Claims says whether another project's ledger names a secret.
type Claims uint8

// The claims of other projects, the strongest last.
const (
	Unclaimed Claims = iota
	// ClaimedBroken: a ledger names it that is not intact. That keeps the
	// secret from being deleted, and does nothing else.
	ClaimedBroken
	// ClaimedWhole: an intact ledger of an expected project names it.
	ClaimedWhole
)

// Ledgers are those of one owner: this project's, and what others claim.
type Ledgers struct {
	Found ledger.Ledgers
	Keys  ledger.Keys
	// State is WithoutKey, Unbelievable, GivenUp, or Unrecorded where the
	// ledgers are whole.
	State   State
	Retired bool // the project leaves the owner
	Deletes bool // and deletes what is its own there
	// Projects are the expected ones, nil for all.
	Projects []string
	// Listed are the names that unusable ledgers hold, sorted.
	Listed []secret.Name
}

// Read returns the ledgers of an owner. Without ledgers that were read none says
// anything.
func Read(desired secret.Desired, ledgers *ledger.Ledgers, keys ledger.Keys) Ledgers {
	l := Ledgers{Keys: keys, Retired: desired.Retire != "", Deletes: desired.Retire == secret.RetireDelete}
	if ledgers == nil {
		return l
	}
	l.Found = *ledgers
	if !keys.Known() && !ledgers.Presumed || ledgers.Own.Status == ledger.NoKey {
		return l
	}
	l.State = Unrecorded
	for _, stored := range l.All() {
		if stored.Unusable() {
			l.Listed = append(l.Listed, stored.Names...)
			l.State = Unbelievable
		}
	}
	slices.Sort(l.Listed)
	l.Listed = slices.Compact(l.Listed)
	if l.State == Unbelievable && desired.ResetLedger {
		l.State = GivenUp
	}
	return l
}

// All are this project's ledgers under all its names, the own one first.
func (l *Ledgers) All() []ledger.Ledger {
	return append([]ledger.Ledger{l.Found.Own}, l.Found.Former...)
}

// Keeps reports whether a ledger is written at all.
func (l *Ledgers) Keeps() bool { return l.State != WithoutKey && l.State != Unbelievable }

// Known is what the ledgers say of one secret.
type Known struct {
	State State
	Entry ledger.Entry // where it is recorded
	// Identity is that of the ledger that holds the entry; its fingerprints
	// were made with it.
	Identity ledger.Identity
	Former   bool // that ledger is under a former name of the project
	// Also is what further ledgers of this project say: after an interrupted
	// renaming, and where it was reverted, the newest word may be any of them.
	Also []Known
}

// Recorded reports whether a ledger of this project has the secret.
func (k Known) Recorded() bool { return k.State >= Applied }

// Of returns what the ledgers say of a secret. The ledger under the project's
// present name outweighs those under former ones, but for what it takes all of
// them to say: that nothing is pending, and which type and scopes it has.
func (l *Ledgers) Of(name secret.Name) Known {
	past := Known{State: l.State}
	if !l.Keeps() {
		return past
	}
	if entry, found := l.Found.Own.Entry(name); found {
		past = newKnown(entry, l.Found.Own, false)
	}
	for _, stored := range l.Found.Former {
		entry, found := stored.Entry(name)
		switch {
		case !found:
		case !past.Recorded():
			past = newKnown(entry, stored, true)
		default:
			past.Also = append(past.Also, newKnown(entry, stored, true))
			if past.State == Applied && (entry.State != ledger.Applied || entry.Type != past.Entry.Type || !entry.Scopes.Equal(past.Entry.Scopes)) {
				past.State = Pending
			}
		}
	}
	return past
}

// Values are those that any of the entries has, unsorted; one environment may
// be there more than once.
func (k Known) Values() []ledger.EnvFingerprint {
	all := k.Entry.Fingerprints
	for _, past := range k.Also {
		all = slices.Concat(all, past.Entry.Fingerprints)
	}
	return all
}

func newKnown(entry ledger.Entry, stored ledger.Ledger, former bool) Known {
	k := Known{State: Applied, Entry: entry, Identity: stored.Identity, Former: former}
	switch entry.State {
	case ledger.Pending:
		k.State = Pending
	case ledger.Taking:
		k.State = Taking
	}
	return k
}

// Names are those that have to be decided because a ledger records them, or
// holds them and is given up, sorted.
func (l *Ledgers) Names() []secret.Name {
	if !l.Keeps() {
		return nil
	}
	var names []secret.Name
	for _, stored := range l.All() {
		for _, entry := range stored.Entries {
			names = append(names, entry.Name)
		}
	}
	names = append(names, l.Listed...)
	slices.Sort(names)
	return slices.Compact(names)
}

// Lists reports whether an unusable ledger holds the name.
func (l *Ledgers) Lists(name secret.Name) bool {
	_, found := slices.BinarySearch(l.Listed, name)
	return found
}

// Presumes reports whether a ledger of the owner is taken at its word.
func (l *Ledgers) Presumes() bool {
	return l.Keeps() && slices.ContainsFunc(l.All(), func(b ledger.Ledger) bool { return b.Status == ledger.Unverified })
}

// Expects reports whether the claims of a project count.
func (l *Ledgers) Expects(project string) bool {
	return l.Projects == nil || slices.Contains(l.Projects, project)
}

// Claim returns how other projects claim the name, and which one does.
func (l *Ledgers) Claim(name secret.Name) (Claims, string) {
	strongest, by := Unclaimed, ""
	for _, claim := range l.Found.Claims {
		if !l.Expects(claim.Project) {
			continue
		}
		if _, found := slices.BinarySearch(claim.Names, name); !found {
			continue
		}
		if claim.Intact {
			return ClaimedWhole, claim.Project
		}
		if strongest == Unclaimed {
			strongest, by = ClaimedBroken, claim.Project
		}
	}
	return strongest, by
}
