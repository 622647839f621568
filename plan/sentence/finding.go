package sentence

import (
	"fmt"
	"strings"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/secret"
	"github.com/cella-secrets/cella/secret/address"
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
	if remedy != "" {
		return message + "; " + remedy
	}
	return message
}

// Refusal says what is refused and why, and how to allow it.
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
	plan.CodeReservedName: always("names that begin with "+secret.ReservedPrefix+" are reserved for cella itself", "rename the secret"),
	plan.CodeExternalMissing: func(s subject) (string, string) {
		return "the manifest says that it is set elsewhere, but it is not on Pantheon",
			"check the name; have it set there, or let cella manage it: `cella set " + address.Place{Owner: s.owner, Name: s.secret}.Words() + "`"
	},
	plan.CodeExternalDiffers: func(s subject) (string, string) {
		return difference(s.Facts), "change the manifest to " + attributes(s.OnPantheon) + ", or change the secret where it is managed"
	},
	plan.CodeProtected:         protected,
	plan.CodeReplaceNotAllowed: replaceNotAllowed,
	plan.CodeOverridesLost:     overridesLost,
	plan.CodeUnmanagedSecret: always("on Pantheon, but not in the manifest",
		"add it to the manifest (with `external: true` if it is set elsewhere), or set policy.unmanaged to report"),
	plan.CodeUnmanagedOverride: func(s subject) (string, string) {
		return "on Pantheon, but not in the manifest: " + overrides(s.Environments),
			keepOrDrop(s.Environments) + ", or set policy.unmanaged to report"
	},
	plan.CodeDropNotNeeded: func(s subject) (string, string) {
		return "drop_overrides names " + environments(s.Environments) + ", but Pantheon has no such override",
			"remove `" + environments(s.Environments) + "` from its drop_overrides"
	},
	plan.CodeDeleteLimit: func(s subject) (string, string) {
		return fmt.Sprintf("%d of %d secrets on Pantheon would be deleted, replaced or lose an override; `max_delete_percent: %d` allows %d",
				s.Count, s.Of, s.Percent, s.Allowed),
			fmt.Sprintf("raise max_delete_percent on %s or under policy, or change fewer at once; or %s", s.owner, retireThem)
	},
	plan.CodeDeleteAll: deleteAll,
	plan.CodeDeleteFleet: func(s subject) (string, string) {
		return fmt.Sprintf("something would be deleted or replaced on %d of %d sites and organizations; `max_delete_percent: %d` under policy allows %d",
				s.Count, s.Of, s.Percent, s.Allowed),
			"check that you mean this; then raise max_delete_percent under policy, or change fewer at once (`--target` takes a few at a time)"
	},
	plan.CodeEmptyManifest: emptyManifest,
	plan.CodeTarget: func(s subject) (string, string) {
		texts := make([]string, len(s.Targets))
		for i, target := range s.Targets {
			texts[i] = target.String()
		}
		return "--target limits this plan to " + strings.Join(texts, ", ") + "; everything else is left out, also sites and organizations that left the manifest", ""
	},
	plan.CodeRecordUnread: func(s subject) (string, string) {
		return "--target leaves out " + s.owner.String() + ", where cella noted which manifest this project is applied from; so nobody checked that it is this one", ""
	},
	plan.CodeNoDecrypt: always("made without the values: only names, types, scopes and the environments of overrides were compared; "+
		"the manifest's checksum (MAC) and what cella last applied were not checked, and sites and organizations that left the manifest were not looked for", ""),

	plan.CodeListMayBeCut: always("Pantheon counts more secrets than it lists, so some may be missing here; cella does not conclude that they are gone", ""),

	plan.CodeOtherSource: otherSource,
	plan.CodeSourceUnknown: func(s subject) (string, string) {
		return "cella can't tell which file of which repository this manifest is; the project was last applied from " + words.Quote(s.RecordedSource) +
			"; make sure that this is the same file", ""
	},
	plan.CodeMovedFromNotNeeded: always("cella has noted the move; remove `moved_from` under policy from the manifest", ""),
	plan.CodeOldCheckout:        oldCheckout("and you have an older commit checked out: applying it would undo what came later", newestCommit),
	plan.CodeOlderCommit:        oldCheckout("and the commit that you have checked out was made earlier; this clone lacks the history that would say more", newestCommit),
	plan.CodeCommitUnknown: oldCheckout("and git doesn't say which commit is checked out here; applying an older one would undo what came later",
		"run `git status` here; if git is missing, install it; if it complains of dubious ownership, run `git config --global --add safe.directory \"$PWD\"`"),
	plan.CodeRecordDamaged:  unbelievableRecord("find out who changed it; then "),
	plan.CodeRecordOtherKey: unbelievableRecord("set previous_fingerprint_key to the key that it was written under; if that key is lost, "),
	plan.CodeRecordNewer:    unbelievableRecord("use the version of cella that wrote it, or a later one; otherwise "),
	plan.CodeRecordMissing: func(s subject) (string, string) {
		return "cella's list of the project's sites and organizations is missing: it was on " + s.owner.String() + " at the last apply",
			"find out who deleted it; if " + s.owner.String() + " left the project, add `retire: release` to it, which keeps the list; otherwise " + resetRecord
	},
	plan.CodeRecordBehind: func(s subject) (string, string) {
		return "cella's list of the project's sites and organizations is older than the last apply: somebody put an older one back", "find out who did; then " + resetRecord
	},
	plan.CodeResetRecordNotNeeded: always("there is nothing to give up; remove `reset_record` under policy from the manifest", ""),
	plan.CodeResetRecordTarget: always("`reset_record` under policy begins a new list of all sites and organizations, and a plan with --target sees only some of them",
		"run the command once without `--target`"),
	plan.CodeUnrecordableProject: func(s subject) (string, string) {
		return Plain(s.detail), "shorten what is too long, or split the project into several"
	},
	plan.CodeOwnerLeft: ownerLeft,
	plan.CodeOwnerLeftUnread: func(s subject) (string, string) {
		return "it is no longer in the manifest, and cella could not read what this project has there: " + Plain(s.detail),
			"ask for access to it; or add it to the manifest with `retire: abandon`, which leaves everything there as it is, unread"
	},
	plan.CodeAbandonReadable: always("`retire: abandon` is only for what cella can't read, and it can read this",
		"use `retire: release` to leave its secrets on Pantheon, or `retire: delete` to delete those of this project"),

	plan.CodeExpired:         dateOf("expired on %s", "get a new one from where it comes from, then change the value and the date", "renew it where it is set, then change the date"),
	plan.CodeExpiresSoon:     dateIn("expires on %s, in %s", "get a new one from where it comes from, then change the value and the date", "renew it where it is set, then change the date"),
	plan.CodeRotatedInFuture: dateOf("the date of the last rotation, %s, is in the future", "correct the date", "correct the date"),
	plan.CodeRotationDue: dateOf("should have been rotated by %s", "make a new credential, then change the value and set `rotated` to today",
		"have it rotated where it is set, then set `rotated` to that day"),
	plan.CodeRotationDueSoon: dateIn("should be rotated by %s, in %s", "make a new credential, then change the value and set `rotated` to today",
		"have it rotated where it is set, then set `rotated` to that day"),

	plan.CodeTokenExpired:     dateOf("the token that cella signs in with expired on %s", renewToken, renewToken),
	plan.CodeTokenExpiresSoon: dateIn("the token that cella signs in with expires on %s, in %s", renewToken, renewToken),

	plan.CodeClaimed:             claimed,
	plan.CodeChangedOutside:      changedOutside,
	plan.CodeRetireWithoutEffect: retireWithoutEffect,
	plan.CodeRetireWithoutKey:    always("`retire` does nothing without a fingerprint_key", ""),
	plan.CodeRetireUnbelievable:  always("`retire` does nothing while what cella last applied here can't be trusted", ""),
	plan.CodeRetireInherited: always("the organization has this name too; if deleting the site's own deleted the organization's as well, the manifest has no value to put back",
		"add the organization's secret to the manifest, with its value; or delete the site's own in the site's dashboard, which edits site secrets only, and remove this entry"),
	plan.CodeRetireUnread: always("the organization has this name too, so cella must read the organization's list before it deletes anything here; "+
		"run it once without `--target`", ""),
	plan.CodeRetireUnknown:    always("without the key cella can't see whether `retire` still has something to delete here", ""),
	plan.CodeShadowed:         shadowed,
	plan.CodeShadowingUnknown: shadowingUnknown,
	plan.CodeShadowingUnlooked: func(s subject) (string, string) {
		return fmt.Sprintf("a site that has a value of its own under this name keeps it, and because of --target the lists of %s were not read; once the organization has the name, Pantheon no longer shows which sites those are",
			words.Count(s.Count, "site")), "run `cella plan` once without --target, which names them"
	},
	plan.CodeUnreadOnNextJS:  unreadOnNextJS,
	plan.CodeUnreadOnPHP:     unreadOnPHP,
	plan.CodeSameKeyInDrupal: sameKeyInDrupal,
	plan.CodeNoFingerprintKey: always("without a fingerprint_key cella remembers nothing: every apply writes all hidden values again, and what leaves the manifest stays on Pantheon, even a whole site; "+
		"`cella fingerprint-key add` adds one", ""),
	plan.CodeLedgerNotKept: always("cella recorded here what it last applied, and can't keep that up to date without the fingerprint_key; "+
		"put the key back before you apply, or use `cella apply --rewrite` once it is back", ""),
	plan.CodeLedgerDamaged:  unbelievable("find out who changed it; then " + resetLedger),
	plan.CodeLedgerOtherKey: unbelievable("set previous_fingerprint_key to the key that it was written under; if that key is lost, " + resetLedger),
	plan.CodeLedgerNewer:    unbelievable("use the version of cella that wrote it, or a later one; otherwise " + resetLedger),
	plan.CodeFormerlyOurs:   always("this project may have applied it, but the record of that can't be trusted; it is not in the manifest, and left alone", ""),
	plan.CodeUnrecordable: func(s subject) (string, string) {
		return Plain(s.detail), "shorten or rename what can't be recorded, or have fewer secrets and overrides here"
	},
	plan.CodeResetNotNeeded: always("there is nothing to give up; remove `reset_ledger` from the manifest", ""),
	plan.CodeResetUnknown: always("without the key cella can't see whether `reset_ledger` still has something to give up; "+
		"if it has, what left the manifest is not deleted", ""),
	plan.CodeForeignLedger: func(s subject) (string, string) {
		return fmt.Sprintf("what project %s recorded here is damaged (%s): nothing that it names is deleted, and cella can't see what else that project manages",
			words.Quote(s.Project), Plain(s.detail)), ""
	},
}

