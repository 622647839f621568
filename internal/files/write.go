package files

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/cella-secrets/cella/internal/words"
)

// Permissions of what is written.
const (
	// Private is for files with values, and for plans and reports, which tell
	// what a project's secrets are called.
	Private fs.FileMode = 0o600
	// Public and PublicFolder are for what holds nothing private.
	Public       fs.FileMode = 0o644
	PublicFolder fs.FileMode = 0o755
)

// Pending is a file on its way: it appears under its name whole, or not at all,
// also after a crash. A link of that name is followed.
type Pending struct{ file *pendingFile }

// Begin begins a file. A Private one gets just that mode; a Public one, like any
// other file, less what the umask takes.
func Begin(name string, mode fs.FileMode) (*Pending, error) {
	return begin("", name, mode, mode == Private)
}

// BeginIn is Begin for a Private file of which what is not yet whole lies in
// another folder of the same disk.
func BeginIn(folder, name string) (*Pending, error) {
	return begin(folder, name, Private, true)
}

// begin begins a file in a folder, or where it is empty in one that fits. just is
// for a mode that the umask takes nothing from.
func begin(folder, name string, mode fs.FileMode, just bool) (*Pending, error) {
	file, err := newPendingFile(folder, name, mode, just)
	if err != nil {
		return nil, err
	}
	return &Pending{file}, nil
}

// Finish writes the content and puts the file in its place.
func (p *Pending) Finish(content []byte) error {
	if _, err := p.file.Write(content); err != nil {
		return err
	}
	return p.file.CloseAtomicallyReplace()
}

// Discard removes what was begun and not finished. After Finish, and of nil, there
// is nothing to do.
func (p *Pending) Discard() error {
	if p == nil {
		return nil
	}
	return p.file.Cleanup()
}

// OpenPrivate opens a file to write it from its beginning: a Private one, also where
// it was there with another mode. A device keeps its own.
func OpenPrivate(name string) (*os.File, error) {
	file, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, Private)
	if err != nil {
		return nil, err
	}
	if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
		if err := file.Chmod(Private); err != nil {
			return nil, errors.Join(err, file.Close())
		}
	}
	return file, nil
}

// Create writes a Public file that must not be there: an fs.ErrExist. Folders that
// are missing are made. Errors name the file.
func Create(name string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), PublicFolder); err != nil {
		return fmt.Errorf("make folder for %s: %w", words.Quote(name), err)
	}
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, Public)
	if err != nil {
		return fmt.Errorf("write %s: %w", words.Quote(name), err)
	}
	_, err = file.Write(content)
	if err = errors.Join(err, file.Close()); err != nil {
		_ = os.Remove(name) // half of it is worse than nothing
		return fmt.Errorf("write %s: %w", words.Quote(name), err)
	}
	return nil
}

// IsFile reports whether path leads to the file of info.
func IsFile(info fs.FileInfo, path string) bool {
	other, err := os.Stat(path)
	return err == nil && os.SameFile(info, other)
}
