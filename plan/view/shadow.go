package view

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/sentence"
	"github.com/cella-secrets/cella/secret"
)

// maxFolded is the most names that a folded warning spells out.
const maxFolded = 5

// warnings are the plan's. What is not known of several secrets of one
// organization is said once for all of them; the JSON form has each.
func warnings(p plan.Plan) []finding {
	var found []finding
	for i := 0; i < len(p.Warnings); i++ {
		w := p.Warnings[i]
		if w.Code != plan.CodeShadowingUnknown {
			found = append(found, finding{place(w.Owner, w.Secret, ""), sentence.Warning(w), secret.Quote(string(w.Code)), ""})
			continue
		}
		same := func(other plan.Warning) bool { return other.Code == w.Code && other.Owner == w.Owner }
		if slices.ContainsFunc(p.Warnings[:i], same) {
			continue // said already
		}
		var names []string
		for _, other := range p.Warnings[i:] {
			if same(other) {
				names = append(names, secret.Quote(string(other.Secret)))
			}
		}
		if len(names) == 1 {
			found = append(found, finding{place(w.Owner, w.Secret, ""), sentence.Warning(w), secret.Quote(string(w.Code)), ""})
			continue
		}
		found = append(found, finding{place(w.Owner, "", ""), manyUnknown(names), secret.Quote(string(w.Code)), ""})
	}
	return found
}

func manyUnknown(names []string) string {
	listed := strings.Join(names[:min(len(names), maxFolded)], ", ")
	if more := len(names) - maxFolded; more > 0 {
		listed += fmt.Sprintf(" and %d more", more)
	}
	return fmt.Sprintf("Pantheon doesn't show whether sites have values of their own under %d names, which they would get instead of the organization's: %s; "+
		"`retire: delete` on the secret of a site makes sure that it has none", len(names), listed)
}

// shadows says whether what organizations have reaches their sites.
func shadows(p plan.Plan) []string {
	has := func(code plan.Code) bool {
		return slices.ContainsFunc(p.Warnings, func(w plan.Warning) bool { return w.Code == code })
	}
	switch {
	case has(plan.CodeShadowed):
		return []string{"Not every site gets what its organization has; the warnings say which."}
	case has(plan.CodeShadowingUnknown):
		return []string{"Whether every site gets what its organization has cannot be seen; the warnings say of what."}
	}
	return nil
}
