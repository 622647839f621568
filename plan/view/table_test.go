package view_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/decision"
	"github.com/cella-secrets/cella/plan/view"
	"github.com/cella-secrets/cella/secret"
)

// TestEqualRowsAreOne: what is done alike on several sites stands there once, with
// its sites; those that the line does not name are in the list below.
func TestEqualRowsAreOne(t *testing.T) {
	for sites, want := range map[int]string{
		1: "`site-0000` site", 2: "`site-0000`, `site-0001` sites", 5: "`site-0000`, `site-0001`, `site-0002`, `site-0003`, `site-0004` sites",
		6:   "`site-0000`, `site-0001`, `site-0002`, `site-0003`, `site-0004` and 1 more site",
		100: "`site-0000`, `site-0001`, `site-0002`, `site-0003`, `site-0004` and 95 more sites",
	} {
		comment := markdown(t, huge(2*sites, sites), 0)
		for _, name := range []string{"SECRET_0000", "SECRET_0001"} {
			if row := fmt.Sprintf("| `+` new | `%s` | %s | type runtime, scopes web |\n", name, want); strings.Count(comment, row) != 1 {
				t.Errorf("%d sites: not once %s", sites, row)
			}
		}
		all := strings.Contains(comment, "\n- `+` new `SECRET_0000`, `+` new `SECRET_0001`: `site-0000`, ")
		if last := fmt.Sprintf("`site-%04d`", sites-1); !strings.Contains(comment, last) || all != (sites > 5) {
			t.Errorf("%d sites: %s is not named, or named without need", sites, last)
		}
	}
}

// TestEqualRowsAreOneOnlyWhereAllIsEqual: another kind of owner, another sentence or
// another action is another row.
func TestEqualRowsAreOneOnlyWhereAllIsEqual(t *testing.T) {
	in := decision.Input{Project: "storefront"}
	for i, value := range []string{"1", "1", "2", "1"} {
		owner := secret.Owner{Kind: secret.Site, Name: fmt.Sprint("site-", i), ID: fmt.Sprintf("%036d", i)}
		if i == 3 {
			owner.Kind = secret.Organization
		}
		in.Desired = append(in.Desired, secret.Desired{Owner: owner, Secrets: []secret.DesiredSecret{want("A", value)}})
		in.Live = append(in.Live, secret.Live{Owner: owner, Secrets: []secret.LiveSecret{have("A", "2")}})
	}
	comment := markdown(t, decision.Diff(in), 0)
	for _, row := range []string{"| `A` | `site-0`, `site-1` sites |", "| `A` | `site-3` organization |"} {
		if strings.Count(comment, row) != 1 {
			t.Errorf("not once %s in\n%s", row, comment)
		}
	}
}

// TestDangerousRowsStandOpen: whatever else a plan has, and however much of it, its
// deletions, replacements and removed overrides stand above what is folded.
func TestDangerousRowsStandOpen(t *testing.T) {
	p := huge(3000, 3)
	site := p.Changes[0].Owner
	dangerous := []plan.Change{
		{Owner: site, Secret: "ZZ_DELETED", Action: plan.Delete},
		{Owner: site, Secret: "ZZ_REPLACED", Action: plan.Replace},
		{Owner: site, Secret: "ZZ_LOSES", Action: plan.Update, Overrides: []plan.OverrideChange{{Env: "live", Action: plan.Delete}}},
	}
	for i := range 1500 { // and an override list without end
		dangerous[1].Overrides = append(dangerous[1].Overrides, plan.OverrideChange{Env: secret.Env(fmt.Sprint("env-", i)), Action: plan.Create})
	}
	p.Changes = append(p.Changes, dangerous...)
	p.Summary.Delete, p.Summary.Replace, p.Summary.Update = 1, 1, 1
	for name, p := range map[string]plan.Plan{"creates": p, "creates and findings": lengthy(p, 3000)} {
		open, _, _ := strings.Cut(markdown(t, p, 0), "<details>")
		for _, c := range dangerous {
			if !strings.Contains(open, "| `"+string(c.Secret)+"` |") {
				t.Errorf("%s: %s is hidden", name, c.Secret)
			}
		}
		if headline := firstSentence(open); name == "creates" && !strings.HasPrefix(headline, "**Deletes 1 secret, replaces 1, updates 1, creates 3000. Removes 1 override too.**") {
			t.Errorf("it begins with %s", headline)
		}
	}
}

// TestRunIsTold: whose comment it is, of which commit and run, and when; nothing that
// does not look like one.
func TestRunIsTold(t *testing.T) {
	p := decision.Diff(everything())
	told := func(run view.Run) string {
		var out strings.Builder
		if err := view.Markdown(&out, p, view.MarkdownOptions{Run: run}); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	run := runOf(p)
	if got, want := told(run), "\n\nCommit `012345678901`, [the run that wrote this](https://ci.example/runs/1), 2026-03-01 11:30 UTC.\n\nPlan `sha256:"; !strings.Contains(got, want) {
		t.Errorf("it does not end in %q", want)
	}
	if heading := "### What `cella apply` will do on Pantheon: `storefront`\n"; !strings.Contains(told(run), heading) {
		t.Error("the usual label is in the heading")
	}
	run.Label = "sites/shop.yaml"
	if heading := "on Pantheon: `storefront` (`sites/shop.yaml`)\n"; !strings.Contains(told(run), heading) {
		t.Error("the label is not in the heading")
	}
	if got := told(view.Run{}); !strings.HasPrefix(got, "### What") || strings.Contains(got, "Commit") {
		t.Error("no run at all is told")
	}
	for _, odd := range outbreaks {
		run.Commit, run.Link = odd, "https://ci.example/"+odd
		got := told(run)
		if strings.Contains(got, "Commit") && len(odd) != 40 || strings.Contains(got, "](") && !plainLink.MatchString(odd) {
			t.Errorf("%q gets into %s", odd, got[len(got)-300:])
		}
	}
}

var plainLink = regexp.MustCompile(`^[A-Za-z0-9.:_/-]*$`)
