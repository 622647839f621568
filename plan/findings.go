package plan

import (
	"github.com/cella-secrets/cella/secret"
)

// The codes of warnings and refusals. They are stable.
const (
	// CodeReservedName refuses a declared name that cella keeps for itself.
	CodeReservedName Code = "reserved-name"
	// CodeExternalMissing: an external secret is not live.
	CodeExternalMissing Code = "external-missing"
	// CodeExternalDiffers: an external secret has other type or scopes.
	CodeExternalDiffers Code = "external-differs"
	// CodeProtected refuses to delete or replace a protected secret.
	CodeProtected Code = "protected"
	// CodeReplaceNotAllowed refuses a replacement without `replace: true`.
	CodeReplaceNotAllowed Code = "replace-not-allowed"
	// CodeOverridesLost refuses a deletion or replacement that loses live
	// overrides.
	CodeOverridesLost Code = "overrides-lost"
	// CodeUnmanagedSecret refuses a live secret that nobody declares.
	CodeUnmanagedSecret Code = "unmanaged-secret"
	// CodeUnmanagedOverride refuses a live override that nobody declares.
	CodeUnmanagedOverride Code = "unmanaged-override"
	// CodeDeleteLimit refuses more than max_delete_percent allows.
	CodeDeleteLimit Code = "delete-limit"
	// CodeDropNotNeeded warns of a drop_overrides entry that is not live.
	CodeDropNotNeeded Code = "drop-overrides-not-needed"
	// CodeClaimed refuses to touch what another project's ledger names.
	CodeClaimed Code = "claimed"
	// CodeChangedOutside refuses to delete a secret that is not as it was
	// left.
	CodeChangedOutside Code = "changed-outside"
	// CodeRetireWithoutEffect warns of a retire that has nothing left to do.
	CodeRetireWithoutEffect Code = "retire-without-effect"
	// CodeRetireWithoutKey, CodeRetireUnbelievable and CodeRetireUnread warn of a
	// retire that cannot do anything.
	CodeRetireWithoutKey   Code = "retire-without-key"
	CodeRetireUnbelievable Code = "retire-unbelievable"
	CodeRetireUnread       Code = "retire-organization-not-read"
	// CodeRetireUnknown: without the key nobody can tell whether it still has
	// something to do.
	CodeRetireUnknown Code = "retire-unknown"
	// CodeRetireInherited refuses to delete what may be the organization's,
	// where nothing could put that back.
	CodeRetireInherited Code = "retire-inherited"
	// CodeShadowed warns that sites have a value of their own under the name of
	// an organization's secret, CodeShadowingUnknown that this cannot be seen, and
	// CodeShadowingUnlooked that nobody looked before it no longer can.
	CodeShadowed          Code = "shadowed-by-sites"
	CodeShadowingUnknown  Code = "shadowing-unknown"
	CodeShadowingUnlooked Code = "shadowing-unlooked"
	// CodeNoFingerprintKey warns that nothing is remembered.
	CodeNoFingerprintKey Code = "no-fingerprint-key"
	// CodeLedgerNotKept warns of a ledger of this project that goes stale for
	// want of a key.
	CodeLedgerNotKept Code = "ledger-not-kept"
	// CodeLedgerDamaged, CodeLedgerOtherKey and CodeLedgerNewer refuse an
	// owner whose ledger cannot be believed.
	CodeLedgerDamaged  Code = "ledger-damaged"
	CodeLedgerOtherKey Code = "ledger-other-key"
	CodeLedgerNewer    Code = "ledger-newer"
	// CodeFormerlyOurs warns of a name that such a ledger holds and the
	// manifest does not.
	CodeFormerlyOurs Code = "formerly-ours"
	// CodeUnrecordable refuses what no ledger could record.
	CodeUnrecordable Code = "unrecordable"
	// CodeResetNotNeeded warns of a reset_ledger line on a ledger that is
	// whole.
	CodeResetNotNeeded Code = "reset-ledger-not-needed"
	// CodeForeignLedger warns of another project's ledger that is not intact.
	CodeForeignLedger Code = "foreign-ledger-not-intact"
	// CodeDeleteAll refuses to delete or replace everything that an owner has of
	// this project.
	CodeDeleteAll Code = "delete-all"
	// CodeDeleteFleet refuses to delete or replace something on more than
	// max_delete_percent of all owners.
	CodeDeleteFleet Code = "delete-many-owners"
	// CodeEmptyManifest refuses to delete for a manifest without secrets.
	CodeEmptyManifest Code = "empty-manifest"
	// CodeTarget warns that the plan is limited to a target.
	CodeTarget Code = "target"
	// CodeRecordUnread warns that the home of the project's record is outside of
	// the targets, so that nobody can tell whether this is the right manifest.
	CodeRecordUnread Code = "record-unread"
	// CodeNoDecrypt warns that a plan was made without values, CodeResetUnknown
	// that reset_ledger was not decided for it.
	CodeNoDecrypt    Code = "no-decrypt"
	CodeResetUnknown Code = "reset-ledger-unknown"
	// CodeListMayBeCut warns that Pantheon counts more secrets than it lists.
	CodeListMayBeCut Code = "list-may-be-cut"
	// CodeExpired, CodeExpiresSoon, CodeRotationDue, CodeRotationDueSoon and
	// CodeRotatedInFuture warn of dates in the manifest.
	CodeExpired         Code = "expired"
	CodeExpiresSoon     Code = "expires-soon"
	CodeRotationDue     Code = "rotation-due"
	CodeRotationDueSoon Code = "rotation-due-soon"
	CodeRotatedInFuture Code = "rotated-in-future"
	// CodeTokenExpired and CodeTokenExpiresSoon warn of the token that signs
	// in.
	CodeTokenExpired     Code = "token-expired"
	CodeTokenExpiresSoon Code = "token-expires-soon"
)

