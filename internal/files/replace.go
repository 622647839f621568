package files

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/google/renameio/v2"
	"golang.org/x/sys/unix"

	"github.com/cella-secrets/cella/internal/crash"
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
	return ReplaceWaiting(ctx, file, before, after, func() {})
}

// ReplaceWaiting is Replace that calls waiting before it waits for another run.
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
		return hint.New(fmt.Errorf("write %s: %w", words.Quote(file), Cause(err)), "check the rights of the file and its folder, and the space on the disk")
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
	return (&Pending{pending}).Finish(content)
}

// lockFolder keeps other runs of cella from replacing a file in the folder until
// unlock is called. The lock goes with the process. Where the file system has no
// locks there is none: only runs within the same instant could meet. The error is
// ctx's; one that has ended before counts.
func lockFolder(ctx context.Context, folder string, waiting func()) (unlock func(), err error) {
	opened, failed := os.Open(folder)
	if failed != nil {
		return func() {}, ctx.Err()
	}
	unlock = func() { _ = opened.Close() } // opened for the lock only, nothing to lose
	flock := func(how int) error {
		for {
			if err := unix.Flock(int(opened.Fd()), how); !errors.Is(err, unix.EINTR) {
				return err
			}
		}
	}
	if errors.Is(flock(unix.LOCK_EX|unix.LOCK_NB), unix.EWOULDBLOCK) && ctx.Err() == nil {
		waiting()
		// Nothing ends the wait for a lock but the lock, or the process.
		locked := crash.Go(func() error { return flock(unix.LOCK_EX) })
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-locked: // without locks there is none
		}
	}
	if err := ctx.Err(); err != nil {
		unlock()
		return nil, err
	}
	return unlock, nil
}
