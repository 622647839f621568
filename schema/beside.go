package schema

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/cella-secrets/cella/internal/files"
	"github.com/cella-secrets/cella/internal/git"
)

// maxValueFile bounds what is read of a value file, in bytes: some sixty times
// the largest value.
const maxValueFile = 1 << 20

// readBeside reads a value file by its path from the manifest's folder, with
// slashes. Whoever may write the manifest must not make cella read what they
// may not commit themselves:
//
//  1. The file lies in the repository of the manifest, or outside any
//     repository in the manifest's folder, and not in another repository
//     there, such as a submodule.
//  2. No part of the way there is a link.
//  3. It is a regular file of bounded size.
func readBeside(manifest, path string) ([]byte, *fault) {
	folder, err := realFolder(manifest)
	if err != nil {
		return nil, &fault{"value-file", "check the folder of the manifest", "the folder of the manifest cannot be read"}
	}
	top, what := folder, "the manifest's folder, which is in no git repository"
	if found, ok := git.WorkTree(folder); ok {
		top, what = found, "the git repository of the manifest"
	}
	inside, err := filepath.Rel(top, filepath.Join(folder, filepath.FromSlash(path)))
	if err != nil || !filepath.IsLocal(inside) {
		return nil, &fault{"value-path", "move it into the manifest's folder", "the file is outside " + what}
	}
	root, err := os.OpenRoot(top)
	if err != nil {
		return nil, unreadable(err)
	}
	defer func() { _ = root.Close() }() // opened for reading only, nothing to lose
	found, wrong := withoutLinks(root, inside)
	if wrong != nil {
		return nil, wrong
	}
	return readFound(root, inside, found)
}

// realFolder is the absolute folder of a file, links resolved.
func realFolder(file string) (string, error) {
	folder, err := filepath.Abs(filepath.Dir(file))
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(folder)
}

// withoutLinks looks at every part of the way to a file.
func withoutLinks(root *os.Root, inside string) (fs.FileInfo, *fault) {
	var info fs.FileInfo
	way := ""
	for part := range strings.SplitSeq(inside, string(filepath.Separator)) {
		if _, err := root.Lstat(filepath.Join(way, ".git")); way != "" && err == nil {
			return nil, &fault{"value-path", "move it into the manifest's folder", "the file is in another git repository"}
		}
		way = filepath.Join(way, part)
		var err error
		if info, err = root.Lstat(way); err != nil {
			return nil, unreadable(err)
		}
		if info.Mode()&fs.ModeSymlink != 0 {
			return nil, &fault{"value-file", "name the file itself", "a part of the path is a symbolic link"}
		}
	}
	if !info.Mode().IsRegular() {
		return nil, &fault{"value-file", "name a file", "this is not a regular file"}
	}
	return info, nil
}

// readFound reads the file that was looked at, and no other that took its
// place.
func readFound(root *os.Root, inside string, found fs.FileInfo) ([]byte, *fault) {
	file, err := root.OpenFile(inside, files.Unblocked, 0)
	if err != nil {
		return nil, unreadable(err)
	}
	defer func() { _ = file.Close() }() // opened for reading only, nothing to lose
	opened, err := file.Stat()
	if err != nil {
		return nil, unreadable(err)
	}
	if !os.SameFile(found, opened) {
		return nil, &fault{"value-file", "run the command again", "the file was replaced while it was read"}
	}
	data, err := files.ReadFrom(file, maxValueFile)
	switch {
	case errors.Is(err, files.ErrTooLarge):
		return nil, &fault{"value-file", "name the file of one value", "the file is larger than " + files.Size(maxValueFile)}
	case err != nil:
		return nil, unreadable(err)
	}
	return data, nil
}

// unreadable words an error of the file system, without the path.
func unreadable(err error) *fault {
	if errors.Is(err, fs.ErrNotExist) {
		return &fault{"value-file", "correct the path (it counts from the manifest's folder), or commit the file", "there is no such file"}
	}
	return &fault{"value-file", "check its permissions", fmt.Sprintf("the file cannot be read: %v", files.WithoutPath(err))}
}
