package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/google/renameio/v2"
	"golang.org/x/sys/unix"

	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/schema/edit"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/schema/sopsfile"
)

// draftFile is a manifest that a command changes.
type draftFile struct {
	*edit.Draft
	name   string
	before []byte
	known  problem.List // of the file as it was read
}

// openDraft reads the manifest in file. One with errors is refused, as whatever
// is added to it could not be used; the lines say what is wrong.
func openDraft(ctx context.Context, stderr io.Writer, file string, keys *sopsfile.Keyring) (*draftFile, error) {
	data, err := readFileSource(file)
	if err != nil {
		return nil, missingManifest(file, err)
	}
	draft, problems, err := edit.Open(ctx, file, data, edit.Options{Keys: keys, Now: time.Now()})
	if err != nil {
		return nil, err
	}
	if err := printProblems(stderr, file, problems.Errors(false), false, false); err != nil {
		return nil, err
	}
	return &draftFile{Draft: draft, name: file, before: data, known: problems}, nil
}

// text is the edited file. Warnings that are new go to stderr.
func (f *draftFile) text(stderr io.Writer) ([]byte, error) {
	text, problems, err := f.Text()
	if err != nil {
		return nil, err
	}
	return text, printProblems(stderr, f.name, f.added(problems), false, false)
}

// added are the problems that the file did not have before.
func (f *draftFile) added(problems problem.List) problem.List {
	return slices.DeleteFunc(slices.Clone(problems), func(p problem.Problem) bool {
		return slices.ContainsFunc(f.known, func(old problem.Problem) bool { return old.Code == p.Code && old.Path == p.Path })
	})
}

// save writes the edited file in the place of the one that was read, whole or
// not at all, unless that has been changed meanwhile. What is written on the
// way holds ciphertext only.
func (f *draftFile) save(ctx context.Context, stderr io.Writer) error {
	text, err := f.text(stderr)
	if err != nil {
		return err
	}
	return replaceFile(ctx, f.name, f.before, text)
}

// replaceFile gives a file another content, all at once: whoever reads it sees
// the old or the new one, also after a crash. One that no longer holds before is
// left as it is, also where several do this at once, and so is one where ctx has
// ended: an interrupted command may have read half of what it was given. Links
// are followed; owner and permissions stay.
func replaceFile(ctx context.Context, file string, before, after []byte) error {
	if len(after) == 0 {
		return fmt.Errorf("write %s: there is nothing to write", words.Quote(file))
	}
	name, err := filepath.EvalSymlinks(file)
	if err != nil {
		return sourceError(file, err)
	}
	defer lockFolder(filepath.Dir(name))()
	if err := ctx.Err(); err != nil {
		return err
	}
	now, err := readFileSource(name)
	if err != nil {
		return err
	}
	if !bytes.Equal(now, before) {
		return hint.New(fmt.Errorf("%s was changed meanwhile, and stays as it is now", words.Quote(file)), "run the command again")
	}
	if bytes.Equal(after, before) {
		return nil
	}
	if err := writeInPlace(name, after); err != nil {
		return hint.New(fmt.Errorf("write %s: %w", words.Quote(file), sourceCause(err)), "check the rights of the file and its folder, and the space on the disk")
	}
	return nil
}

// writeInPlace gives a file that is there another content, with the same owner
// and permissions. What is written on the way lies beside it, on the same disk.
func writeInPlace(name string, text []byte) error {
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	pending, err := renameio.NewPendingFile(name, renameio.WithTempDir(filepath.Dir(name)), renameio.WithStaticPermissions(info.Mode().Perm()))
	if err != nil {
		return err
	}
	defer func() { _ = pending.Cleanup() }() // what it could not remove holds ciphertext
	if before, ok := info.Sys().(*syscall.Stat_t); ok {
		// In a container, root edits what somebody else owns. Others may not
		// give files away, and theirs it is.
		_ = pending.Chown(int(before.Uid), int(before.Gid))
	}
	if _, err := pending.Write(text); err != nil {
		return err
	}
	return pending.CloseAtomicallyReplace()
}

// lockFolder keeps other runs of cella from replacing a file in the folder until
// unlock is called. The lock goes with the process. Where the file system has no
// locks there is none: only runs within the same instant could meet.
func lockFolder(folder string) (unlock func()) {
	opened, err := os.Open(folder)
	if err != nil {
		return func() {}
	}
	for err = unix.EINTR; errors.Is(err, unix.EINTR); {
		err = unix.Flock(int(opened.Fd()), unix.LOCK_EX)
	}
	return func() { _ = opened.Close() } // opened for the lock only, nothing to lose
}

// sourceCause drops the name of a temporary file.
func sourceCause(err error) error {
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		err = inner
	}
	return err
}
