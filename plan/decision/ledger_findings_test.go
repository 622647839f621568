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
	const waysOutOfDelete = "write its entry again, with nothing in it but `retire: delete` to delete it, or `retire: release` to leave it on Pantheon; " +
		"or put the entry back as it was"
	const retireThem = "write the entries of those that should go again, with nothing in them but `retire: delete`"
	for name, c := range map[string]struct {
		manifest manifest
		pasts    []past
		desired  []secret.DesiredSecret
		live     []secret.LiveSecret
		change   func(*Input)
		want     []told
	}{
		"claimed": {pasts: []past{marketing}, desired: []secret.DesiredSecret{a}, live: live, want: []told{{plan.CodeClaimed,
			"project marketing manages it",
			"to hand it over, add `retire: release` to it in the manifest of that project and apply that first; " +
				"if marketing is an earlier or later name of this project, list it under `formerly`; or remove the secret here"}}},
		"claimed, retired": {pasts: []past{marketing}, desired: []secret.DesiredSecret{
			{Name: "A", Retire: secret.RetireDelete},
		}, live: live, want: []told{{plan.CodeClaimed,
			"it would be deleted, but project marketing manages it",
			"retire it in the manifest of that project, or remove this entry"}}},
		"delete, protected": {pasts: []past{mine(guarded)}, desired: kept, live: live, want: []told{{plan.CodeProtected,
			"it is no longer in the manifest and would be deleted, but it was protected at the last apply", waysOutOfDelete}}},
		"delete, loses overrides": {pasts: []past{mine()}, desired: kept, live: []secret.LiveSecret{have("A", "=?", "live=?", "test=?")},
			want: []told{{plan.CodeOverridesLost,
				"it is no longer in the manifest; deleting it would lose the overrides for live, test, which this project did not set",
				waysOutOfDelete}}},
		"delete, changed outside": {pasts: []past{mine()}, desired: kept, live: []secret.LiveSecret{haveWith(have("A", "=?"), composer)},
			want: []told{{plan.CodeChangedOutside,
				"it is no longer in the manifest and would be deleted, but it is not the secret that cella applied: " +
					"on Pantheon it has `type: composer, scopes: [ic]`, and cella applied `type: runtime, scopes: [web]`",
				waysOutOfDelete}}},
		"replace, protected by the record": {pasts: []past{mine(guarded)}, desired: []secret.DesiredSecret{wantWith(a, asComposer)}, live: live,
			want: []told{{plan.CodeProtected,
				"on Pantheon it has `type: runtime, scopes: [web]`, in the manifest `type: composer, scopes: [ic]`; " +
					"only a replacement can change that, and it is protected",
				"add `protect: false`; or change the manifest to `type: runtime, scopes: [web]`"}}},
		"replace, protected by the record, changed outside": {pasts: []past{mine(guarded)}, desired: []secret.DesiredSecret{a},
			live: []secret.LiveSecret{haveWith(have("A", "=?"), composer)}, want: []told{{plan.CodeProtected,
				"on Pantheon it has `type: composer, scopes: [ic]`, in the manifest `type: runtime, scopes: [web]`; " +
					"only a replacement can change that, and it is protected",
				"add `protect: false` and `replace: true`; or change the manifest to `type: composer, scopes: [ic]`"}}},
		"replace, protected by the manifest": {pasts: []past{mine()}, desired: []secret.DesiredSecret{
			wantWith(wantWith(a, asComposer), func(s *secret.DesiredSecret) { s.Protect = secret.Protected }),
		}, live: live, want: []told{{plan.CodeProtected,
			"on Pantheon it has `type: runtime, scopes: [web]`, in the manifest `type: composer, scopes: [ic]`; " +
				"only a replacement can change that, and it is protected",
			"remove `protect: true`; or change the manifest to `type: runtime, scopes: [web]`"}}},
		"retire, no key": {manifest: manifest{project: "storefront"}, desired: []secret.DesiredSecret{
			{Name: "A", Retire: secret.RetireDelete},
		}, live: live, want: []told{{plan.CodeRetireWithoutKey,
			"`retire` does nothing without a fingerprint_key", ""}}},
		"retire, nothing to release": {desired: []secret.DesiredSecret{
			{Name: "A", Retire: secret.RetireRelease},
		}, live: live, want: []told{{plan.CodeRetireWithoutEffect,
			"nothing is left to release; remove this entry from the manifest", ""}}},
		"retire, nothing to delete": {desired: []secret.DesiredSecret{{Name: "A", Retire: secret.RetireDelete}}, want: []told{{plan.CodeRetireWithoutEffect,
			"nothing is left to delete; remove this entry from the manifest", ""}}},
		"retire, inherited": {desired: []secret.DesiredSecret{
			{Name: "A", Retire: secret.RetireDelete},
		}, live: []secret.LiveSecret{haveWith(have("A", "=?"), inherited)}, want: []told{{plan.CodeRetireInherited,
			"the organization has this name too; if deleting the site's own deleted the organization's as well, " +
				"the manifest has no value to put back",
			"add the organization's secret to the manifest, with its value; or delete the site's own in the site's dashboard, " +
				"which edits site secrets only, and remove this entry"}}},
		"owner retired, no key": {manifest: manifest{project: "storefront"}, change: func(in *Input) { in.Desired[0].Retire = secret.RetireRelease },
			want: []told{{plan.CodeRetireWithoutKey,
				"`retire` does nothing without a fingerprint_key", ""}}},
		"owner retired, done": {change: func(in *Input) { in.Desired[0].Retire = secret.RetireRelease }, want: []told{{plan.CodeRetireWithoutEffect,
			"nothing is left to release; remove the lines of site:my-site from the manifest", ""}}},
		"reset not needed": {desired: kept, change: func(in *Input) { in.Desired[0].ResetLedger = true }, want: []told{{plan.CodeResetNotNeeded,
			"there is nothing to give up; remove `reset_ledger` from the manifest", ""}}},
		"damaged": {pasts: []past{mine()}, live: live, change: cut, want: []told{
			{plan.CodeFormerlyOurs, "this project may have applied it, but the record of that can't be trusted; it is not in the manifest, and left alone", ""},
			{plan.CodeLedgerDamaged, "what cella last applied here for project storefront can't be trusted: " +
				"CELLA_LEDGER__STOREFRONT does not end with its checksum (MAC)",
				"find out who changed it; then add `reset_ledger: true` here, which gives up what cella recorded"}}},
		"other key": {manifest: manifest{}.under("n", ""), pasts: []past{mine()}, desired: []secret.DesiredSecret{a}, live: live,
			want: []told{{plan.CodeLedgerOtherKey,
				"what cella last applied here for project storefront can't be trusted: " +
					"CELLA_LEDGER__STOREFRONT is under another fingerprint key (key id 6a83a24b1f60a3cd)",
				"set previous_fingerprint_key to the key that it was written under; " +
					"if that key is lost, add `reset_ledger: true` here, which gives up what cella recorded"}}},
		"newer": {change: func(in *Input) {
			in.Ledgers[0].Own.Status, in.Ledgers[0].Own.Reason = ledger.Newer, "X has a newer format"
		}, want: []told{{plan.CodeLedgerNewer,
			"what cella last applied here for project storefront can't be trusted: X has a newer format",
			"use the version of cella that wrote it, or a later one; otherwise add `reset_ledger: true` here, which gives up what cella recorded"}}},
		"foreign ledger": {change: func(in *Input) {
			in.Ledgers[0].Claims = []ledger.Claim{{Project: "marketing", Reason: "X is missing"}}
		}, want: []told{
			{
				plan.CodeForeignLedger,
				"what project marketing recorded here is damaged (X is missing): nothing that it names is deleted, " +
					"and cella can't see what else that project manages",
				"",
			},
		}},
		"all of an owner's": {pasts: []past{
			{records: []memo{did(a), did(want("B", "=1")), did(want("C", "=1"))}},
		}, live: []secret.LiveSecret{have("A", "=?"), have("B", "=?"), have("C", "=?")}, desired: kept, want: []told{{plan.CodeDeleteAll,
			"all 3 secrets that this project has here would be deleted at once",
			retireThem + "; to leave them all on Pantheon, add `retire: release` to site:my-site; or put the entries back as they were"}}},
		"empty manifest": {pasts: []past{mine()}, live: live, want: []told{{plan.CodeEmptyManifest,
			"the manifest has no secret at all, and 1 secret would be deleted",
			"check that this is the right manifest; then " + retireThem + "; to sites and organizations that you leave, add `retire: release`"}}},
		"unrecordable": {desired: []secret.DesiredSecret{wantWith(a, func(s *secret.DesiredSecret) {
			for i := range 700 {
				s.Overrides = append(s.Overrides, secret.DesiredOverride{Env: secret.Env(fmt.Sprintf("e%03d", i)), Value: s.Value})
			}
		})}, want: []told{{plan.CodeUnrecordable, "write what cella last applied to site:my-site: record A: with 701 values it is larger than a chunk",
			"shorten or rename what can't be recorded, or have fewer secrets and overrides here"}}},
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
