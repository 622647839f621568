// Package address reads what people type to name something of a manifest: a site
// or organization (site:my-site, or a name that only one of them has), a place of
// a value (site:my-site.live API_KEY), a target (site:my-site/API_KEY), one
// environment of a site (my-site.live).
//
// Errors have next steps (package hint), name what was typed, and suggest what
// may have been meant. A value that was typed by mistake is never repeated.
package address

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/secret"
)

// Owners are the sites and organizations of a manifest, by which what is typed
// is understood.
type Owners []secret.Owner

// MaxListed is how many names a hint lists at most.
const MaxListed = 5

// Named are those that the text means, with or without site: or org: in front.
func (o Owners) Named(text string) []secret.Owner {
	return slices.DeleteFunc(slices.Clone(o), func(one secret.Owner) bool { return text != one.Name && text != one.Address() })
}

// Near is one of them, another one than owner, whose name a typing error may have
// made owner's, or which is of the other kind.
func (o Owners) Near(owner secret.Owner) (secret.Owner, bool) {
	for _, other := range o {
		if other.Name == owner.Name && other.Kind != owner.Kind {
			return other, true
		}
	}
	near, ok := words.Closest(owner.Name, o.names(owner.Kind))
	if !ok {
		return secret.Owner{}, false
	}
	return o.find(owner.Kind, near)
}

// sites are the names of the sites.
func (o Owners) sites() []string { return o.names(secret.Site) }

func (o Owners) names(kind secret.OwnerKind) []string {
	var names []string
	for _, owner := range o {
		if owner.Kind == kind {
			names = append(names, owner.Name)
		}
	}
	return names
}

// find returns the one of a kind and name.
func (o Owners) find(kind secret.OwnerKind, name string) (secret.Owner, bool) {
	i := slices.IndexFunc(o, func(one secret.Owner) bool { return one.Kind == kind && one.Name == name })
	if i < 0 {
		return secret.Owner{}, false
	}
	return o[i], true
}

// Check refuses an owner that there cannot be.
func Check(owner secret.Owner) error {
	if err := owner.Validate(); err != nil {
		return hint.New(fmt.Errorf("%s: %w", owner, err), "write the name as Pantheon shows it")
	}
	return nil
}

// Lacks is the error of an owner that the manifest does not have.
func (o Owners) Lacks(owner secret.Owner) error { return o.lacks(owner.Address()) }

func (o Owners) lacks(word string) error {
	next := has(o.all(), "write site:NAME or org:NAME as in the manifest")
	if owner, ok := secret.ParseOwner(word); !ok {
		next = meant(word, o.spellings(), next)
	} else if near, found := o.Near(owner); found {
		next = fmt.Sprintf("did you mean %s?", near)
	}
	return hint.New(fmt.Errorf("the manifest has no site or organization %s", words.Quote(word)), next)
}

// all are those of o as they are shown.
func (o Owners) all() []string {
	shown := make([]string, len(o))
	for i, owner := range o {
		shown[i] = owner.String()
	}
	return shown
}

// spellings are what they go by.
func (o Owners) spellings() []string {
	var texts []string
	for _, owner := range o {
		texts = append(texts, owner.Name, owner.Address())
	}
	return texts
}

// meant is the hint for a word that is none of those that are known.
func meant(word string, known []string, otherwise string) string {
	if near, ok := words.Closest(word, known); ok {
		return fmt.Sprintf("did you mean %s?", words.Quote(near))
	}
	return otherwise
}

// has lists what the manifest has, where that is little.
func has(shown []string, otherwise string) string {
	if len(shown) == 0 || len(shown) > MaxListed {
		return otherwise
	}
	return "it has " + strings.Join(shown, ", ")
}
