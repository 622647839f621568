package plan

import "github.com/cella-secrets/cella/secret"

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
	// CodeUnreadOnNextJS and CodeUnreadOnPHP warn of secrets that no application
	// and no build reads, because of what runs the site; CodeSameKeyInDrupal of
	// names that Drupal's module pantheon_secrets has one key for.
	CodeUnreadOnNextJS  Code = "unread-on-nextjs"
	CodeUnreadOnPHP     Code = "unread-on-php"
	CodeSameKeyInDrupal Code = "same-key-in-drupal"
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

// The codes of what is said of the project's record.
const (
	// CodeOtherSource refuses to continue what is applied from another
	// manifest; CodeSourceUnknown warns that nobody can tell.
	CodeOtherSource   Code = "other-source"
	CodeSourceUnknown Code = "source-unknown"
	// CodeMovedFromNotNeeded warns of a line that took effect.
	CodeMovedFromNotNeeded Code = "moved-from-not-needed"
	// CodeOldCheckout refuses a commit on top of which something was applied;
	// CodeOlderCommit refuses, or warns of, one that was made earlier;
	// CodeCommitUnknown does where nobody knows which one is checked out.
	CodeOldCheckout   Code = "old-checkout"
	CodeOlderCommit   Code = "older-commit"
	CodeCommitUnknown Code = "commit-unknown"
	// CodeRecordDamaged, CodeRecordOtherKey and CodeRecordNewer refuse a record
	// that cannot be believed, CodeRecordMissing and CodeRecordBehind one that
	// ledgers know better than what is there.
	CodeRecordDamaged  Code = "record-damaged"
	CodeRecordOtherKey Code = "record-other-key"
	CodeRecordNewer    Code = "record-newer"
	CodeRecordMissing  Code = "record-missing"
	CodeRecordBehind   Code = "record-put-back"
	// CodeResetRecordNotNeeded warns of a line that took effect,
	// CodeResetRecordTarget refuses to begin anew from what targets show.
	CodeResetRecordNotNeeded Code = "reset-record-not-needed"
	CodeResetRecordTarget    Code = "reset-record-target"
	// CodeUnrecordableProject refuses what no record could hold.
	CodeUnrecordableProject Code = "unrecordable-project"
	// CodeOwnerLeft refuses to leave an owner out of the manifest that the
	// project has secrets on, CodeOwnerLeftUnread one that could not be read.
	CodeOwnerLeft       Code = "owner-left"
	CodeOwnerLeftUnread Code = "owner-left-unread"
	// CodeAbandonReadable refuses to abandon an owner that can be read.
	CodeAbandonReadable Code = "abandon-readable"
)

// OfProject reports that the refusal is about the project as a whole, so that no
// target leaves it out.
func (r Refusal) OfProject() bool {
	switch r.Code {
	case CodeRecordDamaged, CodeRecordOtherKey, CodeRecordNewer, CodeRecordMissing, CodeRecordBehind, CodeResetRecordTarget:
		return true
	}
	return r.Owner == secret.Owner{}
}

// The codes of errors: why nothing is known of an owner.
const (
	// CodeRequestFailed: Pantheon could not be asked, or its answer does not
	// fit; Detail says how.
	CodeRequestFailed Code = "request-failed"
	// CodeNotRead: nobody asked.
	CodeNotRead Code = "not-read"
	// CodeDeclaredTwice, CodeReadTwice, CodeLedgerReadTwice, CodeOtherID and
	// CodeLedgerNotVerified: what is known contradicts itself.
	CodeDeclaredTwice     Code = "declared-twice"
	CodeReadTwice         Code = "read-twice"
	CodeLedgerReadTwice   Code = "ledger-read-twice"
	CodeOtherID           Code = "other-id"
	CodeLedgerNotVerified Code = "ledger-not-verified"
	// CodeUnknownTarget: neither the manifest nor a ledger has the target.
	CodeUnknownTarget Code = "unknown-target"
)

// The codes of requests that failed because nobody may, or can, read the owner.
const (
	// CodeForbidden: the account may not (any more).
	CodeForbidden Code = "forbidden"
	// CodeGone: there is no such owner, or the account may not know of it.
	CodeGone Code = "not-found"
)

// The codes of drift: what was changed outside.
const (
	// DriftMissing: the secret, or with an environment the override, was
	// applied and is no longer on Pantheon.
	DriftMissing Code = "missing"
	// DriftAttributes: its type or scopes are others than those applied.
	DriftAttributes Code = "other-type-or-scopes"
	// DriftValue: a value came back that is not the one applied.
	DriftValue Code = "other-value"
)
