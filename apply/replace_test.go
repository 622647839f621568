package apply_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/apply"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/secret"
)

// The calls of a replace of R, and of putting it back.
const (
	deleteR = "site:s delete R"
	createR = "site:s create R runtime web"
	setDev  = "site:s set R dev"
	setLive = "site:s set R live"
	backR   = "site:s create R composer ic"
)

const (
	replaced = "runtime [web] c4n4ry-s-R-default dev=c4n4ry-s-R-dev live=c4n4ry-s-R-live"
	putBack  = "composer [ic] c4n4ry-s-R-default dev=c4n4ry-s-R-dev live=c4n4ry-s-R-live"
	former   = "composer [ic] c4n4ry-former dev=c4n4ry-former-dev live=c4n4ry-former-live"
)

type replaceTest struct {
	faults  map[string][]fault
	calls   []string
	live    string
	outcome apply.Outcome
	notLive bool
	notes   []string // beginnings
	reason  string
}

func replaceTests() map[string]replaceTest {
	refusedOnce, unknownOnce := fault{err: errRefused}, fault{err: errUnknown}
	landed := fault{err: errUnknown, takesEffect: true}
	all := []string{deleteR, createR, setDev, setLive}
	back := []string{deleteR, createR, backR, setDev, setLive}
	return map[string]replaceTest{
		"without faults": {calls: all, live: replaced, outcome: apply.Done},
		"delete refused": {
			faults: map[string][]fault{deleteR: {refusedOnce}},
			calls:  []string{deleteR}, live: former, outcome: apply.Failed, notes: []string{"nothing was changed"},
			reason: "what was not deleted needs no mending",
		},
		"delete unknown, took effect": {
			faults: map[string][]fault{deleteR: {landed}},
			calls:  all, live: replaced, outcome: apply.Done,
			reason: "stopping would leave the secret missing; the create that succeeds proves the delete",
		},
		"delete unknown, no effect": {
			faults: map[string][]fault{deleteR: {unknownOnce}},
			calls:  back, live: putBack, outcome: apply.Failed, notes: []string{"it was created again"},
			reason: "the former secret is in the way of the create; creating the former one then only sets values",
		},
		"delete unknown, nothing works": {
			faults: map[string][]fault{deleteR: {unknownOnce}, createR: {unknownOnce}, backR: {unknownOnce}},
			calls:  []string{deleteR, createR, backR}, live: former, outcome: apply.Failed, notLive: true,
			notes:  []string{"MAY NOT BE ON PANTHEON", "if the new type"},
			reason: "not known: say the worst that may be",
		},
		"create refused": {
			faults: map[string][]fault{createR: {refusedOnce}},
			calls:  back, live: putBack, outcome: apply.Failed, notes: []string{"it was created again"},
			reason: "nothing is lost",
		},
		"create unknown, no effect": {
			faults: map[string][]fault{createR: {unknownOnce}},
			calls:  back, live: putBack, outcome: apply.Failed, notes: []string{"it was created again"},
			reason: "a server that fails on the new type may take the former one",
		},
		"create unknown, took effect": {
			faults: map[string][]fault{createR: {landed}},
			calls:  []string{deleteR, createR, backR}, live: "runtime [web] c4n4ry-s-R-default", outcome: apply.Failed, notLive: true,
			notes:  []string{"MAY NOT BE ON PANTHEON", "if the new type"},
			reason: "the new secret refuses the former one, and stays; the next run sets its overrides",
		},
		"put back refused": {
			faults: map[string][]fault{createR: {refusedOnce}, backR: {refusedOnce}},
			calls:  []string{deleteR, createR, backR}, live: "not live", outcome: apply.Failed, notLive: true,
			notes: []string{"NOT ON PANTHEON: it was deleted",
				"if the new type or scopes are refused again, put the former ones in the manifest: type composer, scopes ic"},
			reason: "it is certain, so it is said without a may",
		},
		"put back unknown": {
			faults: map[string][]fault{createR: {refusedOnce}, backR: {unknownOnce}},
			calls:  []string{deleteR, createR, backR}, live: "not live", outcome: apply.Failed, notLive: true,
			notes: []string{"MAY NOT BE ON PANTHEON", "if the new type"},
		},
		"override fails": {
			faults: map[string][]fault{setDev: {refusedOnce}},
			calls:  all, live: "runtime [web] c4n4ry-s-R-default live=c4n4ry-s-R-live", outcome: apply.Failed,
			notes:  []string{"overrides that failed"},
			reason: "the delete took them all, so each is tried, whatever becomes of the others",
		},
		"override fails when put back": {
			faults: map[string][]fault{createR: {refusedOnce}, setDev: {unknownOnce}},
			calls:  back, live: "composer [ic] c4n4ry-s-R-default live=c4n4ry-s-R-live", outcome: apply.Failed,
			notes: []string{"it was created again", "overrides that failed"},
		},
		"credentials, delete": {
			faults: map[string][]fault{deleteR: {{err: errCredentials}}},
			calls:  []string{deleteR}, live: former, outcome: apply.Failed, notes: []string{"nothing was changed"},
		},
		"credentials, create": {
			faults: map[string][]fault{createR: {{err: errCredentials}}},
			calls:  []string{deleteR, createR}, live: "not live", outcome: apply.Failed, notLive: true,
			notes:  []string{"NOT ON PANTHEON", "if the new type"},
			reason: "putting back cannot succeed either",
		},
		"credentials, put back": {
			faults: map[string][]fault{createR: {refusedOnce}, backR: {{err: errCredentials}}},
			calls:  []string{deleteR, createR, backR}, live: "not live", outcome: apply.Failed, notLive: true,
			notes: []string{"NOT ON PANTHEON", "if the new type"},
		},
		"credentials, override": {
			faults: map[string][]fault{setDev: {{err: errCredentials}}},
			calls:  []string{deleteR, createR, setDev}, live: "runtime [web] c4n4ry-s-R-default", outcome: apply.Failed,
			notes: []string{"overrides that failed"},
		},
	}
}

