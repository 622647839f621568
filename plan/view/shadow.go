package view

import (
	"fmt"
	"slices"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/plan"
)

// shadows says whether what organizations have reaches their sites. What is not
// known of that is said once for all of their secrets, however many; the JSON
// form has each of them.
func shadows(p plan.Plan) []string {
	var said []string
	if slices.ContainsFunc(p.Warnings, func(w plan.Warning) bool { return w.Code == plan.CodeShadowed }) {
		said = append(said, "Not every site gets what its organization has; the warnings name the sites.")
	}
	if unknown := folded(p); len(unknown) > 0 {
		said = append(said, fmt.Sprintf("%s may not reach every site: %s. A site with a value of its own under that name keeps it, "+
			"and Pantheon doesn't show which sites have one; `cella explain SITE` says more.", words.Count(len(unknown), "organization secret"), few(unknown)))
	}
	return said
}

// folded are the places of the warnings that shadows says in one sentence.
func folded(p plan.Plan) []string {
	var places []string
	for _, w := range p.Warnings {
		if foldedAway(w) {
			places = append(places, place(w.Owner, w.Secret, ""))
		}
	}
	return places
}

// foldedAway are the warnings that shadows says in one sentence.
func foldedAway(w plan.Warning) bool { return w.Code == plan.CodeShadowingUnknown }
