package view_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/view"
)

func TestAge(t *testing.T) {
	at := time.Date(2027, time.March, 1, 23, 0, 0, 0, time.UTC)
	tests := map[string]struct {
		at, now time.Time
		want    string
		reason  string
	}{
		"not known":      {time.Time{}, at, "", "nothing is said"},
		"now":            {at, at, "less than a day ago", ""},
		"an hour":        {at, at.Add(time.Hour), "less than a day ago", "whatever day it is by then"},
		"a day":          {at, at.Add(24 * time.Hour), "1 day ago", ""},
		"almost two":     {at, at.Add(48*time.Hour - time.Second), "1 day ago", "whole days"},
		"41 days":        {at, at.Add(41 * 24 * time.Hour), "41 days ago", ""},
		"in the future":  {at, at.Add(-time.Second), "on 2027-03-01", "clocks that disagree make no age"},
		"no clock":       {at, time.Time{}, "on 2027-03-01", "there is nothing to count from"},
		"in other zones": {at.In(time.FixedZone("x", 7200)), time.Time{}, "on 2027-03-01", "days are those of UTC"},
	}
	for name, test := range tests {
		if got := view.Age(test.at, test.now); got != test.want {
			t.Errorf("%s: %q, want %q: %s", name, got, test.want, test.reason)
		}
	}
}

// TestSinceWhen: text and comment say when what is hidden was applied, and of
// several values the longest time.
func TestSinceWhen(t *testing.T) {
	now := time.Date(2027, time.March, 1, 12, 0, 0, 0, time.UTC)
	ago := func(days int) time.Time { return now.Add(time.Duration(-days) * 24 * time.Hour) }
	quiet := func(at time.Time) plan.Change {
		return plan.Change{Owner: mySite, Secret: "Q", Action: plan.None, Default: plan.None, Value: plan.AsApplied, AppliedAt: at}
	}
	edited := plan.Change{
		Owner: mySite, Secret: "A", Action: plan.Update, Default: plan.Update, Value: plan.Changed, ChangedBy: plan.ByManifest, AppliedAt: ago(3),
		Overrides: []plan.OverrideChange{{Env: "live", Action: plan.None, Value: plan.AsApplied, AppliedAt: ago(41)}},
	}
	for name, c := range map[string]struct {
		changes []plan.Change
		want    []string
	}{
		"one":   {[]plan.Change{quiet(ago(2))}, []string{"1 value is hidden; the manifest still has what cella last applied (2 days ago)."}},
		"alike": {[]plan.Change{quiet(ago(2)), quiet(ago(2))}, []string{"2 values are hidden; the manifest still has what cella last applied (2 days ago)."}},
		"several": {[]plan.Change{quiet(ago(2)), quiet(ago(5))}, []string{
			"2 values are hidden; the manifest still has what cella last applied (the oldest 5 days ago).",
		}},
		"unknown": {[]plan.Change{quiet(time.Time{})}, []string{"1 value is hidden; the manifest still has what cella last applied."}},
		"changed": {[]plan.Change{edited}, []string{
			"default value: changed in the manifest since the last apply (3 days ago)", "1 value is hidden; the manifest still has what cella last applied (41 days ago).",
		}},
	} {
		p := plan.Plan{Complete: true, Changes: c.changes}
		var text, comment bytes.Buffer
		if err := view.Text(&text, p, view.TextOptions{Now: now}); err != nil {
			t.Fatal(err)
		}
		if err := view.Markdown(&comment, p, view.MarkdownOptions{Now: now}); err != nil {
			t.Fatal(err)
		}
		for _, want := range c.want {
			if !strings.Contains(text.String(), want) || !strings.Contains(comment.String(), want) {
				t.Errorf("%s: lacks %q:\n%s\n%s", name, want, text.String(), comment.String())
			}
		}
	}
}
