package sentence_test

import (
	"time"

	"cloud.google.com/go/civil"

	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/secret"
	"github.com/cella-secrets/cella/secret/slip"
)

// sample is a code with facts that it comes with.
type sample struct {
	code   plan.Code
	secret secret.Name
	env    secret.Env
	facts  plan.Facts
	detail string
}

var (
	shop     = secret.Owner{Kind: secret.Site, Name: "my-site", ID: "11111111-2222-3333-4444-555555555555"}
	runtime  = plan.Attributes{Type: secret.RuntimeType, Scopes: secret.NewScopes(secret.WebScope)}
	composer = plan.Attributes{Type: secret.ComposerType, Scopes: secret.NewScopes(secret.ICScope)}
	foreign  = plan.Attributes{Type: secret.FileType, Scopes: secret.NewScopes(secret.OpsScope)}
	live     = []secret.Env{"live"}
	both     = []secret.Env{"live", "test"}
	march    = civil.Date{Year: 2027, Month: time.March, Day: 1}
)

var reasonSamples = []plan.Reason{
	{Code: plan.ReasonChanged, Facts: plan.ReasonFacts{ChangedBy: plan.ByManifest}},
	{Code: plan.ReasonChanged, Facts: plan.ReasonFacts{ChangedBy: plan.ByPantheon}},
	{Code: plan.ReasonChanged, Facts: plan.ReasonFacts{ChangedBy: plan.ByBoth}},
	{Code: plan.ReasonChanged, Facts: plan.ReasonFacts{OnlyIn: slip.InLineEnds}},
	{Code: plan.ReasonChanged, Facts: plan.ReasonFacts{OnlyIn: slip.InSpace}},
	{Code: plan.ReasonChanged, Facts: plan.ReasonFacts{OnlyIn: slip.InForm}},
	{Code: plan.ReasonNotAsApplied, Facts: plan.ReasonFacts{ChangedBy: plan.ByManifest}},
}

// reasonCodes are in the order of the reference.
var reasonCodes = []plan.Code{
	plan.ReasonCreate, plan.ReasonCreateInherited, plan.ReasonCreateUnseen, plan.ReasonInherited, plan.ReasonReplaceNeeded, plan.ReasonReplace,
	plan.ReasonReplacePresumed, plan.ReasonOverridesLater, plan.ReasonOnlyOverrides, plan.ReasonOverridesDiffer, plan.ReasonOverwrites,
	plan.ReasonUnfinished, plan.ReasonExternal, plan.ReasonExternalMissing, plan.ReasonExternalDiffers, plan.ReasonAbsent,
	plan.ReasonChanged, plan.ReasonHidden, plan.ReasonNotAsApplied, plan.ReasonRewrite, plan.ReasonDropped, plan.ReasonOverrideLeft,
	plan.ReasonDelete, plan.ReasonRetireDelete, plan.ReasonUncovers, plan.ReasonSeizes, plan.ReasonRelease, plan.ReasonReleaseExternal, plan.ReasonLeftUnseen, plan.ReasonForgetMissing,
	plan.ReasonForgetShared, plan.ReasonGivenUp, plan.ReasonAdopt, plan.ReasonConfirm, plan.ReasonFormerLedger, plan.ReasonPreviousKey,
	plan.ReasonProtect, plan.ReasonUnprotect, plan.ReasonRecordBehind, plan.ReasonLedgerReset, plan.ReasonLedgerRekey,
	plan.ReasonLedgerRetired, plan.ReasonLedgerReplaced, plan.ReasonRecordNew, plan.ReasonRecordJoins, plan.ReasonRecordLeaves,
	plan.ReasonRecordMoves, plan.ReasonRecordSource, plan.ReasonRecordRekey, plan.ReasonRecordReset, plan.ReasonRecordRemoved,
}

