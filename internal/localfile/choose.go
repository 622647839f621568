// Package localfile makes a file of one environment's secrets for a developer: which
// values it takes, and where it may be written.
//
//  1. What a format's reader does not get on Pantheon is left out, and named.
//  2. A value that is not at hand, or that nobody can tell from another one, is an
//     error before anything is written, unless it is asked to leave it out.
//  3. No file with values can come into a commit: one that git tracks, or would not
//     ignore, is refused.
//
// How each format is written is package secret/local's.
package localfile

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/plan/effective"
	"github.com/cella-secrets/cella/secret"
	"github.com/cella-secrets/cella/secret/address"
	"github.com/cella-secrets/cella/secret/local"
)

// Wanted is what a local file is to hold.
type Wanted struct {
	Format local.Format
	Scopes secret.Scopes
	Types  []secret.Type
	Prefer string // site or organization; empty refuses what is ambiguous
	Skip   []secret.Name
	// AllowMissing leaves out what is set elsewhere, in place of an error.
	AllowMissing bool
}

// File is a local file that can be written.
type File struct {
	Content []byte
	Count   int    // secrets in it
	Title   string // the site and environment that it is of
	// Left say what was left out and why, a sentence each.
	Left []string
	// Others say of an empty file which formats would not be.
	Others string
}

// Build takes the winning values of the one environment of in, in the form that
// was wanted. All that keeps the file from being written is one error.
func Build(in effective.Input, desired []secret.Desired, w Wanted) (*File, error) {
	chosen := choose(in, desired, w)
	if err := chosen.failure(w.AllowMissing); err != nil {
		return nil, err
	}
	title := in.Site.Owner.String() + "." + words.Quote(string(in.Environments[0]))
	file, err := local.Encode(w.Format, local.Site{ID: in.Site.Owner.ID, Title: title}, chosen.secrets)
	if err == nil {
		err = refused(file, w.Format, chosen.secrets)
	}
	if err != nil {
		return nil, err
	}
	for _, unfit := range file.Skipped {
		chosen.leave(unfit.Name, unfit.Reason)
	}
	built := &File{Content: file.Content, Count: file.Count, Title: title, Left: chosen.told()}
	if built.Count == 0 {
		built.Others = others(in, desired, w)
	}
	return built, nil
}

// others names the formats that would take secrets, and how many, where the types were
// those of the format; empty where none would.
func others(in effective.Input, desired []secret.Desired, w Wanted) string {
	var would []string
	if !slices.Equal(TypesOf(w.Format), w.Types) {
		return ""
	}
	for _, format := range local.Formats() {
		other := w
		other.Format, other.Types = format, TypesOf(format)
		if n := len(choose(in, desired, other).secrets); n > 0 && !slices.Equal(other.Types, w.Types) {
			would = append(would, fmt.Sprintf("--format %s would take %s", format, words.Count(n, "secret")))
		}
	}
	return strings.Join(would, ", ")
}

// TypesOf are the types that a format holds where --type names none: what
// its reader gets on Pantheon.
func TypesOf(format local.Format) []secret.Type {
	switch format {
	case local.SDK, local.DotenvPHP:
		return []secret.Type{secret.RuntimeType}
	case local.Dotenv, local.DotenvNext:
		return []secret.Type{secret.EnvType}
	}
	return secret.CreatableTypes()
}

// takes reports whether a layer is for the file.
func (w Wanted) takes(layer effective.Layer) bool {
	typed, scoped := w.fits(layer)
	return typed && scoped
}

func (w Wanted) fits(layer effective.Layer) (typed, scoped bool) {
	return slices.Contains(w.Types, layer.Type),
		slices.ContainsFunc(layer.Scopes, func(s secret.Scope) bool { return w.Scopes.Has(s) && reads(s, layer.Type) })
}