func TestReplace(t *testing.T) {
	for name, test := range replaceTests() {
		t.Run(name, func(t *testing.T) {
			j := newJob(site("s"), "R", plan.Replace, envs("dev", plan.Update, "live", plan.Update))
			w := newWorld().populate(j)
			for call, faults := range test.faults {
				w.fail(call, faults...)
			}
			result := run(t, w, options(), j).Results[0]
			if diff := cmp.Diff(test.calls, w.calls); diff != "" {
				t.Errorf("calls, -want +got:\n%s(%s)", diff, test.reason)
			}
			if got := w.show(j.owner, "R"); got != test.live {
				t.Errorf("live: %s, want %s (%s)", got, test.live, test.reason)
			}
			if result.Outcome != test.outcome || result.NotLive != test.notLive {
				t.Errorf("outcome %s, not live %v, want %s, %v (%s)", result.Outcome, result.NotLive, test.outcome, test.notLive, test.reason)
			}
			if !slices.EqualFunc(result.Notes, test.notes, strings.HasPrefix) {
				t.Errorf("notes %q, want such as begin with %q (%s)", result.Notes, test.notes, test.reason)
			}
		})
	}
}

// Without a word on what is ambiguous, every error is.
func TestReplaceDoubtsByDefault(t *testing.T) {
	j := newJob(site("s"), "R", plan.Replace, envs("dev", plan.Update, "live", plan.Update))
	w := newWorld().populate(j).fail(deleteR, fault{err: errRefused})
	result := run(t, w, apply.Options{}, j).Results[0]
	if got := w.show(j.owner, "R"); got != putBack || result.Outcome != apply.Failed {
		t.Errorf("live: %s, outcome %s, want %s and a failure", got, result.Outcome, putBack)
	}
}

// The note on a secret that is missing quotes the former type and scopes,
// which came from a reply.
func TestReplaceQuotesTheFormerType(t *testing.T) {
	j := newJob(site("s"), "R", plan.Replace, nil)
	j.change.Type.Before, j.change.Scopes.Before = "a\nb", secret.NewScopes("c\x1b[31m")
	w := newWorld().populate(j).fail(createR, fault{err: errRefused})
	w.fail("site:s create R a\nb \"c\\x1b[31m\"", fault{err: errRefused})
	notes := strings.Join(run(t, w, options(), j).Results[0].Notes, " ")
	if !strings.Contains(notes, `type "a\nb", scopes "c\x1b[31m"`) {
		t.Errorf("notes %q do not quote the type", notes)
	}
}

// A delete whose context ended before it was sent changed nothing.
func TestCancelledBeforeItWasSent(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	j := newJob(site("s"), "R", plan.Replace, nil)
	w := newWorld().populate(j).fail(deleteR, fault{err: context.Canceled, during: cancel})
	opts := options()
	opts.Ambiguous = func(error) bool { return false }
	report, err := apply.Run(ctx, w, input(j), opts)
	if err != nil {
		t.Fatal(err)
	}
	step := report.Results[0].Steps[0]
	if step.Unknown || report.Results[0].NotLive || !report.Interrupted || step.Error != "site:s R: delete: interrupted before it took effect" {
		t.Errorf("step %+v, not live %v", step, report.Results[0].NotLive)
	}
}
