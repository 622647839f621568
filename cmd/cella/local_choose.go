package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/plan/effective"
	"github.com/cella-secrets/cella/secret"
	"github.com/cella-secrets/cella/secret/local"
)

// wanted is what a local file is to hold.
type wanted struct {
	scopes secret.Scopes
	types  []secret.Type
	prefer string // site or organization; empty refuses what is ambiguous
	skip   []secret.Name
}

// localTypes are the types that a format holds where --type names none: what
// its reader gets on Pantheon.
func localTypes(format local.Format) []secret.Type {
	switch format {
	case local.SDK:
		return []secret.Type{secret.RuntimeType}
	case local.Dotenv, local.DotenvNext:
		return []secret.Type{secret.EnvType}
	}
	return secret.CreatableTypes()
}

// check reads the flags that take words.
func (f *localFlags) check(std streams) (wanted, error) {
	w := wanted{prefer: f.prefer, types: localTypes(local.Format(f.format))}
	var formats []string
	for _, format := range local.Formats() {
		formats = append(formats, string(format))
	}
	switch {
	case f.format == "":
		return w, hint.New(errors.New("--format is missing"), "sdk is for WordPress and Drupal, dotenv for Next.js; also dotenv-next and json")
	case !slices.Contains(formats, f.format):
		next := "use sdk, dotenv, dotenv-next or json"
		if near, ok := words.Closest(f.format, formats); ok {
			next = fmt.Sprintf("did you mean %s?", near)
		}
		return w, hint.New(fmt.Errorf("--format %s is not known", words.Quote(f.format)), next)
	case f.out == "":
		return w, hint.New(errors.New("--out is missing"), "name a file that git ignores, such as --out .env.local")
	case f.out == toStdout && inPipeline(std):
		return w, hint.New(errors.New("--out - is refused in CI: logs keep what is printed"), "name a file with --out")
	case f.prefer != "" && f.prefer != "site" && f.prefer != "organization":
		return w, hint.New(fmt.Errorf("--prefer %s is not known", words.Quote(f.prefer)), "use site or organization")
	}
	scopes, err := oneOf("--scope", f.scopes, secret.CreatableScopes())
	if err != nil {
		return w, err
	}
	w.scopes = secret.NewScopes(scopes...)
	if len(f.types) > 0 {
		if w.types, err = oneOf("--type", f.types, secret.CreatableTypes()); err != nil {
			return w, err
		}
	}
	for _, name := range f.skip {
		w.skip = append(w.skip, secret.Name(name))
	}
	return w, nil
}

// oneOf reads a list of known words, or the word all.
func oneOf[T ~string](flag string, given []string, known []T) ([]T, error) {
	offered := make([]string, len(known))
	for i, word := range known {
		offered[i] = string(word)
	}
	var found []T
	for _, word := range given {
		switch {
		case word == "all":
			return known, nil
		case slices.Contains(offered, word):
			found = append(found, T(word))
		default:
			next := "use " + strings.Join(offered, ", ") + " or all"
			if near, ok := words.Closest(word, offered); ok {
				next = fmt.Sprintf("did you mean %s?", near)
			}
			return nil, hint.New(fmt.Errorf("%s %s is not known", flag, words.Quote(word)), next)
		}
	}
	if len(found) == 0 {
		return nil, hint.New(fmt.Errorf("%s is empty", flag), "use "+strings.Join(offered, ", ")+" or all")
	}
	return found, nil
}

// refuses says why a layer is not for the file, and with which flags it would
// be; empty where it is.
func (w wanted) refuses(layer effective.Layer) string {
	typed := slices.Contains(w.types, layer.Type)
	scoped := slices.ContainsFunc(layer.Scopes, func(s secret.Scope) bool { return w.scopes.Has(s) && reads(s, layer.Type) })
	if typed && scoped {
		return ""
	}
	reason := fmt.Sprintf("type %s, scopes %s", words.Quote(string(layer.Type)), layer.Scopes)
	i := slices.IndexFunc(layer.Scopes, func(s secret.Scope) bool { return reads(s, layer.Type) })
	if i < 0 || !layer.Type.Creatable() {
		return reason
	}
	reason += "; it would be taken with"
	if !typed {
		reason += " --type " + joined(append(slices.Clone(w.types), layer.Type), ",")
	}
	if !scoped {
		reason += " --scope " + joined(append(slices.Clone(w.scopes), layer.Scopes[i]), ",")
	}
	return reason
}

// reads reports whether the reader that a scope stands for reads the type: no
// application reads Composer's credentials.
func reads(scope secret.Scope, typ secret.Type) bool {
	return slices.Contains(secret.CreatableScopes(), scope) && (scope != secret.WebScope || typ != secret.ComposerType)
}

// choice is what was chosen, and what was not.
type choice struct {
	secrets   []local.Secret
	missing   []missing
	ambiguous []secret.Name
	unknown   []secret.Name // named by --skip only
	all       []string      // every name that reaches the site
	left      map[string][]string
}

// missing is a secret that should be in the file, and whose value is not at
// hand.
type missing struct {
	name   secret.Name
	reason string
}

