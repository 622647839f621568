package plan

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/secret"
)

// TestTargets: what targets name together, whatever their order and overlap.
func TestTargets(t *testing.T) {
	site := func(name string) secret.Owner { return secret.Owner{Kind: secret.Site, Name: name} }
	a, b := site("a"), site("b")
	tests := map[string]struct {
		targets  Targets
		covers   []secret.Owner // of a, b and the organization a
		names    []secret.Name  // of a
		whole    bool
		distinct int
		reason   string
	}{
		"none":              {nil, []secret.Owner{a, b, {Kind: secret.Organization, Name: "a"}}, nil, true, 0, "nothing is limited"},
		"an owner":          {Targets{{Owner: a}}, []secret.Owner{a}, nil, true, 1, ""},
		"another":           {Targets{{Owner: b}}, []secret.Owner{b}, nil, false, 1, ""},
		"owners":            {Targets{{Owner: b}, {Owner: a}}, []secret.Owner{a, b}, nil, true, 2, ""},
		"a secret":          {Targets{{a, "X"}}, []secret.Owner{a}, []secret.Name{"X"}, false, 1, ""},
		"secrets":           {Targets{{a, "Y"}, {a, "X"}, {b, "Z"}}, []secret.Owner{a, b}, []secret.Name{"X", "Y"}, false, 3, ""},
		"mixed":             {Targets{{Owner: b}, {a, "X"}}, []secret.Owner{a, b}, []secret.Name{"X"}, false, 2, ""},
		"twice":             {Targets{{a, "X"}, {a, "X"}}, []secret.Owner{a}, []secret.Name{"X"}, false, 1, "it is one"},
		"contained":         {Targets{{a, "X"}, {Owner: a}}, []secret.Owner{a}, nil, true, 1, "the owner has all of its secrets"},
		"contained, behind": {Targets{{Owner: a}, {a, "X"}}, []secret.Owner{a}, nil, true, 1, "the order means nothing"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var covers []secret.Owner
			for _, owner := range []secret.Owner{a, b, {Kind: secret.Organization, Name: "a"}} {
				if test.targets.Covers(owner) {
					covers = append(covers, owner)
				}
			}
			if diff := cmp.Diff(test.covers, covers); diff != "" {
				t.Errorf("covers (-want +got):\n%s(%s)", diff, test.reason)
			}
			names, whole := test.targets.Secrets(a)
			if !slices.Equal(names, test.names) || whole != test.whole {
				t.Errorf("secrets %v, whole %v, want %v, %v: %s", names, whole, test.names, test.whole, test.reason)
			}
			if got := test.targets.Distinct(); len(got) != test.distinct {
				t.Errorf("%d are distinct, want %d: %v", len(got), test.distinct, got)
			}
		})
	}
}
