package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cella-secrets/cella/secret"
)

// The codes of warnings and refusals. They are stable.
const (
	// CodeReservedName refuses a declared name that cella keeps for itself.
	CodeReservedName = "reserved-name"
	// CodeExternalMissing: an external secret is not live.
	CodeExternalMissing = "external-missing"
	// CodeExternalDiffers: an external secret has other type or scopes.
	CodeExternalDiffers = "external-differs"
	// CodeProtected refuses to delete or replace a protected secret.
	CodeProtected = "protected"
	// CodeReplaceNotAllowed refuses a replacement without `replace: true`.
	CodeReplaceNotAllowed = "replace-not-allowed"
	// CodeOverridesLost refuses a deletion or replacement that loses live
	// overrides.
	CodeOverridesLost = "overrides-lost"
	// CodeUnmanagedSecret refuses a live secret that nobody declares.
	CodeUnmanagedSecret = "unmanaged-secret"
	// CodeUnmanagedOverride refuses a live override that nobody declares.
	CodeUnmanagedOverride = "unmanaged-override"
	// CodeDeleteLimit refuses more than max_delete_percent allows.
	CodeDeleteLimit = "delete-limit"
	// CodeDropNotNeeded warns of a drop_overrides entry that is not live.
	CodeDropNotNeeded = "drop-overrides-not-needed"
	// CodeClaimed refuses to touch what another project's ledger names.
	CodeClaimed = "claimed"
	// CodeChangedOutside refuses to delete a secret that is not as it was
	// left.
	CodeChangedOutside = "changed-outside"
	// CodeRetireWithoutEffect warns of a retire that does nothing.
	CodeRetireWithoutEffect = "retire-without-effect"
	// CodeNoFingerprintKey warns that nothing is remembered.
	CodeNoFingerprintKey = "no-fingerprint-key"
	// CodeLedgerNotKept warns of a ledger of this project that goes stale for
	// want of a key.
	CodeLedgerNotKept = "ledger-not-kept"
	// CodeLedgerDamaged, CodeLedgerOtherKey and CodeLedgerNewer refuse an
	// owner whose ledger cannot be believed.
	CodeLedgerDamaged  = "ledger-damaged"
	CodeLedgerOtherKey = "ledger-other-key"
	CodeLedgerNewer    = "ledger-newer"
	// CodeFormerlyOurs warns of a name that such a ledger holds and the
	// manifest does not.
	CodeFormerlyOurs = "formerly-ours"
	// CodeUnrecordable refuses what no ledger could record.
	CodeUnrecordable = "unrecordable"
	// CodeResetNotNeeded warns of a reset_ledger line on a ledger that is
	// whole.
	CodeResetNotNeeded = "reset-ledger-not-needed"
	// CodeForeignLedger warns of another project's ledger that is not intact.
	CodeForeignLedger = "foreign-ledger-not-intact"
	// CodeDeleteAll refuses to delete everything that an owner has of this
	// project.
	CodeDeleteAll = "delete-all"
	// CodeEmptyManifest refuses to delete for a manifest without secrets.
	CodeEmptyManifest = "empty-manifest"
	// CodeTarget warns that the plan is limited to a target.
	CodeTarget = "target"
	// CodeNoDecrypt warns of what a plan without values cannot see.
	CodeNoDecrypt = "no-decrypt"
	// CodeExpired, CodeExpiresSoon, CodeRotationDue, CodeRotationDueSoon and
	// CodeRotatedInFuture warn of dates in the manifest.
	CodeExpired         = "expired"
	CodeExpiresSoon     = "expires-soon"
	CodeRotationDue     = "rotation-due"
	CodeRotationDueSoon = "rotation-due-soon"
	CodeRotatedInFuture = "rotated-in-future"
)

// level says how loud a finding is.
type level uint8

const (
	warns       level = iota // a warning
	warnsStrict              // a warning, under Policy.Strict a refusal
	refuses                  // a refusal
	forbids                  // a refusal under ForbidUnmanaged, else nothing
)

// finding is something to tell beside an action. Text gets the environment
// only for overrides; every name in what it returns is quoted.
type finding struct {
	code  string
	level level
	text  func(p pair, env secret.Env) (message, remedy string)
}

var reservedName = finding{CodeReservedName, refuses, func(pair, secret.Env) (string, string) {
	return "names that begin with " + secret.ReservedPrefix + " are kept for cella itself", "rename the secret"
}}

