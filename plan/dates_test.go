package plan_test

import (
	"strings"
	"testing"

	"cloud.google.com/go/civil"
	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/sentence"
	"github.com/cella-secrets/cella/secret"
)

// day reads a date of a test's table.
func day(t *testing.T, text string) civil.Date {
	t.Helper()
	if text == "" {
		return civil.Date{}
	}
	date, err := civil.ParseDate(text)
	if err != nil {
		t.Fatal(err)
	}
	return date
}

func TestDateWarnings(t *testing.T) {
	tests := map[string]struct {
		expires, rotated string
		every            int
		today            string
		retire           secret.Retirement
		want             []string
		reason           string
	}{
		"no dates":        {today: "2027-01-01", reason: "there is nothing to warn of"},
		"no today":        {expires: "2000-01-01", rotated: "2000-01-01", every: 1, reason: "nobody said what day it is"},
		"15 days before":  {expires: "2027-03-01", today: "2027-02-14", reason: "notice is 14 days"},
		"14 days before":  {expires: "2027-03-01", today: "2027-02-15", want: []string{"expires-soon: expires on 2027-03-01, in 14 days"}},
		"the day before":  {expires: "2027-03-01", today: "2027-02-28", want: []string{"expires-soon: expires on 2027-03-01, in 1 day"}},
		"over a leap day": {expires: "2028-03-01", today: "2028-02-16", want: []string{"expires-soon: expires on 2028-03-01, in 14 days"}},
		"the day itself":  {expires: "2027-03-01", today: "2027-03-01", want: []string{"expired: expired on 2027-03-01"}, reason: "the day counts as expired"},
		"long ago":        {expires: "2027-03-01", today: "2031-03-01", want: []string{"expired: expired on 2027-03-01"}},
		"rotated":         {rotated: "2026-11-01", every: 90, today: "2027-01-15", reason: "15 days are left"},
		"due soon": {
			rotated: "2026-11-01", every: 90, today: "2027-01-16", want: []string{"rotation-due-soon: should be rotated by 2027-01-30, in 14 days"},
		},
		"due today":     {rotated: "2026-11-01", every: 90, today: "2027-01-30", want: []string{"rotation-due: should have been rotated by 2027-01-30"}},
		"overdue":       {rotated: "2026-11-01", every: 90, today: "2028-01-30", want: []string{"rotation-due: should have been rotated by 2027-01-30"}},
		"weekly, fresh": {rotated: "2027-01-01", every: 7, today: "2027-01-01", reason: "notice is half of the interval at most"},
		"weekly, half": {
			rotated: "2027-01-01", every: 7, today: "2027-01-05", want: []string{"rotation-due-soon: should be rotated by 2027-01-08, in 3 days"},
		},
		"daily":        {rotated: "2027-01-01", every: 1, today: "2027-01-01", reason: "it is not due on the day it was rotated"},
		"only rotated": {rotated: "2001-01-01", today: "2027-01-01", reason: "nothing says how often"},
		"rotated in future": {
			rotated: "2072-01-01", every: 90, today: "2027-01-01",
			want: []string{"rotated-in-future: the date of the last rotation, 2072-01-01, is in the future"},
		},
		"both": {
			expires: "2027-01-01", rotated: "2026-01-01", every: 90, today: "2027-01-01",
			want: []string{"expired: expired on 2027-01-01", "rotation-due: should have been rotated by 2026-04-01"},
		},
		"leaving":              {expires: "2027-01-01", today: "2027-01-01", retire: secret.RetireRelease, reason: "it is no longer ours"},
		"expires before today": {expires: "1999-12-31", today: "2000-01-01", want: []string{"expired: expired on 1999-12-31"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := secret.DesiredSecret{Name: "A", Retire: test.retire, Dates: secret.Dates{
				Expires: day(t, test.expires), Rotated: day(t, test.rotated), RotateEvery: test.every,
			}}
			var got []string
			for _, w := range plan.DateWarnings(s, day(t, test.today)) {
				message, remedy := sentence.Date(w)
				got = append(got, string(w.Code)+": "+message)
				if remedy == "" || w.Field == "" {
					t.Errorf("%s has no remedy or no field", w.Code)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", test.reason, diff)
			}
		})
	}
}

// TestTokenWarning: the token is warned of like a secret's expires.
func TestTokenWarning(t *testing.T) {
	tests := map[string]struct{ expires, today, want string }{
		"no date":        {"", "2027-03-01", ""},
		"no today":       {"2027-03-01", "", ""},
		"far off":        {"2027-03-16", "2027-03-01", ""},
		"14 days before": {"2027-03-15", "2027-03-01", "token-expires-soon: the token that cella signs in with expires on 2027-03-15, in 14 days"},
		"the day before": {"2027-03-02", "2027-03-01", "token-expires-soon: the token that cella signs in with expires on 2027-03-02, in 1 day"},
		"the day":        {"2027-03-01", "2027-03-01", "token-expired: the token that cella signs in with expired on 2027-03-01"},
		"long ago":       {"2026-01-01", "2027-03-01", "token-expired: the token that cella signs in with expired on 2026-01-01"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := ""
			if w, ok := plan.TokenWarning(day(t, test.expires), day(t, test.today)); ok {
				message, remedy := sentence.Date(w)
				got = string(w.Code) + ": " + message
				if w.Field != "token_expires" || remedy == "" {
					t.Errorf("no field or no remedy: %+v", w)
				}
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// TestExternalDatesNameWhoIsToAct: what is set elsewhere is renewed there, and
// has no value in the manifest that could be changed.
func TestExternalDatesNameWhoIsToAct(t *testing.T) {
	s := secret.DesiredSecret{Name: "A", Dates: secret.Dates{Expires: day(t, "2027-01-01"), Rotated: day(t, "2026-01-01"), RotateEvery: 90}}
	for _, external := range []bool{false, true} {
		s.External = external
		found := plan.DateWarnings(s, day(t, "2027-01-01"))
		if len(found) != 2 {
			t.Fatalf("%d warnings, want 2", len(found))
		}
		for _, w := range found {
			_, remedy := sentence.Date(w)
			if elsewhere := strings.Contains(remedy, "where it is set"); elsewhere != external {
				t.Errorf("%s of external %t: %s", w.Code, external, remedy)
			}
		}
	}
}