const renewToken = "make a new one, put it where the pipeline reads it, then change the date"

// allowDelete is for what is no longer in the manifest.
const allowDelete = "write its entry again, with nothing in it but `retire: delete` to delete it, or `retire: release` to leave it on Pantheon; " +
	"or put the entry back as it was"

// retireThem is the same for several.
const retireThem = "write the entries of those that should go again, with nothing in them but `retire: delete`"

func protected(s subject) (string, string) {
	if s.Action == plan.Delete {
		return "it is no longer in the manifest and would be deleted, but it was protected at the last apply", allowDelete
	}
	return difference(s.Facts) + "; only a replacement can change that, and it is protected" + losing(s), allowReplace(s)
}

func replaceNotAllowed(s subject) (string, string) {
	return difference(s.Facts) + "; only a replacement can change that, and the manifest does not allow one" + losing(s), allowReplace(s)
}

// losing adds to a message that a replacement would lose overrides.
func losing(s subject) string {
	if len(s.Environments) == 0 {
		return ""
	}
	return "; it would also lose the " + overrides(s.Environments) + ", not in the manifest"
}

// allowReplace says how to allow a refused replacement, and how to do without:
// by declaring what is on Pantheon, where the manifest can.
func allowReplace(s subject) string {
	allow := permission(s.Allow)
	if len(s.Environments) > 0 {
		allow += ", and " + keepOrDrop(s.Environments)
	}
	if !s.OnPantheon.Declarable() {
		return allow
	}
	return allow + "; or change the manifest to " + attributes(s.OnPantheon)
}

