package schema

import (
	"regexp"
	"strconv"

	"cloud.google.com/go/civil"
	"gopkg.in/yaml.v3"

	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/secret"
)

// dateKeys hold days.
var dateKeys = []string{"expires", "rotated", "token_expires"}

// intervalPattern leaves months and years out, which are of several lengths.
var intervalPattern = regexp.MustCompile(`^([1-9][0-9]{0,3})d$`)

// decodeDate reads a day. It does not repeat what is none.
func (d *decoder) decodeDate(node *yaml.Node, at *problem.Path) (civil.Date, bool) {
	if !d.scalar(node, at) {
		return civil.Date{}, false
	}
	if node.Tag == "!!str" || node.Tag == "!!timestamp" {
		if day, ok := secret.ParseDay(node.Value); ok {
			return day, true
		}
	}
	d.Fail(at.At(node), "not-a-date", "write year, month and day, such as 2027-03-01", "this is not a date")
	return civil.Date{}, false
}

// decodeInterval reads a number of days, 0 where it is none.
func (d *decoder) decodeInterval(node *yaml.Node, at *problem.Path) int {
	if !d.scalar(node, at) {
		return 0
	}
	if found := intervalPattern.FindStringSubmatch(node.Value); found != nil && node.Tag == "!!str" {
		if days, err := strconv.Atoi(found[1]); err == nil {
			return days
		}
	}
	d.Fail(at.At(node), "not-an-interval", "write a number of days and d, such as 90d", "this is not a number of days")
	return 0
}

// dateField decodes one of the keys that hold dates, and keeps its place for
// warnings.
func (d *decoder) dateField(e *entry, key, node *yaml.Node) {
	at := e.at.Child(key.Value)
	switch key.Value {
	case "expires":
		e.Dates.Expires, _ = d.decodeDate(node, at)
	case "rotated":
		e.Dates.Rotated, _ = d.decodeDate(node, at)
	case "rotate_every":
		e.Dates.RotateEvery = d.decodeInterval(node, at)
	}
	if e.dated == nil {
		e.dated = map[string]problem.Place{}
	}
	e.dated[key.Value] = at.At(node)
}

// checkDates checks that what is to be rotated says when it was.
func (d *decoder) checkDates(e *entry) {
	if key := e.field("rotate_every"); key != nil && e.field("rotated") == nil {
		d.Fail(e.at.Child("rotate_every").At(key), "rotated-missing", "add the day of the last rotation, such as rotated: 2026-11-01",
			"rotate_every needs rotated too")
	}
}
