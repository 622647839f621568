package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/cella-secrets/cella/internal/cilog"
	"github.com/cella-secrets/cella/internal/completion"
	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/localfile"
	"github.com/cella-secrets/cella/internal/outputs"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/plan/effective"
	"github.com/cella-secrets/cella/schema"
	"github.com/cella-secrets/cella/schema/sopsfile/keyring"
	"github.com/cella-secrets/cella/secret"
	"github.com/cella-secrets/cella/secret/address"
	"github.com/cella-secrets/cella/secret/local"
)

// localFlags are the flags of cella local.
type localFlags struct {
	manifest     manifestFlags
	format       string
	out          string
	scopes       []string
	types        []string
	org          string
	prefer       string
	skip         []string
	allowMissing bool
	overwrite    bool
	quiet        bool
}

func localCommand() command {
	return command{
		name:     "local",
		argument: "SITE.ENV",
		takes:    []completion.Place{{Kind: completion.SiteEnv}},
		summary:  "write the secrets of one environment to a file for local development",
		about: "Decrypts the manifest, takes for each secret the value that wins in ENV, and writes what the application reads there: scope\n" +
			"web; type runtime for sdk and dotenv-php, type env for dotenv. What is left out is named. It needs a key, and no network for Pantheon.\n" +
			"FILE gets mode 0600, and is refused where git tracks it or would not ignore it.",
		examples: []string{
			"cella local my-site.dev --format sdk --out secrets.json",
			"cella local my-site.dev --format dotenv --out .env.local",
			"cella local my-site.dev --format dotenv-php --out .env",
			"cella local my-site.dev --format json --scope ic,web --out secrets.local.json",
		},
		bind: func(flags *pflag.FlagSet) action {
			var f localFlags
			f.bind(flags)
			return func(ctx context.Context, std streams, args []string) error {
				// An interrupted run must not leave a file half-written.
				ctx, stop := interruptible(ctx)
				defer stop()
				site, err := oneArgument(args, "SITE.ENV", "cella local my-site.dev --format sdk --out secrets.json", asEnvironment)
				if err != nil {
					return err
				}
				return runLocal(ctx, std, &f, site)
			}
		},
	}
}

func (f *localFlags) bind(flags *pflag.FlagSet) {
	f.manifest.bind(flags, keyring.DefaultSources().String())
	flags.StringVar(&f.format, "format", "", "`FORMAT` of the file: sdk, dotenv, dotenv-next, dotenv-php or json")
	flags.StringVar(&f.out, "out", "", "the `FILE` to write; - for stdout, but not in CI")
	flags.StringSliceVar(&f.scopes, "scope", []string{"web"}, "take secrets with any of these scopes, a `LIST` of ic, web, user or all")
	flags.Lookup("scope").DefValue = "web" // without the brackets of a list, for the help text
	flags.StringSliceVar(&f.types, "type", nil, "take these types, a `LIST` of runtime, env, composer or all")
	flags.StringVar(&f.org, "org", "", "the `NAME` of the organization that owns the site, or none (default the manifest's only one)")
	flags.StringVar(&f.prefer, "prefer", "", "which `OWNER` wins where the organization's override meets the site's default: site or organization")
	flags.StringArrayVar(&f.skip, "skip", nil, "leave the secret `NAME` out; may be given more than once")
	flags.BoolVar(&f.allowMissing, "allow-missing", false, "leave out what is set elsewhere, instead of failing")
	flags.BoolVar(&f.overwrite, "overwrite", false, "replace a file that is not just as cella wrote it; plain JSON does not show that, and always needs it")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "say nothing on stderr where all went well")
}

