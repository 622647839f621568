package apply

import (
	"maps"
	"slices"
	"strings"

	"github.com/cella-secrets/cella/secret"
	"github.com/cella-secrets/cella/secret/reader"
)

// arrival says when running sites see what was written, naming only those
// that read one of the secrets; empty where none does, or nothing was written
// (public documentation):
//
//	PHP and Quicksilver  cache for up to 15 minutes
//	Next.js              from its next build on
//	Integrated Composer  in its next build
//
// Who reads it is for what runs the site (package reader). Where that is not known,
// and of an organization, whoever may read it is named. People, by the scope user,
// see it at once. Where PHP is on some sites and Next.js on others, they are named.
func (r Report) arrival() string {
	owners := r.audience()
	php, next, composer := owners[reader.PHP], owners[reader.NextJS], owners[reader.IntegratedComposer]
	mixed := len(php) > 0 && len(next) > 0 && !slices.Equal(php, next)
	named := func(who string, of []secret.Owner) string {
		if !mixed {
			return who
		}
		names := make([]string, len(of))
		for i, owner := range of {
			names[i] = owner.String()
		}
		return who + " (" + some(names) + ")"
	}
	var builders []string
	if len(next) > 0 {
		builders = append(builders, named("Next.js", next))
	}
	if len(composer) > 0 {
		builders = append(builders, named("Integrated Composer", composer))
	}
	built := strings.Join(builders, " and ")
	cached := named("PHP and Quicksilver see the changes within 15 minutes", php)
	switch {
	case len(php) > 0 && built != "":
		return cached + ", " + built + " with the next build."
	case len(php) > 0:
		return cached + "."
	case len(builders) == 1:
		return built + " sees the changes with the next build."
	case built != "":
		return built + " see the changes with the next build."
	}
	return ""
}

// audience is who reads what was written, and whose that is, sorted.
func (r Report) audience() map[reader.Reader][]secret.Owner {
	found := map[reader.Reader]map[secret.Owner]bool{}
	for _, result := range r.Results {
		if !result.written() {
			continue
		}
		on := reader.Framework("")
		if result.Owner.Kind == secret.Site {
			on = r.Frameworks[result.Owner.Name]
		}
		// A replacement changes what both sides of it read.
		readers := append(reader.Of(result.Type.Before, result.Scopes.Before, "", on), reader.Of(result.Type.After, result.Scopes.After, "", on)...)
		for _, one := range readers {
			if found[one] == nil {
				found[one] = map[secret.Owner]bool{}
			}
			found[one][result.Owner] = true
		}
	}
	sorted := make(map[reader.Reader][]secret.Owner, len(found))
	for one, owners := range found {
		sorted[one] = slices.SortedFunc(maps.Keys(owners), secret.Owner.Compare)
	}
	return sorted
}

// written reports whether a step took effect, or may have.
func (r Result) written() bool {
	return slices.ContainsFunc(r.Steps, func(s Step) bool { return s.Outcome == Done || s.Unknown })
}
