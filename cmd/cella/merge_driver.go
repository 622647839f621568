package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/pflag"

	"github.com/cella-secrets/cella/internal/checkout"
	"github.com/cella-secrets/cella/internal/completion"
	"github.com/cella-secrets/cella/internal/files"
	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/schema/merge"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/schema/sopsfile"
	"github.com/cella-secrets/cella/schema/sopsfile/keyring"
)

// markerSize is the length of conflict markers that git uses by default.
const markerSize = 7

func mergeDriverCommand() command {
	return command{
		name:     "merge-driver",
		argument: "%O %A %B [%L [%P]]",
		takes:    []completion.Place{{Kind: completion.File}, {Kind: completion.File}, {Kind: completion.File}, {Kind: completion.Free}, {Kind: completion.File}},
		summary:  "merge two branches' manifests, called by git",
		about: "Merges the manifest %B into %A, whose common version is %O, key by key; %L is the length of conflict markers, %P the path.\n" +
			"Values are decrypted to be compared, and written encrypted again with a MAC that fits. Conflicts stay as hunks of ciphertext,\n" +
			"with exit code 1.\n" +
			"git calls it where .gitattributes says merge=cella: see docs/diff-and-merge.md.",
		examples: []string{"git config merge.cella.driver 'cella merge-driver %O %A %B %L %P'"},
		bind: func(flags *pflag.FlagSet) action {
			var keySources string
			flags.StringVar(&keySources, "key-sources", keyring.LocalSources().String(), keySourcesUsage)
			return func(ctx context.Context, std streams, args []string) error {
				ctx, stop := interruptible(ctx)
				defer stop()
				return runMergeDriver(ctx, std, keySources, args)
			}
		},
		mistaken: abandon,
	}
}

// mergeFiles are what git tells a merge driver.
type mergeFiles struct {
	base, ours, theirs string // files; the result goes to ours
	path               string // of the file in the repository, for people
	marker             int
}

func readMergeArguments(args []string) (mergeFiles, error) {
	wrong := &exit{exitAbandon, errors.New("the arguments are not those of a merge driver"), []string{
		"run: git config merge.cella.driver 'cella merge-driver %O %A %B %L %P'"}}
	if len(args) < 3 || len(args) > 5 {
		return mergeFiles{}, wrong
	}
	names := mergeFiles{base: args[0], ours: args[1], theirs: args[2], path: args[1], marker: markerSize}
	if len(args) > 3 {
		size, err := strconv.Atoi(args[3])
		if err != nil || size < 1 || size > 1000 {
			return mergeFiles{}, wrong
		}
		names.marker = size
	}
	if len(args) > 4 {
		names.path = args[4]
	}
	return names, nil
}

// runMergeDriver merges. Whatever happens, ours then holds all that either
// side had, or the exit code is one at which git gives up.
func runMergeDriver(ctx context.Context, std streams, keySources string, args []string) error {
	names, err := readMergeArguments(args)
	if err != nil {
		return err
	}
	keys, err := openKeyring(keySources)
	if err != nil {
		return abandon(err)
	}
	var v merge.Versions
	for _, part := range []struct {
		to   *[]byte
		file string
	}{{&v.Base, names.base}, {&v.Ours, names.ours}, {&v.Theirs, names.theirs}} {
		if *part.to, err = checkout.ReadFile(part.file, sopsfile.MaxFileBytes); err != nil {
			return abandon(err)
		}
	}
	merged, err := merge.Merge(ctx, v, merge.Options{
		File: names.path, Keys: keys, MarkerSize: names.marker, Now: time.Now(),
	})
	switch {
	case ctx.Err() != nil:
		return ctx.Err() // 130, at which git gives up
	case err != nil:
		return mergeAsText(ctx, std.err, names, v, err)
	}
	if err := os.WriteFile(names.ours, merged.Data, files.Private); err != nil {
		return abandon(files.ReadError(names.ours, err))
	}
	return reportMerge(std.err, names, merged)
}

// exitAbandon makes git abandon the merge: codes up to 128 mean conflicts.
const exitAbandon = 129

// abandon ends a merge before anything was written, or with half of it.
func abandon(err error) error {
	e := explained(err)
	return &exit{exitAbandon, e.err, append(slices.Clone(e.hints), "git stopped the merge: fix this, then merge again")}
}

