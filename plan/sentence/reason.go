package sentence

import "github.com/cella-secrets/cella/plan"

// Reason says why something is done, or what there is to know about it.
func Reason(r plan.Reason) string {
	if r.Code == plan.ReasonChanged && r.Facts.ChangedBy != "" {
		return changed[r.Facts.ChangedBy]
	}
	if said, known := reasons[r.Code]; known {
		return said
	}
	return unknown(r.Code)
}

// changed says who changed a value that came back.
var changed = map[plan.ChangedBy]string{
	plan.ByManifest: "changed in the manifest since the last apply",
	plan.ByPantheon: "changed on Pantheon since the last apply",
	plan.ByBoth:     "changed in the manifest and on Pantheon since the last apply",
}

var reasons = map[plan.Code]string{
	plan.ReasonCreate:          "not live yet",
	plan.ReasonCreateInherited: "the organization has this name too, and whether the site has a value of its own cannot be seen; apply creates it, or changes it where it exists",
	plan.ReasonCreateUnseen:    "not in the list, which may be cut; apply creates it, and fails where it is there after all",
	plan.ReasonInherited:       "the organization has this name too; whether the site's own value still exists cannot be seen",
	plan.ReasonReplaceNeeded:   "the live type or scopes differ, and Pantheon never changes them",
	plan.ReasonReplace:         "the live type or scopes differ, and Pantheon never changes them: the secret is deleted and created again, and has no value in between",
	plan.ReasonReplacePresumed: "nothing but the ledger allows it, if that verifies",
	plan.ReasonOverridesLater:  "environments with an override see the default value briefly, until their override is written",
	plan.ReasonOnlyOverrides:   "only overrides change",
	plan.ReasonOverridesDiffer: "the environments with an override differ",
	plan.ReasonOverwrites:      "it is in no ledger of this project: apply overwrites a value that was set elsewhere",
	plan.ReasonUnfinished:      "an earlier apply announced a write to it and did not confirm it",

	plan.ReasonExternal:        "external: set elsewhere, never written",
	plan.ReasonExternalMissing: "external: not live",
	plan.ReasonExternalDiffers: "external: the live type or scopes differ",

	plan.ReasonAbsent:       "no override is live yet",
	plan.ReasonChanged:      "the live value is not the manifest's",
	plan.ReasonHidden:       "nothing says that the hidden value is the manifest's; written again to be sure",
	plan.ReasonNotAsApplied: "changed in the manifest since the last apply (Pantheon hides the current value)",
	plan.ReasonRewrite:      "hidden, and as last applied; all hidden values are to be written again",
	plan.ReasonDropped:      "drop_overrides names it",
	plan.ReasonOverrideLeft: "it was applied from the manifest, and is no longer in it",

	plan.ReasonDelete:       "it was applied from the manifest, and is no longer in it",
	plan.ReasonRetireDelete: "retire: delete",
	plan.ReasonUncovers:     "the site then gets what the organization has under this name",
	plan.ReasonSeizes: "the site then gets what the organization has under this name; Pantheon doesn't show whether the site has a value of its own, " +
		"so apply first gives it the organization's and then deletes that",
	plan.ReasonRelease:         "retire: release: no longer this project's, and stays as it is",
	plan.ReasonReleaseExternal: "it was applied from the manifest: no longer this project's, and stays as it is",
	plan.ReasonLeftUnseen:      "it is to go, and is not in the list, which may be cut: it is left until the list is whole",
	plan.ReasonForgetMissing:   "no longer in the manifest, and not live",
	plan.ReasonForgetShared:    "no longer in the manifest, and not this project's alone (another project's ledger names it too, or it was live before an apply that was interrupted): it stays as it is",
	plan.ReasonGivenUp:         "not in the manifest, and its ledger is given up: it stays as it is",

	plan.ReasonAdopt:        "live as declared, and in no ledger of this project",
	plan.ReasonConfirm:      "an earlier apply was not confirmed; what is live is the manifest's",
	plan.ReasonFormerLedger: "it is recorded under a former name of the project",
	plan.ReasonPreviousKey:  "it is recorded under the previous fingerprint_key",
	plan.ReasonProtect:      "it is protected from now on",
	plan.ReasonUnprotect:    "it is protected no longer",
	plan.ReasonRecordBehind: "the ledger remembers other values, overrides, type or scopes than the manifest has and are live",

	plan.ReasonRecordNew:     "where the project's sites and organizations are noted, so that none is forgotten",
	plan.ReasonRecordJoins:   "sites or organizations join the project",
	plan.ReasonRecordLeaves:  "sites or organizations leave the project",
	plan.ReasonRecordMoves:   "the note moves here, as the manifest says",
	plan.ReasonRecordSource:  "where the manifest lies is noted",
	plan.ReasonRecordRekey:   "it is written again under the present fingerprint_key",
	plan.ReasonRecordReset:   "reset_record gives up a note that is missing or cannot be believed",
	plan.ReasonRecordRemoved: "the project has no site and no organization any more",

	plan.ReasonLedgerReset:    "reset_ledger gives up a ledger that cannot be believed",
	plan.ReasonLedgerRekey:    "it is written again under the present fingerprint_key",
	plan.ReasonLedgerRetired:  "the project leaves this owner",
	plan.ReasonLedgerReplaced: "the ledger under the project's present name takes its place",
}
