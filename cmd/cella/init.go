package main

import (
	"context"
	"time"

	"github.com/spf13/pflag"

	"github.com/cella-secrets/cella/internal/scaffold"
	"github.com/cella-secrets/cella/schema"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/schema/sopsfile/keyring"
)

func initCommand() command {
	return command{
		name:    "init",
		summary: "begin a manifest",
		about: "Writes a manifest with comments and an encrypted fingerprint key, and beside it what is missing of these:\n" +
			".sops.yaml, which says who can decrypt; lines of .gitignore that keep plaintext values and private keys out of git;\n" +
			"the schema by which editors check the manifest. Files that are there stay as they are.\n" +
			"If SOPS finds a .sops.yaml, its rule for the manifest decides who can decrypt. If not, the recipients of --age can;\n" +
			"without --age, cella makes a new key pair, and puts the private key where SOPS looks for it.",
		examples: []string{
			"cella init --project storefront",
			"cella init --project storefront --age age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg",
		},
		bind: func(flags *pflag.FlagSet) action {
			var f initFlags
			flags.StringVar(&f.project, "project", "", "the project's `NAME`: lower-case words joined by hyphens")
			flags.StringSliceVar(&f.age, "age", nil, "a public `KEY` (age1…, or ssh-…) of somebody who can decrypt; may be given several times")
			flags.StringVarP(&f.file, "file", "f", problem.UsualFile, "the manifest `FILE`")
			flags.StringVar(&f.keySources, "key-sources", keyring.DefaultSources().String(), keySourcesUsage)
			return func(ctx context.Context, std streams, args []string) error {
				if err := noArguments(args, f.asProject, asManifest); err != nil {
					return err
				}
				ctx, stop := interruptible(ctx)
				defer stop()
				return runInit(ctx, std, &f)
			}
		},
	}
}

type initFlags struct {
	project, file, keySources string
	age                       []string
}

func runInit(ctx context.Context, std streams, flags *initFlags) error {
	keys, err := openKeyring(flags.keySources)
	if err != nil {
		return err
	}
	begun, err := scaffold.Begin(ctx, scaffold.Options{
		Project: flags.project, File: flags.file, Age: flags.age, Keys: keys, Git: gitProgram(), Now: time.Now(),
	})
	if err != nil {
		return err
	}
	begun.Report(ctx, std.out)
	return nil
}

// asProject guesses that the word is the name of the project.
func (f *initFlags) asProject(args []string) string {
	if len(args) != 1 || f.project != "" || schema.CheckProject(args[0]) != nil {
		return ""
	}
	return asFlag("--project")(args)
}
