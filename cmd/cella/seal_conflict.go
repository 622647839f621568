package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/cella-secrets/cella/internal/checkout"
	"github.com/cella-secrets/cella/internal/checkup"
	"github.com/cella-secrets/cella/internal/files"
	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/terminal"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/schema/diff"
	"github.com/cella-secrets/cella/schema/merge"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/schema/sopsfile"
	"github.com/cella-secrets/cella/schema/sopsfile/keyring"
)

// unconflicted goes on where a file has no conflict that is left to merge: done is
// false then. Otherwise the versions that git keeps are merged by name, and take the
// place of the file, unless something in it would be lost.
func (f *editFlags) unconflicted(ctx context.Context, std streams, keys *keyring.Keyring, data []byte, yes bool) (done bool, err error) {
	conflict, err := checkout.Unmerged(ctx, gitProgram(), f.file, sopsfile.MaxFileBytes)
	marked := checkout.HasMarkers(data)
	name, word := words.Quote(f.file), words.Argument(f.file)
	byHand := "keep either side of each conflict that is left, then run " + problem.SealCommand(f.file)
	again := "git checkout --merge -- " + word
	switch {
	case err != nil:
		return true, err
	case conflict == nil && marked:
		return true, hint.New(fmt.Errorf("%s has conflict markers, and git keeps no versions of it to merge", name), byHand,
			"or bring the conflict back, which drops what was edited: "+again)
	case conflict == nil:
		return false, nil
	case !marked:
		f.tellWhole(std.err, conflict, data, again)
		return false, nil
	}
	left, err := conflict.Left(ctx, data)
	if err != nil {
		return true, err
	}
	if !left {
		return true, hint.New(fmt.Errorf("%s has conflicts, and was edited or merged by name since git left them there, so nothing was merged: that would be lost", name), byHand,
			fmt.Sprintf("or drop the edit, and merge both sides by name: %s && %s", again, problem.SealCommand(f.file)))
	}
	return true, f.mergeConflict(ctx, std, keys, conflict, data, yes)
}

// tellWhole says of a file without markers that it is just one side, which nobody may
// have chosen.
func (f *editFlags) tellWhole(stderr io.Writer, conflict *checkout.Conflict, data []byte, again string) {
	if f.quiet || !bytes.Equal(data, conflict.Ours) && !bytes.Equal(data, conflict.Theirs) {
		return
	}
	writeLine(stderr, "cella: note: git has two versions of %s in conflict, and the file is one of them, without the changes of the other; "+
		"to merge both: %s && %s", words.Quote(f.file), again, problem.SealCommand(f.file))
}

// mergeConflict merges what git has of both sides, and writes what has no conflict.
func (f *editFlags) mergeConflict(ctx context.Context, std streams, keys *keyring.Keyring, c *checkout.Conflict, data []byte, yes bool) error {
	name, word := words.Quote(f.file), words.Argument(f.file)
	versions := merge.Versions{Base: c.Base, Ours: c.Ours, Theirs: c.Theirs}
	merged, err := merge.Merge(ctx, versions, merge.Options{File: f.file, Keys: keys, MarkerSize: markerSize, Now: time.Now()})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		byHand := "keep either side of each conflict in the file, then run " + problem.SealCommand(f.file)
		return hint.ClassOf(err).New(fmt.Errorf("%s cannot be merged by name, and stays as it is: %w", name, err), append(mergeHints(std.err, err), byHand)...)
	}
	for _, note := range merged.Notes {
		writeLine(std.err, "cella: note: %s", note)
	}
	for _, conflict := range merged.Conflicts {
		writeLine(std.err, "cella: conflict: %s: %s", conflict.Path, conflict.What)
	}
	if n := len(merged.Conflicts); n > 0 {
		return hint.New(fmt.Errorf("%s stays as it is: %s; everything else could be merged", name, words.Count(n, "conflict")),
			"decide for either side of each conflict in the file, then run "+problem.SealCommand(f.file))
	}
	if err := f.showMerged(ctx, std.out, keys, c.Ours, merged.Data); err != nil {
		return err
	}
	if err := f.approveMerge(ctx, std, yes); err != nil {
		return err
	}
	if err := files.ReplaceWaiting(ctx, f.file, data, merged.Data, func() { tellWaiting(std.err, f.file) }); err != nil {
		return err
	}
	if n := len(merged.Problems); n > 0 {
		_ = checkup.Tell(std.err, f.file, merged.Problems, false, true) // the error below says more
		return hint.New(fmt.Errorf("%s: merged, but the result is not valid: %s", name, words.Count(n, "error")),
			"each side may be right by itself: fix the lines above, then run "+problem.SealCommand(f.file)+" and `git add "+word+"`")
	}
	writeLine(std.out, "%s: merged; go on with: git add %s", name, word)
	return nil
}

// showMerged says what the merge brings into ours.
func (f *editFlags) showMerged(ctx context.Context, out io.Writer, keys *keyring.Keyring, ours, merged []byte) error {
	var versions [2]*diff.Version
	for i, text := range [][]byte{ours, merged} {
		var err error
		if versions[i], _, err = diff.Read(ctx, f.file, text, keys); err != nil {
			return err
		}
	}
	if versions[0] == nil || versions[1] == nil {
		return nil // not valid as a manifest, which is told
	}
	writeLine(out, "git's two versions of %s, merged by name. What the merge changes in this branch's:\n", words.Quote(f.file))
	if err := diff.Compare(versions[0], versions[1]).Text(out); err != nil {
		return fmt.Errorf("write differences: %w", err)
	}
	writeLine(out, "")
	return nil
}

func (f *editFlags) approveMerge(ctx context.Context, std streams, yes bool) error {
	name := words.Quote(f.file)
	switch {
	case yes:
		return nil
	case !interactive(std):
		return hint.New(fmt.Errorf("there is no terminal to ask for approval on: %s stays as it is", name),
			"if you want all of these changes, run: cella seal --yes"+problem.FileFlag(f.file))
	}
	return terminal.Confirm(ctx, std.in, std.err, "Write "+name+" merged so?", name+" stays as it is", "run `cella seal` again and answer yes")
}

// mergeHints says what is wrong with the sides that could not be merged, a line each,
// and returns what to do about that.
func mergeHints(stderr io.Writer, cause error) []string {
	var hints []string
	sides := sideErrors(cause)
	for _, side := range sides {
		for _, problem := range side.Problems {
			writeLine(stderr, "%s (%s)", problem, side.Side)
		}
	}
	if len(sides) > 0 {
		hints = append(hints, "fix the lines above on the branch that they come from, and commit there")
	}
	var key *keyring.Error
	if errors.As(cause, &key) {
		hints = append(hints, key.Next...)
	}
	if errors.Is(cause, merge.ErrUnvouched) {
		hints = append(hints, "its author may be able to read everything that is encrypted with that key: ask who made it, "+
			"take the other side as it is, and set what you want to keep with `cella set`")
	}
	return hints
}