// reportMerge says what a person has to know of a merge. Nothing is said of
// one that went well.
func reportMerge(stderr io.Writer, names mergeFiles, merged merge.Merged) error {
	name, word := words.Quote(names.path), words.Argument(names.path)
	for _, note := range merged.Notes {
		writeLine(stderr, "cella: %s: %s", name, note)
	}
	for _, conflict := range merged.Conflicts {
		writeLine(stderr, "cella: conflict: %s: %s: %s", name, conflict.Path, conflict.What)
	}
	if n := len(merged.Conflicts); n > 0 {
		if names.marker > markerSize {
			// A merge of two common ancestors, which nobody resolves by hand.
			return quietExit(exitError)
		}
		return hint.New(fmt.Errorf("%s: %s; everything else is merged", name, words.Count(n, "conflict")),
			"keep one side of each hunk; if it is the same side in all of them, the file's checksum (MAC) is right",
			"after another choice, recompute the MAC: cella seal"+problem.FileFlag(names.path),
			"then run `cella validate"+problem.FileFlag(names.path)+"` and `git add "+word+"`")
	}
	for _, problem := range merged.Problems {
		writeLine(stderr, "%s", problem)
	}
	if n := len(merged.Problems); n > 0 {
		return hint.New(fmt.Errorf("%s: merged, but the result is not valid: %s", name, words.Count(n, "error")),
			"each side may be right by itself: fix the lines above, then run "+problem.SealCommand(names.path)+" and `git add "+word+"`")
	}
	return nil
}

// mergeAsText leaves what git's own merge of text makes of the versions: their
// lines hold ciphertext as the files do. It never succeeds, because nobody
// knows whether the MAC fits.
func mergeAsText(ctx context.Context, stderr io.Writer, names mergeFiles, v merge.Versions, cause error) error {
	text, ok := gitMergeFile(ctx, names)
	if !ok {
		text = bothSides(v, names.marker)
	}
	if err := os.WriteFile(names.ours, text, files.Private); err != nil {
		return abandon(files.ReadError(names.ours, err))
	}
	name := words.Quote(names.path)
	hints := mergeHints(stderr, cause)
	if errors.Is(cause, merge.ErrUnvouched) {
		return hint.New(fmt.Errorf("%s: merged as text only, so the file's checksum (MAC) may be wrong: %w", name, cause), hints...)
	}
	again := "then merge again: git checkout --merge -- " + words.Argument(names.path)
	return hint.New(fmt.Errorf("%s: merged as text only, so the file's checksum (MAC) may be wrong: %w", name, cause), append(hints, again)...)
}

// sideErrors finds what is wrong with the sides.
func sideErrors(err error) []*merge.SideError {
	var found []*merge.SideError
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, one := range joined.Unwrap() {
			found = append(found, sideErrors(one)...)
		}
		return found
	}
	var side *merge.SideError
	if errors.As(err, &side) {
		found = append(found, side)
	}
	return found
}

// gitMergeFile merges lines. A number of conflicts up to 127 is its exit code;
// above that, it failed.
func gitMergeFile(ctx context.Context, names mergeFiles) ([]byte, bool) {
	command := gitProgram().Command(ctx, "merge-file", "--stdout", "--marker-size="+strconv.Itoa(names.marker),
		"-L", "ours", "-L", "base", "-L", "theirs", names.ours, names.base, names.theirs)
	var out bytes.Buffer
	command.Stdout = &out
	err := command.Run()
	var ended *exec.ExitError
	if errors.As(err, &ended) && ended.ExitCode() > 0 && ended.ExitCode() < 128 {
		err = nil
	}
	return out.Bytes(), err == nil && out.Len() > 0
}

// bothSides is one conflict of everything.
func bothSides(v merge.Versions, size int) []byte {
	mark := func(c, name string) []byte { return append(bytes.Repeat([]byte(c), size), name+"\n"...) }
	ended := func(text []byte) []byte { return append(bytes.TrimSuffix(text, []byte("\n")), '\n') }
	return bytes.Join([][]byte{mark("<", " ours"), ended(v.Ours), mark("=", ""), ended(v.Theirs), mark(">", " theirs")}, nil)
}
