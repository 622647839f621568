package sentence

import (
	"fmt"
	"strings"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/secret"
)

// subject is all that a sentence about a finding is made of.
type subject struct {
	plan.Facts
	owner  secret.Owner
	secret secret.Name
	detail string
}

// words make the two sentences of a finding: what is, and what to do about it.
// The second may be empty.
type texts func(subject) (message, remedy string)

// Warning says what there is to know, and what to do about it where there is
// something.
func Warning(w plan.Warning) string {
	message, remedy := find(w.Code, subject{w.Facts, w.Owner, w.Secret, w.Detail})
	if remedy != "" && (dated[w.Code] || w.Code == plan.CodeShadowed || w.Code == plan.CodeShadowingUnknown || w.Code == plan.CodeShadowingUnlooked) {
		return message + "; " + remedy
	}
	return message
}

// Refusal says what is refused and why, and how a reviewer can allow it.
func Refusal(r plan.Refusal) (message, remedy string) {
	return find(r.Code, subject{r.Facts, r.Owner, r.Secret, r.Detail})
}

// Date says what a date in the manifest is about, and what to do.
func Date(w plan.DateWarning) (message, remedy string) { return find(w.Code, subject{Facts: w.Facts}) }

func find(code plan.Code, s subject) (message, remedy string) {
	if say, known := findings[code]; known {
		return say(s)
	}
	return unknown(code), ""
}

func always(message, remedy string) texts {
	return func(subject) (string, string) { return message, remedy }
}

