package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/secret"
)

// place is where in the manifest a value stands.
type place struct {
	owner secret.Owner
	env   secret.Env // empty for the default value
	name  secret.Name
	known bool // the manifest has the owner
}

// String is such as "site:my-site API_KEY" or "site:my-site.live API_KEY".
func (p place) String() string {
	if p.env == "" {
		return fmt.Sprintf("%s %s", p.owner, words.Quote(string(p.name)))
	}
	return fmt.Sprintf("%s.%s %s", p.owner, words.Quote(string(p.env)), words.Quote(string(p.name)))
}

// words are those of a command line that mean p.
func (p place) words() string {
	owner := ownerWord(p.owner)
	if p.env != "" {
		owner += "." + string(p.env)
	}
	return words.Argument(owner) + " " + words.Argument(string(p.name))
}

// neverArgument are the hints for who may have typed a value.
var neverArgument = []string{
	"a value is never an argument, where others could read it: pipe it in, name its file with --value-file, or leave it out to be asked for it",
	"if a value was among the words, take it out of your shell's history",
}

// readPlace reads OWNER[.ENV] NAME. Of an owner with dots in its name, the
// whole is taken for the name where the manifest has one of that name. An owner
// that the manifest does not have needs its kind in front.
func readPlace(args []string, owners []secret.Owner) (place, error) {
	switch {
	case len(args) > 2:
		return place{}, hint.New(errors.New("there are words behind OWNER[.ENV] NAME"), neverArgument...)
	case len(args) < 2:
		return place{}, hint.New(errors.New("an owner and a name are needed: OWNER[.ENV] NAME"),
			"for example: site:my-site API_KEY, or for one environment: site:my-site.live API_KEY")
	}
	p := place{name: secret.Name(args[1])}
	text := args[0]
	matches := ownersNamed(text, owners)
	if dot := strings.LastIndexByte(text, '.'); len(matches) == 0 && dot >= 0 {
		p.env = secret.Env(text[dot+1:])
		if err := p.env.Validate(); err != nil {
			return place{}, hint.New(fmt.Errorf("%s is no environment: %w", words.Quote(text[dot+1:]), err),
				"write dev, test, live or the name of a multidev behind the last dot")
		}
		text = text[:dot]
		matches = ownersNamed(text, owners)
	}
	switch len(matches) {
	case 1:
		p.owner, p.known = matches[0], true
		return p, nil
	case 0:
		return p.atNewOwner(text, owners)
	}
	return place{}, hint.New(fmt.Errorf("%s is a site and an organization", words.Quote(text)),
		fmt.Sprintf("write %s or %s", matches[0], matches[1]))
}

func ownersNamed(text string, owners []secret.Owner) []secret.Owner {
	return slices.DeleteFunc(slices.Clone(owners), func(o secret.Owner) bool { return text != o.Name && text != ownerWord(o) })
}

// atNewOwner is a place at an owner that the manifest does not have.
func (p place) atNewOwner(text string, owners []secret.Owner) (place, error) {
	for prefix, kind := range map[string]secret.OwnerKind{"site:": secret.Site, "org:": secret.Organization} {
		if name, ok := strings.CutPrefix(text, prefix); ok && name != "" {
			p.owner = secret.Owner{Kind: kind, Name: name}
			return p, checkOwner(p.owner)
		}
	}
	var texts, listed []string
	for _, owner := range owners {
		texts = append(texts, owner.Name, ownerWord(owner))
		listed = append(listed, owner.String())
	}
	var hints []string
	if other := string(p.name); len(ownersNamed(other, owners)) > 0 {
		return place{}, hint.New(fmt.Errorf("the manifest has no owner %s", words.Quote(text)),
			fmt.Sprintf("the owner comes first: %s %s", words.Argument(other), words.Argument(text)))
	}
	if near, ok := words.Closest(text, texts); ok {
		hints = append(hints, fmt.Sprintf("did you mean %s?", words.Quote(near)))
	} else if len(listed) > 0 && len(listed) <= maxListed {
		hints = append(hints, "it has "+strings.Join(listed, ", "))
	}
	hints = append(hints, fmt.Sprintf("to add one, say what it is: %s or %s", words.Quote("site:"+text), words.Quote("org:"+text)))
	return place{}, hint.New(fmt.Errorf("the manifest has no owner %s", words.Quote(text)), hints...)
}

// checkOwner refuses an owner that there cannot be.
func checkOwner(owner secret.Owner) error {
	if err := owner.Validate(); err != nil {
		return hint.New(fmt.Errorf("%s: %w", owner, err), "write the name as Pantheon shows it")
	}
	return nil
}

// maxListed is how many owners a hint lists at most.
const maxListed = 5

// nearOwner is the owner of the manifest, another one than owner, whose name a
// typing error may have made owner's.
func nearOwner(owner secret.Owner, owners []secret.Owner) (secret.Owner, bool) {
	texts := make([]string, len(owners))
	for i, other := range owners {
		texts[i] = ownerWord(other)
	}
	near, ok := words.Closest(ownerWord(owner), slices.DeleteFunc(slices.Clone(texts), func(word string) bool { return word == ownerWord(owner) }))
	if !ok {
		return secret.Owner{}, false
	}
	return owners[slices.Index(texts, near)], true
}