// refuses says why a layer is not for the file, and with which flags it would be.
// obstacle is what would keep it from the file all the same, empty for nothing: no
// flag is offered then that would not help.
func (w Wanted) refuses(layer effective.Layer, obstacle string) string {
	typed, scoped := w.fits(layer)
	reason := fmt.Sprintf("type %s, scopes %s", words.Quote(string(layer.Type)), layer.Scopes)
	i := slices.IndexFunc(layer.Scopes, func(s secret.Scope) bool { return reads(s, layer.Type) })
	if i < 0 || !layer.Type.Creatable() {
		return reason
	}
	if obstacle != "" {
		return reason + "; " + obstacle
	}
	reason += "; it would be taken with"
	if !typed {
		reason += " --type " + words.Join(append(slices.Clone(w.Types), layer.Type), ",")
	}
	if !scoped {
		reason += " --scope " + words.Join(append(slices.Clone(w.Scopes), layer.Scopes[i]), ",")
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
	next   string
}

const setElsewhere = "set elsewhere, so git has no value"

// miss takes note of a secret of a layer without a value. What gives it one is a
// variable, or else a value in the manifest; what the project released takes none.
func (c *choice) miss(name secret.Name, layer effective.Layer, reason string) {
	next := ""
	if variable, ok := layer.Source.Env(); ok {
		next = "set the variable " + words.Quote(variable)
	} else if layer.Origin == effective.External {
		next = "give the manifest a value: cella set " + address.Place{Owner: layer.Owner, Env: layer.Env, Name: name}.Words()
	}
	c.missing = append(c.missing, missing{name, reason, next})
}

// leave takes note of a secret that is left out.
func (c *choice) leave(name secret.Name, reason string) {
	c.left[reason] = append(c.left[reason], words.Quote(string(name)))
}

// told names what was left out, by reason.
func (c *choice) told() []string {
	var lines []string
	for _, reason := range slices.Sorted(maps.Keys(c.left)) {
		lines = append(lines, fmt.Sprintf("left out %s: %s", strings.Join(c.left[reason], ", "), reason))
	}
	return lines
}

// choose takes the winning values of the one environment of in.
func choose(in effective.Input, desired []secret.Desired, w Wanted) choice {
	c := choice{left: map[string][]string{}, unknown: slices.Clone(w.Skip)}
	for _, one := range effective.Explain(in).Secrets {
		outcome := one.Environments[0]
		c.all = append(c.all, string(one.Name))
		if slices.Contains(w.Skip, one.Name) {
			c.unknown = slices.DeleteFunc(c.unknown, func(n secret.Name) bool { return n == one.Name })
			c.leave(one.Name, "--skip names it")
			continue
		}
		c.add(one.Name, outcome, desired, w)
	}
	return c
}

func (c *choice) add(name secret.Name, outcome effective.Outcome, desired []secret.Desired, w Wanted) {
	layer := outcome.Winner
	if layer == nil && len(outcome.Contenders) > 0 {
		first, second := outcome.Contenders[0], outcome.Contenders[1]
		switch {
		case w.Prefer == "site":
			layer = &first
		case w.Prefer == "organization":
			layer = &second
		case !w.takes(first) && !w.takes(second):
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
		if slices.ContainsFunc(outcome.Shadows, w.takes) {
			c.miss(name, *layer, setElsewhere)
			return
		}
		c.leave(name, "this project released it, so git has no value")
	default:
		one, missing := valued(*layer, name, desired)
		switch {
		case !w.takes(*layer) && missing == "":
			c.leave(name, w.refuses(*layer, unfit(w.Format, one)))
		case !w.takes(*layer):
			c.leave(name, w.refuses(*layer, missing))
		case missing != "":
			c.miss(name, *layer, missing)
		default:
			c.secrets = append(c.secrets, one)
		}
	}
}

// valued is a layer with its value, or why it is not at hand.
func valued(layer effective.Layer, name secret.Name, desired []secret.Desired) (one local.Secret, missing string) {
	if layer.Origin == effective.External {
		return local.Secret{}, setElsewhere
	}
	value, known := valueOf(layer, name, desired)
	if !known {
		variable, _ := layer.Source.Env()
		return local.Secret{}, fmt.Sprintf("the environment variable %s is not set, or empty", words.Quote(variable))
	}
	return local.Secret{Name: name, Type: layer.Type, Scopes: layer.Scopes, Value: value}, ""
}

// unfit is why the format cannot hold a secret; empty where it can.
func unfit(format local.Format, one local.Secret) string {
	file, err := local.Encode(format, local.Site{}, []local.Secret{one})
	if err != nil {
		return "" // it is the same for all, and told when the file is made
	}
	for _, unfit := range slices.Concat(file.Skipped, file.Refused) {
		return fmt.Sprintf("--format %s does not hold it: %s", format, unfit.Reason)
	}
	return ""
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
func (c *choice) failure(allowMissing bool) error {
	var errs []error
	var hints []string
	if allowMissing {
		for _, one := range c.missing {
			c.leave(one.name, one.reason)
		}
	} else if len(c.missing) > 0 {
		names := map[string][]secret.Name{}
		for _, one := range c.missing {
			names[one.reason] = append(names[one.reason], one.name)
			if one.next != "" && !slices.Contains(hints, one.next) {
				hints = append(hints, one.next)
			}
		}
		for _, reason := range slices.Sorted(maps.Keys(names)) {
			errs = append(errs, fmt.Errorf("%s: %s", reason, nameList(names[reason])))
		}
		hints = append(hints, "to leave out what has no value: --allow-missing")
	}
	if len(c.ambiguous) > 0 {
		errs = append(errs, fmt.Errorf("the organization has an override and the site a default value, and Pantheon's documentation says of both that they win: %s",
			nameList(c.ambiguous)))
		hints = append(hints, "add an override for this environment to the site, which always wins; or choose with --prefer site or --prefer organization")
	}
	for _, name := range c.unknown {
		errs = append(errs, fmt.Errorf("--skip %s: no secret of this name reaches the site", words.Quote(string(name))))
		if near, ok := words.Closest(string(name), c.all); ok {
			hints = append(hints, fmt.Sprintf("did you mean %s?", words.Quote(near)))
		} else {
			hints = append(hints, "omit --skip "+words.Argument(string(name)))
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

// refused is the error for values that the format cannot hold, or nil. Another format
// is offered where it holds all of them.
func refused(file local.File, format local.Format, secrets []local.Secret) error {
	if len(file.Refused) == 0 {
		return nil
	}
	errs := make([]error, len(file.Refused))
	names := make([]string, len(file.Refused))
	for i, unfit := range file.Refused {
		errs[i] = fmt.Errorf("%s: %s", words.Quote(string(unfit.Name)), unfit.Reason)
		names[i] = "--skip " + words.Argument(string(unfit.Name))
	}
	holds := func(other local.Format) bool {
		tried, err := local.Encode(other, local.Site{}, secrets)
		return err == nil && len(tried.Refused) == 0
	}
	var hints []string
	if format == local.Dotenv && holds(local.DotenvNext) {
		hints = append(hints, "--format dotenv-next writes a file for Next.js alone, which dollar signs and carriage returns fit into")
	}
	if format == local.Dotenv && holds(local.DotenvPHP) {
		hints = append(hints, "--format dotenv-php writes one for PHP alone (phpdotenv, as in Bedrock), which every text fits into")
	}
	if holds(local.JSON) {
		hints = append(hints, "--format json holds every text")
	}
	hints = append(hints, "leave out with: "+strings.Join(names, " "))
	return hint.New(errors.Join(errs...), hints...)
}
