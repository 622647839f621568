package pantheon

import (
	"fmt"
	"net/http"
	"testing"
	"time"
)

func TestNowIsPantheonsClock(t *testing.T) {
	const noon = "Thu, 05 Nov 2026 12:00:00 GMT"
	at := func(hour int) time.Time { return time.Date(2026, 11, 5, hour, 0, 0, 0, time.UTC) }
	tests := []struct {
		reason string
		answer answer
		want   time.Time
	}{
		{"no date, no time", says(200, noSecrets), time.Time{}},
		{"the first", says(200, noSecrets, "Date", noon), at(12)},
		{"it never goes back", says(200, noSecrets, "Date", "Thu, 05 Nov 2026 11:00:00 GMT"), at(12)},
		{"no date says nothing", says(200, noSecrets), at(12)},
		{"nor does what is none", says(200, noSecrets, "Date", "tomorrow"), at(12)},
		{"a refusal is a reply", says(403, "", "Date", "Thu, 05 Nov 2026 13:00:00 GMT"), at(13)},
		{"so is a page", says(404, "<html>", "Date", "Thu, 05 Nov 2026 14:00:00 GMT"), at(14)},
		{"in any of the forms", says(200, noSecrets, "Date", "Thursday, 05-Nov-26 15:00:00 GMT"), at(15)},
	}
	s := &script{}
	c := newClient(t, s, func(o *Options) { o.Rate = 1e6 })
	if got := c.Now(); !got.IsZero() {
		t.Errorf("%s before the first reply", got)
	}
	for _, test := range tests {
		s.answers = append(s.answers, test.answer)
		_, _ = c.List(t.Context(), site) // refusals among them
		if got := c.Now(); !got.Equal(test.want) || got.Location() != time.UTC {
			t.Errorf("%s: %s, want %s", test.reason, got, test.want)
		}
	}
}

// The date of a sign-in counts, and side by side none is lost.
func TestNowIsTheLatestOfAll(t *testing.T) {
	s := &script{signIns: []answer{says(200, `{"session":"s","user_id":"u"}`, "Date", "Thu, 05 Nov 2026 12:00:00 GMT")}}
	s.answers = []answer{foundSite}
	c := newClient(t, s)
	if err := c.SignIn(t.Context()); err != nil || c.Now().Hour() != 12 {
		t.Errorf("%s after signing in, %v", c.Now(), err)
	}
	latest := time.Date(2026, 11, 5, 13, 0, 59, 0, time.UTC)
	s.answers = []answer{func(req *http.Request) (*http.Response, error) {
		var i int
		if _, err := fmt.Sscanf(req.URL.Path, "/api/site-names/site-%d", &i); err != nil {
			return nil, err
		}
		return says(200, fmt.Sprintf(`{"id":%q}`, uuid(1)), "Date", latest.Add(-time.Duration(i)*time.Second).Format(http.TimeFormat))(req)
	}}
	together(20, func(i int) error { _, err := c.SiteID(t.Context(), fmt.Sprint("site-", i)); return err })
	if got := c.Now(); !got.Equal(latest) {
		t.Errorf("%s, want %s", got, latest)
	}
}
