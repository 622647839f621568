package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/pflag"

	"github.com/cella-secrets/cella/internal/checkout"
	"github.com/cella-secrets/cella/internal/completion"
	"github.com/cella-secrets/cella/internal/files"
	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/importing"
	"github.com/cella-secrets/cella/internal/terminal"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/schema/sopsfile/keyring"
	"github.com/cella-secrets/cella/secret"
	"github.com/cella-secrets/cella/secret/address"
	"github.com/cella-secrets/cella/secret/envfile"
	"github.com/cella-secrets/cella/secret/reader"
)

func importFileCommand() command {
	return command{
		name:     "import file",
		argument: "FILE",
		takes:    []completion.Place{{Kind: completion.File}},
		summary:  "add the variables of a .env, JSON or YAML file to the manifest",
		about: "FILE is a .env file, or a JSON or YAML file of names and texts, which SOPS may have encrypted, or - for standard input; --to\n" +
			"names the site or organization that gets them. Values of a .env file are taken as phpdotenv, Node's dotenv and\n" +
			"node --env-file read them; a line from which these take different values is refused, with how to write it, and then nothing\n" +
			"is written. Nothing is expanded. Values are encrypted at once, and Pantheon is not contacted, but for one question where a\n" +
			"token is at hand: what runs the site. On a Next.js site new secrets get type env and scope web, whatever the manifest's\n" +
			"defaults are; --framework says it without a question, --type over it.\n" +
			"Names that are no secrets of a site (TERMINUS_…, PANTHEON_…, SOPS_…, CELLA_…, credentials of vaults) are left out and listed.\n" +
			"Entries that the manifest has stay as they are, and those that differ are listed; --replace gives them the new values, and the\n" +
			"type and scopes that --type and --scope name.",
		examples: []string{
			"cella import file .env --to site:my-site",
			"cella import file .env --to site:my-next-site --framework nodejs",
			"cella import file .env.live --to site:my-site.live --replace",
			"cella import file secrets.json --to site:my-site --skip 'DEBUG_*'",
			"cella import file - --to org:my-agency --type env --scope web < .env",
			"sops decrypt --extract '[\"live\"]' team.yaml | cella import file - --format yaml --to site:my-site.live",
		},
		bind: func(flags *pflag.FlagSet) action {
			var f importFileFlags
			f.bind(flags)
			return func(ctx context.Context, std streams, args []string) error {
				file, err := oneArgument(args, "FILE", "cella import file .env --to site:my-site", asOwner)
				if err != nil {
					return err
				}
				return f.run(ctx, std, file)
			}
		},
	}
}

type importFileFlags struct {
	importFlags
	to     string
	kind   string
	scopes []string
	// skip, format and framework say how the file is read.
	skip              []string
	format, framework string
	api               apiFlags
}

func (f *importFileFlags) bind(flags *pflag.FlagSet) {
	flags.StringVar(&f.to, "to", "", "the site or organization that gets them: `OWNER[.ENV]`, such as site:my-site, or site:my-site.live for overrides")
	flags.StringVar(&f.kind, "type", "", "`TYPE` of new secrets: runtime, env or composer (default env on a Next.js site, else that of the manifest's defaults)")
	flags.StringSliceVar(&f.scopes, "scope", nil, "a `SCOPE` of new secrets: web, ic or user; may be given several times (default web on a Next.js site, else those of the manifest's defaults)")
	flags.StringArrayVar(&f.skip, "skip", nil, "leave the variable `NAME` out, in which * is any text; may be given more than once")
	flags.StringVar(&f.format, "format", "", "`FORMAT` of the file: env, json or yaml (default what its name or its text says)")
	flags.StringVar(&f.framework, "framework", "", "what runs the site, a `WORD` such as wordpress, drupal8 or nodejs: for nodejs, PHP's reader need not agree (default what Pantheon says, with a token)")
	f.importFlags.bind(flags)
	f.api.bind(flags)
}

func (f *importFileFlags) run(ctx context.Context, std streams, file string) error {
	if f.to == "" {
		return hint.New(errors.New("--to is missing: it names the site or organization whose secrets the variables become"), "add it, as in: cella import file "+words.Argument(file)+" --to site:my-site")
	}
	ctx, stop := interruptible(ctx)
	defer stop()
	if err := cmp.Or(f.check(), f.api.check(std.env)); err != nil {
		return err
	}
	keys, err := openKeyring(f.keySources)
	if err != nil {
		return err
	}
	draft, err := openWith(ctx, std.err, f.file, keys, true)
	if err != nil {
		return err
	}
	v := importing.Variables{File: file, Replace: f.replace, Skip: f.skip}
	if v.Owner, v.Env, err = f.target(draft.Owners()); err != nil {
		return err
	}
	if v.Type, v.Scopes, err = attributes(f.kind, f.scopes); err != nil {
		return err
	}
	v.Framework, v.Unknown = f.runs(ctx, std, draft.Owners(), v.Owner, v.Env)
	if err := ctx.Err(); err != nil {
		return err
	}
	if v.List, v.Encrypted, err = f.variables(ctx, std, file, v.Framework, keys); err != nil {
		return err
	}
	v.Tracked = file != "-" && checkout.Tracks(ctx, gitProgram(), file)
	report, err := importing.FromFile(v, draft)
	if err != nil {
		return err
	}
	return f.finish(ctx, std, draft, report)
}

// check reads the flags that take words.
func (f *importFileFlags) check() error {
	formats := importing.Formats()
	if f.format != "" && !slices.Contains(formats, f.format) {
		return hint.New(fmt.Errorf("--format %s is not known", words.Quote(f.format)), words.Suggestion(f.format, formats, "use env, json or yaml"))
	}
	return checkFramework(f.framework)
}

// target reads --to.
func (f *importFileFlags) target(owners address.Owners) (owner secret.Owner, env secret.Env, err error) {
	owner, env, err = owners.OwnerEnv(f.to)
	switch {
	case err != nil:
		err = hint.Under("--to", err)
	case env != "" && (f.kind != "" || len(f.scopes) > 0):
		err = hint.New(errors.New("an override has the type and the scopes of its secret"), "omit --type and --scope")
	}
	return owner, env, err
}

// variables reads the file.
func (f *importFileFlags) variables(ctx context.Context, std streams, name string, on reader.Framework, keys *keyring.Keyring) ([]envfile.Variable, bool, error) {
	read := func() ([]byte, error) { return files.ReadPiped(name, envfile.MaxBytes) }
	if name == "-" {
		name = "stdin"
		read = func() ([]byte, error) { return io.ReadAll(io.LimitReader(std.in, envfile.MaxBytes+1)) }
	}
	text, err := terminal.Wholly(ctx, read)
	if err != nil {
		return nil, false, err
	}
	return importing.Read(ctx, importing.File{
		Name: name, Text: text, Format: importing.Format(f.format), Framework: string(on), Skip: f.skip,
	}, keys)
}

// asOwner guesses that what is behind the file is where it goes.
func asOwner(args []string) string {
	if len(args) != 2 {
		return ""
	}
	return asFlag("--to")(args[1:])
}
