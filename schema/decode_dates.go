package schema

import (
	"regexp"
	"strconv"
	"strings"

	"cloud.google.com/go/civil"
	"gopkg.in/yaml.v3"
)

// midnight is what SOPS adds to a date that stands without quotes.
const midnight = "T00:00:00Z"

// dateKeys hold days.
var dateKeys = []string{"expires", "rotated", "token_expires"}

// intervalPattern leaves months and years out, which are of several lengths.
var intervalPattern = regexp.MustCompile(`^([1-9][0-9]{0,3})d$`)

// decodeDate reads a day. It does not repeat what is none.
func (d *decoder) decodeDate(node *yaml.Node, at *frame) (civil.Date, bool) {
	if !d.scalar(node, at) {
		return civil.Date{}, false
	}
	if node.Tag == "!!str" || node.Tag == "!!timestamp" {
		if day, ok := parseDate(node.Value); ok {
			return day, true
		}
	}
	d.fail(at.at(node), "not-a-date", "write year, month and day, such as 2027-03-01", "this is not a date")
	return civil.Date{}, false
}

// parseDate reads a day as people write it, or as SOPS writes it back.
func parseDate(text string) (civil.Date, bool) {
	day, err := civil.ParseDate(strings.TrimSuffix(text, midnight))
	return day, err == nil && !day.IsZero() && day.Year > 0
}

// decodeInterval reads a number of days, 0 where it is none.
func (d *decoder) decodeInterval(node *yaml.Node, at *frame) int {
	if !d.scalar(node, at) {
		return 0
	}
	if found := intervalPattern.FindStringSubmatch(node.Value); found != nil && node.Tag == "!!str" {
		if days, err := strconv.Atoi(found[1]); err == nil {
			return days
		}
	}
	d.fail(at.at(node), "not-an-interval", "write a number of days and d, such as 90d", "this is not a number of days")
	return 0
}

// dateField decodes one of the keys that hold dates, and keeps its place for
// warnings.
func (d *decoder) dateField(e *entry, key, node *yaml.Node) {
	at := e.at.child(key.Value)
	switch key.Value {
	case "expires":
		e.Dates.Expires, _ = d.decodeDate(node, at)
	case "rotated":
		e.Dates.Rotated, _ = d.decodeDate(node, at)
	case "rotate_every":
		e.Dates.RotateEvery = d.decodeInterval(node, at)
	}
	if e.dated == nil {
		e.dated = map[string]place{}
	}
	e.dated[key.Value] = at.at(node)
}

// checkDates checks that what is to be rotated says when it was.
func (d *decoder) checkDates(e *entry) {
	if key := e.fields["rotate_every"]; key != nil && e.fields["rotated"] == nil {
		d.fail(e.at.child("rotate_every").at(key), "rotated-missing", "add the day of the last rotation, such as rotated: 2026-11-01",
			"rotate_every needs rotated beside it")
	}
}
