package main

import (
	"context"
	"time"

	"github.com/spf13/pflag"

	"github.com/cella-secrets/cella/internal/scaffold"
	"github.com/cella-secrets/cella/internal/terminal"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/schema"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/schema/sopsfile/keyring"
)

func initCommand() command {
	return command{
		name:    "init",
		begins:  true,
		summary: "begin a manifest",
		about: "Writes a manifest with comments and an encrypted fingerprint key, and beside it what is missing of these:\n" +
			".sops.yaml, which says who can decrypt; lines of .gitignore that keep plaintext values and private keys out of git;\n" +
			"a line of .gitattributes by which git compares and merges the manifest by name, in clones that --git-config has set up;\n" +
			"the schema by which editors check the manifest. Files that are there stay as they are.\n" +
			"If SOPS finds a .sops.yaml (or SOPS_CONFIG names one), its rule for the manifest decides who can decrypt. If not, the\n" +
			"recipients of --age can, or else those that SOPS_AGE_RECIPIENTS, SOPS_PGP_FP and the like name; without any, cella makes\n" +
			"a new key pair, and puts the private key where SOPS looks for it.\n" +
			"A .sops.yaml whose rule would leave values plaintext, such as one for all files, gets a rule for the manifest above it, with\n" +
			"the same recipients, if you say so: on a terminal cella asks, elsewhere --add-rule does.\n" +
			"--git-config sets the repository's own configuration, never yours; alone, it sets up a clone that has a manifest.",
		examples: []string{
			"cella init --project storefront",
			"cella init --git-config",
			"cella init --project storefront --age age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg",
		},
		bind: func(flags *pflag.FlagSet) action {
			var f initFlags
			flags.StringVar(&f.project, "project", "", "the project's `NAME`: lower-case words joined by hyphens")
			flags.StringSliceVar(&f.age, "age", nil, "a public `KEY` (age1…, or ssh-…) of somebody who can decrypt; may be given several times")
			flags.BoolVar(&f.addRule, "add-rule", false, "add a rule for the manifest to a .sops.yaml that has none which fits it")
			flags.BoolVar(&f.gitConfig, "git-config", false, "make git in this clone compare and merge the manifest by name")
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
	addRule                   bool
	gitConfig                 bool
}

func runInit(ctx context.Context, std streams, flags *initFlags) error {
	keys, err := openKeyring(flags.keySources)
	if err != nil {
		return err
	}
	options := scaffold.Options{
		Project: flags.project, File: flags.file, Age: flags.age, AddRule: flags.addRule, Keys: keys, Git: gitProgram(),
		GitConfig: flags.gitConfig, Now: time.Now(),
	}
	if interactive(std) {
		options.Approve = func(ctx context.Context, config string, rule []string) error {
			return approveRule(ctx, std, config, rule)
		}
	}
	if flags.gitConfig && flags.project == "" {
		if above := manifestAbove(ctx); above != "" && flags.file == problem.UsualFile {
			tellAbove(std.err, above, false)
			options.File = above
		}
		begun, err := scaffold.SetUpGit(ctx, options)
		if err != nil {
			return err
		}
		begun.ReportGit(std.out)
		return nil
	}
	begun, err := scaffold.Begin(ctx, options)
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

// approveRule asks whether a .sops.yaml may get a rule.
func approveRule(ctx context.Context, std streams, config string, rule []string) error {
	name := words.Quote(config)
	writeLine(std.err, "%s has no rule that fits the manifest. cella would add this one, so that other files keep theirs:\n", name)
	for _, line := range rule {
		writeLine(std.err, "  %s", line)
	}
	return terminal.Confirm(ctx, std.in, std.err, "Add it to "+name+"?", name+" stays as it is, and nothing was written")
}