var findings = map[plan.Code]texts{
	plan.CodeReservedName:    always("names that begin with "+secret.ReservedPrefix+" are kept for cella itself", "rename the secret"),
	plan.CodeExternalMissing: always("declared as external, but not live", "set it where it is managed, or remove it from the manifest"),
	plan.CodeExternalDiffers: func(s subject) (string, string) {
		return difference(s.Facts), "declare " + attributes(s.OnPantheon) + ", or change it where it is managed"
	},
	plan.CodeProtected:         protected,
	plan.CodeReplaceNotAllowed: replaceNotAllowed,
	plan.CodeOverridesLost:     overridesLost,
	plan.CodeUnmanagedSecret: always("live, but not in the manifest",
		"declare it (with `external: true` where it is set elsewhere), or set policy.unmanaged to report"),
	plan.CodeUnmanagedOverride: func(s subject) (string, string) {
		return "the live " + overrides(s.Environments) + " is not in the manifest",
			keepOrDrop(s.Environments) + ", or set policy.unmanaged to report"
	},
	plan.CodeDropNotNeeded: func(s subject) (string, string) {
		return "drop_overrides names " + environments(s.Environments) + ", which has no live override; it can go from the manifest", ""
	},
	plan.CodeDeleteLimit: func(s subject) (string, string) {
		return fmt.Sprintf("%d of %d live secrets would be deleted, replaced or lose an override; max_delete_percent %d allows %d",
				s.Count, s.Of, s.Percent, s.Allowed),
			fmt.Sprintf("raise max_delete_percent on %s or under policy, change fewer at once, or say `retire: delete` on what is to go", s.owner)
	},
	plan.CodeDeleteAll: deleteAll,
	plan.CodeDeleteFleet: func(s subject) (string, string) {
		return fmt.Sprintf("something would be deleted or replaced on %d of %d sites and organizations; policy.max_delete_percent %d allows %d",
				s.Count, s.Of, s.Percent, s.Allowed),
			"check that this is meant; then raise max_delete_percent under policy, or change fewer at once (`--target` takes a few at a time)"
	},
	plan.CodeEmptyManifest: emptyManifest,
	plan.CodeTarget: func(s subject) (string, string) {
		texts := make([]string, len(s.Targets))
		for i, target := range s.Targets {
			texts[i] = target.String()
		}
		return "limited to " + strings.Join(texts, ", ") + "; everything else is left out, also sites and organizations that left the manifest", ""
	},
	plan.CodeRecordUnread: func(s subject) (string, string) {
		return s.owner.String() + " is left out by --target, so it is not checked whether this is the manifest that the project is applied from", ""
	},
	plan.CodeNoDecrypt: always("made without the values: names, types, scopes and environments of overrides are compared, and nothing else; "+
		"the MAC of the manifest and the seals of ledgers are not checked, and sites and organizations that left the manifest are not looked for", ""),

	plan.CodeListMayBeCut: always("Pantheon counts more secrets than it lists, so some may be missing here; none of them is taken for absent", ""),

	plan.CodeOtherSource: otherSource,
	plan.CodeSourceUnknown: func(s subject) (string, string) {
		return "cella can't tell which file of which repository this manifest is; the project was applied from " + words.Quote(s.RecordedSource) +
			", so make sure that this is the same one", ""
	},
	plan.CodeMovedFromNotNeeded: always("the move is recorded; `policy.moved_from` can go from the manifest", ""),
	plan.CodeOldCheckout:        oldCheckout("and the commit that is checked out is older: applying it would undo what came later", newestCommit),
	plan.CodeOlderCommit:        oldCheckout("and the commit that is checked out was made earlier; the history that would tell more is missing here", newestCommit),
	plan.CodeCommitUnknown: oldCheckout("and git doesn't say which one is checked out here; an older one would undo what came later",
		"run `git status` here: where there is no git, install it; where it speaks of dubious ownership, run `git config --global --add safe.directory \"$PWD\"`"),
	plan.CodeRecordDamaged:  unbelievableRecord("find out who changed it; then "),
	plan.CodeRecordOtherKey: unbelievableRecord("set previous_fingerprint_key to the key that it was written under; where that is lost, "),
	plan.CodeRecordNewer:    unbelievableRecord("use the version of cella that wrote it, or a later one; otherwise "),
	plan.CodeRecordMissing: func(s subject) (string, string) {
		return "what cella noted of the whole project is missing: it was on " + s.owner.String() + " at the last apply",
			"find out who deleted it; where " + s.owner.String() + " left the project, `retire: release` on it keeps the note; otherwise " + resetRecord
	},
	plan.CodeRecordBehind: func(s subject) (string, string) {
		return "what cella noted of the whole project is older than the last apply: somebody put an older note back", "find out who did; then " + resetRecord
	},
	plan.CodeResetRecordNotNeeded: always("there is nothing to give up; `policy.reset_record` can go from the manifest", ""),
	plan.CodeResetRecordTarget: always("`policy.reset_record` begins a new note of the whole project, and a plan with --target sees only part of it",
		"run the command once without `--target`"),
	plan.CodeUnrecordableProject: func(s subject) (string, string) {
		return Plain(s.detail), "shorten what cannot be noted, or part the project into several"
	},
	plan.CodeOwnerLeft: ownerLeft,
	plan.CodeOwnerLeftUnread: func(s subject) (string, string) {
		return "it is no longer in the manifest, and what this project has there could not be read: " + Plain(s.detail),
			"ask for access to it; or declare it with `retire: abandon`, which leaves everything there as it is, unread"
	},
	plan.CodeAbandonReadable: always("`retire: abandon` is for what can't be read, and this can",
		"say `retire: release` to leave its secrets on Pantheon, or `retire: delete` to delete those of this project"),

	plan.CodeExpired:         dateOf("expired on %s", "renew it where it comes from, then change its value and move the date on", "renew it where it is set, then move the date on"),
	plan.CodeExpiresSoon:     dateIn("expires on %s, in %s", "renew it where it comes from, then change its value and move the date on", "renew it where it is set, then move the date on"),
	plan.CodeRotatedInFuture: dateOf("the last rotation, on %s, lies in the future", "correct the date", "correct the date"),
	plan.CodeRotationDue: dateOf("was to be rotated by %s", "make a new credential, then change the value and write today after rotated",
		"have it rotated where it is set, then write the day after rotated"),
	plan.CodeRotationDueSoon: dateIn("is to be rotated by %s, in %s", "make a new credential, then change the value and write today after rotated",
		"have it rotated where it is set, then write the day after rotated"),

	plan.CodeTokenExpired:     dateOf("the token that signs in expired on %s", renewToken, renewToken),
	plan.CodeTokenExpiresSoon: dateIn("the token that signs in expires on %s, in %s", renewToken, renewToken),

	plan.CodeClaimed:             claimed,
	plan.CodeChangedOutside:      changedOutside,
	plan.CodeRetireWithoutEffect: retireWithoutEffect,
	plan.CodeRetireWithoutKey:    always("retire does nothing without a fingerprint_key", ""),
	plan.CodeRetireUnbelievable:  always("retire does nothing while the ledger cannot be believed", ""),
	plan.CodeRetireInherited: always("the organization has this name too, and the manifest has no value to put back if deleting the site's own took the organization's",
		"declare the organization's secret with its value; or delete the site's own in the site's dashboard, which edits site secrets only, and remove this line"),
	plan.CodeRetireUnread: always("the organization has this name too, so its whole list has to be read before anything is deleted here; "+
		"this line waits for a run that does, without `--target`", ""),
	plan.CodeRetireUnknown:    always("whether retire still has something to delete here cannot be seen without the key", ""),
	plan.CodeShadowed:         shadowed,
	plan.CodeShadowingUnknown: shadowingUnknown,
	plan.CodeShadowingUnlooked: func(s subject) (string, string) {
		return fmt.Sprintf("the lists of %s are not read, because of --target: a site that has a value of its own under this name keeps it, and once the organization has the name, Pantheon no longer shows which sites do",
			words.Count(s.Count, "site")), "run `cella plan` once without --target: it names them"
	},
	plan.CodeNoFingerprintKey: always("without fingerprint_key nothing is remembered: hidden values are written again by every apply, and what leaves the manifest stays live, a whole site too; "+
		"`cella fingerprint-key add` adds one", ""),
	plan.CodeLedgerNotKept: always("this project's ledger is here, and without fingerprint_key it is not kept: what is written now makes it wrong; "+
		"put the key back before applying, or let the first apply with it be `apply --rewrite`", ""),
	plan.CodeLedgerDamaged:  unbelievable("find out who changed it; then " + resetLedger),
	plan.CodeLedgerOtherKey: unbelievable("set previous_fingerprint_key to the key that it was written under; where that is lost, " + resetLedger),
	plan.CodeLedgerNewer:    unbelievable("use the version of cella that wrote it, or a later one; otherwise " + resetLedger),
	plan.CodeFormerlyOurs:   always("formerly this project's, says a ledger that cannot be believed; it is not in the manifest, and left alone", ""),
	plan.CodeUnrecordable: func(s subject) (string, string) {
		return Plain(s.detail), "shorten or rename what cannot be recorded, or declare fewer secrets and overrides on this owner"
	},
	plan.CodeResetNotNeeded: always("no ledger here has to be given up; reset_ledger can go from the manifest", ""),
	plan.CodeResetUnknown: always("whether reset_ledger gives the ledger up cannot be seen without the key; "+
		"if it does, nothing is deleted for having left the manifest", ""),
	plan.CodeForeignLedger: func(s subject) (string, string) {
		return fmt.Sprintf("the ledger of project %s is not intact (%s): nothing that it names is deleted, and its other claims cannot be known",
			words.Quote(s.Project), Plain(s.detail)), ""
	},
}

