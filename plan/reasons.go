package plan

// The codes of reasons: why a secret, a value or a ledger is written, or what
// there is to know of one that is not.
const (
	ReasonCreate          Code = "create"           // not on Pantheon yet
	ReasonCreateInherited Code = "create-inherited" // or shown for the organization's
	ReasonCreateUnseen    Code = "create-unseen"    // or cut from the list
	ReasonInherited       Code = "inherited"
	ReasonReplaceNeeded   Code = "replace-needed" // and refused
	ReasonReplace         Code = "replace"
	ReasonReplacePresumed Code = "replace-if-ledger-verifies"
	ReasonOverridesLater  Code = "overrides-follow-default"
	ReasonOnlyOverrides   Code = "only-overrides"
	ReasonOverridesDiffer Code = "overrides-differ"
	ReasonOverwrites      Code = "not-recorded"
	ReasonUnfinished      Code = "unconfirmed"

	ReasonExternal        Code = "external"
	ReasonExternalMissing Code = "external-missing"
	ReasonExternalDiffers Code = "external-differs"

	ReasonAbsent       Code = "override-absent"
	ReasonChanged      Code = "differs"
	ReasonHidden       Code = "hidden"
	ReasonNotAsApplied Code = "not-as-applied"
	ReasonRewrite      Code = "rewrite"
	ReasonDropped      Code = "drop-overrides"
	ReasonOverrideLeft Code = "override-left-manifest"

	ReasonDelete          Code = "left-manifest"
	ReasonRetireDelete    Code = "retire-delete"
	ReasonUncovers        Code = "uncovers-organization"
	ReasonSeizes          Code = "uncovers-organization-unseen"
	ReasonRelease         Code = "retire-release"
	ReasonReleaseExternal Code = "became-external"
	ReasonLeftUnseen      Code = "left-and-unseen"
	ReasonForgetMissing   Code = "left-and-missing"
	ReasonForgetShared    Code = "left-and-shared"
	ReasonGivenUp         Code = "given-up"

	ReasonAdopt        Code = "adopt"
	ReasonConfirm      Code = "confirm"
	ReasonFormerLedger Code = "former-ledger"
	ReasonPreviousKey  Code = "previous-key"
	ReasonProtect      Code = "protect"
	ReasonUnprotect    Code = "unprotect"
	ReasonRecordBehind Code = "record-behind"

	ReasonLedgerReset    Code = "ledger-reset"
	ReasonLedgerRekey    Code = "ledger-rekey"
	ReasonLedgerRetired  Code = "ledger-retired"
	ReasonLedgerReplaced Code = "ledger-replaced"
)

// The codes of reasons to write the project's record.
const (
	ReasonRecordNew     Code = "record-new"
	ReasonRecordJoins   Code = "record-joins"
	ReasonRecordLeaves  Code = "record-leaves"
	ReasonRecordMoves   Code = "record-moves"
	ReasonRecordSource  Code = "record-source"
	ReasonRecordRekey   Code = "record-rekey"
	ReasonRecordReset   Code = "record-reset"
	ReasonRecordRemoved Code = "record-removed"
)
