//go:build !windows

package files

import (
	"io/fs"
	"os"
	"syscall"

	"github.com/gofrs/flock"
	"github.com/google/renameio/v2"
)

const mkdir = "mkdir -p"

// HaveModes: a file's mode says who may read it.
const HaveModes = true

type pendingFile = renameio.PendingFile

func newPendingFile(folder, name string, mode fs.FileMode, just bool) (*pendingFile, error) {
	permissions := renameio.WithPermissions(mode)
	if just {
		permissions = renameio.WithStaticPermissions(mode)
	}
	return renameio.NewPendingFile(name, renameio.WithTempDir(folder), permissions)
}

// keepOwner gives a file to the owner of another one: in a container, root edits
// what somebody else owns. Others may not give files away, and theirs it is.
func keepOwner(file *pendingFile, other fs.FileInfo) {
	if before, ok := other.Sys().(*syscall.Stat_t); ok {
		_ = file.Chown(int(before.Uid), int(before.Gid))
	}
}

// folderLock is the lock of a folder: that of the folder itself.
func folderLock(folder string) *flock.Flock { return flock.New(folder, flock.SetFlag(os.O_RDONLY)) }

// Rename puts a file in the place of another one.
func Rename(from, to string) error { return os.Rename(from, to) }

// SyncFolder makes a rename in the folder last.
func SyncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	err = folder.Sync()
	if closing := folder.Close(); err == nil {
		err = closing
	}
	return err
}

// NoName reports whether a file is missing because no file can have that name.
func NoName(error) bool { return false }

// inUse reports whether a file could not be replaced because a program has it open,
// which harms nothing here.
func inUse(error) bool { return false }