const renewToken = "make a new one, put it where the pipeline reads it, then move the date on"

const waysOutOfDelete = "`retire: delete` deletes it, `retire: release` leaves it live; or declare it again"

func protected(s subject) (string, string) {
	if s.Action == plan.Delete {
		return "it left the manifest and would be deleted, and the ledger says that it is protected", waysOutOfDelete
	}
	return difference(s.Facts) + "; changing that means replacing it, and it is protected" + losing(s), waysOut(s)
}

func replaceNotAllowed(s subject) (string, string) {
	return difference(s.Facts) + "; changing that means replacing it, and nothing allows it" + losing(s), waysOut(s)
}

// losing adds to a message that a replacement would lose overrides.
func losing(s subject) string {
	if len(s.Environments) == 0 {
		return ""
	}
	return "; it would also lose the undeclared live " + overrides(s.Environments)
}

// waysOut names the ways out of a refused replacement: to allow it, and to
// declare what is live, where the manifest can.
func waysOut(s subject) string {
	allow := permission(s.Allow)
	if len(s.Environments) > 0 {
		allow += " and " + keepOrDrop(s.Environments)
	}
	if !s.OnPantheon.Declarable() {
		return allow
	}
	return allow + "; or declare the live " + attributes(s.OnPantheon)
}

