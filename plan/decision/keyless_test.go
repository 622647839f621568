package decision

import (
	"slices"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/sentence"
	"github.com/cella-secrets/cella/secret"
)

// TestALedgerThatIsNotKeptIsToldOf: without a key values are written and the
// ledger stays as it is, so that once the key is back it tells of what was
// there before.
func TestALedgerThatIsNotKeptIsToldOf(t *testing.T) {
	kept := past{records: []memo{did(want("A", "=1"))}}
	tests := map[string]struct {
		in     Input
		pasts  []past
		want   bool
		reason string
	}{
		"written": {one([]secret.DesiredSecret{want("A", "=2")}, []secret.LiveSecret{have("A", "=?")}), []past{kept}, true,
			"the ledger would go on saying that 1 was applied last"},
		"nothing to write": {one([]secret.DesiredSecret{want("A", "=2")}, []secret.LiveSecret{have("A", "=2")}), []past{kept}, false,
			"nothing gets wrong by this plan"},
		"another project's": {one([]secret.DesiredSecret{want("B", "=2")}, nil), []past{{project: "marketing", records: kept.records}}, false,
			"that project keeps it"},
		"none": {one([]secret.DesiredSecret{want("A", "=2")}, []secret.LiveSecret{have("A", "=?")}), nil, false,
			"there is nothing to keep"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := Diff(remembering(test.in, manifest{project: "storefront"}, test.pasts...))
			got := slices.ContainsFunc(p.Warnings, func(w plan.Warning) bool { return w.Code == plan.CodeLedgerNotKept && w.Owner == mySite })
			if got != test.want {
				t.Errorf("warned: %v, want %v: %s\n%v", got, test.want, test.reason, p.Warnings)
			}
		})
	}
}

// TestRefusalsOfOurOwnNameFormerly: who renames a project and forgets it, or
// lists somebody else's name, is told the way that loses nothing.
func TestRefusalsOfOurOwnNameFormerly(t *testing.T) {
	remedy := func(in Input, code plan.Code) string {
		for _, refusal := range Diff(in).Refusals {
			if refusal.Code == code {
				_, remedy := sentence.Refusal(refusal)
				return remedy
			}
		}
		return ""
	}
	in := one([]secret.DesiredSecret{want("A", "=1")}, []secret.LiveSecret{have("A", "=?")})
	shopfront := past{project: "shopfront", records: []memo{did(want("A", "=1"))}}
	says := func(remedy, text string) {
		t.Helper()
		if !strings.Contains(remedy, text) {
			t.Errorf("the remedy lacks %q: %q", text, remedy)
		}
	}
	says(remedy(remembering(in, manifest{}.under("k", ""), shopfront), plan.CodeClaimed), "list it under `formerly`")
	slip := past{project: in.Project + "s", records: shopfront.records}
	says(remedy(remembering(in, manifest{}.under("k", ""), slip), plan.CodeClaimed),
		"if `project: "+in.Project+"` is a slip, write `project: "+in.Project+"s`; to hand it over")
	shopfront.key = "m"
	says(remedy(remembering(in, manifest{formerly: []string{"shopfront"}}.under("k", ""), shopfront), plan.CodeLedgerOtherKey),
		"if shopfront is not an earlier name of this project, remove it from `formerly`")
	own := past{key: "m", records: shopfront.records}
	if got := remedy(remembering(in, manifest{}.under("k", ""), own), plan.CodeLedgerOtherKey); got == "" || strings.Contains(got, "formerly") {
		t.Errorf("the remedy of our own ledger = %q, which has nothing to do with formerly", got)
	}
}