func refusalSamples() []sample {
	differs := plan.Facts{OnPantheon: composer, Declared: runtime, Action: plan.Replace}
	allowing := func(allow ...plan.Permission) plan.Facts {
		f := differs
		f.Allow = allow
		return f
	}
	losing := allowing(plan.AllowReplace)
	losing.Environments = both
	undeclarable := allowing(plan.AllowReplace)
	undeclarable.OnPantheon = foreign
	return []sample{
		{code: plan.CodeReservedName, secret: "CELLA_X"},
		{code: plan.CodeProtected, secret: "A", facts: allowing(plan.AllowDropProtect, plan.AllowReplace)},
		{code: plan.CodeProtected, secret: "A", facts: allowing(plan.AllowDropProtect)},
		{code: plan.CodeProtected, secret: "A", facts: allowing(plan.AllowUnprotect)},
		{code: plan.CodeProtected, secret: "A", facts: allowing(plan.AllowUnprotect, plan.AllowReplace)},
		{code: plan.CodeProtected, secret: "A", facts: plan.Facts{Action: plan.Delete}},
		{code: plan.CodeReplaceNotAllowed, secret: "A", facts: losing},
		{code: plan.CodeReplaceNotAllowed, secret: "A", facts: undeclarable},
		{code: plan.CodeOverridesLost, secret: "A", facts: plan.Facts{Action: plan.Replace, Environments: live}},
		{code: plan.CodeOverridesLost, secret: "A", facts: plan.Facts{Action: plan.Delete, Environments: both}},
		{code: plan.CodeUnmanagedSecret, secret: "A"},
		{code: plan.CodeUnmanagedOverride, secret: "A", facts: plan.Facts{Environments: live}},
		{code: plan.CodeDeleteLimit, facts: plan.Facts{Count: 4, Of: 10, Percent: 30, Allowed: 3}},
		{code: plan.CodeDeleteFleet, facts: plan.Facts{Count: 4, Of: 10, Percent: 30, Allowed: 3}},
		{code: plan.CodeDeleteAll, facts: plan.Facts{Count: 3}},
		{code: plan.CodeDeleteAll, facts: plan.Facts{Count: 6, Replaced: 6}},
		{code: plan.CodeDeleteAll, facts: plan.Facts{Count: 6, Replaced: 5}},
		{code: plan.CodeEmptyManifest},
		{code: plan.CodeEmptyManifest, facts: plan.Facts{Count: 3}},
		{code: plan.CodeChangedOutside, secret: "A", facts: plan.Facts{Action: plan.Delete, OnPantheon: composer, Applied: runtime}},
		{code: plan.CodeClaimed, secret: "A", facts: plan.Facts{Project: "marketing"}},
		{code: plan.CodeClaimed, secret: "A", facts: plan.Facts{Project: "storefront", OwnProject: "storefrnt"}},
		{code: plan.CodeClaimed, secret: "A", facts: plan.Facts{Project: "marketing", Action: plan.Delete}},
		{code: plan.CodeRetireInherited, secret: "A", facts: plan.Facts{Action: plan.Delete}},
		{code: plan.CodeLedgerDamaged, facts: plan.Facts{Project: "storefront"}, detail: "CELLA_LEDGER__STOREFRONT__2 is missing"},
		{code: plan.CodeLedgerOtherKey, facts: plan.Facts{Project: "shopfront", Former: true}, detail: "CELLA_LEDGER__SHOPFRONT is under another fingerprint key"},
		{code: plan.CodeLedgerNewer, facts: plan.Facts{Project: "storefront"}, detail: "CELLA_LEDGER__STOREFRONT was written in a newer format"},
		{code: plan.CodeUnrecordable, detail: "record A: with 701 values it is larger than a chunk"},
		{code: plan.CodeExternalMissing, secret: "A"},
		{code: plan.CodeExternalDiffers, secret: "A", facts: plan.Facts{OnPantheon: composer, Declared: runtime}},
		{code: plan.CodeOtherSource, facts: plan.Facts{Source: "b/secrets.yaml", RecordedSource: "a/secrets.yaml", MovedFrom: "a/secrets.yaml"}},
		{code: plan.CodeOldCheckout, facts: applied},
		{code: plan.CodeOlderCommit, facts: applied},
		{code: plan.CodeCommitUnknown, facts: applied},
		{code: plan.CodeRecordDamaged, detail: "CELLA_PROJECT__STOREFRONT does not end with its checksum (MAC)"},
		{code: plan.CodeRecordOtherKey, detail: "CELLA_PROJECT__STOREFRONT is under another fingerprint key"},
		{code: plan.CodeRecordNewer, detail: "CELLA_PROJECT__STOREFRONT was written in a newer format"},
		{code: plan.CodeRecordMissing}, {code: plan.CodeRecordBehind}, {code: plan.CodeResetRecordTarget},
		{code: plan.CodeUnrecordableProject, detail: "the project has 50001 sites and organizations; at most 50000 are possible"},
		{code: plan.CodeOwnerLeft}, {code: plan.CodeOwnerLeft, facts: plan.Facts{Count: 1}}, {code: plan.CodeOwnerLeft, facts: plan.Facts{Count: 2}},
		{code: plan.CodeOwnerLeftUnread, detail: "list secrets of site:my-site: 403"},
		{code: plan.CodeAbandonReadable},
	}
}