// permission says what to write so that a replacement is allowed.
func permission(allow []plan.Permission) string {
	has := map[plan.Permission]bool{}
	for _, p := range allow {
		has[p] = true
	}
	switch {
	case has[plan.AllowUnprotect] && has[plan.AllowReplace]:
		return "add `protect: false` and `replace: true`"
	case has[plan.AllowUnprotect]:
		return "add `protect: false`"
	case has[plan.AllowDropProtect] && has[plan.AllowReplace]:
		return "replace `protect: true` with `replace: true`"
	case has[plan.AllowDropProtect]:
		return "remove `protect: true`"
	}
	return "add `replace: true`"
}

func overridesLost(s subject) (string, string) {
	if s.Action == plan.Delete {
		return "it is no longer in the manifest; deleting it would lose the " + overrides(s.Environments) + ", which this project did not set",
			allowDelete
	}
	return "replacing it would lose the " + overrides(s.Environments) + ", not in the manifest",
		keepOrDrop(s.Environments)
}

func changedOutside(s subject) (string, string) {
	return fmt.Sprintf("it is no longer in the manifest and would be deleted, but it is not the secret that cella applied: on Pantheon it has %s, and cella applied %s",
		attributes(s.OnPantheon), attributes(s.Applied)), allowDelete
}