func runLocal(ctx context.Context, std streams, flags *localFlags, argument string) error {
	wanted, err := flags.check(std)
	if err != nil {
		return err
	}
	for _, file := range flags.manifest.files {
		if err := outputs.Keep(file, "the manifest", "--out", flags.out, ".env.local"); err != nil {
			return err
		}
	}
	// Before a key is asked for: nothing is decrypted that could not be written.
	target, err := localfile.NewTarget(ctx, gitProgram(), flags.out, local.Format(flags.format), flags.overwrite)
	if err != nil {
		return err
	}
	in, desired, err := flags.load(ctx, std, argument)
	if err != nil {
		return err
	}
	built, err := localfile.Build(in, desired, wanted)
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := target.Write(cilog.Exactly(std.out), built.Content); err != nil {
		return err
	}
	if flags.quiet {
		return nil
	}
	for _, line := range built.Left {
		writeLine(std.err, "cella: %s", line)
	}
	writeLine(std.err, "cella: wrote %s of %s to %s", words.Count(built.Count, "secret"), built.Title, target)
	if built.Others != "" {
		writeLine(std.err, "cella: hint: %s", built.Others)
	}
	if in.Environments[0] == "live" {
		writeLine(std.err, "cella: warning: these are production values")
	}
	return nil
}

// load reads the manifest with its values, and finds site, environment and
// organization.
func (f *localFlags) load(ctx context.Context, std streams, argument string) (effective.Input, []secret.Desired, error) {
	manifest, desired, err := f.manifest.offline(ctx, std, schema.DecryptRequired, f.quiet)
	if err != nil {
		return effective.Input{}, nil, err
	}
	site, env, err := address.Owners(manifest.Owners()).SiteEnv(argument)
	if err != nil {
		return effective.Input{}, nil, err
	}
	if env == "" {
		return effective.Input{}, nil, hint.New(fmt.Errorf("the environment of %s is missing", site),
			fmt.Sprintf("write SITE.ENV, such as %s.dev", words.Quote(site.Name)))
	}
	organization, from, err := address.Owners(manifest.Owners()).OrganizationOf(site, f.org)
	if err != nil {
		return effective.Input{}, nil, err
	}
	in, notes := effective.Offline(desired, site, organization).Within(env, from)
	if !f.quiet {
		for _, note := range notes {
			writeLine(std.err, "cella: note: %s [%s]", note.Message, note.Code)
		}
	}
	return in, desired, nil
}

// check reads the flags that take words.
func (f *localFlags) check(std streams) (localfile.Wanted, error) {
	w := localfile.Wanted{Format: local.Format(f.format), Prefer: f.prefer, Types: localfile.TypesOf(local.Format(f.format)), AllowMissing: f.allowMissing}
	var formats []string
	for _, format := range local.Formats() {
		formats = append(formats, string(format))
	}
	switch {
	case f.format == "":
		return w, hint.New(errors.New("--format is missing"), "sdk is for WordPress and Drupal, dotenv for Next.js, dotenv-php for Bedrock; also dotenv-next and json")
	case !slices.Contains(formats, f.format):
		next := "use sdk, dotenv, dotenv-next, dotenv-php or json"
		if near, ok := words.Closest(f.format, formats); ok {
			next = fmt.Sprintf("did you mean %s?", near)
		}
		return w, hint.New(fmt.Errorf("--format %s is not known", words.Quote(f.format)), next)
	case f.out == "":
		return w, hint.New(errors.New("--out is missing"), "name a file that git ignores, such as --out "+usualLocalFile(f.format))
	case f.out == localfile.Stdout && inPipeline(std):
		return w, hint.New(errors.New("--out - is refused in CI: logs keep what is printed"), "name a file with --out")
	case f.prefer != "" && f.prefer != "site" && f.prefer != "organization":
		return w, hint.New(fmt.Errorf("--prefer %s is not known", words.Quote(f.prefer)), "use site or organization")
	}
	scopes, err := oneOf("--scope", f.scopes, secret.CreatableScopes())
	if err != nil {
		return w, err
	}
	w.Scopes = secret.NewScopes(scopes...)
	if len(f.types) > 0 {
		if w.Types, err = oneOf("--type", f.types, secret.CreatableTypes()); err != nil {
			return w, err
		}
	}
	for _, name := range f.skip {
		w.Skip = append(w.Skip, secret.Name(name))
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

// usualLocalFile is a name for a file of the format.
func usualLocalFile(format string) string {
	if format == string(local.SDK) || format == string(local.JSON) {
		return "secrets.json"
	}
	return ".env.local"
}
