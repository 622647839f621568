package ledger

import (
	"strconv"
	"strings"
	"time"
)

// momentDigits is the size of a time's text in an entry.
const momentDigits = 7

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

// digits writes a time in momentDigits digits to the base of 36, so that how
// large an entry is does not depend on it.
func digits(t time.Time) string {
	text := strconv.FormatInt(seconds(t), 36)
	return strings.Repeat("0", momentDigits-len(text)) + text
}

// parseDigits is the inverse of digits. It may accept more than that.
func parseDigits(text string) (time.Time, bool) {
	s, err := strconv.ParseInt(text, 36, 64)
	return moment(s), err == nil
}
