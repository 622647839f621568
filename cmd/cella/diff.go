package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
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
		argument: "[OLD] [NEW]",
		takes:    []completion.Place{{Kind: completion.File}, {Kind: completion.File}},
		summary:  "show what changed between two versions of the manifest",
		about: "OLD and NEW are files, or REV:PATH for a version that git has. Alone, it compares the manifest with the one that the last\n" +
			"commit has, HEAD; with one file, that file. Changes are told by name, never by value.\n" +
			"With a key, it says which values changed; without one, which were re-encrypted or changed. It needs no token and no network.\n" +
			"With --git it takes the arguments that git gives an external diff command: see docs/diff-and-merge.md.",
		examples: []string{
			"cella diff",
			"cella diff HEAD~1:secrets.yaml secrets.yaml",
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
	versions, err := readVersions(ctx, std.err, keys, args, flags.quiet)
	if err != nil {
		return err
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

// readVersions reads the versions that args name: two, or one file that is compared
// with the last commit's, which is the manifest where args are empty.
func readVersions(ctx context.Context, stderr io.Writer, keys *keyring.Keyring, args []string, quiet bool) (versions [2]*diff.Version, err error) {
	var errs [2]error
	switch len(args) {
	case 0:
		file := problem.UsualFile
		if above := manifestAbove(ctx); above != "" {
			file = above
			tellAbove(stderr, file, quiet)
		}
		versions, errs = sinceCommit(ctx, stderr, keys, file, quiet)
	case 1:
		if _, err := os.Stat(args[0]); err != nil && checkout.NamesRevision(args[0]) {
			return versions, hint.New(errors.New("one version alone is not compared"),
				"for example: cella diff "+words.Argument(args[0])+" "+problem.UsualFile)
		}
		if _, err := os.Stat(args[0]); errors.Is(err, fs.ErrNotExist) {
			next := "check its name; a version that git has is written REV:PATH, such as HEAD:" + problem.UsualFile
			if filepath.Ext(args[0]) != ".yaml" && filepath.Ext(args[0]) != ".yml" {
				next = "since a commit, branch or tag: cella diff " + words.Argument(args[0]+":"+problem.UsualFile) + " " + problem.UsualFile
			}
			return versions, hint.New(fmt.Errorf("there is no file %s", words.Quote(args[0])), next)
		}
		versions, errs = sinceCommit(ctx, stderr, keys, args[0], quiet)
	case 2:
		for i, name := range args {
			versions[i], errs[i] = readVersion(ctx, stderr, name, keys)
		}
	default:
		return versions, hint.New(errors.New("two versions at most are compared: OLD and NEW"), "for example: cella diff HEAD~1:secrets.yaml secrets.yaml")
	}
	return versions, bothErrors(errs[:])
}

// sinceCommit reads a file as the last commit has it, and as it is. The first is nil
// where the commit lacks the file.
func sinceCommit(ctx context.Context, stderr io.Writer, keys *keyring.Keyring, file string, quiet bool) (versions [2]*diff.Version, errs [2]error) {
	now, err := checkout.ReadFile(file, sopsfile.MaxFileBytes)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			err = hint.New(fmt.Errorf("there is no manifest %s", words.Quote(file)), "name yours: cella diff FILE")
		}
		return versions, [2]error{err, nil}
	}
	if now != nil {
		versions[1], errs[1] = judgeVersion(ctx, stderr, file, now, keys)
	}
	old, err := checkout.ReadCommitted(ctx, gitProgram(), file, sopsfile.MaxFileBytes)
	switch {
	case err != nil:
		errs[0] = err
	case old != nil:
		versions[0], errs[0] = judgeVersion(ctx, stderr, "HEAD:"+file, old, keys)
	case errs[1] == nil && !quiet:
		writeLine(stderr, "cella: note: the last commit has no %s, so all of it is new", words.Quote(file))
	}
	return versions, errs
}

// readVersion reads a manifest and prints what is wrong with it. It is nil
// where there is none: /dev/null.
func readVersion(ctx context.Context, stderr io.Writer, name string, keys *keyring.Keyring) (*diff.Version, error) {
	data, err := checkout.ReadVersion(ctx, gitProgram(), name, sopsfile.MaxFileBytes)
	if err != nil || data == nil {
		return nil, err
	}
	return judgeVersion(ctx, stderr, name, data, keys)
}

// judgeVersion prints what is wrong with a version.
func judgeVersion(ctx context.Context, stderr io.Writer, name string, data []byte, keys *keyring.Keyring) (*diff.Version, error) {
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
	paths := [2]string{args[0], args[0]}
	if len(args) == 9 {
		paths[1] = args[7]
		writeLine(std.out, "renamed to %s", words.Quote(args[7]))
	}
	var versions [2]*diff.Version
	whole := true
	for i, label := range []string{"a/", "b/"} {
		data, err := checkout.ReadFile(args[1+3*i], sopsfile.MaxFileBytes)
		if err == nil && data != nil {
			var problems problem.List
			versions[i], problems, err = diff.Read(ctx, paths[i], data, keys) // whose commands are to work
			for _, problem := range problems {
				writeLine(std.out, "%s%s", label, problem)
			}
			whole = whole && len(problems) == 0
		}
		if err != nil {
			writeLine(std.out, "%s: %v", words.Quote(label+paths[i]), err)
			whole = false
		}
	}
	if !whole {
		writeLine(std.out, "The versions cannot be compared; `git diff --no-ext-diff` shows the text.")
		return nil
	}
	return diff.Compare(versions[0], versions[1]).Text(std.out)
}
