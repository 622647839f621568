package apply_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/apply"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/secret"
)

// run applies and fails the test where Run refuses.
func run(t *testing.T, w *world, opts apply.Options, jobs ...job) apply.Report {
	t.Helper()
	report, err := apply.Run(t.Context(), w, input(jobs...), opts)
	if err != nil {
		t.Fatalf("Run: %v", err)
	}
	return report
}

func TestOrder(t *testing.T) {
	tests := map[string]struct {
		jobs   []job
		want   []string
		reason string
	}{
		"phases": {
			jobs: []job{
				newJob(site("b"), "S", plan.Update, envs("live", plan.Delete)),
				newJob(org("a"), "O", plan.Update, envs("dev", plan.Delete)),
				newJob(site("a"), "S", plan.Create, nil),
			},
			want: []string{
				"org:a set O default", "site:a create S runtime web", "site:b set S default",
				"site:b unset S live", "org:a unset O dev",
			},
			reason: "writes: organizations, then sites; removals after all writes: sites, then organizations",
		},
		"names": {
			jobs: []job{
				newJob(site("a"), "C", plan.Update, nil), newJob(site("a"), "A", plan.Update, nil),
				newJob(site("a"), "B", plan.Update, nil),
			},
			want:   []string{"site:a set A default", "site:a set B default", "site:a set C default"},
			reason: "the secrets of one owner are written by name",
		},
		"create": {
			jobs:   []job{newJob(site("a"), "A", plan.Create, envs("live", plan.Create, "dev", plan.Create))},
			want:   []string{"site:a create A runtime web", "site:a set A dev", "site:a set A live"},
			reason: "an override needs the default first",
		},
		"update": {
			jobs: []job{newJob(site("a"), "A", plan.Update,
				envs("live", plan.Create, "dev", plan.Delete, "test", plan.Update, "old", plan.None))},
			want:   []string{"site:a set A live", "site:a set A test", "site:a set A default", "site:a unset A dev"},
			reason: "no environment that has an override to come sees the new default",
		},
		"replace": {
			jobs: []job{newJob(site("a"), "A", plan.Replace, envs("live", plan.Update, "dev", plan.Create, "test", plan.Delete))},
			want: []string{
				"site:a delete A", "site:a create A runtime web", "site:a set A dev", "site:a set A live",
			},
			reason: "the delete takes a dropped override along",
		},
		"only a removal": {
			jobs:   []job{withoutDefault(newJob(site("a"), "A", plan.Update, envs("live", plan.Delete)))},
			want:   []string{"site:a unset A live"},
			reason: "an equal default is not written",
		},
		"may be inherited": {
			jobs:   []job{mayBeInherited(newJob(site("a"), "A", plan.Create, envs("live", plan.Create)))},
			want:   []string{"site:a create A runtime web", "site:a set A live"},
			reason: "the client finds out on the create whether the site has its own",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld().populate(test.jobs...)
			report := run(t, w, options(), test.jobs...)
			if diff := cmp.Diff(test.want, w.calls); diff != "" {
				t.Errorf("calls, -want +got:\n%s(%s)", diff, test.reason)
			}
			steps := 0
			for _, j := range test.jobs {
				steps += j.change.Steps()
			}
			if report.Requests != steps {
				t.Errorf("%d requests, want the %d that the plan announced", report.Requests, steps)
			}
			if report.Done != len(test.jobs) || report.Failed+report.NotTried > 0 || report.Interrupted {
				t.Errorf("report %+v, want everything done", report)
			}
			checkLive(t, w, test.jobs)
		})
	}
}

// checkLive compares every secret with what the manifest wants.
func checkLive(t *testing.T, w *world, jobs []job) {
	t.Helper()
	for _, j := range jobs {
		want := newWorld()
		wanted := newStored(j.want.Type, j.want.Scopes, j.want.Value)
		for _, override := range j.want.Overrides {
			wanted.overrides[override.Env] = override.Value
		}
		for _, override := range j.change.Overrides {
			if override.Action == plan.None {
				wanted.overrides[override.Env] = secret.NewValue(canary + "-former-" + string(override.Env))
			}
		}
		if j.change.Default == plan.None {
			wanted.value = secret.NewValue(canary + "-former")
		}
		want.secrets[storedKey(j.owner, j.change.Secret)] = wanted
		if got, want := w.show(j.owner, j.change.Secret), want.show(j.owner, j.change.Secret); got != want {
			t.Errorf("%s %s is %s, want %s", j.owner, j.change.Secret, got, want)
		}
	}
}

func withoutDefault(j job) job {
	j.change.Default = plan.None
	return j
}

