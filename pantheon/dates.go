package pantheon

import (
	"net/http"
	"sync/atomic"
	"time"
)

// dates keeps the latest date that replies carried, in seconds since 1970.
type dates struct{ latest atomic.Int64 }

// note takes the date of a reply. One without a date, or with what is none,
// says nothing; so does one that is overtaken by another.
func (d *dates) note(header http.Header) {
	at, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		return
	}
	seconds := at.Unix()
	for {
		latest := d.latest.Load()
		if seconds <= latest || d.latest.CompareAndSwap(latest, seconds) {
			return
		}
	}
}

// Now is the time by Pantheon's clock: the latest Date of any reply so far, in
// UTC and whole seconds. It never goes back, and is the zero Time before the
// first reply. Between replies it stands still.
func (c *Client) Now() time.Time {
	seconds := c.dates.latest.Load()
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}
