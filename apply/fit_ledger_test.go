package apply_test

import (
	"testing"

	"github.com/cella-secrets/cella/apply"
	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/secret"
)

// TestRefusesWhatNoLedgerExplains breaks one thing at a time where records
// decide.
func TestRefusesWhatNoLedgerExplains(t *testing.T) {
	s := site("s")
	protected := applied("P")
	protected.Protect = true
	tests := map[string]struct {
		jobs  []job
		spoil func(*apply.Input)
		want  string
	}{
		"delete without a record": {
			jobs: []job{ledgerJob(s, "N", plan.Delete)},
			want: "apply N of site:s: no ledger says that it is this project's, so it is never deleted",
		},
		"delete of what is declared": {
			jobs:  []job{ledgerJob(s, "A", plan.Delete)},
			spoil: func(in *apply.Input) { in.Desired[0].Secrets = []secret.DesiredSecret{{Name: "A"}} },
			want:  "apply A of site:s: the plan deletes what the manifest declares",
		},
		"delete of what is released": {
			jobs: []job{ledgerJob(s, "A", plan.Delete)},
			spoil: func(in *apply.Input) {
				in.Desired[0].Secrets = []secret.DesiredSecret{{Name: "A", Retire: secret.RetireRelease}}
			},
			want: "apply A of site:s: the plan deletes what the manifest declares",
		},
		"delete of a protected secret": {
			jobs: []job{ledgerJob(s, "P", plan.Delete)},
			want: "apply P of site:s: a protected secret is never deleted",
		},
		"delete of a ledger": {
			jobs: []job{retired(ledgerJob(s, "CELLA_LEDGER__STOREFRONT", plan.Delete))},
			want: "apply CELLA_LEDGER__STOREFRONT of site:s: names that begin with CELLA_ are kept for cella itself",
		},
		"replace of a secret recorded as protected": {
			jobs: []job{newJob(s, "P", plan.Replace, nil)},
			want: "apply P of site:s: a protected secret is never replaced",
		},
		"update of a retired secret": {
			jobs:  []job{newJob(s, "A", plan.Update, nil)},
			spoil: func(in *apply.Input) { in.Desired[0].Secrets[0].Retire = secret.RetireRelease },
			want:  "apply A of site:s: a retired secret is never written",
		},
		"adopt that writes": {
			jobs:  []job{ledgerJob(s, "A", plan.Adopt)},
			spoil: func(in *apply.Input) { in.Plan.Changes[0].Default = plan.Update },
			want:  "apply A of site:s: the plan's action adopt changes values",
		},
		"update of what may be inherited, with a value that is not known": {
			jobs:  []job{withoutDefault(mayBeInherited(newJob(s, "A", plan.Update, envs("live", plan.Update))))},
			spoil: func(in *apply.Input) { in.Desired[0].Secrets[0].Value = secret.Value{} },
			want:  "apply A of site:s: the value is not known",
		},
		"update of what may be inherited, with an override that is not known": {
			jobs:  []job{mayBeInherited(newJob(s, "A", plan.Update, envs("live", plan.None)))},
			spoil: func(in *apply.Input) { in.Desired[0].Secrets[0].Overrides[0].Value = secret.Value{} },
			want:  "apply A of site:s: override for live: the value is not known",
		},
		"no key, delete": {
			jobs:  []job{retired(ledgerJob(s, "A", plan.Delete))},
			spoil: func(in *apply.Input) { in.Keys = ledger.Keys{} },
			want:  "apply site:s: the plan needs a ledger, and there is no fingerprint_key",
		},
		"no key, adopt": {
			jobs:  []job{ledgerJob(s, "A", plan.Adopt)},
			spoil: func(in *apply.Input) { in.Keys = ledger.Keys{} },
			want:  "apply site:s: the plan needs a ledger, and there is no fingerprint_key",
		},
		"no key, ledger removed": {
			spoil: func(in *apply.Input) {
				in.Keys = ledger.Keys{}
				in.Plan.Ledgers = []plan.LedgerChange{remove(s, "CELLA_LEDGER__STOREFRONT")}
			},
			want: "apply site:s: the plan needs a ledger, and there is no fingerprint_key",
		},
		"ledger not read": {
			jobs:  []job{newJob(s, "A", plan.Update, nil)},
			spoil: func(in *apply.Input) { in.Ledgers = nil },
			want:  "apply site:s: its ledger was not read",
		},
		"ledger of another owner": {
			jobs:  []job{newJob(s, "A", plan.Update, nil)},
			spoil: func(in *apply.Input) { in.Ledgers[0].Owner.ID = "other" },
			want:  "apply site:s: its ledger was not read",
		},
		"removal of a ledger that was not read": {
			spoil: func(in *apply.Input) { in.Plan.Ledgers = []plan.LedgerChange{remove(s, formerLedger)} },
			want:  "apply site:s: the plan removes the ledger CELLA_LEDGER__SHOPFRONT, which was not read",
		},
		"removal of a ledger of an unknown owner": {
			spoil: func(in *apply.Input) { in.Plan.Ledgers = []plan.LedgerChange{remove(site("t"), formerLedger)} },
			want:  "apply CELLA_LEDGER__SHOPFRONT of site:t: the manifest does not name the owner",
		},
		"unusable ledger": {
			jobs:  []job{newJob(s, "A", plan.Update, nil)},
			spoil: func(in *apply.Input) { in.Ledgers[0].Own.Status = ledger.Damaged },
			want:  "apply site:s: the ledger would not record the update of A as it should",
		},
		"no run id": {
			jobs:  []job{newJob(s, "A", plan.Update, nil)},
			spoil: func(in *apply.Input) { in.Run = "" },
			want:  "apply site:s: write what cella last applied to site:s: the run id is not 1 to 64 letters, digits and .-_:/",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			keys := keysOf(t, "k")
			w := newWorld().remember(t, s, project, keys, applied("A"), protected)
			in := input(test.jobs...)
			if len(in.Desired) == 0 {
				in.Desired = []secret.Desired{{Owner: s}}
			}
			in = w.remembering(in, keys)
			if test.spoil != nil {
				test.spoil(&in)
			}
			report, err := apply.Run(t.Context(), w, in, options())
			if err == nil || err.Error() != test.want {
				t.Errorf("error %v, want %s", err, test.want)
			}
			if len(w.calls) > 0 || len(report.Results)+len(report.Ledgers) > 0 {
				t.Errorf("calls %q, report %+v, want none", w.calls, report)
			}
		})
	}
}
