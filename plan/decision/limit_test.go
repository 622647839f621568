package decision

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/sentence"
	"github.com/cella-secrets/cella/secret"
)

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
		targets plan.Targets
		lines   []string
		message string
		reason  string
	}{
		"owner and secret of another": {
			plan.Targets{{Owner: mySite, Secret: "B"}, {Owner: agency}},
			[]string{
				"create A default:create/absent steps:1", "create B default:create/absent steps:1",
				"create B default:create/absent steps:1", "warning target ", "warning shadowed-by-sites A", "warning shadowing-unlooked A",
				"warning shadowed-by-sites B", "warning shadowing-unlooked B",
			},
			"--target limits this plan to org:my-agency, site:my-site/B; everything else is left out, also sites and organizations that left the manifest",
			"both are looked at, torn-site is not",
		},
		"secrets of one owner": {
			plan.Targets{{Owner: mySite, Secret: "C"}, {Owner: mySite, Secret: "A"}, {Owner: mySite, Secret: "A"}},
			[]string{"update A default:update/changed steps:1", "create C default:create/absent steps:1", "warning target "},
			"--target limits this plan to site:my-site/A, site:my-site/C; everything else is left out, also sites and organizations that left the manifest",
			"one that is named twice is one",
		},
		"one that contains another": {
			plan.Targets{{Owner: torn, Secret: "A"}, {Owner: torn}},
			[]string{"create A default:create/absent steps:1", "warning target "},
			"--target limits this plan to site:torn-site; everything else is left out, also sites and organizations that left the manifest",
			"the smaller one adds nothing",
		},
		"one that nobody knows": {
			plan.Targets{{Owner: torn}, {Owner: mySite, Secret: "TYPO"}, {Owner: mySite, Secret: "TYPO2"}},
			[]string{
				"create A default:create/absent steps:1",
				"error site:my-site/TYPO: the manifest does not have this target, and no record says that cella applied it",
				"error site:my-site/TYPO2: the manifest does not have this target, and no record says that cella applied it", "warning target ",
			},
			"--target limits this plan to site:my-site/TYPO, site:my-site/TYPO2, site:torn-site; " +
				"everything else is left out, also sites and organizations that left the manifest", "each is named",
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
			said := slices.ContainsFunc(p.Warnings, func(w plan.Warning) bool { return w.Code == plan.CodeTarget && sentence.Warning(w) == test.message })
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
