package files

import (
	"context"
	"time"

	"github.com/gofrs/flock"
)

// lockPause is how long a run waits before it asks for a lock again.
const lockPause = 20 * time.Millisecond

// Lock takes the lock of a file, which is made where it is missing, and stays. It
// waits for whoever has it. The lock goes with the process.
func Lock(name string) (unlock func() error, err error) {
	lock := flock.New(name, flock.SetPermissions(Private))
	if _, err := lock.TryLockContext(context.Background(), lockPause); err != nil {
		return nil, err
	}
	return lock.Unlock, nil
}

// lockFolder keeps other runs of cella from replacing a file in the folder until
// unlock is called. The lock goes with the process. Where the file system has no
// locks there is none: only runs within the same instant could meet. The error is
// ctx's; one that has ended before counts.
func lockFolder(ctx context.Context, folder string, waiting func()) (unlock func(), err error) {
	lock := folderLock(folder)
	locked, failed := lock.TryLock()
	if failed == nil && !locked && ctx.Err() == nil {
		if waiting != nil {
			waiting()
		}
		_, _ = lock.TryLockContext(ctx, lockPause) // without locks there is none, and an end of ctx is told below
	}
	unlock = func() { _ = lock.Unlock() } // a lock that was not taken is none to give back
	if err := ctx.Err(); err != nil {
		unlock()
		return nil, err
	}
	return unlock, nil
}