func mayBeInherited(j job) job {
	j.change.MayBeInherited = true
	return j
}

func TestNothingToDo(t *testing.T) {
	idle := withoutDefault(newJob(site("a"), "A", plan.None, envs("live", plan.None)))
	external := newJob(site("a"), "B", plan.None, nil)
	external.change.Default, external.change.External, external.want.External = "", true, true
	external.want.Value = secret.Value{}
	w := newWorld()
	report := run(t, w, options(), idle, external)
	if len(w.calls) > 0 || len(report.Results) > 0 || report.Results == nil {
		t.Errorf("calls %q, results %v, want none of either", w.calls, report.Results)
	}
}

func TestOwnersRunSideBySide(t *testing.T) {
	tests := map[string]struct{ parallel, want int }{
		"as asked": {3, 3},
		"default":  {0, 8},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				gate := make(chan struct{})
				w := newWorld()
				var jobs []job
				for i := range 20 {
					owner := site(fmt.Sprintf("s%02d", i))
					jobs = append(jobs, newJob(owner, "A", plan.Create, nil), newJob(owner, "B", plan.Create, nil))
					w.fail(owner.String()+" create A runtime web", fault{during: func() { <-gate }})
				}
				opts := options()
				opts.Parallel = test.parallel
				finished := make(chan apply.Report)
				go func() { finished <- run(t, w, opts, jobs...) }()
				synctest.Wait()
				if len(w.calls) != test.want {
					t.Errorf("%d calls under way, want %d", len(w.calls), test.want)
				}
				close(gate)
				if report := <-finished; report.Done != len(jobs) {
					t.Errorf("%d done, want %d", report.Done, len(jobs))
				}
			})
		})
	}
}

func TestBarriers(t *testing.T) {
	var jobs []job
	for i := range 10 {
		name := secret.Name(fmt.Sprintf("N%d", i))
		jobs = append(jobs,
			newJob(org(fmt.Sprintf("o%d", i)), name, plan.Update, envs("live", plan.Delete)),
			newJob(site(fmt.Sprintf("s%d", i)), name, plan.Update, envs("live", plan.Delete)))
	}
	opts := options()
	opts.Parallel = 8
	w := newWorld().populate(jobs...)
	run(t, w, opts, jobs...)
	stage := func(call string) int {
		siteCall, removal := strings.HasPrefix(call, "site:"), strings.Contains(call, " unset ")
		return slices.Index([][2]bool{{false, false}, {true, false}, {true, true}, {false, true}}, [2]bool{siteCall, removal})
	}
	if !slices.IsSortedFunc(w.calls, func(a, b string) int { return stage(a) - stage(b) }) {
		t.Errorf("a call came before its stage: %q", w.calls)
	}
}

func TestProgress(t *testing.T) {
	jobs := []job{
		newJob(org("o"), "A", plan.Update, envs("live", plan.Delete)),
		newJob(site("s"), "A", plan.Create, envs("live", plan.Create)),
	}
	w := newWorld().populate(jobs...).fail("site:s set A live", fault{err: errRefused})
	var got []int
	opts := options()
	opts.Progress = func(requests int) { got = append(got, requests) }
	report := run(t, w, opts, jobs...)
	if diff := cmp.Diff([]int{1, 2, 3}, got); diff != "" || report.Requests != 3 {
		t.Errorf("progress, of %d requests, -want +got:\n%s", report.Requests, diff)
	}
}

func TestProgressIsSerial(t *testing.T) {
	var jobs []job
	for i := range 50 {
		jobs = append(jobs, newJob(site(fmt.Sprintf("s%02d", i)), "A", plan.Create, nil))
	}
	opts := options()
	opts.Parallel = 16
	last := 0
	opts.Progress = func(requests int) { // the race detector watches last
		if requests != last+1 {
			t.Errorf("%d after %d", requests, last)
		}
		last = requests
	}
	run(t, newWorld(), opts, jobs...)
}

// BenchmarkRun measures what apply itself costs: 10,000 secrets of 500 owners.
func BenchmarkRun(b *testing.B) {
	var jobs []job
	for i := range 500 {
		owner := site(fmt.Sprintf("s%03d", i))
		for k := range 20 {
			jobs = append(jobs, newJob(owner, secret.Name(fmt.Sprintf("N%02d", k)), plan.Create, envs("live", plan.Create)))
		}
	}
	in := input(jobs...)
	for b.Loop() {
		if report, err := apply.Run(context.Background(), newWorld(), in, apply.Options{}); err != nil || report.Done != len(jobs) {
			b.Fatal(report.Done, err)
		}
	}
}
