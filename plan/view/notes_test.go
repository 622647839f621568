package view_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/secret"
)

// TestNotesNameWhatTheyCount: what no row shows is named, up to a bound.
func TestNotesNameWhatTheyCount(t *testing.T) {
	external := func(n int) (p plan.Plan) {
		p.Summary.Create, p.Complete = 1, true
		for i := range n {
			p.Changes = append(p.Changes, plan.Change{Owner: mySite, Secret: secret.Name(fmt.Sprintf("E%d", i)), Action: plan.None, External: true})
		}
		return p
	}
	for n, want := range map[int]string{
		1: "External, so cella only checks that it is there: site:my-site/E0.\n",
		7: "site:my-site/E4, and 2 more.\n",
	} {
		got := strings.ReplaceAll(string(text(t, external(n), false)), "\n  ", " ")
		if !strings.Contains(got, want) || !strings.HasSuffix(got, fmt.Sprintf("Plan: 1 new; %d external (only checked).\n", n)) {
			t.Errorf("%d: lacks %q:\n%s", n, want, got)
		}
	}
	quiet := external(1)
	quiet.Summary.Create = 0
	if got := string(text(t, quiet, false)); strings.Contains(got, "External") {
		t.Errorf("a plan without totals says %s", got)
	}
}

// TestHiddenValuesAreThoseOfRows: of the values that are written, those are
// counted of which a row says that they are hidden.
func TestHiddenValuesAreThoseOfRows(t *testing.T) {
	change := func(name string, action, value plan.Action) plan.Change {
		return plan.Change{Owner: mySite, Secret: secret.Name(name), Action: action, Default: value, Value: plan.Unverifiable}
	}
	p := plan.Plan{
		Summary: plan.Summary{Update: 2, Replace: 1, Create: 1},
		Changes: []plan.Change{
			change("CREATED", plan.Create, plan.Create), change("REFUSED", plan.Update, plan.Update),
			change("REPLACED", plan.Replace, plan.Create), change("UPDATED", plan.Update, plan.Update),
		},
		Refusals: []plan.Refusal{{Owner: mySite, Secret: "REFUSED", Code: plan.CodeProtected}},
	}
	got := string(text(t, p, false))
	if rows := strings.Count(got, "hidden, so not compared"); rows != 1 || !strings.Contains(got, "Pantheon hides 1 current value,") {
		t.Errorf("%d rows say it:\n%s", rows, got)
	}
}

// TestARefusedPlanPromisesNoWrites: apply sends none, so none are counted.
func TestARefusedPlanPromisesNoWrites(t *testing.T) {
	p := plan.Plan{
		Summary: plan.Summary{Update: 1, Refused: 1}, Requests: plan.Requests{Secrets: 9, Lists: 2},
		Refusals: []plan.Refusal{{Owner: mySite, Code: plan.CodeDeleteLimit}},
	}
	if got := string(text(t, p, false)); !strings.HasSuffix(got, " 2 requests to read.\n") || strings.Contains(got, "to apply") {
		t.Errorf("it says %s", got)
	}
}
