package main

import (
	"context"
	"strings"

	"github.com/spf13/pflag"

	"github.com/cella-secrets/cella/schema"
	"github.com/cella-secrets/cella/secret"
)

func validateCommand() command {
	return command{
		name:    "validate",
		summary: "check the manifest without network",
		about: "Checks the structure, names and types of the manifest, and that every value is encrypted.\n" +
			"No key is needed. With one, the MAC is checked too, and what only the values tell; without one, hints say how.\n" +
			"Keys in the network (aws, gcp, azure, vault) are asked only where --key-sources names them.",
		examples: []string{
			"cella validate",
			"cella validate --strict --file staging/secrets.yaml",
			"cella validate --key-sources aws",
		},
		bind: func(flags *pflag.FlagSet) action {
			var manifest manifestFlags
			var quiet bool
			manifest.bind(flags, schema.LocalKeySources().String())
			flags.BoolVarP(&quiet, "quiet", "q", false, "no warnings and no hints where the manifest is valid")
			return func(ctx context.Context, std streams, args []string) error {
				if err := noArguments(args); err != nil {
					return err
				}
				return validate(ctx, std, &manifest, quiet)
			}
		},
	}
}

func validate(ctx context.Context, std streams, flags *manifestFlags, quiet bool) error {
	file, err := flags.file()
	if err != nil {
		return err
	}
	options, err := flags.options(schema.DecryptIfPossible)
	if err != nil {
		return err
	}
	manifest, problems, err := schema.Load(ctx, file, options)
	if err != nil {
		return missingManifest(file, err)
	}
	if err := printProblems(std.err, file, problems, flags.strict, quiet); err != nil {
		return err
	}
	desired, problems := manifest.Compile(nil)
	if err := printProblems(std.err, file, problems, flags.strict, quiet); err != nil {
		return err
	}
	if manifest.NoKey != nil && !quiet {
		for _, hint := range manifest.NoKey.Hints() {
			writeLine(std.err, "cella: hint: to check the MAC and the values too: %s", hint)
		}
	}
	writeLine(std.out, "%s: valid: %s; %s", secret.Quote(file), contents(desired), checked(manifest))
	return nil
}

// contents counts what the manifest declares.
func contents(desired []secret.Desired) string {
	var organizations, sites, secrets int
	for _, owner := range desired {
		if owner.Owner.Kind == secret.Organization {
			organizations++
		} else {
			sites++
		}
		secrets += len(owner.Secrets)
	}
	words := []string{count(sites, "site"), count(secrets, "secret")}
	if organizations > 0 {
		words = append([]string{count(organizations, "organization")}, words...)
	}
	return strings.Join(words, ", ")
}

// checked says how far the check went, never more than it did.
func checked(manifest *schema.Manifest) string {
	switch {
	case !manifest.Encrypted:
		return "not encrypted, so there is no MAC"
	case manifest.Decrypted:
		return "MAC checked"
	}
	return "MAC not checked, values not looked at: no key to decrypt with"
}