var applied = plan.Facts{Commit: "0123456789abcdef0123456789abcdef01234567", Actor: "octocat", At: time.Date(2027, time.March, 1, 12, 0, 0, 0, time.UTC)}

func warningSamples() []sample {
	dated := func(days int) plan.Facts { return plan.Facts{Date: march, Days: days} }
	elsewhere := func(days int) plan.Facts { return plan.Facts{Date: march, Days: days, External: true} }
	return []sample{
		{code: plan.CodeExternalMissing, secret: "A"},
		{code: plan.CodeExternalDiffers, secret: "A", facts: plan.Facts{OnPantheon: composer, Declared: runtime}},
		{code: plan.CodeDropNotNeeded, secret: "A", facts: plan.Facts{Environments: live}},
		{code: plan.CodeRetireWithoutEffect, secret: "A", facts: plan.Facts{Action: plan.Delete}},
		{code: plan.CodeRetireWithoutEffect, facts: plan.Facts{Action: plan.Release}},
		{code: plan.CodeRetireWithoutKey, secret: "A", facts: plan.Facts{Action: plan.Delete}},
		{code: plan.CodeRetireUnbelievable, secret: "A", facts: plan.Facts{Action: plan.Delete}},
		{code: plan.CodeRetireUnread, secret: "A", facts: plan.Facts{Action: plan.Delete}},
		{code: plan.CodeRetireUnknown, secret: "A", facts: plan.Facts{Action: plan.Delete}},
		{code: plan.CodeShadowed, secret: "A", facts: plan.Facts{Sites: []string{"blue-shop"}, Count: 1}},
		{code: plan.CodeShadowed, secret: "A", facts: plan.Facts{Sites: []string{"blue-news", "blue-shop"}, Count: 22, Assumed: true}},
		{code: plan.CodeShadowed, secret: "A", facts: plan.Facts{Sites: []string{"blue-shop"}, Count: 1, Keyless: true}},
		{code: plan.CodeShadowingUnknown, secret: "A", facts: plan.Facts{Count: 400, Of: 408}},
		{code: plan.CodeShadowingUnknown, secret: "A", facts: plan.Facts{Count: 400, Of: 408, Keyless: true}},
		{code: plan.CodeShadowingUnlooked, secret: "A", facts: plan.Facts{Count: 407}},
		{code: plan.CodeUnreadOnNextJS, facts: plan.Facts{Secrets: []secret.Name{"API_KEY", "A", "B", "C", "D", "E"}, Count: 39}},
		{code: plan.CodeUnreadOnNextJS, facts: plan.Facts{Secrets: []secret.Name{"API_KEY"}, Count: 1, External: true}},
		{code: plan.CodeUnreadOnPHP, facts: plan.Facts{Secrets: []secret.Name{"API_KEY"}, Count: 1}},
		{code: plan.CodeUnreadOnPHP, facts: plan.Facts{Secrets: []secret.Name{"A", "B", "C", "D", "E"}, Count: 5}},
		{code: plan.CodeSameKeyInDrupal, facts: plan.Facts{Secrets: []secret.Name{"API_KEY", "api-key"}, Count: 2}},
		{code: plan.CodeSameKeyInDrupal, facts: plan.Facts{Secrets: []secret.Name{"A.B", "A_B", "a-b", "X", "x"}, Count: 8}},
		{code: plan.CodeResetNotNeeded},
		{code: plan.CodeResetUnknown},
		{code: plan.CodeLedgerNotKept},
		{code: plan.CodeNoFingerprintKey},
		{code: plan.CodeFormerlyOurs, secret: "A"},
		{code: plan.CodeForeignLedger, facts: plan.Facts{Project: "marketing"}, detail: "CELLA_LEDGER__MARKETING__2 is missing"},
		{code: plan.CodeNoDecrypt},
		{code: plan.CodeSourceUnknown, facts: plan.Facts{RecordedSource: "github.com/12345:a/secrets.yaml"}},
		{code: plan.CodeMovedFromNotNeeded}, {code: plan.CodeResetRecordNotNeeded},
		{code: plan.CodeOlderCommit, facts: applied},
		{code: plan.CodeCommitUnknown, facts: applied},
		{code: plan.CodeListMayBeCut},
		{code: plan.CodeExpired, secret: "A", facts: dated(-3)},
		{code: plan.CodeExpired, secret: "A", facts: elsewhere(0)},
		{code: plan.CodeExpiresSoon, secret: "A", facts: dated(1)},
		{code: plan.CodeExpiresSoon, secret: "A", facts: elsewhere(14)},
		{code: plan.CodeRotationDue, secret: "A", facts: dated(0)},
		{code: plan.CodeRotationDue, secret: "A", facts: elsewhere(0)},
		{code: plan.CodeRotationDueSoon, secret: "A", facts: dated(3)},
		{code: plan.CodeRotationDueSoon, secret: "A", facts: elsewhere(3)},
		{code: plan.CodeRotatedInFuture, secret: "A", facts: dated(100)},
		{code: plan.CodeTokenExpired, facts: dated(0)}, {code: plan.CodeTokenExpiresSoon, facts: dated(14)},
		{code: plan.CodeRecordUnread},
		{code: plan.CodeTarget, facts: plan.Facts{Targets: []plan.Target{{Owner: shop}, {Owner: secret.Owner{Kind: secret.Organization, Name: "my-agency"}, Secret: "A"}}}},
	}
}

