package plan

import (
	"cloud.google.com/go/civil"

	"github.com/cella-secrets/cella/secret"
)

// noticeDays is how long before a date it is warned of.
const noticeDays = 14

// DateWarning is a date of a secret that needs somebody's attention. Field is
// the manifest's key for it.
type DateWarning struct {
	Field string
	Code  Code
	Facts Facts
}

// DateWarnings compares the dates of one secret with today. The zero today
// warns of nothing.
//
//  1. Expired from the day of `expires` on; to expire soon for 14 days before.
//  2. Due for rotation from `rotate_every` days after `rotated` on; soon for 14
//     days before, and never for more than half of the interval: what was
//     rotated today is not due soon.
//  3. A last rotation that lies in the future is told, because it would hide
//     one that is due.
//  4. A secret that leaves the project has no dates; an external one has.
func DateWarnings(s secret.DesiredSecret, today civil.Date) []DateWarning {
	if today.IsZero() || s.Retire != "" {
		return nil
	}
	var found []DateWarning
	warn := func(field string, code Code, date civil.Date) {
		found = append(found, DateWarning{field, code, Facts{Date: date, Days: date.DaysSince(today), External: s.External}})
	}
	if expires := s.Dates.Expires; !expires.IsZero() {
		switch left := expires.DaysSince(today); {
		case left <= 0:
			warn("expires", CodeExpired, expires)
		case left <= noticeDays:
			warn("expires", CodeExpiresSoon, expires)
		}
	}
	if rotated := s.Dates.Rotated; rotated.After(today) {
		warn("rotated", CodeRotatedInFuture, rotated)
		return found
	}
	if due, ok := s.Dates.Due(); ok {
		switch left := due.DaysSince(today); {
		case left <= 0:
			warn("rotate_every", CodeRotationDue, due)
		case left <= min(noticeDays, s.Dates.RotateEvery/2):
			warn("rotate_every", CodeRotationDueSoon, due)
		}
	}
	return found
}

// TokenWarning compares the day from which the token that signs in is no longer
// good with today, by rule 1 of DateWarnings. The zero expires or today warns
// of nothing.
func TokenWarning(expires, today civil.Date) (DateWarning, bool) {
	if expires.IsZero() || today.IsZero() {
		return DateWarning{}, false
	}
	left := expires.DaysSince(today)
	code := CodeTokenExpiresSoon
	switch {
	case left > noticeDays:
		return DateWarning{}, false
	case left <= 0:
		code = CodeTokenExpired
	}
	return DateWarning{"token_expires", code, Facts{Date: expires, Days: left}}, true
}
