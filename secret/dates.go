package secret

import "cloud.google.com/go/civil"

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

// Due is the day by which the credential is to be made anew.
func (d Dates) Due() (due civil.Date, ok bool) {
	if d.RotateEvery == 0 || d.Rotated.IsZero() {
		return civil.Date{}, false
	}
	return d.Rotated.AddDays(d.RotateEvery), true
}
