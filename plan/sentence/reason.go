package sentence

import (
	"slices"
	"strings"

	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/secret"
	"github.com/cella-secrets/cella/secret/slip"
)

// Reason says why something is done, or what there is to know about it.
func Reason(r plan.Reason) string { return since(r, "") }

// since is Reason with when the last apply was, where the sentence speaks of it:
// such as "41 days ago"; empty where that is not known.
func since(r plan.Reason, when string) string {
	if r.Code == plan.ReasonChanged && r.Facts.ChangedBy != "" {
		return changed[r.Facts.ChangedBy] + inBrackets(when) + onlyIn[r.Facts.OnlyIn]
	}
	if r.Code == plan.ReasonNotAsApplied {
		return changed[plan.ByManifest] + inBrackets(when, "Pantheon hides the current value")
	}
	if said, known := reasons[r.Code]; known {
		return said + onlyIn[r.Facts.OnlyIn]
	}
	return unknown(r.Code)
}

// Brief is Since in the few words that a line of a plan has room for, beside the
// name and the action.
func Brief(r plan.Reason, when string) string {
	if said, known := brief[r.Code]; known && r.Facts.ChangedBy == "" {
		return said + onlyIn[r.Facts.OnlyIn]
	}
	return since(r, when)
}

// onlyIn says that a difference is smaller than it seems.
var onlyIn = map[slip.Difference]string{
	slip.InLineEnds: ", only in line ends",
	slip.InSpace:    ", only in white space or what does not show",
	slip.InForm:     ", only in how Unicode writes the same letters",
}

var brief = map[plan.Code]string{
	plan.ReasonReplace: "apply deletes it and creates it again; it has no value for a moment",
	plan.ReasonChanged: "Pantheon's value differs from the manifest's",
	plan.ReasonHidden:  "hidden, so not compared; apply writes the manifest's",
}

// changed says who changed a value.
var changed = map[plan.ChangedBy]string{
	plan.ByManifest: "changed in the manifest since the last apply",
	plan.ByPantheon: "changed on Pantheon since the last apply",
	plan.ByBoth:     "changed in the manifest and on Pantheon since the last apply",
}

