package apply_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/apply"
	"github.com/cella-secrets/cella/plan"
)

// outline says what became of each secret and of each of its steps.
func outline(report apply.Report) []string {
	var lines []string
	for _, result := range report.Results {
		line := fmt.Sprintf("%s %s %s:", result.Owner, result.Secret, result.Outcome)
		for _, step := range result.Steps {
			word := string(step.Outcome)
			if step.Unknown {
				word = "unknown"
			}
			line += fmt.Sprintf(" %s=%s", step, word)
		}
		lines = append(lines, line)
	}
	return lines
}

func TestFailuresAreIsolated(t *testing.T) {
	tests := map[string]struct {
		jobs   []job
		call   string
		err    error
		want   []string
		reason string
	}{
		"within a secret": {
			jobs: []job{newJob(site("a"), "A", plan.Update, envs("dev", plan.Update, "live", plan.Update, "test", plan.Delete))},
			call: "site:a set A dev", err: errRefused,
			want: []string{
				"site:a A failed: set the override for dev=failed set the override for live=not_tried " +
					"set the default value=not_tried remove the override for test=not_tried",
			},
			reason: "a failure ends the secret's steps",
		},
		"create": {
			jobs: []job{newJob(site("a"), "A", plan.Create, envs("dev", plan.Create, "live", plan.Create))},
			call: "site:a set A dev", err: errUnknown,
			want:   []string{"site:a A failed: create=done set the override for dev=unknown set the override for live=not_tried"},
			reason: "a failure ends the secret's steps",
		},
		"other secrets": {
			jobs: []job{newJob(site("a"), "A", plan.Create, nil), newJob(site("a"), "B", plan.Create, nil)},
			call: "site:a create A runtime web", err: errUnknown,
			want:   []string{"site:a A failed: create=unknown", "site:a B done: create=done"},
			reason: "the next secret of the owner is its own matter",
		},
		"other owners": {
			jobs: []job{newJob(org("o"), "A", plan.Create, nil), newJob(site("a"), "B", plan.Create, nil)},
			call: "org:o create A runtime web", err: errRefused,
			want:   []string{"org:o A failed: create=failed", "site:a B done: create=done"},
			reason: "a failed organization does not stop the sites",
		},
		"removal": {
			jobs: []job{
				newJob(site("a"), "A", plan.Update, envs("dev", plan.Delete, "live", plan.Delete)),
				newJob(site("b"), "A", plan.Update, envs("dev", plan.Delete)),
			},
			call: "site:a unset A dev", err: errRefused,
			want: []string{
				"site:a A failed: set the default value=done remove the override for dev=failed remove the override for live=not_tried",
				"site:b A done: set the default value=done remove the override for dev=done",
			},
			reason: "a removal that fails takes nothing away, so no other waits for it",
		},
		"removal of a name not written elsewhere": {
			jobs: []job{
				newJob(org("o"), "A", plan.Create, nil),
				newJob(site("a"), "A", plan.Update, envs("live", plan.Delete)),
				newJob(site("a"), "B", plan.Update, envs("live", plan.Delete)),
			},
			call: "org:o create A runtime web", err: errUnknown,
			want: []string{
				"org:o A failed: create=unknown",
				"site:a A not_tried: set the default value=done remove the override for live=not_tried",
				"site:a B done: set the default value=done remove the override for live=done",
			},
			reason: "the override may be all that has the value; B has nothing to do with A",
		},
		"credentials": {
			jobs: []job{
				newJob(org("o"), "A", plan.Create, envs("live", plan.Create)), newJob(org("o"), "B", plan.Create, nil),
				newJob(site("a"), "C", plan.Update, envs("live", plan.Delete)),
			},
			call: "org:o create A runtime web", err: errCredentials,
			want: []string{
				"org:o A failed: create=failed set the override for live=not_tried", "org:o B not_tried: create=not_tried",
				"site:a C not_tried: set the default value=not_tried remove the override for live=not_tried",
			},
			reason: "no further call can succeed",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld().populate(test.jobs...).fail(test.call, fault{err: test.err})
			report := run(t, w, options(), test.jobs...)
			if diff := cmp.Diff(test.want, outline(report)); diff != "" {
				t.Errorf("results, -want +got:\n%s(%s)", diff, test.reason)
			}
			if report.Interrupted || (report.Fatal != "") != (name == "credentials") {
				t.Errorf("interrupted %v, fatal %q", report.Interrupted, report.Fatal)
			}
		})
	}
}

