package apply

import (
	"slices"
	"strings"

	"github.com/cella-secrets/cella/secret"
)

// arrival says when running sites see what was written, naming only those
// that read one of the secrets; empty where none does, or nothing was written
// (public documentation):
//
//	scope web, type runtime  PHP and Quicksilver, which cache for up to 15 minutes
//	scope web, type env      Next.js, from its next build on
//	scope ic                 Integrated Composer, in its next build
//
// People, by the scope user, see it at once.
func (r Report) arrival() string {
	var php, next, composer bool
	for _, result := range r.Results {
		if !result.written() {
			continue
		}
		// A replacement changes what both sides of it read.
		for _, at := range []struct {
			kind   secret.Type
			scopes secret.Scopes
		}{{result.Type.Before, result.Scopes.Before}, {result.Type.After, result.Scopes.After}} {
			web := at.scopes.Has(secret.WebScope)
			php = php || web && at.kind == secret.RuntimeType
			next = next || web && at.kind == secret.EnvType
			composer = composer || at.scopes.Has(secret.ICScope)
		}
	}
	var builders []string
	if next {
		builders = append(builders, "Next.js")
	}
	if composer {
		builders = append(builders, "Integrated Composer")
	}
	built := strings.Join(builders, " and ")
	switch {
	case php && built != "":
		return "PHP and Quicksilver see the changes within 15 minutes, " + built + " with the next build."
	case php:
		return "PHP and Quicksilver see the changes within 15 minutes."
	case len(builders) == 1:
		return built + " sees the changes with the next build."
	case built != "":
		return built + " see the changes with the next build."
	}
	return ""
}

// written reports whether a step took effect, or may have.
func (r Result) written() bool {
	return slices.ContainsFunc(r.Steps, func(s Step) bool { return s.Outcome == Done || s.Unknown })
}