const setElsewhere = "set elsewhere, so git has no value"

func (c *choice) miss(name secret.Name, reason string) {
	c.missing = append(c.missing, missing{name, reason})
}

// leave takes note of a secret that is left out.
func (c *choice) leave(name secret.Name, reason string) {
	c.left[reason] = append(c.left[reason], words.Quote(string(name)))
}

// report names what was left out, by reason.
func (c *choice) report(w io.Writer) {
	for _, reason := range slices.Sorted(maps.Keys(c.left)) {
		writeLine(w, "cella: left out %s: %s", strings.Join(c.left[reason], ", "), reason)
	}
}

// choose takes the winning values of the one environment of in.
func choose(in effective.Input, desired []secret.Desired, w wanted) choice {
	c := choice{left: map[string][]string{}, unknown: slices.Clone(w.skip)}
	for _, one := range effective.Explain(in).Secrets {
		outcome := one.Environments[0]
		c.all = append(c.all, string(one.Name))
		if slices.Contains(w.skip, one.Name) {
			c.unknown = slices.DeleteFunc(c.unknown, func(n secret.Name) bool { return n == one.Name })
			c.leave(one.Name, "--skip names it")
			continue
		}
		c.add(one.Name, outcome, desired, w)
	}
	return c
}

func (c *choice) add(name secret.Name, outcome effective.Outcome, desired []secret.Desired, w wanted) {
	layer := outcome.Winner
	if layer == nil && len(outcome.Contenders) > 0 {
		first, second := outcome.Contenders[0], outcome.Contenders[1]
		switch {
		case w.prefer == "site":
			layer = &first
		case w.prefer == "organization":
			layer = &second
		case w.refuses(first) != "" && w.refuses(second) != "":
			layer = &first // neither is for the file
		default:
			c.ambiguous = append(c.ambiguous, name)
			return
		}
	}
	switch {
	case layer == nil:
	case layer.Origin == effective.Released:
		// Its type and scopes are not known, so it counts where it shadows
		// what would be in the file.
		if slices.ContainsFunc(outcome.Shadows, func(l effective.Layer) bool { return w.refuses(l) == "" }) {
			c.miss(name, setElsewhere)
			return
		}
		c.leave(name, "released from the project, so git has no value")
	case w.refuses(*layer) != "":
		c.leave(name, w.refuses(*layer))
	case layer.Origin == effective.External:
		c.miss(name, setElsewhere)
	default:
		value, known := valueOf(*layer, name, desired)
		if !known {
			variable, _ := layer.Source.Env()
			c.miss(name, fmt.Sprintf("the environment variable %s is not set, or empty", words.Quote(variable)))
			return
		}
		c.secrets = append(c.secrets, local.Secret{Name: name, Type: layer.Type, Scopes: layer.Scopes, Value: value})
	}
}

// valueOf finds the value of a layer in the manifest.
func valueOf(layer effective.Layer, name secret.Name, desired []secret.Desired) (secret.Value, bool) {
	owner := secret.DesiredOf(desired, layer.Owner)
	i, found := slices.BinarySearchFunc(owner.Secrets, name, func(d secret.DesiredSecret, n secret.Name) int { return cmp.Compare(d.Name, n) })
	if !found {
		return secret.Value{}, false
	}
	if layer.Env == "" {
		return owner.Secrets[i].Value, owner.Secrets[i].Value.Known()
	}
	override, found := owner.Secrets[i].Override(layer.Env)
	return override.Value, found && override.Value.Known()
}

// failure is the error for what nobody decided, all at once; or nil.
func (c *choice) failure(flags *localFlags) error {
	var errs []error
	var hints []string
	if flags.allowMissing {
		for _, one := range c.missing {
			c.leave(one.name, one.reason)
		}
	} else if len(c.missing) > 0 {
		names := map[string][]secret.Name{}
		for _, one := range c.missing {
			names[one.reason] = append(names[one.reason], one.name)
		}
		for _, reason := range slices.Sorted(maps.Keys(names)) {
			errs = append(errs, fmt.Errorf("%s: %s", reason, nameList(names[reason])))
		}
		hints = append(hints, "give the manifest a value, or the variable; or leave them out with --allow-missing")
	}
	if len(c.ambiguous) > 0 {
		errs = append(errs, fmt.Errorf("an override of the organization meets a default of the site, and Pantheon documents in two ways which wins: %s", nameList(c.ambiguous)))
		hints = append(hints, "give the site an override for this environment, which settles it; or add --prefer site or --prefer organization")
	}
	for _, name := range c.unknown {
		errs = append(errs, fmt.Errorf("--skip %s: no secret of this name reaches the site", words.Quote(string(name))))
		if near, ok := words.Closest(string(name), c.all); ok {
			hints = append(hints, fmt.Sprintf("did you mean %s?", words.Quote(near)))
		}
	}
	if len(errs) == 0 {
		return nil
	}
	return hint.New(errors.Join(errs...), hints...)
}

func nameList(names []secret.Name) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = words.Quote(string(name))
	}
	return strings.Join(quoted, ", ")
}