var driftSamples = []sample{
	{code: plan.DriftMissing, secret: "A", facts: plan.Facts{Action: plan.Create}},
	{code: plan.DriftMissing, secret: "A", env: "live", facts: plan.Facts{Action: plan.Adopt}},
	{code: plan.DriftAttributes, secret: "A", facts: plan.Facts{Applied: runtime, OnPantheon: composer, Action: plan.Replace, Refused: true}},
	{code: plan.DriftValue, secret: "A", facts: plan.Facts{Action: plan.Update}},
	{code: plan.DriftValue, secret: "A", facts: plan.Facts{Action: plan.Forget, IfVerified: true}},
}

var errorSamples = []sample{
	{code: plan.CodeRequestFailed, facts: plan.Facts{Count: 2}, detail: "list secrets of site:my-site: 503 after 9 attempts"},
	{code: plan.CodeForbidden, detail: "list secrets of site:my-site: 403"}, {code: plan.CodeGone, detail: "list secrets of site:my-site: 404"},
	{code: plan.CodeNotRead, facts: plan.Facts{Count: 1}},
	{code: plan.CodeDeclaredTwice}, {code: plan.CodeReadTwice}, {code: plan.CodeLedgerReadTwice},
	{code: plan.CodeOtherID}, {code: plan.CodeLedgerNotVerified},
	{code: plan.CodeUnknownTarget}, {code: plan.CodeUnknownTarget, secret: "A"},
}
