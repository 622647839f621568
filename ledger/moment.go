package ledger

import "time"

// maxSeconds is the latest time that can be written, in the year 4453: the
// largest number of momentDigits digits to the base of 36.
const maxSeconds = 36*36*36*36*36*36*36 - 1

// seconds returns the time in seconds since 1970; 0 where it is unknown, or
// out of range.
func seconds(t time.Time) int64 {
	s := t.Unix()
	if t.IsZero() || s < 0 || s > maxSeconds {
		return 0
	}
	return s
}

// moment is the inverse of seconds.
func moment(s int64) time.Time {
	if s <= 0 || s > maxSeconds {
		return time.Time{}
	}
	return time.Unix(s, 0).UTC()
}