// permission says what to write so that a replacement is allowed.
func permission(allow []plan.Permission) string {
	has := map[plan.Permission]bool{}
	for _, p := range allow {
		has[p] = true
	}
	switch {
	case has[plan.AllowUnprotect] && has[plan.AllowReplace]:
		return "say `protect: false` and `replace: true`"
	case has[plan.AllowUnprotect]:
		return "say `protect: false`"
	case has[plan.AllowDropProtect] && has[plan.AllowReplace]:
		return "replace `protect: true` with `replace: true`"
	case has[plan.AllowDropProtect]:
		return "remove `protect: true`"
	}
	return "add `replace: true`"
}

func overridesLost(s subject) (string, string) {
	if s.Action == plan.Delete {
		return "it left the manifest, and deleting it would lose the live " + overrides(s.Environments) + ", not set by this project",
			"`retire: delete` deletes it with them, `retire: release` leaves it live; or declare it again"
	}
	return "replacing it would lose its undeclared live " + overrides(s.Environments),
		keepOrDrop(s.Environments) + ", or delete it with `retire: delete` first"
}

func changedOutside(s subject) (string, string) {
	return fmt.Sprintf("it left the manifest and would be deleted, but is not the secret that was applied: live with %s, applied with %s",
		attributes(s.OnPantheon), attributes(s.Applied)), waysOutOfDelete
}

func claimed(s subject) (string, string) {
	project := words.Quote(s.Project)
	if s.Action == plan.Delete {
		return "it would be deleted, and the ledger of project " + project + " names it",
			"retire it in the manifest of that project, or remove it here"
	}
	return "the ledger of project " + project + " names it: it is that project's",
		"to hand it over, set `retire: release` on it in the manifest of that project and apply that, then declare it here; where " +
			project + " is this project's own earlier or later name, list it under `formerly`; or remove it here"
}

func retireWithoutEffect(s subject) (string, string) {
	what := "it"
	if s.secret == "" {
		what = "the owner"
	}
	return fmt.Sprintf("nothing is left to %s; %s can go from the manifest", words.Quote(string(s.Action)), what), ""
}

func shadowed(s subject) (string, string) {
	names := make([]string, len(s.Sites))
	for i, site := range s.Sites {
		names[i] = words.Quote(site)
	}
	sites := strings.Join(names, ", ")
	if more := s.Count - len(names); more > 0 {
		sites += fmt.Sprintf(" and %d more", more)
	}
	have, they, their := "sites have", "they get that", "their"
	if s.Count == 1 {
		have, they, their = "site has", "it gets that", "its"
	}
	message := fmt.Sprintf("%d %s a value of %s own under this name, so %s instead of the organization's: %s", s.Count, have, their, they, sites)
	if s.Assumed {
		message += "; whether the organization owns all of them, Pantheon's lists don't show"
	}
	return message, "`retire: delete` on the secret of a site deletes the site's own; keep it where another value is meant"
}

func shadowingUnknown(s subject) (string, string) {
	return fmt.Sprintf("Pantheon doesn't show whether %d of %s have a value of their own under this name, which they would get instead of the organization's",
		s.Count, words.Count(s.Of, "site")), "`retire: delete` on the secret of a site makes sure that it has none"
}

func deleteAll(s subject) (string, string) {
	if s.Replaced == 0 {
		return fmt.Sprintf("all %d secrets that this project has here would be deleted at once", s.Count),
			fmt.Sprintf("say `retire: delete` on those that are to go, or `retire: release` on %s to leave them all live; or declare them again", s.owner)
	}
	what := "replaced"
	if s.Replaced < s.Count {
		what = "deleted or replaced"
	}
	return fmt.Sprintf("all %d secrets that this project has here would be %s at once", s.Count, what),
		"check `defaults` and what changed; then say `replace: true` on those that are to be replaced, and `retire: delete` on those that are to go"
}

