package view_test

import (
	"strings"
	"testing"

	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/secret"
)

// TestTextCountsLedgers: a plan may have nothing to do but that.
func TestTextCountsLedgers(t *testing.T) {
	change := func(owner secret.Owner, action plan.LedgerAction) plan.LedgerChange {
		return plan.LedgerChange{Owner: owner, Ledger: "CELLA_LEDGER__SHOP", Action: action, Reason: plan.ReasonLedgerReset}
	}
	tests := map[string]struct {
		ledgers []plan.LedgerChange
		want    string
	}{
		"one":   {[]plan.LedgerChange{change(mySite, plan.RemoveLedger)}, "\n3 requests: 2 to read, 1 to apply.\nPlan: 1 forget.\n"},
		"two":   {[]plan.LedgerChange{change(mySite, plan.RemoveLedger), change(torn, plan.RemoveLedger)}, "\n3 requests: 2 to read, 1 to apply.\nPlan: 2 forget.\n"},
		"mixed": {[]plan.LedgerChange{change(mySite, plan.ResetLedger), change(torn, plan.RekeyLedger)}, "\n3 requests: 2 to read, 1 to apply.\nPlan: 2 record.\n"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := plan.Plan{Complete: true, Requests: plan.Requests{Secrets: 3, Lists: 2}, Ledgers: test.ledgers}
			if got := string(text(t, p, false)); !strings.HasSuffix(got, test.want) {
				t.Errorf("the text ends otherwise than in %q:\n%s", test.want, got)
			}
		})
	}
}

// TestTextNamesEveryRefusedAction: whatever is refused, the line says what
// would be done.
func TestTextNamesEveryRefusedAction(t *testing.T) {
	for action, want := range map[plan.Action]string{
		plan.Create: "would be created", plan.Update: "would be updated", plan.Replace: "would be replaced", plan.Delete: "would be deleted",
		plan.Adopt: "would be recorded", plan.Release: "would be released", plan.Forget: "would be forgotten", plan.None: "refused  see below",
	} {
		p := plan.Plan{
			Changes:  []plan.Change{{Owner: mySite, Secret: "A", Action: action}},
			Refusals: []plan.Refusal{{Code: "code", Owner: mySite, Secret: "A"}},
		}
		if got := string(text(t, p, false)); !strings.Contains(got, want) {
			t.Errorf("%s: the text lacks %q:\n%s", action, want, got)
		}
	}
}
