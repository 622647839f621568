// Package git runs the git program on repositories that may be hostile: those
// of a fork's pull request, or one that lies among the files of another.
//
// It leaves out what the answers mean, and every setting of the repository that
// could run a program where git allows to: no shell, no file system monitor, no
// repository in a folder of files unless it is a work tree or was named.
//
// Invariants:
//
//  1. Variables that a Git withholds never reach the program: those that hold a
//     value, a token or a key.
//  2. A folder that is given alone decides about the repository: variables that
//     a hook was started with count only for Command and CommandHere.
//  3. The network is not reached, nor is anybody asked for a password: what a
//     partial clone lacks is not fetched, whatever remote its settings name.
package git

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/cella-secrets/cella/internal/files"
)

// Git is the program. The zero Git withholds nothing from it.
type Git struct {
	// Withheld reports whether the program is started without an environment
	// variable, which on Windows is given in upper case.
	Withheld func(variable string) bool
}

// hookVariables point git at one repository, or give paths another meaning,
// whatever the folder and the arguments.
var hookVariables = []string{"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR",
	"GIT_LITERAL_PATHSPECS", "GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS"}

// offline keeps git from fetching what a partial clone lacks. An empty list of
// protocols allows none, in every version; later ones are told in plain words
// besides.
var offline = []string{"GIT_ALLOW_PROTOCOL=", "GIT_NO_LAZY_FETCH=1", "GIT_TERMINAL_PROMPT=0"}

// notBare keeps git from a bare repository that nobody named. One that lies in
// a folder as files of another came with a commit, and so did its settings,
// programs to run among them.
var notBare = []string{"-c", "safe.bareRepository=explicit"}

// Command is git, run without a shell. No value, token or key goes to it by
// its environment: programs that git's settings name would have them.
func (g Git) Command(ctx context.Context, args ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, "git", append([]string{"-c", "core.fsmonitor=false"}, args...)...)
	command.Env = slices.DeleteFunc(os.Environ(), func(entry string) bool {
		return g.Withheld != nil && g.Withheld(variableOf(entry, runtime.GOOS))
	})
	command.Env = append(command.Env, offline...)
	return command
}

// CommandHere is Command where this process is, which may be in a bare
// repository of somebody's own.
func (g Git) CommandHere(ctx context.Context, args ...string) *exec.Cmd {
	if UnderRepository(".") {
		args = slices.Concat(notBare, args)
	}
	return g.Command(ctx, args...)
}

// CommandIn is Command in a folder, which alone decides about the repository.
func (g Git) CommandIn(ctx context.Context, folder string, args ...string) *exec.Cmd {
	command := g.Command(ctx, slices.Concat(notBare, args)...)
	command.Dir = folder
	command.Env = slices.DeleteFunc(command.Env, func(entry string) bool {
		return slices.Contains(hookVariables, variableOf(entry, runtime.GOOS))
	})
	return command
}

// variableOf is the name of a variable of the environment. Windows takes it in any
// case; here it is in upper case then.
func variableOf(entry, system string) string {
	name, _, _ := strings.Cut(entry, "=")
	if system == "windows" {
		return strings.ToUpper(name)
	}
	return name
}

// maxPrinted is the most that git may print, in bytes: as large as a manifest
// can be.
const maxPrinted = 64 << 20

// In runs git in folder and returns what it printed and its exit code. The
// error says that it did not run, or printed more than maxPrinted.
func (g Git) In(ctx context.Context, folder string, args ...string) (out string, code int, err error) {
	command := g.CommandIn(ctx, folder, args...)
	printed := &files.Buffer{Limit: maxPrinted}
	command.Stdout = printed
	err = command.Run()
	if printed.Err() != nil {
		return "", 0, printed.Err()
	}
	if failed := new(exec.ExitError); errors.As(err, &failed) && failed.Exited() {
		return "", failed.ExitCode(), nil
	}
	return string(printed.Bytes()), 0, err
}

// UnderRepository reports whether a folder or one above it looks like a git
// work tree.
func UnderRepository(folder string) bool {
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

// InGitFolder reports whether a folder, given in full, is of git's own, from
// which git adds nothing. A work tree may lie in one.
func InGitFolder(folder string) bool {
	for folder = filepath.Clean(folder); ; folder = filepath.Dir(folder) {
		if _, err := os.Lstat(filepath.Join(folder, ".git")); err == nil || folder == filepath.Dir(folder) {
			return false
		}
		if strings.EqualFold(filepath.Base(folder), ".git") {
			return true
		}
	}
}

// WorkTree returns the top of the work tree that folder lies in: where
// .git is, which in a linked work tree or a submodule is a file.
func WorkTree(folder string) (string, bool) {
	for {
		if _, err := os.Lstat(filepath.Join(folder, ".git")); err == nil {
			return folder, true
		}
		parent := filepath.Dir(folder)
		if parent == folder {
			return "", false
		}
		folder = parent
	}
}
