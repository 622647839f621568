package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cella-secrets/cella/secret"
)

// keptFromGit fails where the file is, or could come to be, in a commit.
// Outside of repositories, and in git's own folder, nothing can. What git
// cannot tell counts as no.
func (t target) keptFromGit(ctx context.Context) error {
	folder, name := filepath.Split(t.path)
	inside, code, err := gitIn(ctx, folder, "rev-parse", "--is-inside-work-tree", "--show-prefix")
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil && !underRepository(folder):
		return nil
	case err != nil:
		return t.unusable("it lies in a git repository, and git cannot be run to ask whether it ignores the file", "install git, or name a file outside of the repository")
	case code != 0 && !underRepository(folder):
		return nil
	case code != 0:
		return t.unusable("git does not answer about the repository that it lies in", "`git status` in that folder says why; or name a file outside of the repository")
	}
	answer, prefix, _ := strings.Cut(strings.TrimSuffix(inside, "\n"), "\n")
	if answer != "true" {
		return nil // in git's own folder
	}
	line := "/" + prefix + name
	if _, code, err = gitIn(ctx, folder, "--literal-pathspecs", "ls-files", "--error-unmatch", "--", name); err == nil && code == 0 {
		return t.unusable("git tracks it", fmt.Sprintf("name another file; or take it from git and add %s to .gitignore: git rm --cached %s", secret.Quote(line), secret.Word(t.name)))
	}
	tracked := code
	_, code, err = gitIn(ctx, folder, "check-ignore", "--quiet", "--", "./"+name)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err == nil && code == 0 && tracked == 1:
		return nil
	case err == nil && code == 1 && tracked == 1:
		return t.unusable("git would not ignore it", fmt.Sprintf("add a line to .gitignore: %s", secret.Quote(line)))
	}
	return t.unusable("git does not say whether it would ignore it", "`git check-ignore` may say why; or name a file outside of the repository")
}

// gitIn runs git in folder and returns what it printed and its exit code. The
// error says that it did not run. Variables with which a hook points git at one
// repository are left out: the folder decides.
func gitIn(ctx context.Context, folder string, args ...string) (out string, code int, err error) {
	command := exec.CommandContext(ctx, "git", append([]string{"-c", "core.fsmonitor=false"}, args...)...)
	command.Dir = folder
	command.Env = slices.DeleteFunc(os.Environ(), func(entry string) bool {
		return strings.HasPrefix(entry, "GIT_DIR=") || strings.HasPrefix(entry, "GIT_WORK_TREE=") ||
			strings.HasPrefix(entry, "GIT_INDEX_FILE=") || strings.HasPrefix(entry, "GIT_PREFIX=") || strings.HasPrefix(entry, "GIT_COMMON_DIR=")
	})
	var printed bytes.Buffer
	command.Stdout = &printed
	err = command.Run()
	if failed := new(exec.ExitError); errors.As(err, &failed) && failed.Exited() {
		return "", failed.ExitCode(), nil
	}
	return printed.String(), 0, err
}

// underRepository reports whether a folder or one above it looks like a git
// work tree.
func underRepository(folder string) bool {
	for folder = filepath.Clean(folder); ; folder = filepath.Dir(folder) {
		if _, err := os.Lstat(filepath.Join(folder, ".git")); err == nil {
			return true
		}
		if folder == filepath.Dir(folder) {
			return false
		}
	}
}
