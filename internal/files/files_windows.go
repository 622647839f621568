package files

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"
	"github.com/rogpeppe/go-internal/robustio"
	"golang.org/x/sys/windows"
)

const mkdir = "mkdir"

// HaveModes: a file's mode says nothing of who may read it. That is inherited from
// its folder.
const HaveModes = false

// pendingFile does what renameio does, which has nothing for Windows.
type pendingFile struct {
	*os.File
	name string
	done bool
}

func newPendingFile(folder, name string, _ fs.FileMode, _ bool) (*pendingFile, error) {
	if folder == "" {
		folder = filepath.Dir(name) // on the same disk
	}
	file, err := os.CreateTemp(folder, "."+filepath.Base(name)+"*")
	if err != nil {
		return nil, err
	}
	return &pendingFile{File: file, name: name}, nil
}

// CloseAtomicallyReplace puts the file in its place, once the disk has it.
func (p *pendingFile) CloseAtomicallyReplace() error {
	if err := p.Sync(); err != nil {
		return err
	}
	if err := p.Close(); err != nil {
		return err
	}
	err := Rename(p.Name(), p.name)
	p.done = err == nil
	return err
}

// Cleanup removes a file that did not get to its place.
func (p *pendingFile) Cleanup() error {
	if p.done {
		return nil
	}
	err := p.Close()
	if errors.Is(err, fs.ErrClosed) {
		err = nil
	}
	err = errors.Join(err, robustio.RemoveAll(p.Name()))
	p.done = err == nil
	return err
}

func keepOwner(*pendingFile, fs.FileInfo) {}

// folderLock is the lock of a folder. One cannot be locked itself, and a file in it
// would get into git: it is one that stays in the user's folder for temporary files.
func folderLock(folder string) *flock.Flock {
	if absolute, err := filepath.Abs(folder); err == nil {
		folder = absolute
	}
	if spelled, err := filepath.EvalSymlinks(folder); err == nil {
		folder = spelled
	}
	sum := sha256.Sum256([]byte(strings.ToLower(folder)))
	return flock.New(filepath.Join(os.TempDir(), "cella-"+hex.EncodeToString(sum[:8])+".lock"), flock.SetPermissions(Private))
}

// Rename puts a file in the place of another one. A program that has that open, such
// as one that looks for viruses, is waited for, two seconds at most.
func Rename(from, to string) error { return robustio.Rename(from, to) }

// SyncFolder has nothing to do: a folder cannot be synced.
func SyncFolder(string) error { return nil }

// NoName reports whether a file is missing because no file can have that name, such
// as REV:PATH.
func NoName(err error) bool {
	return errors.Is(err, windows.ERROR_INVALID_NAME) || errors.Is(err, windows.ERROR_DIRECTORY)
}

// inUse reports whether a file could not be replaced because a program has it open.
func inUse(err error) bool {
	return errors.Is(err, windows.ERROR_SHARING_VIOLATION) || errors.Is(err, windows.ERROR_ACCESS_DENIED)
}
