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
			if got := test.targets.distinct(); len(got) != test.distinct {
				t.Errorf("%d are distinct, want %d: %v", len(got), test.distinct, got)
			}
		})
	}
}

// TestTargetsAreAUnion: a plan with several targets holds what the plans with
// one of them hold, and nothing else.
func TestTargetsAreAUnion(t *testing.T) {
	agencys := desire(agency, want("A", "=1"), want("B", "=1"))
	mine := desire(mySite, want("A", "=1"), want("B", "=1"), want("C", "=1"))
	torns := desire(torn, want("A", "=1"))
	in := Input{
		Desired: []secret.Desired{agencys, mine, torns},
		Live:    []secret.Live{living(agency), living(mySite, have("A", "=2"), have("STRAY", "=1")), living(torn)},
	}
	tests := map[string]struct {
		targets Targets
		lines   []string
		message string
		reason  string
	}{
		"owner and secret of another": {
			Targets{{mySite, "B"}, {Owner: agency}},
			[]string{
				"create A default:create/absent steps:1", "create B default:create/absent steps:1",
				"create B default:create/absent steps:1", "warning target ", "warning shadowed-by-sites A", "warning shadowing-unlooked A", "warning shadowed-by-sites B", "warning shadowing-unlooked B",
			},
			"limited to org:my-agency, site:my-site/B; everything else is left out, also sites and organizations that left the manifest", "both are looked at, torn-site is not",
		},
		"secrets of one owner": {
			Targets{{mySite, "C"}, {mySite, "A"}, {mySite, "A"}},
			[]string{"update A default:update/changed steps:1", "create C default:create/absent steps:1", "warning target "},
			"limited to site:my-site/A, site:my-site/C; everything else is left out, also sites and organizations that left the manifest", "one that is named twice is one",
		},
		"one that contains another": {
			Targets{{torn, "A"}, {Owner: torn}},
			[]string{"create A default:create/absent steps:1", "warning target "},
			"limited to site:torn-site; everything else is left out, also sites and organizations that left the manifest", "the smaller one adds nothing",
		},
		"one that nobody knows": {
			Targets{{Owner: torn}, {mySite, "TYPO"}, {mySite, "TYPO2"}},
			[]string{
				"create A default:create/absent steps:1",
				"error site:my-site/TYPO: the manifest does not declare this target, and no ledger records it",
				"error site:my-site/TYPO2: the manifest does not declare this target, and no ledger records it", "warning target ",
			},
			"limited to site:my-site/TYPO, site:my-site/TYPO2, site:torn-site; everything else is left out, also sites and organizations that left the manifest", "each is named",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			in := in
			in.Targets = test.targets
			p := Diff(in)
			if diff := cmp.Diff(test.lines, shorthand(p)); diff != "" {
				t.Errorf("(-want +got)\n%s(%s)", diff, test.reason)
			}
			said := slices.ContainsFunc(p.Warnings, func(w Warning) bool { return w.Code == CodeTarget && Said.Warning(w) == test.message })
			if p.Complete || !said {
				t.Errorf("complete %v, warnings %+v", p.Complete, p.Warnings)
			}
			slices.Reverse(in.Targets)
			if diff := cmp.Diff(p, Diff(in)); diff != "" {
				t.Errorf("the order of the targets means something:\n%s", diff)
			}
		})
	}
}
