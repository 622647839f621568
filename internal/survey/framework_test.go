package survey_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/internal/survey"
	"github.com/cella-secrets/cella/pantheon/emulator"
	"github.com/cella-secrets/cella/pantheon/emulator/emulatortest"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/secret/reader"
)

// warned are the sites of warnings of a code, in their order.
func warned(p plan.Plan, code plan.Code) string {
	var sites []string
	for _, w := range p.Warnings {
		if w.Code == code {
			sites = append(sites, w.Owner.Name)
		}
	}
	return strings.Join(sites, " ")
}

// TestFrameworks: what runs a site is looked up where that decides who reads its
// secrets, once, and the plan warns by it.
func TestFrameworks(t *testing.T) {
	state := world()
	state.Sites[0].Framework, state.Sites[2].Framework = "nodejs", "wordpress"
	for _, name := range []string{"people", "leaving", "builds"} {
		state.Sites = append(state.Sites, emulator.Site{Name: name, Framework: "nodejs"})
	}
	const manifest = bare + `
organizations: {agency: {secrets: {NEW: {value: c4nary}}}}
sites:
  blog: {secrets: {A: {value: c4nary}, B: {type: env, value: c4nary}}}
  shop: {secrets: {A: {value: c4nary}, a: {value: c4nary}, new: {external: true}}}
  wiki: {secrets: {E: {type: env, external: true}}}
  builds: {secrets: {C: {type: composer, scopes: [ic], value: c4nary}}}
  people: {secrets: {P: {scopes: [user], value: c4nary}}}
  leaving: {secrets: {G: {scopes: [web], retire: release}}}
`
	for name, change := range map[string]func(*survey.Options){
		"with values":    func(*survey.Options) {},
		"without values": func(opts *survey.Options) { opts.StructureOnly = true },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, state)
			s := b.take(b.read(manifest), change)
			want := map[string]reader.Framework{"blog": "nodejs", "shop": "drupal10", "wiki": "wordpress", "builds": "nodejs"}
			if diff := cmp.Diff(want, s.Frameworks()); diff != "" {
				t.Errorf("looked up (-want +got):\n%s", diff)
			}
			if n := b.asked(emulator.ReadSite, "", 0); n != len(want) {
				t.Errorf("%d sites were looked up", n)
			}
			for code, want := range map[plan.Code]string{
				plan.CodeUnreadOnNextJS: "blog builds", plan.CodeUnreadOnPHP: "wiki", plan.CodeSameKeyInDrupal: "shop",
			} {
				if got := warned(s.Plan, code); got != want {
					t.Errorf("%s is told of %q, want %q", code, got, want)
				}
			}
			at := slices.IndexFunc(s.Plan.Warnings, func(w plan.Warning) bool { return w.Code == plan.CodeSameKeyInDrupal })
			if got := fmt.Sprint(s.Plan.Warnings[at].Facts.Secrets); got != "[A a NEW new]" {
				t.Errorf("one key for %s: the organization that owns the site is known", got)
			}
			if s.Plan.Requests.Secrets < len(s.Live) || s.Plan.StructureOnly && s.Plan.Requests.Secrets != len(s.Live) {
				t.Errorf("%d requests are announced: look-ups are not among them", s.Plan.Requests.Secrets)
			}
			b.onlyRead(0)
		})
	}
}

// TestFrameworksOfTargets: nothing is looked up of what a target leaves out.
func TestFrameworksOfTargets(t *testing.T) {
	b := newBench(t, world())
	s := b.take(b.read(bare+two), targeting("site:shop"))
	if got := slices.Sorted(maps.Keys(s.Frameworks())); !slices.Equal(got, []string{"shop"}) || b.asked(emulator.ReadSite, "", 0) != 1 {
		t.Errorf("looked up: %q", got)
	}
}

// TestFrameworksUnknown: whatever goes wrong with a look-up, the plan is the one
// that it would be without warnings, and soon.
func TestFrameworksUnknown(t *testing.T) {
	state := world()
	for i := range state.Sites {
		state.Sites[i].Framework = "nodejs"
	}
	plain := newBench(t, world())
	want := plain.take(plain.read(keyed + two)).Plan
	tests := map[string]struct {
		fault  emulatortest.Fault
		warned string
	}{
		"forbidden":   {fails(emulator.ReadSite, "site:blog", http.StatusForbidden), "shop"},
		"not found":   {fails(emulator.ReadSite, "site:blog", http.StatusNotFound), "shop"},
		"refused":     {fails(emulator.ReadSite, "", http.StatusBadRequest), ""},
		"unavailable": {fails(emulator.ReadSite, "", http.StatusServiceUnavailable), ""},
		"too many":    {fails(emulator.ReadSite, "", http.StatusTooManyRequests), ""},
		"no session":  {fails(emulator.ReadSite, "", http.StatusUnauthorized), ""},
		"no record":   {emulatortest.Fault{Operation: emulator.ReadSite, Status: http.StatusOK, Body: "<html>", Times: -1}, ""},
		"another's":   {emulatortest.Fault{Operation: emulator.ReadSite, Status: http.StatusOK, Body: `{"id":"x"}`, Times: -1}, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, state, test.fault)
			manifest := b.read(keyed + two)
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				s, err := survey.Take(t.Context(), manifest, b.options())
				if err != nil {
					t.Fatal(err)
				}
				if got := warned(s.Plan, plan.CodeUnreadOnNextJS); got != test.warned {
					t.Errorf("warned of %q, want %q", got, test.warned)
				}
				s.Plan.Warnings = slices.DeleteFunc(s.Plan.Warnings, func(w plan.Warning) bool { return w.Code == plan.CodeUnreadOnNextJS })
				s.Plan.Inputs = want.Inputs // another file, as it is encrypted again
				if diff := cmp.Diff(want, s.Plan); diff != "" {
					t.Errorf("the plan is another one (-want +got):\n%s", diff)
				}
				if took := time.Since(began); took > 15*time.Second {
					t.Errorf("it took %s: nobody waits that long for a warning", took)
				}
				if err := s.Unreadable(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// TestFrameworksInAnOutage: one that fails is enough to ask no more, so that many
// sites do not wait one after another.
func TestFrameworksInAnOutage(t *testing.T) {
	var state emulator.State
	manifest := bare + "sites:\n"
	for i := range 100 {
		name := fmt.Sprintf("site-%03d", i)
		state.Sites = append(state.Sites, emulator.Site{Name: name})
		manifest += fmt.Sprintf("  %s: {secrets: {A: {value: c4nary}}}\n", name)
	}
	b := newBench(t, state, fails(emulator.ReadSite, "", http.StatusBadRequest))
	s := b.take(b.read(manifest))
	if n := b.asked(emulator.ReadSite, "", 0); n > 16 || len(s.Live) != 100 || !s.Plan.Complete {
		t.Errorf("%d look-ups, %d lists, complete %t", n, len(s.Live), s.Plan.Complete)
	}
}

// TestExplainAsksOnce: the record that the survey looked up is the one that it goes
// by.
func TestExplainAsksOnce(t *testing.T) {
	b := newBench(t, world())
	report, err := survey.Explain(t.Context(), b.read(bare+two), shop, "live", b.options())
	if n := b.asked(emulator.ReadSite, "", 0); err != nil || n != 1 || report.Framework != "drupal10" || report.Organization == nil {
		t.Errorf("%v, %d look-ups, %q", err, n, report.Framework)
	}
}
