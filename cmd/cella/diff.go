package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/pflag"

	"github.com/cella-secrets/cella/internal/checkout"
	"github.com/cella-secrets/cella/internal/completion"
	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/plan/view"
	"github.com/cella-secrets/cella/schema/diff"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/schema/sopsfile"
	"github.com/cella-secrets/cella/schema/sopsfile/keyring"
)

// diffFlags are the flags of cella diff.
type diffFlags struct {
	keySources string
	format     string
	detailed   bool
	git        bool
	quiet      bool
}

func diffCommand() command {
	return command{
		name:     "diff",
		argument: "OLD NEW",
		takes:    []completion.Place{{Kind: completion.File}, {Kind: completion.File}},
		summary:  "show what changed between two versions of the manifest",
		about: "OLD and NEW are files, or REV:PATH for a version that git has. Changes are told by name, never by value.\n" +
			"With a key, it says which values changed; without one, which were re-encrypted or changed. It needs no token and no network.\n" +
			"With --git it takes the arguments that git gives an external diff command: see docs/diff-and-merge.md.",
		examples: []string{
			"cella diff HEAD:secrets.yaml secrets.yaml",
			"cella diff origin/main:secrets.yaml HEAD:secrets.yaml --format json",
			"git config diff.cella.command 'cella diff --git'",
		},
		bind: func(flags *pflag.FlagSet) action {
			var f diffFlags
			flags.StringVar(&f.keySources, "key-sources", keyring.LocalSources().String(), keySourcesUsage)
			flags.StringVar(&f.format, "format", "text", "`FORMAT` of the differences: text or json")
			flags.BoolVar(&f.detailed, "detailed-exitcode", false, "exit with 2 where something differs, or may, in more than ciphertext")
			flags.BoolVar(&f.git, "git", false, "take git's arguments for an external diff command, and always exit with 0")
			flags.BoolVarP(&f.quiet, "quiet", "q", false, "no hints on stderr")
			return func(ctx context.Context, std streams, args []string) error {
				ctx, stop := interruptible(ctx)
				defer stop()
				return runDiff(ctx, std, f, args)
			}
		},
	}
}

func runDiff(ctx context.Context, std streams, flags diffFlags, args []string) error {
	keys, err := openKeyring(flags.keySources)
	if err != nil {
		return err
	}
	if !slices.Contains([]string{"text", "json"}, flags.format) {
		return hint.New(fmt.Errorf("--format %s is not known", words.Quote(flags.format)), "use text or json")
	}
	if flags.git {
		return gitDiff(ctx, std, keys, args)
	}
	if len(args) != 2 {
		return hint.New(fmt.Errorf("two versions are needed: OLD and NEW"), "for example: cella diff HEAD:secrets.yaml secrets.yaml")
	}
	var versions [2]*diff.Version
	var errs [2]error
	for i, name := range args {
		versions[i], errs[i] = readVersion(ctx, std.err, name, keys)
	}
	if err := errors.Join(errs[:]...); err != nil {
		return bothErrors(errs[:])
	}
	difference := diff.Compare(versions[0], versions[1])
	if err := writeDifference(std.out, flags.format, difference); err != nil {
		return fmt.Errorf("write differences: %w", err)
	}
	if !difference.ValuesCompared && !flags.quiet {
		writeKeyHints(std.err, versions[:])
	}
	if flags.detailed && difference.Differs() {
		return quietExit(exitChanges)
	}
	return nil
}

// diffFormatVersion is the version of the JSON form of differences.
const diffFormatVersion = "1"

// differenceJSON writes differences for programs.
func differenceJSON(w io.Writer, d diff.Difference) error {
	return view.Document(w, struct {
		FormatVersion string `json:"format_version"`
		Differs       bool   `json:"differs"`
		diff.Difference
	}{diffFormatVersion, d.Differs(), d})
}

func writeDifference(w io.Writer, format string, difference diff.Difference) error {
	if format == "json" {
		return differenceJSON(w, difference)
	}
	return difference.Text(w)
}

// readVersion reads a manifest and prints what is wrong with it. It is nil
// where there is none: /dev/null.
func readVersion(ctx context.Context, stderr io.Writer, name string, keys *keyring.Keyring) (*diff.Version, error) {
	data, err := checkout.ReadVersion(ctx, gitProgram(), name, sopsfile.MaxFileBytes)
	if err != nil || data == nil {
		return nil, err
	}
	version, problems, err := diff.Read(ctx, name, data, keys)
	if err != nil {
		return nil, err
	}
	for _, problem := range problems {
		writeLine(stderr, "%s", problem)
	}
	if len(problems) > 0 {
		return nil, hint.New(fmt.Errorf("%s: %s", words.Quote(name), words.Count(len(problems), "error")),
			"a version with errors cannot be compared; `git diff --no-ext-diff` shows the text")
	}
	return version, nil
}

// writeKeyHints says why values are not compared, and how to compare them too, each
// way once.
func writeKeyHints(stderr io.Writer, versions []*diff.Version) {
	var hints []string
	for _, version := range versions {
		if version != nil && version.NoKey != nil {
			writeLine(stderr, "cella: note: %v", version.NoKey)
			hints = append(hints, version.NoKey.Next...)
		}
	}
	slices.Sort(hints)
	for _, next := range slices.Compact(hints) {
		writeLine(stderr, "cella: hint: to compare values too: %s", next)
	}
}

// gitDiff is cella diff as git calls an external diff command: with a path, and
// file, hash and mode of both versions; where the file was renamed, with two
// words more; for a file with conflicts, with the path alone. git stops at
// every exit code but 0, so what is wrong is said in the output.
func gitDiff(ctx context.Context, std streams, keys *keyring.Keyring, args []string) error {
	if len(args) != 1 && len(args) != 7 && len(args) != 9 {
		return hint.New(fmt.Errorf("--git needs the arguments that git gives"), "run: git config diff.cella.command 'cella diff --git'")
	}
	writeLine(std.out, "cella diff %s", words.Quote(args[0]))
	if len(args) == 1 {
		writeLine(std.out, "unmerged: the file has conflicts")
		return nil
	}
	path := args[0]
	if len(args) == 9 {
		writeLine(std.out, "renamed to %s", words.Quote(args[7]))
	}
	var versions [2]*diff.Version
	whole := true
	for i, label := range []string{"a/", "b/"} {
		data, err := checkout.ReadFile(args[1+3*i], sopsfile.MaxFileBytes)
		if err == nil && data != nil {
			var problems problem.List
			versions[i], problems, err = diff.Read(ctx, label+path, data, keys)
			for _, problem := range problems {
				writeLine(std.out, "%s", problem)
			}
			whole = whole && len(problems) == 0
		}
		if err != nil {
			writeLine(std.out, "%s: %v", words.Quote(label+path), err)
			whole = false
		}
	}
	if !whole {
		writeLine(std.out, "The versions cannot be compared; `git diff --no-ext-diff` shows the text.")
		return nil
	}
	return diff.Compare(versions[0], versions[1]).Text(std.out)
}
