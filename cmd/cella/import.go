package main

import (
	"context"
	"io"

	"github.com/spf13/pflag"

	"github.com/cella-secrets/cella/internal/importing"
	"github.com/cella-secrets/cella/schema/edit"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/schema/sopsfile/keyring"
)

// importFlags are those of every import.
type importFlags struct {
	file, keySources string
	replace, dryRun  bool
	quiet            bool
}

func (f *importFlags) bind(flags *pflag.FlagSet) {
	flags.BoolVar(&f.replace, "replace", false, "give entries that differ the new values")
	flags.BoolVar(&f.dryRun, "dry-run", false, "only say what would be written")
	flags.StringVarP(&f.file, "file", "f", problem.UsualFile, "the manifest `FILE`")
	flags.StringVar(&f.keySources, "key-sources", keyring.DefaultSources().String(), keySourcesUsage)
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "no progress and no warnings on stderr")
}

// finish writes the manifest, unless nothing is to be written, and says what was
// done.
func (f *importFlags) finish(ctx context.Context, std streams, draft *edit.File, report *importing.Report) error {
	if !f.quiet {
		for _, warning := range report.Warnings {
			writeLine(std.err, "cella: warning: %s", warning)
		}
	}
	if err := f.write(ctx, std.err, draft); err != nil {
		return err
	}
	report.Write(std.out, f.dryRun)
	return nil
}

// write writes the manifest; with --dry-run it refuses and warns of the same.
func (f *importFlags) write(ctx context.Context, stderr io.Writer, draft *edit.File) error {
	if !f.dryRun {
		return saveEdit(ctx, stderr, draft, f.quiet, "")
	}
	_, problems, err := checkEdit(stderr, draft)
	if err == nil && !f.quiet {
		tellEdit(stderr, draft, problems, "")
	}
	return err
}

const aboutImport = "Values that Pantheon shows are encrypted at once. It hides the others: their entry says external: true, which is checked\n" +
	"and never written. So the next plan changes nothing.\n" +
	"Entries that the manifest has stay as they are, and those that differ are listed; --replace gives them the new values.\n" +
	"If anything cannot be read, nothing is written."
