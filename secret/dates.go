package secret

import (
	"strings"

	"cloud.google.com/go/civil"
)

// Dates are what the manifest says of a credential's life. Days are those of
// UTC; the zero day is none.
type Dates struct {
	// Expires is the first day on which the credential is no longer good.
	Expires civil.Date
	// Rotated is the day on which it was last made anew.
	Rotated civil.Date
	// RotateEvery is the number of days after which it is to be made anew; 0
	// is none. It comes with Rotated.
	RotateEvery int
}

// midnight is what SOPS adds to a date that stands without quotes.
const midnight = "T00:00:00Z"

// ParseDay reads a day as people write it, or as SOPS writes it back.
func ParseDay(text string) (civil.Date, bool) {
	day, err := civil.ParseDate(strings.TrimSuffix(text, midnight))
	return day, err == nil && !day.IsZero() && day.Year > 0
}

// Due is the day by which the credential is to be made anew.
func (d Dates) Due() (due civil.Date, ok bool) {
	if d.RotateEvery == 0 || d.Rotated.IsZero() {
		return civil.Date{}, false
	}
	return d.Rotated.AddDays(d.RotateEvery), true
}
