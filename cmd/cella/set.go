package main

import (
	"context"
	"fmt"

	"github.com/spf13/pflag"

	"github.com/cella-secrets/cella/internal/completion"
	"github.com/cella-secrets/cella/internal/terminal"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/schema/edit"
	"github.com/cella-secrets/cella/secret"
	"github.com/cella-secrets/cella/secret/address"
)

// setFlags are the flags of cella set.
type setFlags struct {
	edit        editFlags
	value       valueFlags
	kind        string
	scopes      []string
	description string
}

func setCommand() command {
	return command{
		name:     "set",
		argument: "OWNER[.ENV] NAME",
		takes:    []completion.Place{{Kind: completion.OwnerMaybeEnv}, {Kind: completion.Secret}},
		summary:  "write one value into the manifest, encrypted",
		about: "OWNER is site:NAME or org:NAME, or a bare name that the manifest has once; with .ENV after it, the value is\n" +
			"the override of that environment. The value is read from standard input, from --value-file, or asked for on a terminal;\n" +
			"it arrives byte for byte. In the file, one line and the checksum (MAC) change; everything else stays as it is.\n" +
			"A name that is not there yet is added, with --type and --scope or the manifest's defaults. Pantheon is not contacted.",
		examples: []string{
			"cella set site:my-site API_KEY",
			"cella set my-site.live API_KEY --value-file key.txt",
			"printf %s \"$TOKEN\" | cella set org:my-agency DEPLOY_TOKEN --type composer --scope ic",
		},
		bind: func(flags *pflag.FlagSet) action {
			var f setFlags
			f.edit.bind(flags)
			f.value.bind(flags)
			flags.StringVar(&f.kind, "type", "", "the `TYPE` of a new secret: runtime, env or composer")
			flags.StringSliceVar(&f.scopes, "scope", nil, "a `SCOPE` of a new secret: web, ic or user; may be given several times")
			flags.StringVar(&f.description, "description", "", "what the secret is for, a plaintext `TEXT`")
			return func(ctx context.Context, std streams, args []string) error {
				ctx, stop := interruptible(ctx)
				defer stop()
				return runSet(ctx, std, &f, args)
			}
		},
	}
}

func runSet(ctx context.Context, std streams, flags *setFlags, args []string) error {
	d, err := openToEdit(ctx, std.err, flags.edit.file, flags.edit.keySources, false)
	if err != nil {
		return err
	}
	at, err := address.Owners(d.Owners()).Place(args)
	if err != nil {
		return err
	}
	wanted := secret.DesiredSecret{Description: flags.description}
	if wanted.Type, wanted.Scopes, err = attributes(flags.kind, flags.scopes); err != nil {
		return err
	}
	setting, err := d.Set(at, wanted)
	if err != nil {
		return err
	}
	doubt, doubted := setting.Doubt()
	asked := doubted && interactive(std)
	if asked {
		stays := words.Quote(flags.edit.file) + " stays as it is"
		if err := terminal.Confirm(ctx, std.in, std.err, doubt.Question, stays, doubt.Instead); err != nil {
			return err
		}
	}
	value, err := flags.value.read(ctx, std, fmt.Sprintf("Value of %s (it does not show): ", at))
	if err != nil {
		return err
	}
	if err := setting.To(value); err != nil {
		return err
	}
	if err := saveEdit(ctx, std.err, d, flags.edit.quiet, edit.Path(at.Owner, at.Name, at.Env)); err != nil {
		return err
	}
	if !flags.edit.quiet {
		if doubted && !asked && d.Changed() {
			writeLine(std.err, "cella: warning: %s", doubt.Warning)
		}
		writeNotes(std.err, setting.Notes())
		if d.Changed() {
			writeNotes(std.err, []string{reviewNote(ctx, flags.edit.file)})
		}
	}
	writeLine(std.out, "%s: %s", words.Quote(flags.edit.file), setting.Done())
	return nil
}