// interruptions are two owners whose every step can be hit.
func interruptions() []job {
	return []job{
		newJob(org("o"), "A", plan.Update, envs("live", plan.Update, "dev", plan.Delete)),
		newJob(org("o"), "B", plan.Create, nil),
		newJob(site("s"), "R", plan.Replace, envs("dev", plan.Update, "live", plan.Update)),
		newJob(site("s"), "Z", plan.Update, envs("live", plan.Delete)),
	}
}

func TestStopFinishesTheSecretUnderWay(t *testing.T) {
	const (
		update  = "set the override for live=%s set the default value=%s remove the override for dev=%s"
		replace = "delete=%s create=%s set the override for dev=%s set the override for live=%s"
		last    = "set the default value=%s remove the override for live=%s"
	)
	tests := map[string]struct {
		during string
		want   []string
		refuse string
	}{
		"update": {
			during: "org:o set A live",
			want: []string{
				"org:o A not_tried: " + fmt.Sprintf(update, "done", "done", "not_tried"), "org:o B not_tried: create=not_tried",
				"site:s R not_tried: " + fmt.Sprintf(replace, "not_tried", "not_tried", "not_tried", "not_tried"),
				"site:s Z not_tried: " + fmt.Sprintf(last, "not_tried", "not_tried"),
			},
		},
		"replace": {
			during: "site:s delete R",
			want: []string{
				"org:o A not_tried: " + fmt.Sprintf(update, "done", "done", "not_tried"), "org:o B done: create=done",
				"site:s R done: " + fmt.Sprintf(replace, "done", "done", "done", "done"),
				"site:s Z not_tried: " + fmt.Sprintf(last, "not_tried", "not_tried"),
			},
		},
		"replace that fails": {
			during: "site:s delete R", refuse: "site:s create R runtime web",
			want: []string{
				"org:o A not_tried: " + fmt.Sprintf(update, "done", "done", "not_tried"), "org:o B done: create=done",
				"site:s R failed: " + fmt.Sprintf(replace, "done", "failed", "not_tried", "not_tried") +
					" put back=done put back the override for dev=done put back the override for live=done",
				"site:s Z not_tried: " + fmt.Sprintf(last, "not_tried", "not_tried"),
			},
		},
		"removal": {
			during: "site:s unset Z live",
			want: []string{
				"org:o A not_tried: " + fmt.Sprintf(update, "done", "done", "not_tried"), "org:o B done: create=done",
				"site:s R done: " + fmt.Sprintf(replace, "done", "done", "done", "done"),
				"site:s Z done: " + fmt.Sprintf(last, "done", "done"),
			},
		},
		"last step": {
			during: "org:o unset A dev",
			want: []string{
				"org:o A done: " + fmt.Sprintf(update, "done", "done", "done"), "org:o B done: create=done",
				"site:s R done: " + fmt.Sprintf(replace, "done", "done", "done", "done"),
				"site:s Z done: " + fmt.Sprintf(last, "done", "done"),
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			stop := make(chan struct{})
			opts := options()
			opts.Stop = stop
			jobs := interruptions()
			w := newWorld().populate(jobs...).fail(test.during, fault{during: func() { close(stop) }})
			if test.refuse != "" {
				w.fail(test.refuse, fault{err: errRefused})
			}
			report := run(t, w, opts, jobs...)
			if diff := cmp.Diff(test.want, outline(report)); diff != "" {
				t.Errorf("results, -want +got:\n%s", diff)
			}
			if want := name != "last step"; report.Interrupted != want {
				t.Errorf("interrupted is %v, want %v: it is true only where something was left", report.Interrupted, want)
			}
		})
	}
}

