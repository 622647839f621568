package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cella-secrets/cella/pantheon"
	"github.com/cella-secrets/cella/schema"
)

// gitCommand is git, run without a shell. No value, token or key goes to it by
// its environment: programs that git's settings name would have them.
func gitCommand(ctx context.Context, args ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, "git", append([]string{"-c", "core.fsmonitor=false"}, args...)...)
	command.Env = slices.DeleteFunc(os.Environ(), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return strings.HasPrefix(name, schema.VariablePrefix) || slices.Contains(secretVariables, name)
	})
	return command
}

// secretVariables hold what opens Pantheon, the manifest or Vault.
var secretVariables = append(pantheon.TokenVariables(), "SOPS_AGE_KEY", "VAULT_TOKEN")

// hookVariables point git at one repository, whatever the folder.
var hookVariables = []string{"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR"}

// notBare keeps git from a bare repository that nobody named. One that lies in
// a folder as files of another came with a commit, and so did its settings,
// programs to run among them.
var notBare = []string{"-c", "safe.bareRepository=explicit"}

// gitCommandHere is gitCommand where this process is, which may be in a bare
// repository of somebody's own.
func gitCommandHere(ctx context.Context, args ...string) *exec.Cmd {
	if underRepository(".") {
		args = slices.Concat(notBare, args)
	}
	return gitCommand(ctx, args...)
}

// gitCommandIn is gitCommand in a folder, which alone decides about the
// repository.
func gitCommandIn(ctx context.Context, folder string, args ...string) *exec.Cmd {
	command := gitCommand(ctx, slices.Concat(notBare, args)...)
	command.Dir = folder
	command.Env = slices.DeleteFunc(command.Env, func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return slices.Contains(hookVariables, name)
	})
	return command
}

// gitIn runs git in folder and returns what it printed and its exit code. The
// error says that it did not run.
func gitIn(ctx context.Context, folder string, args ...string) (out string, code int, err error) {
	command := gitCommandIn(ctx, folder, args...)
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
	if absolute, err := filepath.Abs(folder); err == nil {
		folder = absolute
	}
	for ; ; folder = filepath.Dir(folder) {
		if _, err := os.Lstat(filepath.Join(folder, ".git")); err == nil {
			return true
		}
		if folder == filepath.Dir(folder) {
			return false
		}
	}
}

// inGitFolder reports whether a folder, given in full, is of git's own, from
// which git adds nothing. A work tree may lie in one.
func inGitFolder(folder string) bool {
	for folder = filepath.Clean(folder); ; folder = filepath.Dir(folder) {
		if _, err := os.Lstat(filepath.Join(folder, ".git")); err == nil || folder == filepath.Dir(folder) {
			return false
		}
		if strings.EqualFold(filepath.Base(folder), ".git") {
			return true
		}
	}
}
