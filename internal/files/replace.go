package files

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
)

// Replace gives a file another content, all at once: whoever reads it sees the
// old or the new one, also after a crash. One that no longer holds before is left
// as it is, also where several do this at once, and so is one where ctx has
// ended: an interrupted command may have read half of what it was given. Links
// are followed; owner and permissions stay. Errors name the file. Another run that is
// replacing a file in the folder is waited for, until ctx ends.
func Replace(ctx context.Context, file string, before, after []byte) error {
	return ReplaceWaiting(ctx, file, before, after, nil)
}

// ReplaceWaiting is Replace that calls waiting, unless it is nil, before it waits for
// another run.
func ReplaceWaiting(ctx context.Context, file string, before, after []byte, waiting func()) error {
	if len(after) == 0 {
		return fmt.Errorf("write %s: there is nothing to write", words.Quote(file))
	}
	name, err := filepath.EvalSymlinks(file)
	if err != nil {
		return ReadError(file, err)
	}
	unlock, err := lockFolder(ctx, filepath.Dir(name), waiting)
	if err != nil {
		return err
	}
	defer unlock()
	now, err := Read(name, int64(len(before)))
	if err != nil && !errors.Is(err, ErrTooLarge) {
		return ReadError(file, err)
	}
	if err != nil || !bytes.Equal(now, before) {
		return hint.New(fmt.Errorf("%s was changed meanwhile, and stays as it is now", words.Quote(file)), "run the command again")
	}
	if bytes.Equal(after, before) {
		return nil
	}
	if err := writeInPlace(name, after); err != nil {
		next := "check the rights of the file and its folder, and the space on the disk"
		if inUse(err) {
			next = "close the program that has it open, or check the rights of the file and its folder; then run the command again"
		}
		return hint.New(fmt.Errorf("write %s: %w", words.Quote(file), Cause(err)), next)
	}
	return nil
}

// writeInPlace gives a file that is there another content, with the same owner
// and permissions. What is written on the way lies beside it, on the same disk.
func writeInPlace(name string, content []byte) error {
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	pending, err := begin(filepath.Dir(name), name, info.Mode().Perm(), true)
	if err != nil {
		return err
	}
	defer func() { _ = pending.Discard() }() // what it could not remove holds ciphertext
	keepOwner(pending.file, info)
	return pending.Finish(content)
}