func claimed(s subject) (string, string) {
	project, slip := words.Quote(s.Project), ""
	if s.OwnProject != "" {
		slip = fmt.Sprintf("if `project: %s` is a slip, write `project: %s`; ", words.Quote(s.OwnProject), project)
	}
	if s.Action == plan.Delete {
		return "it would be deleted, but project " + project + " manages it",
			slip + "retire it in the manifest of that project, or remove this entry"
	}
	return "project " + project + " manages it",
		slip + "to hand it over, add `retire: release` to it in the manifest of that project and apply that first; if " +
			project + " is an earlier or later name of this project, list it under `formerly`; or remove the secret here"
}

func retireWithoutEffect(s subject) (string, string) {
	what := "this entry"
	if s.secret == "" {
		what = "the lines of " + s.owner.String()
	}
	return "nothing is left to " + words.Quote(string(s.Action)), "remove " + what + " from the manifest"
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
		message += "; Pantheon's lists don't show whether the organization owns all of them"
	}
	return message, "to delete a site's own, " + retiring(s, "the site") + ", unless another value is meant there"
}

func shadowingUnknown(s subject) (string, string) {
	return fmt.Sprintf("Pantheon doesn't show whether %d of %s have a value of their own under this name, which they would get instead of the organization's",
		s.Count, words.Count(s.Of, "site")), "to make sure that a site has none, " + retiring(s, "it")
}

// retiring says how a site's own value is deleted. Without a key that does nothing.
func retiring(s subject, site string) string {
	how := "give " + site + " an entry of this name with nothing but `retire: delete`"
	if s.Keyless {
		how = "run `cella fingerprint-key add`, as `retire` does nothing without a key, and " + how
	}
	return how
}

func deleteAll(s subject) (string, string) {
	if s.Replaced == 0 {
		return fmt.Sprintf("all %d secrets that this project has here would be deleted at once", s.Count),
			fmt.Sprintf("%s; to leave them all on Pantheon, add `retire: release` to %s; or put the entries back as they were", retireThem, s.owner)
	}
	what, remedy := "replaced", "check `defaults` and what changed; then add `replace: true` to those that should be replaced"
	if s.Replaced < s.Count {
		what, remedy = "deleted or replaced", remedy+", and "+retireThem
	}
	return fmt.Sprintf("all %d secrets that this project has here would be %s at once", s.Count, what), remedy
}

func emptyManifest(s subject) (string, string) {
	if s.Count == 0 {
		return "the manifest names no site and no organization, so nothing was looked at",
			"check that this is the right manifest; to begin one, import what is on Pantheon with `cella import`, or add a secret with `cella set`; " +
				"to leave a site or organization, add `retire: release` to it and apply, before you remove its lines"
	}
	return fmt.Sprintf("the manifest has no secret at all, and %s would be deleted", words.Count(s.Count, "secret")),
		"check that this is the right manifest; then " + retireThem + "; to sites and organizations that you leave, add `retire: release`"
}

const resetRecord = "add `reset_record: true` under policy, which begins a new list, of the sites and organizations in the manifest only"

func unbelievableRecord(remedy string) texts {
	return func(s subject) (string, string) {
		return "cella's list of the project's sites and organizations, on " + s.owner.String() + ", can't be trusted: " + Plain(s.detail), remedy + resetRecord
	}
}

func otherSource(s subject) (string, string) {
	return fmt.Sprintf("this manifest is %s, but the project was last applied from %s; two manifests of one project would delete each other's secrets",
			words.Quote(s.Source), words.Quote(s.RecordedSource)),
		fmt.Sprintf("if the manifest moved, add `moved_from: %s` under policy; if this is a copy, give it another `project` and no `formerly`, or remove it", words.Quote(s.MovedFrom))
}

const newestCommit = "check out the newest commit; to undo a change, use `git revert` and apply that"

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
		return "it is no longer in the manifest; nothing of this project is left there, except perhaps what cella noted for itself",
			"put it back in the manifest, if only with `retire: release`, and remove its lines after an apply"
	}
	them := "them"
	if s.Count == 1 {
		them = "it"
	}
	return fmt.Sprintf("it is no longer in the manifest, and %s of this project would stay there with nobody managing %s", words.Count(s.Count, "secret"), them),
		fmt.Sprintf("put it back in the manifest; to leave %s on Pantheon, with `retire: release`, or to delete %s, with `retire: delete`; remove its lines after an apply", them, them)
}

const resetLedger = "add `reset_ledger: true` here, which gives up what cella recorded"

func unbelievable(remedy string) texts {
	return func(s subject) (string, string) {
		project := words.Quote(s.Project)
		remedy := remedy
		if s.Former {
			remedy += ", and deletes it; if " + project + " is not an earlier name of this project, remove it from `formerly`"
		}
		return fmt.Sprintf("what cella last applied here for project %s can't be trusted: %s", project, Plain(s.detail)), remedy
	}
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
