package plan

// The reasons that a plan gives, in words for a reviewer. They are part of
// the text only: programs go by actions, states and codes.
const (
	reasonCreate          = "not live yet"
	reasonCreateInherited = "the organization has this name too, and whether the site has a value of its own cannot be seen; apply creates it, or changes it where it exists"
	reasonInherited       = "the organization has this name too; whether the site's own value still exists cannot be seen"
	reasonReplaceNeeded   = "the live type or scopes differ, and Pantheon never changes them"
	reasonReplace         = "the live type or scopes differ, and Pantheon never changes them: the secret is deleted and created again, and has no value in between"
	reasonReplacePresumed = "nothing but the ledger allows it, if that verifies"
	reasonOverridesLater  = "environments with an override see the default value briefly, until their override is written"
	reasonOnlyOverrides   = "only overrides change"
	reasonOverridesDiffer = "the environments with an override differ"
	reasonOverwrites      = "it is in no ledger of this project: apply overwrites a value that was set elsewhere"
	reasonUnfinished      = "an earlier apply announced a write to it and did not confirm it"

	reasonExternal        = "external: set elsewhere, never written"
	reasonExternalMissing = "external: not live"
	reasonExternalDiffers = "external: the live type or scopes differ"

	reasonAbsent       = "no override is live yet"
	reasonChanged      = "the live value is not the manifest's"
	reasonHidden       = "nothing says that the hidden value is the manifest's; written again to be sure"
	reasonNotAsApplied = "the manifest's value is not the one last applied"
	reasonRewrite      = "hidden, and as last applied; all hidden values are to be written again"
	reasonDropped      = "drop_overrides names it"
	reasonOverrideLeft = "it was applied from the manifest, and is no longer in it"

	reasonDelete          = "it was applied from the manifest, and is no longer in it"
	reasonRetireDelete    = "retire: delete"
	reasonRelease         = "retire: release: no longer this project's, and stays as it is"
	reasonReleaseExternal = "it was applied from the manifest: no longer this project's, and stays as it is"
	reasonForgetMissing   = "no longer in the manifest, and not live"
	reasonForgetShared    = "no longer in the manifest, and not this project's alone (another project's ledger names it too, or it was live before an apply that was interrupted): it stays as it is"
	reasonGivenUp         = "not in the manifest, and its ledger is given up: it stays as it is"

	reasonAdopt          = "live as declared, and in no ledger of this project"
	reasonConfirm        = "an earlier apply was not confirmed; what is live is the manifest's"
	reasonFormerLedger   = "it is recorded under a former name of the project"
	reasonPreviousKey    = "it is recorded under the previous fingerprint_key"
	reasonProtect        = "it is protected from now on"
	reasonUnprotect      = "it is protected no longer"
	reasonRecordBehind   = "the ledger remembers other values, overrides, type or scopes than the manifest has and are live"
	reasonLedgerReset    = "reset_ledger gives up a ledger that cannot be believed"
	reasonLedgerRekey    = "it is written again under the present fingerprint_key"
	reasonLedgerRetired  = "the project leaves this owner"
	reasonLedgerReplaced = "the ledger under the project's present name takes its place"
)