func emptyManifest(s subject) (string, string) {
	if s.Count == 0 {
		return "the manifest names no site and no organization, so nothing was looked at",
			"check that the manifest is the right one; to begin one, take in what is live with `cella import`, or add a secret with `cella set`; " +
				"to leave an owner, say `retire: release` on it and apply before its lines go"
	}
	return fmt.Sprintf("the manifest declares no secret at all, and %d would be deleted", s.Count),
		"check that the manifest is the right one; say `retire: delete` on secrets that are to go, or `retire: release` on owners that are to be left"
}

const resetRecord = "`reset_record: true` under policy begins a new one, of the sites and organizations in the manifest alone"

func unbelievableRecord(remedy string) texts {
	return func(s subject) (string, string) {
		return "what cella noted of the whole project on " + s.owner.String() + " cannot be believed: " + Plain(s.detail), remedy + resetRecord
	}
}

func otherSource(s subject) (string, string) {
	return fmt.Sprintf("this manifest is %s, and the project was last applied from %s: two manifests of one project would delete each other's secrets",
			words.Quote(s.Source), words.Quote(s.RecordedSource)),
		fmt.Sprintf("if the manifest moved, say `moved_from: %s` under policy; if this is a copy, give it another `project` and no `formerly`, or remove it", words.Quote(s.MovedFrom))
}

const newestCommit = "check out the newest commit; to take a change back, use `git revert` and apply that"

func oldCheckout(then, remedy string) texts {
	return func(s subject) (string, string) {
		by := ""
		if s.Actor != "" {
			by = " by " + words.Quote(s.Actor)
		}
		return fmt.Sprintf("commit %s was applied%s, %s", words.Quote(s.Commit), by, then), remedy
	}
}

func ownerLeft(s subject) (string, string) {
	if s.Count == 0 {
		return "it is no longer in the manifest; of this project there is nothing left there, except perhaps what cella noted for itself",
			"declare it again; or declare it with `retire: release`; its lines can go after an apply"
	}
	them := "them"
	if s.Count == 1 {
		them = "it"
	}
	return fmt.Sprintf("it is no longer in the manifest, and %s of this project would stay there with nobody looking after %s", words.Count(s.Count, "secret"), them),
		fmt.Sprintf("declare it again; or declare it with `retire: release` to leave %s on Pantheon, or `retire: delete` to delete %s; its lines can go after an apply", them, them)
}

const resetLedger = "`reset_ledger: true` on this owner gives up what it records"

func unbelievable(remedy string) texts {
	return func(s subject) (string, string) {
		project := words.Quote(s.Project)
		remedy := remedy
		if s.Former {
			remedy += ", and deletes that ledger; where " + project + " is not an earlier name of this project, take it out of `formerly`"
		}
		return fmt.Sprintf("the ledger of project %s cannot be believed: %s", project, Plain(s.detail)), remedy
	}
}

// dated are the warnings whose remedy is said with them.
var dated = map[plan.Code]bool{
	plan.CodeExpired: true, plan.CodeExpiresSoon: true, plan.CodeRotatedInFuture: true, plan.CodeRotationDue: true, plan.CodeRotationDueSoon: true,
	plan.CodeTokenExpired: true, plan.CodeTokenExpiresSoon: true,
}

// dateOf and dateIn write a date, and how far off it is.
func dateOf(message, remedy, elsewhere string) texts {
	return func(s subject) (string, string) { return fmt.Sprintf(message, s.Date), remedyOf(s, remedy, elsewhere) }
}

func dateIn(message, remedy, elsewhere string) texts {
	return func(s subject) (string, string) {
		return fmt.Sprintf(message, s.Date, words.Count(s.Days, "day")), remedyOf(s, remedy, elsewhere)
	}
}

func remedyOf(s subject, remedy, elsewhere string) string {
	if s.External {
		return elsewhere
	}
	return remedy
}