var reasons = map[plan.Code]string{
	plan.ReasonCreate: "new",
	plan.ReasonCreateInherited: "the organization has this name too, so Pantheon doesn't show whether the site already has a value of its own; " +
		"apply creates it, or updates it if it is there",
	plan.ReasonCreateUnseen:  "Pantheon counts more secrets than it lists, so it may be there already; apply creates it, and fails if it is there",
	plan.ReasonInherited:     "the organization has this name too, so Pantheon doesn't show whether the site still has a value of its own",
	plan.ReasonReplaceNeeded: "the type or scopes on Pantheon are others, and can't be changed without deleting the secret",
	plan.ReasonReplace: "the type or scopes on Pantheon are others, and can't be changed: apply deletes the secret and creates it again; " +
		"it has no value for a moment",
	plan.ReasonReplacePresumed: "allowed only if cella applied this secret, which can't be checked without the key",
	plan.ReasonOverridesLater:  "environments with an override get the default value for a moment, until apply has written their override",
	plan.ReasonOnlyOverrides:   "only overrides change",
	plan.ReasonOverridesDiffer: "the manifest and Pantheon have overrides for different environments",
	plan.ReasonOverwrites:      "cella did not set this; apply overwrites what someone set by hand",
	plan.ReasonUnfinished:      "an earlier apply began to write it, and was not finished",

	plan.ReasonExternal:        "set elsewhere; cella only checks that it is there",
	plan.ReasonExternalMissing: "set elsewhere, but not on Pantheon",
	plan.ReasonExternalDiffers: "set elsewhere, with another type or other scopes than the manifest says",

	plan.ReasonAbsent:       "new",
	plan.ReasonChanged:      "the value on Pantheon differs from the manifest's",
	plan.ReasonHidden:       "Pantheon hides the current value, so it can't be compared; apply writes the manifest's",
	plan.ReasonRewrite:      "hidden; the manifest still has what cella last applied, and --rewrite writes it again",
	plan.ReasonDropped:      "apply removes this override, because `drop_overrides` names it",
	plan.ReasonOverrideLeft: "apply removes this override: cella applied it, and it is no longer in the manifest",

	plan.ReasonDelete:       "cella applied it, and it is no longer in the manifest",
	plan.ReasonRetireDelete: "the manifest says `retire: delete`",
	plan.ReasonUncovers:     "the site then gets the organization's value of this name",
	plan.ReasonSeizes: "the site then gets the organization's value of this name; Pantheon doesn't show whether the site has a value of its own, " +
		"so apply first gives the site a copy of the organization's value, then deletes the copy; the organization's stays",
	plan.ReasonRelease:         "the manifest says `retire: release`: it stays on Pantheon as it is, and cella stops managing it",
	plan.ReasonReleaseExternal: "the manifest says `external: true`: it stays on Pantheon as it is, and cella stops managing it",
	plan.ReasonLeftUnseen:      "to be deleted, but Pantheon counts more secrets than it lists and does not show this one; it is left until the list is complete",
	plan.ReasonForgetMissing:   "no longer in the manifest, and not on Pantheon",
	plan.ReasonForgetShared: "no longer in the manifest; it stays on Pantheon as it is, because another project has it too, " +
		"or because it was there before an apply that was interrupted",
	plan.ReasonGivenUp: "not in the manifest; it stays on Pantheon as it is, because `reset_ledger` gives up what cella knows of it",

	plan.ReasonAdopt:        "already matches; apply only records that cella manages it",
	plan.ReasonConfirm:      "already matches; apply only records that an interrupted apply did write it",
	plan.ReasonFormerLedger: "already matches; apply only records it under the project's present name",
	plan.ReasonPreviousKey:  "already matches; apply only records it under the present fingerprint_key",
	plan.ReasonProtect:      "apply only records that it is protected",
	plan.ReasonUnprotect:    "apply only records that it is no longer protected",
	plan.ReasonRecordBehind: "already matches; apply only records what it has now",

	plan.ReasonRecordNew:     "apply creates it, so that cella notices when one of them leaves the manifest",
	plan.ReasonRecordJoins:   "apply adds sites or organizations",
	plan.ReasonRecordLeaves:  "apply drops sites or organizations that left",
	plan.ReasonRecordMoves:   "apply moves it here, as the manifest says",
	plan.ReasonRecordSource:  "apply notes where the manifest is kept",
	plan.ReasonRecordRekey:   "apply writes it again under the present fingerprint_key",
	plan.ReasonRecordReset:   "apply begins a new one, because `reset_record` gives up one that is missing or can't be trusted",
	plan.ReasonRecordRemoved: "apply removes it, because the project has no site and no organization any more",

	plan.ReasonLedgerReset:    "apply begins a new one, because `reset_ledger` gives up what can't be trusted",
	plan.ReasonLedgerRekey:    "apply writes it again under the present fingerprint_key",
	plan.ReasonLedgerRetired:  "apply removes it, because the project leaves this site or organization",
	plan.ReasonLedgerReplaced: "apply removes it, because the one under the project's present name takes its place",
}

// removed says briefly why overrides are removed.
var removed = map[plan.Code]string{
	plan.ReasonDropped:      "drop_overrides",
	plan.ReasonOverrideLeft: "applied by cella, no longer in the manifest",
}

// Removal says which overrides apply removes, and why; a reason without a code
// is none.
func Removal(envs []secret.Env, why plan.Reason) string {
	return "removes the " + overrides(envs) + inBrackets(removed[why.Code])
}

// inBrackets joins what is not empty.
func inBrackets(texts ...string) string {
	texts = slices.DeleteFunc(texts, func(text string) bool { return text == "" })
	if len(texts) == 0 {
		return ""
	}
	return " (" + strings.Join(texts, "; ") + ")"
}
