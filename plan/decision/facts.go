package decision

import (
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/entry"
)

// subject is what a decision is about.
type subject uint8

const (
	// wholeSecret is a secret: declared, live, recorded, or several of it.
	wholeSecret subject = iota
	// declaredValue is the default value or an override that the manifest
	// gives to a secret it manages.
	declaredValue
	// undeclaredOverride is an override of a managed secret that the
	// manifest gives no value: live, named in drop_overrides, or both.
	undeclaredOverride
	// ledgerEntry is the entry of a declared secret that nothing is
	// written to.
	ledgerEntry
)

// naming says how the manifest names a secret.
type naming uint8

const (
	unnamed naming = iota
	managed
	namedExternal // set elsewhere
	retireDelete
	retireRelease
)

// presence says what the listing shows.
type presence uint8

const (
	notLive presence = iota
	ownLive
	// maybeLive: the listing may show the organization's secret.
	maybeLive
	// unseen: the listing does not show it, and may be cut.
	unseen
)

// shown reports whether the listing has an entry.
func (p presence) shown() bool { return p == ownLive || p == maybeLive }

// facts is all that a decision may depend on. The facts of the secret are
// filled in for every subject, the others for the subjects they belong to.
type facts struct {
	// Of the secret.
	named        naming
	presence     presence
	backing      backing // what stands behind it, where it is covered
	entry        entry.State
	claims       entry.Claims
	covered      bool // the organization has the name too
	reserved     bool // it bears one of cella's own names
	ownerRetired bool // the project leaves the whole owner
	listed       bool // an unusable ledger holds the name
	replace      bool // the manifest allows replacing it
	protected    bool // manifest or entry forbid deleting and replacing it
	// same: type and scopes are the declared ones: the live ones, or where
	// the secret may be inherited, those that are recorded.
	same           bool
	entryFits      bool // the live type and scopes are the recorded ones
	losesOverrides bool // live overrides that are not ours, and nobody allowed to go

	// Of one value.
	valueLive   bool // the listing has an entry for it
	readable    bool // the entry came with its value
	equal       bool // and that value is the manifest's
	compared    bool // what is on Pantheon, if nobody changed it, is known by a fingerprint
	fingerprint bool // and it is that of the manifest's value
	edited      bool // the manifest's value is not the one that was applied
	overwritten bool // the value that came back is not the one that was applied
	rewrite     bool // hidden values are to be written again in any case
	undecrypted bool // the manifest's value is not known, so nothing is compared

	// Of one override.
	dropped bool // drop_overrides names it
	ours    bool // our entry has it

	// Of one entry.
	upToDate bool // it says what the ledger has to know
}

// recorded reports that one of this project's ledgers owns the secret.
func (f facts) recorded() bool {
	return f.entry >= entry.Applied
}

// unconfirmed reports that a write was announced and not confirmed.
func (f facts) unconfirmed() bool { return f.entry == entry.Pending || f.entry == entry.Taking }

// keeps reports that a ledger is written at all.
func (f facts) keeps() bool { return f.entry != entry.WithoutKey && f.entry != entry.Unbelievable }

// leaving reports that the manifest does not want the secret kept.
func (f facts) leaving() bool {
	return f.named == unnamed || f.named == retireDelete || f.named == retireRelease
}

// ownless reports that nothing says that the owner has a secret of its own.
// Of one that may be inherited only a confirmed entry says so: behind a
// pending one there may be nothing yet, or somebody else's secret with another
// type, and creating it finds out. A pending entry of another type or other
// scopes is a change of them that was under way.
func (f facts) ownless() bool {
	unsaid := !f.recorded() || f.unconfirmed() && f.same
	return !f.presence.shown() || f.presence == maybeLive && unsaid
}

// deletable reports that `retire: delete` has something to delete: what is
// certainly the owner's own, or can be made its own first. Where the
// organization has the name too, its value must be at hand, should deleting the
// site's take it along, or be on its way out itself.
func (f facts) deletable() bool {
	if !f.covered {
		return f.presence == ownLive
	}
	return f.backing == backedDeclared || f.backing == backingLeaves
}

// fixed reports that the owner has a secret of its own with another type or
// other scopes, which Pantheon never changes.
func (f facts) fixed() bool { return !f.ownless() && !f.same }

// mayReplace reports that replacing needs no word in git, or has it. What is
// ours, and live as we left it or left half-done by us, needs none.
func (f facts) mayReplace() bool {
	return f.replace || f.entry == entry.Pending ||
		f.entry == entry.Applied && (f.entryFits || f.presence == maybeLive)
}

// state says what is known of a value that the manifest declares.
func (f facts) state() plan.ValueState {
	switch {
	case f.presence == unseen:
		return plan.Unverifiable
	case !f.valueLive:
		return plan.Absent
	case f.equal:
		return plan.Equal
	case f.readable:
		return plan.Changed
	case f.fingerprint && f.presence == ownLive:
		return plan.AsApplied
	case f.compared && f.edited:
		return plan.Changed
	}
	return plan.Unverifiable
}

// changedBy says who changed a value that is Changed.
func (f facts) changedBy() plan.ChangedBy {
	switch {
	case f.state() != plan.Changed:
		return ""
	case f.edited && f.overwritten:
		return plan.ByBoth
	case f.edited:
		return plan.ByManifest
	case f.overwritten:
		return plan.ByPantheon
	}
	return ""
}
