package main

import (
	"context"
	"errors"
	"io"
	"slices"

	"github.com/spf13/pflag"

	"github.com/cella-secrets/cella/internal/checkout"
	"github.com/cella-secrets/cella/internal/checkup"
	"github.com/cella-secrets/cella/internal/completion"
	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/outputs"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/schema"
	"github.com/cella-secrets/cella/schema/sopsfile"
	"github.com/cella-secrets/cella/schema/sopsfile/keyring"
)

func validateCommand() command {
	return command{
		name:     "validate",
		argument: "[FILE…]",
		takes:    []completion.Place{{Kind: completion.File}},
		summary:  "check the manifest without network",
		about: "Checks the structure, names and types of the manifest, and that every value is encrypted.\n" +
			"No key is needed. With one, the file's checksum (MAC) and the values are checked too; without one, hints say how.\n" +
			"Keys in the network (aws, gcp, azure, vault) are used only if --key-sources names them. The environment is not looked\n" +
			"at: what value_from takes from there is checked by plan and apply.\n" +
			"With FILE, or with --file more than once, each of these manifests is checked, and the result is of all of them; --format\n" +
			"markdown, a comment, is of one. Exit code: 0; 1 for errors; 3 if only --fail-on-expired found something.",
		examples: []string{
			"cella validate",
			"cella validate --format github",
			"cella validate --strict --file staging/secrets.yaml",
			"cella validate --key-sources aws",
			"cella validate shop/secrets.yaml news/secrets.yaml",
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
				if len(args) > 0 && !flags.Changed("file") {
					f.manifest.files = nil
				}
				f.manifest.files = append(f.manifest.files, args...)
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
	files := flags.manifest.each()
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
	if err := noComment(wanted, files); err != nil {
		return err
	}
	destinations, err := outputs.Open(std.out, wanted, files...)
	if err != nil {
		return err
	}
	var all checkup.List
	for _, file := range files {
		c := checkup.Check(ctx, gitProgram(), file, options, flags.manifest.strict)
		c.AddDates(today, flags.dates.fail)
		all = append(all, c)
	}
	err = tellCheckups(ctx, std.err, all, flags)
	run := flags.comment.wanted(ctx, std, wanted, files[0], nil, "")
	render := func(w io.Writer, to outputs.Output) error {
		return all.Render(w, to.Format, to.File != "", std.env, run)
	}
	if failed := destinations.Write(render); failed != nil {
		return failed
	}
	return err
}

// noComment refuses a comment about several manifests: each has one of its own, by
// which it is found again.
func noComment(wanted []outputs.Output, files []string) error {
	if len(files) == 1 || !slices.ContainsFunc(wanted, func(o outputs.Output) bool { return o.Format == "markdown" }) {
		return nil
	}
	return hint.New(errors.New("--format markdown is a comment about one manifest, and there are several"),
		"run `cella validate` once per manifest for its comment, or leave out --format markdown")
}

// tellCheckups writes what is wrong in each manifest and what was not looked at for
// want of a key, each next step once. Its error is of all that have errors.
func tellCheckups(ctx context.Context, stderr io.Writer, all checkup.List, flags *validateFlags) error {
	var errs []error
	var next []string
	for _, c := range all {
		if c.Unread != nil {
			errs = append(errs, c.Unread)
			continue
		}
		err := checkup.Tell(stderr, c.File, c.Problems, flags.manifest.strict, flags.quiet)
		errs = append(errs, err)
		if err == nil && c.Manifest.NoKey != nil && !flags.quiet {
			writeLine(stderr, "cella: note: %v", c.Manifest.NoKey)
			next = append(next, c.Manifest.NoKey.Next...)
		}
	}
	for i, step := range next {
		if !slices.Contains(next[:i], step) {
			writeLine(stderr, "cella: hint: to check the file's checksum (MAC) and the values too: %s", step)
		}
	}
	for _, c := range all {
		if c.Unread == nil && !flags.quiet {
			tellUncommitted(ctx, stderr, c.File)
		}
	}
	return bothErrors(errs)
}

// tellUncommitted names a manifest that nobody committed: no review and no pipeline
// has it.
func tellUncommitted(ctx context.Context, stderr io.Writer, file string) {
	committed, err := checkout.ReadCommitted(ctx, gitProgram(), file, sopsfile.MaxFileBytes)
	if err == nil && committed == nil {
		writeLine(stderr, "cella: note: nobody has committed %s yet: git add %s && git commit", words.Quote(file), words.Argument(file))
	}
}
