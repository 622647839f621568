package decision

import (
	"slices"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/secret"
)

// recall says what this project remembers: of an owner, and of one secret.
type recall uint8

const (
	// withoutKey: there is no fingerprint_key, so nothing is remembered.
	withoutKey recall = iota
	// unbelievable: the owner's ledger cannot be believed.
	unbelievable
	// givenUp: it cannot be believed, and reset_ledger gives it up.
	givenUp
	// unrecorded: the secret is in none of this project's ledgers.
	unrecorded
	// recordedApplied: its last write was confirmed.
	recordedApplied
	// recordedPending: a write was announced and not confirmed.
	recordedPending
	// recordedTaking: as recordedPending, and the secret was live before and
	// in no ledger of the project.
	recordedTaking
)

// claims says whether another project's ledger names a secret.
type claims uint8

const (
	unclaimed claims = iota
	// claimedBroken: a ledger names it that is not intact. That keeps the
	// secret from being deleted, and does nothing else.
	claimedBroken
	// claimedWhole: an intact ledger of an expected project names it.
	claimedWhole
)

// memory is what is known of one owner's ledgers.
type memory struct {
	holding ledger.Holding
	keys    ledger.Keys
	// state is withoutKey, unbelievable, givenUp, or unrecorded where the
	// ledgers are whole.
	state   recall
	retired bool // the project leaves the owner
	deletes bool // and deletes what is its own there
	cut     bool // its list may be cut
	rewrite bool
	over    *cover // the organization behind a site; nil where the manifest has none
	// structureOnly: the manifest's values are not known, nor is the key.
	structureOnly bool
	// projects are the expected ones, nil for all.
	projects []string
	// listed are the names that unusable ledgers hold, sorted.
	listed []secret.Name
}

// newMemory is the zero memory, which remembers nothing, without a holding.
func newMemory(desired secret.Desired, holding *ledger.Holding, keys ledger.Keys) memory {
	m := memory{keys: keys, retired: desired.Retire != "", deletes: desired.Retire == secret.RetireDelete}
	if holding == nil {
		return m
	}
	m.holding = *holding
	if !keys.Known() && !holding.Presumed || holding.Own.Status == ledger.NoKey {
		return m
	}
	m.state = unrecorded
	for _, book := range m.books() {
		if book.Unusable() {
			m.listed = append(m.listed, book.Names...)
			m.state = unbelievable
		}
	}
	slices.Sort(m.listed)
	m.listed = slices.Compact(m.listed)
	if m.state == unbelievable && desired.ResetLedger {
		m.state = givenUp
	}
	return m
}

// books are this project's ledgers under all its names, the own one first.
func (m *memory) books() []ledger.Book {
	return append([]ledger.Book{m.holding.Own}, m.holding.Former...)
}

// keeps reports whether a ledger is written at all.
func (m *memory) keeps() bool { return m.state != withoutKey && m.state != unbelievable }

// remembered is what the ledgers say of one secret.
type remembered struct {
	recall recall
	record ledger.Record // where it is recorded
	// identity is that of the ledger that holds the record; its fingerprints
	// were made with it.
	identity ledger.Identity
	former   bool // that ledger is under a former name of the project
	// also is what further ledgers of this project say: after an interrupted
	// renaming, and where it was reverted, the newest word may be any of them.
	also []remembered
}

func (r remembered) recorded() bool {
	return r.recall >= recordedApplied
}

// of returns what is remembered of a secret. The ledger under the project's
// present name outweighs those under former ones, but for what it takes all of
// them to say: that nothing is pending, and which type and scopes it has.
func (m *memory) of(name secret.Name) remembered {
	past := remembered{recall: m.state}
	if !m.keeps() {
		return past
	}
	if record, found := m.holding.Own.Record(name); found {
		past = newRemembered(record, m.holding.Own, false)
	}
	for _, book := range m.holding.Former {
		record, found := book.Record(name)
		switch {
		case !found:
		case !past.recorded():
			past = newRemembered(record, book, true)
		default:
			past.also = append(past.also, newRemembered(record, book, true))
			if past.recall == recordedApplied && (record.State != ledger.Applied || record.Type != past.record.Type || !record.Scopes.Equal(past.record.Scopes)) {
				past.recall = recordedPending
			}
		}
	}
	return past
}

// values are those that any of the records has, unsorted; one environment may
// be there more than once.
func (r remembered) values() []ledger.EnvFingerprint {
	entries := r.record.Fingerprints
	for _, past := range r.also {
		entries = slices.Concat(entries, past.record.Fingerprints)
	}
	return entries
}

func newRemembered(record ledger.Record, book ledger.Book, former bool) remembered {
	r := remembered{recall: recordedApplied, record: record, identity: book.Identity, former: former}
	switch record.State {
	case ledger.Pending:
		r.recall = recordedPending
	case ledger.Taking:
		r.recall = recordedTaking
	}
	return r
}

// names are those that have to be decided because a ledger records them, or
// holds them and is given up, sorted.
func (m *memory) names() []secret.Name {
	if !m.keeps() {
		return nil
	}
	var names []secret.Name
	for _, book := range m.books() {
		for _, record := range book.Records {
			names = append(names, record.Name)
		}
	}
	names = append(names, m.listed...)
	slices.Sort(names)
	return slices.Compact(names)
}

// lists reports whether an unusable ledger holds the name.
func (m *memory) lists(name secret.Name) bool {
	_, found := slices.BinarySearch(m.listed, name)
	return found
}

// expects reports whether the claims of a project count.
func (m *memory) expects(project string) bool {
	return m.projects == nil || slices.Contains(m.projects, project)
}

// claim returns how other projects claim the name, and which one does.
func (m *memory) claim(name secret.Name) (claims, string) {
	strongest, by := unclaimed, ""
	for _, claim := range m.holding.Claims {
		if !m.expects(claim.Project) {
			continue
		}
		if _, found := slices.BinarySearch(claim.Names, name); !found {
			continue
		}
		if claim.Intact {
			return claimedWhole, claim.Project
		}
		if strongest == unclaimed {
			strongest, by = claimedBroken, claim.Project
		}
	}
	return strongest, by
}
