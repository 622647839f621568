package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/pflag"

	"github.com/cella-secrets/cella/internal/checkout"
	"github.com/cella-secrets/cella/internal/checkup"
	"github.com/cella-secrets/cella/internal/files"
	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/terminal"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/schema"
	"github.com/cella-secrets/cella/schema/edit"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/schema/sopsconfig"
)

func sealCommand() command {
	return command{
		name:    "seal",
		summary: "encrypt the manifest after an edit by hand, and fix its checksum (MAC)",
		about: "Encrypts plaintext values, and those that were renamed or moved with their entry, and recomputes the file's checksum (MAC);\n" +
			"all other ciphertext stays. A manifest that was never encrypted is encrypted for the recipients in .sops.yaml.\n" +
			"It shows what changed since the last version in git whose checksum is right, by name, and asks before it writes:\n" +
			"the checksum is what tells your edits from those of a stranger.\n" +
			"Where a merge left conflicts, it merges the versions that git keeps of both sides, as the merge driver does.",
		examples: []string{
			"cella seal",
			"cella seal --yes --file staging/secrets.yaml",
		},
		bind: func(flags *pflag.FlagSet) action {
			var f editFlags
			var yes bool
			f.bind(flags)
			flags.BoolVar(&yes, "yes", false, "write without asking")
			return func(ctx context.Context, std streams, args []string) error {
				if err := noArguments(args, asManifest); err != nil {
					return err
				}
				ctx, stop := interruptible(ctx)
				defer stop()
				return runSeal(ctx, std, &f, yes)
			}
		},
	}
}

func runSeal(ctx context.Context, std streams, flags *editFlags, yes bool) error {
	keys, err := openKeyring(flags.keySources)
	if err != nil {
		return err
	}
	data, err := schema.ReadFile(flags.file)
	if err != nil {
		return checkup.Missing(flags.file, err)
	}
	if done, err := flags.unconflicted(ctx, std, keys, data, yes); done || err != nil {
		return err
	}
	history := checkout.History{Git: gitProgram(), File: flags.file}
	sealed, problems, err := edit.Seal(ctx, flags.file, data, edit.SealOptions{Keys: keys, Now: time.Now(), History: history.Versions(ctx)})
	switch {
	case history.Err != nil:
		return hint.With(history.Err, "nothing was sealed, because there is no version to compare with")
	case err != nil:
		return sealError(flags.file, err)
	case sealed == nil:
		return checkup.Tell(std.err, flags.file, problems.Errors(false), false, true)
	case sealed.Data == nil:
		if err := checkup.Tell(std.err, flags.file, problems, false, flags.quiet); err != nil {
			return err
		}
		writeLine(std.out, "%s: nothing to do: every value is encrypted, and the checksum (MAC) is right", words.Quote(flags.file))
		return nil
	}
	if err := checkup.Tell(std.err, flags.file, problems, false, flags.quiet); err != nil {
		return err
	}
	if err := sealed.Text(std.out, flags.file, history.Found); err != nil {
		return fmt.Errorf("write differences: %w", err)
	}
	if !flags.quiet {
		for _, warning := range sealed.Warnings() {
			writeLine(std.err, "cella: %s", warning)
		}
	}
	if err := approveSeal(ctx, std, flags.file, yes); err != nil {
		return err
	}
	if err := files.ReplaceWaiting(ctx, flags.file, data, sealed.Data, func() { tellWaiting(std.err, flags.file) }); err != nil {
		return err
	}
	writeLine(std.out, "%s: sealed", words.Quote(flags.file))
	return nil
}

// approveSeal asks, where that is possible.
func approveSeal(ctx context.Context, std streams, file string, yes bool) error {
	name := words.Quote(file)
	switch {
	case yes:
		return nil
	case !interactive(std):
		return hint.New(fmt.Errorf("there is no terminal to ask for approval on: %s stays as it is", name),
			"if you want all of these changes, run: cella seal --yes"+problem.FileFlag(file))
	}
	return terminal.Confirm(ctx, std.in, std.err, "Seal "+name+" with these changes?", name+" stays as it is",
		"run `cella seal` again and answer yes; or undo the edit: git checkout -- "+words.Argument(file))
}

// sealError adds the next step.
func sealError(file string, err error) error {
	switch {
	case errors.Is(err, edit.ErrNoCreation):
		return hint.New(err, "write one beside it, with a rule such as: {path_regex: "+sopsconfig.Quoted(sopsconfig.PathRegex(file))+
			", encrypted_regex: "+schema.EncryptionRules.Standard+", mac_only_encrypted: true, age: age1…}; or name who can decrypt in SOPS_AGE_RECIPIENTS", "for a new project, `cella init` writes both")
	case errors.Is(err, edit.ErrManner):
		return hint.New(err, "write one key per line; to rewrite an encrypted file that way: sops edit "+words.Argument(file))
	}
	return err
}