func TestStopBeforeTheStart(t *testing.T) {
	stop := make(chan struct{})
	close(stop)
	opts := options()
	opts.Stop = stop
	jobs := interruptions()
	w := newWorld().populate(jobs...)
	report := run(t, w, opts, jobs...)
	if len(w.calls) > 0 || report.NotTried != len(jobs) || !report.Interrupted {
		t.Errorf("calls %q, report %+v, want nothing tried", w.calls, report)
	}
}

// TestCancel ends the context at every call in turn: while it is under way
// and failing, and as it succeeds. Nothing is called afterwards, and applying
// the same plan's remainder later converges (see the property tests).
func TestCancel(t *testing.T) {
	jobs := interruptions()
	whole := newWorld().populate(jobs...)
	run(t, whole, options(), jobs...)
	for at, call := range whole.calls {
		for _, lands := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, takes effect: %v", call, lands), func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				w := newWorld().populate(jobs...).fail(call, fault{err: context.Canceled, takesEffect: lands, during: cancel})
				report, err := apply.Run(ctx, w, input(jobs...), options())
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(whole.calls[:at+1], w.calls); diff != "" {
					t.Errorf("calls, -want +got:\n%s", diff)
				}
				if !report.Interrupted || report.Failed != 1 {
					t.Errorf("interrupted %v, %d failed, want the one under way", report.Interrupted, report.Failed)
				}
				checkUnknown(t, report)
				for _, result := range report.Results {
					missing := w.show(result.Owner, result.Secret) == "not live"
					if missing && result.Action == plan.Replace && !result.NotLive {
						t.Errorf("%s is not live and the report does not say so", result.Secret)
					}
				}
			})
		}
	}
}

// checkUnknown wants exactly one step that failed, and that one in doubt.
func checkUnknown(t *testing.T, report apply.Report) {
	t.Helper()
	var failed []apply.Step
	for _, result := range report.Results {
		for _, step := range result.Steps {
			if step.Outcome == apply.Failed {
				failed = append(failed, step)
			}
		}
	}
	if len(failed) != 1 || !failed[0].Unknown {
		t.Errorf("failed steps %v, want the one under way, in doubt", failed)
	}
}

func TestCancelBetweenSteps(t *testing.T) {
	tests := map[string]struct {
		during  string
		secret  int
		want    string
		notLive bool
	}{
		"update": {
			"org:o set A live", 0,
			"org:o A failed: set the override for live=done set the default value=not_tried remove the override for dev=not_tried", false,
		},
		"replace": {
			"site:s delete R", 2,
			"site:s R failed: delete=done create=not_tried set the override for dev=not_tried set the override for live=not_tried", true,
		},
		"its overrides": {
			"site:s create R runtime web", 2,
			"site:s R failed: delete=done create=done set the override for dev=not_tried set the override for live=not_tried", false,
		},
		"before removal": {"site:s set Z default", 3, "site:s Z not_tried: set the default value=done remove the override for live=not_tried", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			jobs := interruptions()
			w := answersLate{newWorld().populate(jobs...).fail(test.during, fault{during: cancel})}
			report, err := apply.Run(ctx, w, input(jobs...), options())
			if err != nil {
				t.Fatal(err)
			}
			if got := outline(report)[test.secret]; got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			if got := report.Results[test.secret].NotLive; got != test.notLive || !report.Interrupted {
				t.Errorf("not live is %v, want %v; interrupted is %v", got, test.notLive, report.Interrupted)
			}
		})
	}
}
