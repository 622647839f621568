package main

import (
	"context"

	"github.com/spf13/pflag"

	"github.com/cella-secrets/cella/internal/completion"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/secret/address"
)

func unsetCommand() command {
	return command{
		name:     "unset",
		argument: "OWNER[.ENV] NAME",
		takes:    []completion.Place{{Kind: completion.OwnerMaybeEnv}, {Kind: completion.Secret}},
		summary:  "remove a secret or one override from the manifest",
		about: "OWNER is site:NAME or org:NAME, or a bare name that the manifest has once; with .ENV after it, only the override\n" +
			"of that environment is removed. Nothing happens on Pantheon before the next apply, and git has the old version of the file.",
		examples: []string{
			"cella unset site:my-site API_KEY",
			"cella unset my-site.live API_KEY",
		},
		bind: func(flags *pflag.FlagSet) action {
			var f editFlags
			f.bind(flags)
			return func(ctx context.Context, std streams, args []string) error {
				ctx, stop := interruptible(ctx)
				defer stop()
				return runUnset(ctx, std, &f, args)
			}
		},
	}
}

func runUnset(ctx context.Context, std streams, flags *editFlags, args []string) error {
	d, err := openToEdit(ctx, std.err, flags.file, flags.keySources, false)
	if err != nil {
		return err
	}
	at, err := address.Owners(d.Owners()).Place(args)
	if err != nil {
		return err
	}
	removal, err := d.Unset(at)
	if err != nil {
		return err
	}
	if err := saveEdit(ctx, std.err, d, flags.quiet, ""); err != nil {
		return err
	}
	if !flags.quiet {
		writeNotes(std.err, append(removal.Notes(), reviewNote(ctx, flags.file)))
	}
	writeLine(std.out, "%s: removed %s", words.Quote(flags.file), at)
	return nil
}
