package main

import (
	"context"
	"io"

	"github.com/spf13/pflag"

	"github.com/cella-secrets/cella/internal/checkout"
	"github.com/cella-secrets/cella/internal/checkup"
	"github.com/cella-secrets/cella/internal/outputs"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/schema"
	"github.com/cella-secrets/cella/schema/sopsfile"
	"github.com/cella-secrets/cella/schema/sopsfile/keyring"
)

func validateCommand() command {
	return command{
		name:    "validate",
		summary: "check the manifest without network",
		about: "Checks the structure, names and types of the manifest, and that every value is encrypted.\n" +
			"No key is needed. With one, the file's checksum (MAC) and the values are checked too; without one, hints say how.\n" +
			"Keys in the network (aws, gcp, azure, vault) are used only if --key-sources names them. The environment is not looked\n" +
			"at: what value_from takes from there is checked by plan and apply. Exit code: 0; 1 for errors; 3 if only\n" +
			"--fail-on-expired found something.",
		examples: []string{
			"cella validate",
			"cella validate --format github",
			"cella validate --strict --file staging/secrets.yaml",
			"cella validate --key-sources aws",
		},
		bind: func(flags *pflag.FlagSet) action {
			var f validateFlags
			f.manifest.bind(flags, keyring.LocalSources().String())
			f.manifest.bindStrict(flags)
			f.dates.bind(flags)
			flags.StringArrayVar(&f.formats, "format", nil, "`FORMAT[=FILE]` of the result, to stdout or a file; may be repeated: text, json, markdown (for a comment on a pull request: not planned), outputs (KEY=VALUE lines for a pipeline), github (annotations) or gitlab (a code quality report)")
			flags.Lookup("format").DefValue = checkup.Formats()[0] // without the brackets of a list, for the help text
			flags.BoolVarP(&f.quiet, "quiet", "q", false, "no warnings and no hints where the manifest is valid")
			f.comment.bind(flags)
			return func(ctx context.Context, std streams, args []string) error {
				if err := noArguments(args, asManifest); err != nil {
					return err
				}
				return runValidate(ctx, std, &f)
			}
		},
	}
}

type validateFlags struct {
	manifest manifestFlags
	dates    dateFlags
	comment  commentFlags
	formats  []string
	quiet    bool
}

// runValidate tells people on stderr what is wrong, and writes the result in
// the formats that were asked for, whatever it is.
func runValidate(ctx context.Context, std streams, flags *validateFlags) error {
	file, err := flags.manifest.file()
	if err != nil {
		return err
	}
	today, err := flags.dates.today()
	if err != nil {
		return err
	}
	options, err := flags.manifest.options(std.env, schema.DecryptIfPossible)
	if err != nil {
		return err
	}
	wanted, err := outputs.Parse(flags.formats, checkup.Formats()...)
	if err != nil {
		return err
	}
	destinations, err := outputs.Open(std.out, wanted, file)
	if err != nil {
		return err
	}
	c := checkup.Check(ctx, gitProgram(), file, options, flags.manifest.strict)
	c.AddDates(today, flags.dates.fail)
	if c.Unread == nil {
		err = checkup.Tell(std.err, file, c.Problems, flags.manifest.strict, flags.quiet)
	} else {
		err = c.Unread
	}
	if err == nil && c.Manifest.NoKey != nil && !flags.quiet {
		writeLine(std.err, "cella: note: %v", c.Manifest.NoKey)
		for _, next := range c.Manifest.NoKey.Next {
			writeLine(std.err, "cella: hint: to check the file's checksum (MAC) and the values too: %s", next)
		}
	}
	if c.Unread == nil && !flags.quiet {
		tellUncommitted(ctx, std.err, file)
	}
	run := flags.comment.run(ctx, std, file, nil, "")
	render := func(w io.Writer, to outputs.Output) error { return c.Render(w, to.Format, to.File != "", std.env, run) }
	if failed := destinations.Write(render); failed != nil {
		return failed
	}
	return err
}

// tellUncommitted names a manifest that nobody committed: no review and no pipeline
// has it.
func tellUncommitted(ctx context.Context, stderr io.Writer, file string) {
	committed, err := checkout.ReadCommitted(ctx, gitProgram(), file, sopsfile.MaxFileBytes)
	if err == nil && committed == nil {
		writeLine(stderr, "cella: note: nobody has committed %s yet: git add %s && git commit", words.Quote(file), words.Argument(file))
	}
}
