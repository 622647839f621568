package plan

import (
	"fmt"

	"cloud.google.com/go/civil"

	"github.com/cella-secrets/cella/secret"
)

// noticeDays is how long before a date it is warned of.
const noticeDays = 14

// DateWarning is a date of a secret that needs somebody's attention. Field is
// the manifest's key for it.
type DateWarning struct {
	Field, Code, Message, Remedy string
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
	if expires := s.Dates.Expires; !expires.IsZero() {
		remedy := "renew it where it comes from, then change its value and move the date on"
		if s.External {
			remedy = "renew it where it is set, then move the date on"
		}
		switch left := expires.DaysSince(today); {
		case left <= 0:
			found = append(found, DateWarning{"expires", CodeExpired, fmt.Sprintf("expired on %s", expires), remedy})
		case left <= noticeDays:
			found = append(found, DateWarning{"expires", CodeExpiresSoon, fmt.Sprintf("expires on %s, in %s", expires, days(left)), remedy})
		}
	}
	if rotated := s.Dates.Rotated; rotated.After(today) {
		return append(found, DateWarning{"rotated", CodeRotatedInFuture, fmt.Sprintf("the last rotation, on %s, lies in the future", rotated), "correct the date"})
	}
	if due, ok := s.Dates.Due(); ok {
		remedy := "make a new credential, then change the value and write today after rotated"
		if s.External {
			remedy = "have it rotated where it is set, then write the day after rotated"
		}
		switch left := due.DaysSince(today); {
		case left <= 0:
			found = append(found, DateWarning{"rotate_every", CodeRotationDue, fmt.Sprintf("was to be rotated by %s", due), remedy})
		case left <= min(noticeDays, s.Dates.RotateEvery/2):
			found = append(found, DateWarning{"rotate_every", CodeRotationDueSoon, fmt.Sprintf("is to be rotated by %s, in %s", due, days(left)), remedy})
		}
	}
	return found
}

func days(n int) string {
	if n == 1 {
		return "1 day"
	}
	return fmt.Sprintf("%d days", n)
}

// warnOfDates looks at every declared secret that the target covers, also of
// owners that could not be read.
func (p *Plan) warnOfDates(in Input) {
	for _, desired := range in.Desired {
		if !in.Target.Covers(desired.Owner) {
			continue
		}
		for _, s := range desired.Secrets {
			if in.Target.Secret != "" && in.Target.Secret != s.Name {
				continue
			}
			for _, w := range DateWarnings(s, in.Today) {
				p.Warnings = append(p.Warnings, Warning{Code: w.Code, Owner: desired.Owner, Secret: s.Name, Message: w.Message + "; " + w.Remedy})
			}
		}
	}
}
