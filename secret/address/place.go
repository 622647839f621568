package address

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/secret"
)

// Place is where in the manifest a value stands.
type Place struct {
	Owner secret.Owner
	Env   secret.Env // empty for the default value
	Name  secret.Name
	Known bool // the manifest has the owner
}

// String is such as "site:my-site API_KEY" or "site:my-site.live API_KEY".
func (p Place) String() string {
	if p.Env == "" {
		return fmt.Sprintf("%s %s", p.Owner, words.Quote(string(p.Name)))
	}
	return fmt.Sprintf("%s.%s %s", p.Owner, words.Quote(string(p.Env)), words.Quote(string(p.Name)))
}

// Whole is the place of the default value.
func (p Place) Whole() Place {
	p.Env = ""
	return p
}

// Words are those of a command line that mean p.
func (p Place) Words() string {
	owner := p.Owner.Address()
	if p.Env != "" {
		owner += "." + string(p.Env)
	}
	return words.Argument(owner) + " " + words.Argument(string(p.Name))
}

// NeverArgument are the hints for who may have typed a value.
var NeverArgument = []string{
	"a value is never an argument, where others could read it: pipe it in, name its file with --value-file, or leave it out to be asked for it",
	"if a value was among the words, remove it from your shell's history",
}

// Place reads OWNER[.ENV] NAME; see OwnerEnv.
func (o Owners) Place(args []string) (Place, error) {
	switch {
	case len(args) > 2:
		return Place{}, hint.New(errors.New("there are words after OWNER[.ENV] NAME"), NeverArgument...)
	case len(args) > 0 && strings.Contains(args[0], "=") && len(o.Named(args[0])) == 0:
		return Place{}, hint.New(errors.New("there is an equals sign in OWNER[.ENV]"), NeverArgument...)
	case len(args) > 0:
		if place, ok := o.joined(args[0]); ok {
			next := fmt.Sprintf("write a space in place of the slash: %s", place.Words())
			return Place{}, hint.New(errors.New("there is a slash in OWNER[.ENV]"), append([]string{next}, NeverArgument[:len(args)-1]...)...)
		}
	}
	if len(args) < 2 {
		return Place{}, hint.New(errors.New("a site or organization and a name are needed: OWNER[.ENV] NAME"),
			"for example: site:my-site API_KEY, or for one environment: site:my-site.live API_KEY")
	}
	owner, env, err := o.OwnerEnv(args[0])
	if other := args[1]; err != nil && len(o.Named(args[0])) == 0 && len(o.Named(other)) > 0 {
		return Place{}, hint.New(err, fmt.Sprintf("the site or organization comes first: %s %s", words.Argument(other), words.Argument(args[0])))
	}
	return Place{Owner: owner, Env: env, Name: secret.Name(args[1]), Known: slices.Contains(o, owner)}, err
}

// OwnerEnv reads OWNER[.ENV]. Of an owner with dots in its name, the whole is taken
// for the name where the manifest has one of that name. An owner that the manifest
// does not have needs its kind in front.
func (o Owners) OwnerEnv(text string) (owner secret.Owner, env secret.Env, err error) {
	matches := o.Named(text)
	if dot := strings.LastIndexByte(text, '.'); len(matches) == 0 && dot >= 0 {
		env = secret.Env(text[dot+1:])
		if err := env.Validate(); err != nil {
			next := []string{"write dev, test, live or the name of a multidev after the last dot"}
			if usual, ok := secret.UsualEnv(string(env)); ok {
				next = append(next, fmt.Sprintf("did you mean %s?", usual))
			}
			return secret.Owner{}, "", hint.New(fmt.Errorf("%s is no environment: %w", words.Quote(text[dot+1:]), err), next...)
		}
		text = text[:dot]
		matches = o.Named(text)
	}
	switch len(matches) {
	case 1:
		return matches[0], env, nil
	case 0:
		owner, err = o.atNew(text)
		return owner, env, err
	}
	return secret.Owner{}, "", hint.New(fmt.Errorf("%s is a site and an organization", words.Quote(text)),
		fmt.Sprintf("write %s or %s", matches[0], matches[1]))
}

// atNew is an owner that the manifest does not have.
func (o Owners) atNew(text string) (secret.Owner, error) {
	if owner, ok := secret.ParseOwner(text); ok {
		return owner, Check(owner)
	}
	next := []string{meant(text, o.spellings(), has(o.all(), ""))}
	var fit []string
	for _, kind := range []secret.OwnerKind{secret.Site, secret.Organization} {
		if owner := (secret.Owner{Kind: kind, Name: text}); owner.Validate() == nil {
			fit = append(fit, owner.String())
		}
	}
	if len(fit) > 0 {
		next = append(next, "to add one, say what it is: "+strings.Join(fit, " or "))
	} else {
		next = append(next, "write site:NAME or org:NAME, and a space before the name of the secret")
	}
	next = slices.DeleteFunc(next, func(step string) bool { return step == "" })
	return secret.Owner{}, hint.New(fmt.Errorf("the manifest has no site or organization %s", words.Quote(text)), next...)
}

// joined reads OWNER[.ENV]/NAME, of which the slash has to be a space: no owner has
// one in its name.
func (o Owners) joined(word string) (Place, bool) {
	text, name, cut := strings.Cut(word, "/")
	if !cut || name == "" {
		return Place{}, false
	}
	owner, env, err := o.OwnerEnv(text)
	return Place{Owner: owner, Env: env, Name: secret.Name(name)}, err == nil
}
