package view

import (
	"fmt"
	"slices"
	"strings"

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
		said = append(said, unknownShadows(unknown))
	}
	return said
}

// unknownShadows names organizations' secrets, and the sites of which nobody knows
// whether they get them: once, where these are the same.
func unknownShadows(warnings []plan.Warning) string {
	all, places := openSites(warnings[0].Facts), make([]string, len(warnings))
	for _, w := range warnings {
		if openSites(w.Facts) != all {
			all = ""
		}
	}
	site := "SITE"
	for i, w := range warnings {
		if places[i] = place(w.Owner, w.Secret, ""); all == "" {
			places[i] += openSites(w.Facts)
		}
		if len(w.Facts.Sites) > 0 && site == "SITE" {
			site = words.Argument(w.Facts.Sites[0])
		}
	}
	return fmt.Sprintf("%s may not reach every site%s: %s. A site with a value of its own under that name keeps it, "+
		"and Pantheon doesn't show whether it has one; `cella explain %s` says more.",
		words.Count(len(warnings), "organization secret"), all, few(places), site)
}

// openSites says for which sites something is not known.
func openSites(f plan.Facts) string {
	if f.Count > maxOpen || len(f.Sites) < f.Count {
		return fmt.Sprintf(" (not known for %d of %s)", f.Count, words.Count(f.Of, "site"))
	}
	names := make([]string, len(f.Sites))
	for i, site := range f.Sites {
		names[i] = words.Quote(site)
	}
	return " (not known for " + strings.Join(names, ", ") + ")"
}

// maxOpen is how many sites are named of one secret.
const maxOpen = 2

// folded are the warnings that shadows says in one sentence.
func folded(p plan.Plan) []plan.Warning {
	return slices.DeleteFunc(slices.Clone(p.Warnings), func(w plan.Warning) bool { return !foldedAway(w) })
}

// foldedAway are the warnings that shadows says in one sentence.
func foldedAway(w plan.Warning) bool { return w.Code == plan.CodeShadowingUnknown }
