package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/pflag"

	"github.com/cella-secrets/cella/internal/checkout"
	"github.com/cella-secrets/cella/internal/completion"
	"github.com/cella-secrets/cella/internal/files"
	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/importing"
	"github.com/cella-secrets/cella/internal/terminal"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/secret"
	"github.com/cella-secrets/cella/secret/address"
	"github.com/cella-secrets/cella/secret/envfile"
)

func importFileCommand() command {
	return command{
		name:     "import file",
		argument: "FILE",
		takes:    []completion.Place{{Kind: completion.File}},
		summary:  "add the variables of a .env file to the manifest",
		about: "FILE is a .env file, or - for standard input; --to names the site or organization that gets them. Values are taken literally:\n" +
			"nothing is expanded. They are encrypted at once, and Pantheon is not contacted.\n" +
			"Entries that the manifest has stay as they are, and those that differ are listed; --replace gives them the new values.\n" +
			"If a line is wrong, nothing is written.",
		examples: []string{
			"cella import file .env --to site:my-site",
			"cella import file .env.live --to site:my-site.live --replace",
			"cella import file - --to org:my-agency --type env --scope web < .env",
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
}

func (f *importFileFlags) bind(flags *pflag.FlagSet) {
	flags.StringVar(&f.to, "to", "", "the site or organization that gets them: `OWNER[.ENV]`, such as site:my-site, or site:my-site.live for overrides")
	flags.StringVar(&f.kind, "type", "", "`TYPE` of new secrets: runtime, env or composer (default that of the manifest's defaults)")
	flags.StringSliceVar(&f.scopes, "scope", nil, "a `SCOPE` of new secrets: web, ic or user; may be given several times (default those of the manifest's defaults)")
	f.importFlags.bind(flags)
}

func (f *importFileFlags) run(ctx context.Context, std streams, file string) error {
	if f.to == "" {
		return hint.New(errors.New("--to is missing: it names the site or organization whose secrets the variables become"), "add it, as in: cella import file "+words.Argument(file)+" --to site:my-site")
	}
	ctx, stop := interruptible(ctx)
	defer stop()
	draft, err := openToEdit(ctx, std.err, f.file, f.keySources, true)
	if err != nil {
		return err
	}
	v := importing.Variables{File: file, Replace: f.replace}
	if v.Owner, v.Env, err = f.target(draft.Owners()); err != nil {
		return err
	}
	if v.Type, v.Scopes, err = attributes(f.kind, f.scopes); err != nil {
		return err
	}
	if v.List, err = readVariables(ctx, std, file); err != nil {
		return err
	}
	v.Tracked = file != "-" && checkout.Tracks(ctx, gitProgram(), file)
	report, err := importing.FromFile(v, draft)
	if err != nil {
		return err
	}
	return f.finish(ctx, std, draft, report)
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

func readVariables(ctx context.Context, std streams, name string) ([]envfile.Variable, error) {
	read := func() ([]byte, error) { return files.ReadPiped(name, envfile.MaxBytes) }
	if name == "-" {
		name = "stdin"
		read = func() ([]byte, error) { return io.ReadAll(io.LimitReader(std.in, envfile.MaxBytes+1)) }
	}
	data, err := terminal.Wholly(ctx, read)
	if err != nil {
		return nil, err
	}
	variables, err := envfile.Parse(data)
	if err != nil {
		return nil, hint.New(fmt.Errorf("read %s: %w", words.Quote(name), err), "nothing was written; each line is NAME=VALUE, and what has spaces, # or several lines is in quotes")
	}
	if len(variables) == 0 {
		return nil, hint.New(fmt.Errorf("read %s: there is no NAME=VALUE line in it", words.Quote(name)), "nothing was written; check that it is the right file, or that the command before the pipe succeeds")
	}
	return variables, nil
}

// asOwner guesses that what is behind the file is where it goes.
func asOwner(args []string) string {
	if len(args) != 2 {
		return ""
	}
	return asFlag("--to")(args[1:])
}