// level says how loud a finding is.
type level uint8

const (
	warns       level = iota // a warning
	warnsStrict              // a warning, under Policy.Strict a refusal
	refuses                  // a refusal
	forbids                  // a refusal under secret.ForbidUnmanaged, else nothing
)

// finding is something to tell beside an action.
type finding struct {
	code  Code
	level level
	// variant, where set, returns the code instead.
	variant func(p *pair) Code
	// facts, where set, returns what the code comes with. The environment is
	// that of an override, else empty.
	facts func(p *pair, env secret.Env) Facts
}

// of returns the code and the facts for one name.
func (f finding) of(p *pair, env secret.Env) (Code, Facts) {
	code, facts := f.code, Facts{}
	if f.variant != nil {
		code = f.variant(p)
	}
	if f.facts != nil {
		facts = f.facts(p, env)
	}
	return code, facts
}

var reservedName = finding{code: CodeReservedName, level: refuses}

var externalMissing = finding{code: CodeExternalMissing, level: warnsStrict}

var externalDiffers = finding{code: CodeExternalDiffers, level: warnsStrict, facts: func(p *pair, _ secret.Env) Facts {
	return difference(p)
}}

var replaceProtected = finding{code: CodeProtected, level: refuses, facts: func(p *pair, _ secret.Env) Facts {
	facts := replacement(p)
	facts.Allow = unprotect(p)
	return facts
}}

var replaceNotAllowed = finding{code: CodeReplaceNotAllowed, level: refuses, facts: func(p *pair, _ secret.Env) Facts {
	facts := replacement(p)
	facts.Allow = []Permission{AllowReplace}
	return facts
}}

var replaceLosesOverrides = finding{code: CodeOverridesLost, level: refuses, facts: func(p *pair, _ secret.Env) Facts {
	return Facts{Action: Replace, Environments: p.lost}
}}

var unmanagedSecret = finding{code: CodeUnmanagedSecret, level: forbids}

var unmanagedOverride = finding{code: CodeUnmanagedOverride, level: forbids, facts: aboutOverride}

var needlessDrop = finding{code: CodeDropNotNeeded, level: warns, facts: aboutOverride}

func aboutOverride(_ *pair, env secret.Env) Facts { return Facts{Environments: []secret.Env{env}} }

// difference says how the secret on Pantheon differs from the declared one.
func difference(p *pair) Facts {
	return Facts{
		OnPantheon: attributes(p.live.Type, p.live.Scopes),
		Declared:   attributes(p.desired.Type, p.desired.Scopes),
	}
}

// replacement adds what a replacement would lose.
func replacement(p *pair) Facts {
	facts := difference(p)
	facts.Action, facts.Environments = Replace, p.lost
	return facts
}

// unprotect says how to allow the replacement of a protected secret. The word
// that lifts the protection of a record is `protect: false`; dropping the line
// does not.
func unprotect(p *pair) []Permission {
	f := p.facts()
	f.protected = false
	first := AllowDropProtect
	if p.past.record.Protect {
		first = AllowUnprotect
	}
	if f.mayReplace() {
		return []Permission{first}
	}
	return []Permission{first, AllowReplace}
}