var externalMissing = finding{CodeExternalMissing, warnsStrict, func(pair, secret.Env) (string, string) {
	return "declared as external, but not live", "set it where it is managed, or remove it from the manifest"
}}

var externalDiffers = finding{CodeExternalDiffers, warnsStrict, func(p pair, _ secret.Env) (string, string) {
	return difference(p), "declare " + attributes(p.live.Type, p.live.Scopes) + ", or change it where it is managed"
}}

var replaceProtected = finding{CodeProtected, refuses, func(p pair, _ secret.Env) (string, string) {
	return difference(p) + "; changing that means replacing it, and it is protected" + losing(p),
		waysOut(p, unprotect(p))
}}

var replaceNotAllowed = finding{CodeReplaceNotAllowed, refuses, func(p pair, _ secret.Env) (string, string) {
	return difference(p) + "; changing that means replacing it, and nothing allows it" + losing(p),
		waysOut(p, "add `replace: true`")
}}

var replaceLosesOverrides = finding{CodeOverridesLost, refuses, func(p pair, _ secret.Env) (string, string) {
	return "replacing it would lose its undeclared live " + overrides(p.lost), keepOrDrop(p.lost) + ", or delete it with `retire: delete` first"
}}

var unmanagedSecret = finding{CodeUnmanagedSecret, forbids, func(pair, secret.Env) (string, string) {
	return "live, but not in the manifest", "declare it (with `external: true` where it is set elsewhere), or set policy.unmanaged to report"
}}

var unmanagedOverride = finding{CodeUnmanagedOverride, forbids, func(_ pair, env secret.Env) (string, string) {
	lost := []secret.Env{env}
	return "the live " + overrides(lost) + " is not in the manifest",
		keepOrDrop(lost) + ", or set policy.unmanaged to report"
}}

var needlessDrop = finding{CodeDropNotNeeded, warns, func(_ pair, env secret.Env) (string, string) {
	return "drop_overrides names " + secret.Quote(string(env)) + ", which has no live override; it can go from the manifest", ""
}}

// difference says how the live secret differs from the declared one.
func difference(p pair) string {
	return fmt.Sprintf("live with %s, declared with %s",
		attributes(p.live.Type, p.live.Scopes), attributes(p.desired.Type, p.desired.Scopes))
}

// attributes writes type and scopes as the manifest does.
func attributes(t secret.Type, scopes secret.Scopes) string {
	return fmt.Sprintf("`type: %s, scopes: [%s]`", secret.Quote(string(t)), scopes)
}

// losing adds to a message that a replacement would lose overrides.
func losing(p pair) string {
	if len(p.lost) == 0 {
		return ""
	}
	return "; it would also lose the undeclared live " + overrides(p.lost)
}

// unprotect says how to allow the replacement of a protected secret. The word
// that lifts the protection of a record is `protect: false`; dropping the line
// does not.
func unprotect(p pair) string {
	f := p.facts()
	f.protected = false
	switch {
	case p.past.record.Protect && f.mayReplace():
		return "say `protect: false`"
	case p.past.record.Protect:
		return "say `protect: false` and `replace: true`"
	case f.mayReplace():
		return "remove `protect: true`"
	}
	return "replace `protect: true` with `replace: true`"
}

// waysOut names the ways out of a refused replacement: to allow it, and to
// declare what is live, where the manifest can.
func waysOut(p pair, allow string) string {
	if len(p.lost) > 0 {
		allow += " and " + keepOrDrop(p.lost)
	}
	if !declarable(p.live) {
		return allow
	}
	return allow + "; or declare the live " + attributes(p.live.Type, p.live.Scopes)
}

// declarable reports whether a manifest may name the live type and scopes.
func declarable(live *secret.LiveSecret) bool {
	for _, scope := range live.Scopes {
		if !slices.Contains(secret.CreatableScopes(), scope) {
			return false
		}
	}
	return live.Type.Creatable() && len(live.Scopes) > 0
}

func keepOrDrop(envs []secret.Env) string {
	return fmt.Sprintf("declare the %s, or add `drop_overrides: [%s]`", overrides(envs), environments(envs))
}

// overrides reads "override for live" or "overrides for live, test".
func overrides(envs []secret.Env) string {
	if len(envs) == 1 {
		return "override for " + environments(envs)
	}
	return "overrides for " + environments(envs)
}

func environments(envs []secret.Env) string {
	words := make([]string, len(envs))
	for i, env := range envs {
		words[i] = secret.Quote(string(env))
	}
	return strings.Join(words, ", ")
}
