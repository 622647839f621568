package localfile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/cella-secrets/cella/internal/files"
	"github.com/cella-secrets/cella/internal/git"
	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/secret/local"
)

// Stdout is the --out that stands for no file.
const Stdout = "-"

// maxLocalFile bounds what is read of a file that is to be replaced, in bytes.
const maxLocalFile = 64 << 20

// Target is where a file with values goes. The zero target is stdout.
type Target struct {
	name string // as given
	path string // absolute, without links but in the last part
}

// NewTarget checks that a file with values may be written, and writes
// nothing:
//  1. The folder is there, and the last part of the name is no link and nothing
//     but a file.
//  2. git does not track the file, and would ignore it.
//  3. What is replaced is a file of the same kind just as cella wrote it, unless
//     overwrite.
func NewTarget(ctx context.Context, g git.Git, name string, format local.Format, overwrite bool) (Target, error) {
	if name == Stdout {
		return Target{}, nil
	}
	t := Target{name: name}
	folder, err := filepath.Abs(filepath.Dir(name))
	if err == nil {
		folder, err = filepath.EvalSymlinks(folder)
	}
	if err != nil {
		return t, t.unusable("its folder cannot be found", files.MakeFolder(name))
	}
	t.path = filepath.Join(folder, filepath.Base(name))
	info, err := os.Lstat(t.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return t, t.keptFromGit(ctx, g)
	case err != nil:
		return t, t.unusable("it cannot be read", "name another file")
	case info.Mode()&fs.ModeSymlink != 0:
		return t, t.unusable("it is a link", "name the file itself")
	case !info.Mode().IsRegular():
		return t, t.unusable("it is not a file", "name a file, such as .env.local")
	}
	if err := t.keptFromGit(ctx, g); err != nil {
		return t, err
	}
	if overwrite || t.replaceable(format) {
		return t, nil
	}
	reason := "it is there already, and is not as `cella local --format " + string(format) + "` wrote it"
	if format == local.JSON {
		reason = "it is there already, and plain JSON does not show who wrote it, or edited it since"
	}
	return t, t.unusable(reason, "move it away, name another file, or replace it with --overwrite")
}

// replaceable reports whether the file that is there holds nothing that writing
// it again would lose.
func (t Target) replaceable(format local.Format) bool {
	content, err := files.Read(t.path, maxLocalFile)
	return err == nil && (len(content) == 0 || local.Written(format, content))
}

// unusable is the error for a file that must not be written.
func (t Target) unusable(reason string, hints ...string) error {
	return hint.New(fmt.Errorf("--out %s: %s", words.Quote(t.name), reason), hints...)
}

// String names the target for messages.
func (t Target) String() string {
	if t.path == "" {
		return "stdout"
	}
	if !files.HaveModes {
		return words.Quote(t.name)
	}
	return fmt.Sprintf("%s (mode %04o)", words.Quote(t.name), files.Private)
}

// Write writes the content. A file appears whole or not at all; what it is
// made from has the same mode, and is removed on failure.
func (t Target) Write(stdout io.Writer, content []byte) (err error) {
	if t.path == "" {
		_, err := stdout.Write(content)
		return err
	}
	defer func() {
		if err != nil {
			err = t.unusable("it cannot be written"+systemReason(err), "check the folder's permissions and the space left")
		}
	}()
	workshop, err := openWorkshop(filepath.Dir(t.path))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(workshop)) }()
	pending, err := files.BeginIn(workshop, t.path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pending.Discard()) }()
	return pending.Finish(content)
}

// openWorkshop makes a folder for what is not yet whole, on the disk of the
// folder that it is for. git ignores it, also where a run that is killed leaves
// it behind: the pattern that ignores the file itself may not fit another name.
func openWorkshop(folder string) (string, error) {
	workshop, err := os.MkdirTemp(folder, ".cella-local-")
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(workshop, ".gitignore"), []byte("*\n"), files.Public); err != nil {
		return "", errors.Join(err, os.RemoveAll(workshop))
	}
	return workshop, nil
}

// systemReason is what the system said, without the names that its errors hold.
func systemReason(err error) string {
	var number syscall.Errno
	if errors.As(err, &number) {
		return ": " + number.Error()
	}
	return ""
}
