package schema

import (
	"cloud.google.com/go/civil"

	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/sentence"
	"github.com/cella-secrets/cella/schema/problem"
)

// DateWarnings are those of plan.TokenWarning and, for every secret, of
// plan.DateWarnings, where the dates stand in the file, sorted like other
// problems.
func (m *Manifest) DateWarnings(today civil.Date) problem.List {
	r := &problem.Reporter{File: m.File}
	if w, ok := plan.TokenWarning(m.Policy.TokenExpires, today); ok {
		message, remedy := sentence.Date(w)
		r.Warn(m.tokenExpires, string(w.Code), remedy, "%s", message)
	}
	for _, o := range m.owners {
		if o.retire != "" {
			continue
		}
		for _, e := range o.secrets {
			for _, w := range plan.DateWarnings(e.DesiredSecret, today) {
				message, remedy := sentence.Date(w)
				r.Warn(e.dated[w.Field], string(w.Code), remedy, "%s", message)
			}
		}
	}
	for i := range r.Problems {
		r.Problems[i].Dated = true
	}
	r.Problems.Sort()
	return r.Problems
}
