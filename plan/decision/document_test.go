package decision

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/secret"
)

func TestJSONListsAreNeverNull(t *testing.T) {
	for name, in := range map[string]Input{
		"empty":  {},
		"change": one([]secret.DesiredSecret{want("A", "=1"), wantWith(want("B"), func(s *secret.DesiredSecret) { s.External = true })}, nil),
	} {
		text, err := json.Marshal(Diff(in))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "null") {
			t.Errorf("%s: %s", name, text)
		}
	}
}

func TestEmptyPlan(t *testing.T) {
	p := Diff(Input{
		CellaVersion: "1.2.3", Project: "storefront",
		Inputs: []plan.InputDigest{{Env: "CELLA_VALUE_A", HMAC: "3"}, {File: "b", SHA256: "2"}, {File: "a", SHA256: "1"}},
	})
	want := plan.Plan{
		FormatVersion: "1", CellaVersion: "1.2.3", Project: "storefront", Complete: true,
		Inputs: []plan.InputDigest{
			{File: "a", SHA256: "1"}, {File: "b", SHA256: "2"}, {Env: "CELLA_VALUE_A", HMAC: "3"},
		}, Changes: []plan.Change{}, Ledgers: []plan.LedgerChange{}, Unmanaged: []plan.Unmanaged{},
		Drift: []plan.Drift{}, Errors: []plan.OwnerError{}, Warnings: []plan.Warning{}, Refusals: []plan.Refusal{},
	}
	if diff := cmp.Diff(want, p); diff != "" {
		t.Error(diff)
	}
	if p.HasChanges() || p.Blocked() {
		t.Error("an empty plan has nothing to do, and nothing against it")
	}
}

// TestDigestSurvivesSaving: a saved plan has the digest of the plan, so that
// both can be told to belong together.
func TestDigestSurvivesSaving(t *testing.T) {
	for name, in := range map[string]Input{
		"empty":  {},
		"change": one([]secret.DesiredSecret{want("A", "=1", "live=2")}, nil),
	} {
		p := Diff(in)
		text, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		var back plan.Plan
		if err := json.Unmarshal(text, &back); err != nil {
			t.Fatal(err)
		}
		saved, err := plan.Digest(p)
		read, again := plan.Digest(back)
		if err != nil || again != nil || saved != read {
			t.Errorf("%s: the digest changes", name)
		}
	}
}
