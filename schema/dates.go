package schema

import (
	"cloud.google.com/go/civil"

	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/sentence"
)

// DateWarnings are those of plan.TokenWarning and, for every secret, of
// plan.DateWarnings, where the dates stand in the file, sorted like other
// problems.
func (m *Manifest) DateWarnings(today civil.Date) Problems {
	r := &reporter{file: m.File}
	if w, ok := plan.TokenWarning(m.Policy.TokenExpires, today); ok {
		message, remedy := sentence.Date(w)
		r.warn(m.tokenExpires, string(w.Code), remedy, "%s", message)
	}
	for _, o := range m.owners {
		if o.retire != "" {
			continue
		}
		for _, e := range o.secrets {
			for _, w := range plan.DateWarnings(e.DesiredSecret, today) {
				message, remedy := sentence.Date(w)
				r.warn(e.dated[w.Field], string(w.Code), remedy, "%s", message)
			}
		}
	}
	for i := range r.problems {
		r.problems[i].Dated = true
	}
	r.problems.sort()
	return r.problems
}

// ParseDate reads a day as the manifest has it.
func ParseDate(text string) (civil.Date, bool) { return parseDate(text) }
