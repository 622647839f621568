package decision

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/sentence"
	"github.com/cella-secrets/cella/secret"
)

// TestLedgerFindings pins what people read.
func TestLedgerFindings(t *testing.T) {
	a := want("A", "=1")
	live := []secret.LiveSecret{have("A", "=?")}
	kept := []secret.DesiredSecret{want("KEPT", "=1")}
	marketing := past{project: "marketing", key: "m", records: []memo{did(want("A", "=9"))}}
	mine := func(changes ...func(*ledger.Entry)) past { return past{records: []memo{did(a, changes...)}} }
	const waysOutOfDelete = "`retire: delete` deletes it, `retire: release` leaves it live; or declare it again"
	for name, c := range map[string]struct {
		manifest manifest
		pasts    []past
		desired  []secret.DesiredSecret
		live     []secret.LiveSecret
		change   func(*Input)
		want     []told
	}{
		"claimed": {pasts: []past{marketing}, desired: []secret.DesiredSecret{a}, live: live, want: []told{{plan.CodeClaimed,
			"the ledger of project marketing names it: it is that project's",
			"to hand it over, set `retire: release` on it in the manifest of that project and apply that, then declare it here; " +
				"where marketing is this project's own earlier or later name, list it under `formerly`; or remove it here"}}},
		"claimed, retired": {pasts: []past{marketing}, desired: []secret.DesiredSecret{
			{Name: "A", Retire: secret.RetireDelete},
		}, live: live, want: []told{{plan.CodeClaimed,
			"it would be deleted, and the ledger of project marketing names it",
			"retire it in the manifest of that project, or remove it here"}}},
		"delete, protected": {pasts: []past{mine(guarded)}, desired: kept, live: live, want: []told{{plan.CodeProtected,
			"it left the manifest and would be deleted, and the ledger says that it is protected", waysOutOfDelete}}},
		"delete, loses overrides": {pasts: []past{mine()}, desired: kept, live: []secret.LiveSecret{have("A", "=?", "live=?", "test=?")},
			want: []told{{plan.CodeOverridesLost,
				"it left the manifest, and deleting it would lose the live overrides for live, test, not set by this project",
				"`retire: delete` deletes it with them, `retire: release` leaves it live; or declare it again"}}},
		"delete, changed outside": {pasts: []past{mine()}, desired: kept, live: []secret.LiveSecret{haveWith(have("A", "=?"), composer)},
			want: []told{{plan.CodeChangedOutside,
				"it left the manifest and would be deleted, but is not the secret that was applied: " +
					"live with `type: composer, scopes: [ic]`, applied with `type: runtime, scopes: [web]`",
				waysOutOfDelete}}},
		"replace, protected by the record": {pasts: []past{mine(guarded)}, desired: []secret.DesiredSecret{wantWith(a, asComposer)}, live: live,
			want: []told{{plan.CodeProtected,
				"live with `type: runtime, scopes: [web]`, declared with `type: composer, scopes: [ic]`; changing that means replacing it, and it is protected",
				"say `protect: false`; or declare the live `type: runtime, scopes: [web]`"}}},
		"replace, protected by the record, changed outside": {pasts: []past{mine(guarded)}, desired: []secret.DesiredSecret{a},
			live: []secret.LiveSecret{haveWith(have("A", "=?"), composer)}, want: []told{{plan.CodeProtected,
				"live with `type: composer, scopes: [ic]`, declared with `type: runtime, scopes: [web]`; changing that means replacing it, and it is protected",
				"say `protect: false` and `replace: true`; or declare the live `type: composer, scopes: [ic]`"}}},
		"replace, protected by the manifest": {pasts: []past{mine()}, desired: []secret.DesiredSecret{
			wantWith(wantWith(a, asComposer), func(s *secret.DesiredSecret) { s.Protect = secret.Protected }),
		}, live: live, want: []told{{plan.CodeProtected,
			"live with `type: runtime, scopes: [web]`, declared with `type: composer, scopes: [ic]`; changing that means replacing it, and it is protected",
			"remove `protect: true`; or declare the live `type: runtime, scopes: [web]`"}}},
		"retire, no key": {manifest: manifest{project: "storefront"}, desired: []secret.DesiredSecret{
			{Name: "A", Retire: secret.RetireDelete},
		}, live: live, want: []told{{plan.CodeRetireWithoutKey,
			"retire does nothing without a fingerprint_key", ""}}},
		"retire, nothing to release": {desired: []secret.DesiredSecret{
			{Name: "A", Retire: secret.RetireRelease},
		}, live: live, want: []told{{plan.CodeRetireWithoutEffect,
			"nothing is left to release; it can go from the manifest", ""}}},
		"retire, nothing to delete": {desired: []secret.DesiredSecret{{Name: "A", Retire: secret.RetireDelete}}, want: []told{{plan.CodeRetireWithoutEffect,
			"nothing is left to delete; it can go from the manifest", ""}}},
		"retire, inherited": {desired: []secret.DesiredSecret{
			{Name: "A", Retire: secret.RetireDelete},
		}, live: []secret.LiveSecret{haveWith(have("A", "=?"), inherited)}, want: []told{{plan.CodeRetireInherited,
			"the organization has this name too, and the manifest has no value to put back if deleting the site's own took the organization's",
			"declare the organization's secret with its value; or delete the site's own in the site's dashboard, " +
				"which edits site secrets only, and remove this line"}}},
		"owner retired, no key": {manifest: manifest{project: "storefront"}, change: func(in *Input) { in.Desired[0].Retire = secret.RetireRelease },
			want: []told{{plan.CodeRetireWithoutKey,
				"retire does nothing without a fingerprint_key", ""}}},
		"owner retired, done": {change: func(in *Input) { in.Desired[0].Retire = secret.RetireRelease }, want: []told{{plan.CodeRetireWithoutEffect,
			"nothing is left to release; the owner can go from the manifest", ""}}},
		"reset not needed": {desired: kept, change: func(in *Input) { in.Desired[0].ResetLedger = true }, want: []told{{plan.CodeResetNotNeeded,
			"no ledger here has to be given up; reset_ledger can go from the manifest", ""}}},
		"damaged": {pasts: []past{mine()}, live: live, change: cut, want: []told{
			{plan.CodeFormerlyOurs, "formerly this project's, says a ledger that cannot be believed; it is not in the manifest, and left alone", ""},
			{plan.CodeLedgerDamaged, "the ledger of project storefront cannot be believed: CELLA_LEDGER__STOREFRONT does not end with its checksum (MAC)",
				"find out who changed it; then `reset_ledger: true` on this owner gives up what it records"}}},
		"other key": {manifest: manifest{}.under("n", ""), pasts: []past{mine()}, desired: []secret.DesiredSecret{a}, live: live,
			want: []told{{plan.CodeLedgerOtherKey,
				"the ledger of project storefront cannot be believed: CELLA_LEDGER__STOREFRONT is under another fingerprint key (key id 6a83a24b1f60a3cd)",
				"set previous_fingerprint_key to the key that it was written under; where that is lost, `reset_ledger: true` on this owner gives up what it records"}}},
		"newer": {change: func(in *Input) {
			in.Ledgers[0].Own.Status, in.Ledgers[0].Own.Reason = ledger.Newer, "X has a newer format"
		}, want: []told{{plan.CodeLedgerNewer,
			"the ledger of project storefront cannot be believed: X has a newer format",
			"use the version of cella that wrote it, or a later one; otherwise `reset_ledger: true` on this owner gives up what it records"}}},
		"foreign ledger": {change: func(in *Input) {
			in.Ledgers[0].Claims = []ledger.Claim{{Project: "marketing", Reason: "X is missing"}}
		}, want: []told{
			{
				plan.CodeForeignLedger,
				"the ledger of project marketing is not intact (X is missing): nothing that it names is deleted, and its other claims cannot be known",
				"",
			},
		}},
		"all of an owner's": {pasts: []past{
			{records: []memo{did(a), did(want("B", "=1")), did(want("C", "=1"))}},
		}, live: []secret.LiveSecret{have("A", "=?"), have("B", "=?"), have("C", "=?")}, desired: kept, want: []told{{plan.CodeDeleteAll,
			"all 3 secrets that this project has here would be deleted at once",
			"say `retire: delete` on those that are to go, or `retire: release` on site:my-site to leave them all live; or declare them again"}}},
		"empty manifest": {pasts: []past{mine()}, live: live, want: []told{{plan.CodeEmptyManifest,
			"the manifest declares no secret at all, and 1 would be deleted",
			"check that the manifest is the right one; say `retire: delete` on secrets that are to go, or `retire: release` on owners that are to be left"}}},
		"unrecordable": {desired: []secret.DesiredSecret{wantWith(a, func(s *secret.DesiredSecret) {
			for i := range 700 {
				s.Overrides = append(s.Overrides, secret.DesiredOverride{Env: secret.Env(fmt.Sprintf("e%03d", i)), Value: s.Value})
			}
		})}, want: []told{{plan.CodeUnrecordable, "write what cella last applied to site:my-site: record A: with 701 values it is larger than a chunk",
			"shorten or rename what cannot be recorded, or declare fewer secrets and overrides on this owner"}}},
	} {
		t.Run(name, func(t *testing.T) {
			if c.manifest.project == "" && !c.manifest.keys.Known() {
				c.manifest = manifest{}.under("k", "")
			}
			in := remembering(one(c.desired, c.live), c.manifest, c.pasts...)
			if c.change != nil {
				c.change(&in)
			}
			if diff := cmp.Diff(c.want, tell(Diff(in))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestWithoutKeyIsSaidOnce: in one line for the whole plan, with how to get
// one, and not where there is one or nothing could be remembered.
func TestWithoutKeyIsSaidOnce(t *testing.T) {
	in := one([]secret.DesiredSecret{want("A", "=1"), want("B", "=1")}, nil)
	in.Desired = append(in.Desired, desire(torn, want("A", "=1")))
	in.Live = append(in.Live, living(torn))
	said := 0
	for _, w := range Diff(in).Warnings {
		if w.Code == plan.CodeNoFingerprintKey {
			said++
			if (w.Owner != secret.Owner{}) || !strings.Contains(sentence.Warning(w), "cella fingerprint-key add") {
				t.Errorf("says %+v", w)
			}
		}
	}
	if said != 1 {
		t.Errorf("said %d times", said)
	}
	for name, in := range map[string]Input{"key": remembering(in, manifest{}.under("k", "")), "nothing": {}} {
		if p := Diff(in); len(p.Warnings) > 0 {
			t.Errorf("%s: %v", name, p.Warnings)
		}
	}
}

func TestHostileNamesInLedgersAreQuoted(t *testing.T) {
	in := remembering(one(nil, nil), manifest{}.under("k", ""))
	in.Ledgers[0].Claims = []ledger.Claim{{Project: "x\ny", Names: []secret.Name{"A\x1b[31m"}, Intact: true}}
	in.Desired[0].Secrets = []secret.DesiredSecret{want("A\x1b[31m", "=1")}
	refusals := Diff(in).Refusals
	if len(refusals) != 1 || refusals[0].Code != plan.CodeClaimed {
		t.Fatalf("refusals: %+v", refusals)
	}
	for _, r := range refusals {
		if message, remedy := sentence.Refusal(r); strings.ContainsAny(message+remedy, "\n\x1b") {
			t.Errorf("%q %q", message, remedy)
		}
	}
}
