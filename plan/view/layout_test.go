package view_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/decision"
	"github.com/cella-secrets/cella/plan/view"
	"github.com/cella-secrets/cella/secret"
)

// TestLinesFit: no line has more than 100 columns, but for a word that is longer.
func TestLinesFit(t *testing.T) {
	for name, p := range cases() {
		for line := range strings.Lines(string(text(t, p, false))) {
			line = strings.TrimSuffix(line, "\n")
			long := utf8.RuneCountInString(line) > 100
			said := strings.TrimLeft(line, "!+~-/o>x=? ")
			if long && strings.Contains(said, " ") || line != strings.TrimRight(line, " ") {
				t.Errorf("%s: %q", name, line)
			}
		}
	}
}

// TestColumns: what is said stands in one column, whatever the names are.
func TestColumns(t *testing.T) {
	change := func(owner secret.Owner, name string, action plan.Action, codes ...plan.Code) plan.Change {
		c := plan.Change{Owner: owner, Secret: secret.Name(name), Action: action}
		for _, code := range codes {
			c.Reasons = append(c.Reasons, plan.Reason{Code: code})
		}
		return c
	}
	p := plan.Plan{Changes: []plan.Change{
		change(agency, "SHORT", plan.Delete, plan.ReasonDelete),
		change(agency, strings.Repeat("LONG_", 12), plan.Forget, plan.ReasonForgetMissing),
		change(mySite, "NOTHING_IS_SAID_OF", plan.Create),
		change(mySite, "秘密", plan.Adopt, plan.ReasonAdopt, plan.ReasonProtect),
		change(mySite, "WRAPPED", plan.Release, plan.ReasonForgetShared),
	}}
	want := `my-agency (organization)
  -   SHORT               delete   cella applied it, and it is no longer in the manifest
  x   LONG_LONG_LONG_LONG_LONG_LONG_LONG_LONG_LONG_LONG_LONG_LONG_
                          forget   no longer in the manifest, and not on Pantheon

my-site (site)
  +   NOTHING_IS_SAID_OF  new
  >   WRAPPED             release  no longer in the manifest; it stays on Pantheon as it is, because
                                     another project has it too, or because it was there before an
                                     apply that was interrupted
  o   "\u79d8\u5bc6"      record   already matches; apply only records that cella manages it
                                   apply only records that it is protected

`
	slices.SortFunc(p.Changes, func(a, b plan.Change) int { return strings.Compare(string(a.Secret), string(b.Secret)) })
	got, _, _ := strings.Cut(string(text(t, p, false)), "This plan")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// dangers are the symbols in the order in which rows have to stand. An update
// that removes an override comes before others. An override that is not in the
// manifest stands directly below its secret, if that has a row.
var dangers = []string{"!", "-", "-/+", "~ removed", "~", "+", "o", "?"}

func dangerOf(symbol, said string) int {
	symbol = strings.TrimSuffix(symbol, "?")
	switch {
	case symbol == "" || symbol == "=":
		symbol = "?"
	case symbol == ">" || symbol == "x":
		symbol = "o"
	case strings.Contains(said, "removes the override"):
		symbol = "~ removed"
	}
	return slices.Index(dangers, symbol)
}

// ownOverride reports whether a row is of an override that is not in the manifest,
// and above of the secret that it belongs to.
func ownOverride(row, above string) bool {
	fields := strings.Fields(row)
	whole := strings.Contains(row, "not in the manifest") && !strings.Contains(row, "override for")
	return fields[0] == "?" && !whole && slices.Contains(strings.Fields(above), fields[1])
}

// TestDangerousFirst: of each owner, of the owners, and in the table.
func TestDangerousFirst(t *testing.T) {
	seen := map[int]bool{}
	for name, p := range cases() {
		group, last, first, above := -1, -1, true, ""
		for line := range strings.Lines(string(text(t, p, false))) {
			switch {
			case line == "\n":
				last = -1
			case line[0] != ' ' && strings.HasSuffix(line, ":\n"):
				group = len(dangers) // findings follow
			case strings.HasPrefix(line, "  ") && line[2] != ' ' && group < len(dangers):
				danger := dangerOf(strings.Fields(line)[0], line)
				if seen[danger] = true; ownOverride(line, above) {
					danger = last
				}
				above = line
				if first = last < 0; first && danger < group || !first && danger < last {
					t.Errorf("%s: it comes too late: %s", name, line)
				}
				if last = danger; first {
					group = danger
				}
			}
		}
		last, above = -1, ""
		for line := range strings.Lines(markdown(t, p, 0)) {
			if strings.HasPrefix(line, "| `") {
				line := strings.TrimPrefix(strings.NewReplacer("`", "", "|", "", " leave", "").Replace(line), "| ")
				danger := dangerOf(strings.Fields(line)[0], line)
				if ownOverride(line, above) {
					danger = last
				}
				above = line
				if danger < last {
					t.Errorf("%s: it comes too late: %s", name, line)
				}
				last = danger
			}
		}
	}
	if len(seen) != len(dangers) {
		t.Errorf("of %d dangers these are seen: %v", len(dangers), seen)
	}
}

// TestNothingHidesADeletion: not three thousand secrets before it, and no room.
func TestNothingHidesADeletion(t *testing.T) {
	p := huge(3000, 3)
	last := secret.Owner{Kind: secret.Site, Name: "zzz"}
	p.Changes = append(p.Changes, plan.Change{Owner: last, Secret: "ZZZ", Action: plan.Delete})
	comment := markdown(t, p, 8000)
	if _, table, _ := strings.Cut(comment, "| --- | --- | --- | --- |\n"); !strings.HasPrefix(table, "| `-` delete | `ZZZ` | `zzz` site |") {
		t.Errorf("the table begins with %.100s", table)
	}
	if got := string(text(t, p, false)); !strings.HasPrefix(got, "zzz (site)\n  -   ZZZ") {
		t.Errorf("the text begins with %.100s", got)
	}
}

// TestIDsStandWhereTheyAreNeeded: where a name alone is not enough.
func TestIDsStandWhereTheyAreNeeded(t *testing.T) {
	other, org := mySite, mySite
	other.ID, org.Kind = "22222222-2222-3333-4444-555555555555", secret.Organization
	added := func(owners ...secret.Owner) (p plan.Plan) {
		for _, owner := range owners {
			p.Changes = append(p.Changes, plan.Change{Owner: owner, Secret: "A", Action: plan.Create})
		}
		return p
	}
	for name, test := range map[string]struct {
		plan plan.Plan
		want []string
	}{
		"one":       {added(mySite), []string{"my-site (site)"}},
		"two kinds": {added(org, mySite), []string{"my-site (organization)", "my-site (site)"}},
		"two of one name": {added(mySite, other), []string{
			"my-site (site 11111111-2222-3333-4444-555555555555)", "my-site (site 22222222-2222-3333-4444-555555555555)",
		}},
	} {
		var got []string
		for line := range strings.Lines(string(text(t, test.plan, false))) {
			if strings.HasPrefix(line, "my-site") {
				got = append(got, strings.TrimSuffix(line, "\n"))
			}
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if ids := strings.Contains(markdown(t, test.plan, 0), "-2222-3333-4444-"); ids != (name == "two of one name") {
			t.Errorf("%s: the comment shows ids: %t", name, ids)
		}
	}
}

// TestTotalsAreSaidOnce: by text and comment.
func TestTotalsAreSaidOnce(t *testing.T) {
	p := decision.Diff(everything())
	inText, inComment := string(text(t, p, false)), markdown(t, p, 0)
	once := func(form, said string, totals ...string) {
		for _, total := range append(totals, "2 left alone", "4 unchanged", "1 external", "15 request") {
			if n := strings.Count(said, total); n != 1 {
				t.Errorf("the %s says %q %d times", form, total, n)
			}
		}
	}
	once("text", inText, "1 replace", "3 update", "2 new")
	once("comment", inComment, "Replaces 1 secret", "updates 3", "creates 2")
}

// TestTableIsFolded: thirty rows stand open, in the order of the rest.
func TestTableIsFolded(t *testing.T) {
	for n, want := range map[int]string{1: "", 30: "", 31: "1 more", 60: "30 more"} {
		comment := markdown(t, huge(n, 1), 0)
		open, rest, folded := strings.Cut(comment, "<details>")
		if rows := len(newRow.FindAllString(open, -1)); rows != min(n, 30) {
			t.Errorf("%d: %d rows stand open", n, rows)
		}
		if rows := len(newRow.FindAllString(rest, -1)); rows != max(0, n-30) || folded != (want != "") || !strings.Contains(rest, want) {
			t.Errorf("%d: %d rows are folded:\n%s", n, rows, rest)
		}
	}
}

// TestFindingsStandTogether: what is said of several places is said once.
func TestFindingsStandTogether(t *testing.T) {
	refused := func(names int) (p plan.Plan) {
		for i := range names {
			p.Refusals = append(p.Refusals, plan.Refusal{Code: plan.CodeUnmanagedSecret, Owner: mySite, Secret: secret.Name(fmt.Sprintf("S%d", i))})
		}
		return p
	}
	for names, want := range map[int]string{
		1: "  ! site:my-site/S0 [unmanaged-secret]\n    refused: ",
		2: "  ! site:my-site/S0, site:my-site/S1 [unmanaged-secret]\n    refused: ",
		13: "  ! site:my-site/S0, site:my-site/S1, site:my-site/S2, site:my-site/S3, site:my-site/S4,\n    site:my-site/S5, site:my-site/S6, " +
			"site:my-site/S7, site:my-site/S8, site:my-site/S9, and 3 more\n    [unmanaged-secret]\n    refused: ",
	} {
		if got := string(text(t, refused(names), false)); !strings.Contains(got, want) || strings.Count(got, "to allow it: ") != 1 {
			t.Errorf("%d: the text lacks %q:\n%s", names, want, got)
		}
		if got := markdown(t, refused(names), 0); strings.Count(got, "to allow it: ") != 1 || strings.Contains(got, "S10") {
			t.Errorf("%d: %s", names, got)
		}
	}
}

// TestHowLongItTakes: by the pace, and nothing where that is no time.
func TestHowLongItTakes(t *testing.T) {
	for name, test := range map[string]struct {
		requests int
		pace     time.Duration
		want     string
	}{
		"seconds":    {23, 344 * time.Millisecond, "\n23 requests: 3 to read, 20 to apply, about 8 s.\n"},
		"minutes":    {1000, 344 * time.Millisecond, "\n1000 requests: 3 to read, 997 to apply, about 6 min.\n"},
		"an instant": {3, 344 * time.Millisecond, "\n3 requests: 3 to read, 0 to apply.\n"},
		"not known":  {1000, 0, "\n1000 requests: 3 to read, 997 to apply.\n"},
	} {
		p := plan.Plan{Summary: plan.Summary{Create: 1}, Requests: plan.Requests{Secrets: test.requests, Lists: 3}}
		var text, comment bytes.Buffer
		if err := view.Text(&text, p, view.TextOptions{Pace: test.pace}); err != nil {
			t.Fatal(err)
		}
		if err := view.Markdown(&comment, p, view.MarkdownOptions{Pace: test.pace}); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(text.String(), test.want) || !strings.Contains(comment.String(), test.want) {
			t.Errorf("%s: lacks %q:\n%s\n%s", name, test.want, text.String(), comment.String())
		}
	}
}

// TestLongNamesInTheTable: a row is one line, whatever it holds.
func TestLongNamesInTheTable(t *testing.T) {
	for name, p := range cases() {
		for line := range strings.Lines(markdown(t, p, 0)) {
			if strings.HasPrefix(line, "|") && strings.Count(line, "|") != 5 {
				t.Errorf("%s: %s", name, line)
			}
		}
	}
}
