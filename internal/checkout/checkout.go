// Package checkout says what git knows of the place that a file lies in: its
// path in the repository, the commit that is checked out and how that relates to
// another one, other files of the repository that say the same, other versions of
// the file, and whether it is committed.
//
// It leaves out what follows from the answers.
//
// Invariants:
//
//  1. Nothing reaches the network: what a partial clone lacks is not fetched. To
//     Source, Path, Head, Related and Copies it is unknown; where a version itself
//     is asked for, they say that the clone lacks it, and what fetches it.
//  2. Their work is in proportion to the repository, and no file is read that is
//     not a regular one, nor more than MaxHeadBytes of any.
//  3. To them, a repository that git does not answer about is as none; History and
//     Uncommitted say so.
package checkout

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/cella-secrets/cella/internal/git"
	"github.com/cella-secrets/cella/internal/source"
)

// Source is where the file comes from. env is the environment. Links are
// followed: what counts is the file that they lead to.
func Source(ctx context.Context, g git.Git, file string, env func(string) string) source.Source {
	return source.Source{Forge: source.Forge(env), Path: Path(ctx, g, file)}
}

// Path is the path of a file from the top of its repository: as git's index has
// it, or of one that git does not track, as it lies in the work tree. It is empty
// outside of a work tree, and where git is not there.
func Path(ctx context.Context, g git.Git, file string) string {
	folder, name, ok := located(file)
	if !ok {
		return ""
	}
	listed, ok := ask(ctx, g, folder, "--literal-pathspecs", "ls-files", "--full-name", "-z", "--error-unmatch", "--", name)
	path, _, tracked := strings.Cut(listed, "\x00")
	if !ok || !tracked {
		prefix, inside := ask(ctx, g, folder, "rev-parse", "--show-prefix")
		if !inside {
			return ""
		}
		path = strings.TrimSuffix(prefix, "\n") + name
	}
	if source.CheckPath(path) != nil {
		return ""
	}
	return path
}

// Head is the commit that is checked out where the file lies, and who runs what
// with it. Without a commit, or without git, id and time are empty.
func Head(ctx context.Context, g git.Git, file string, env func(string) string) source.Commit {
	head := source.Commit{Actor: source.Actor(env), Run: source.Run(env)}
	if folder, _, ok := located(file); ok {
		head.ID, head.Time = commit(ctx, g, folder, "HEAD")
	}
	return head
}

// Verdict says whether the commit that is checked out is older than another
// one.
type Verdict int

const (
	// Unknown: git does not have the other commit, or not enough of the history.
	Unknown Verdict = iota
	// Fine: it is the same one, a later one, or one of another branch.
	Fine
	// HeadIsOlder: the other commit is made on top of it.
	HeadIsOlder
)

// Ancestry is a Verdict with the times of both commits, in seconds since 1970:
// what git says, or else what the caller knew; zero where neither knows.
type Ancestry struct {
	Verdict             Verdict
	HeadTime, OtherTime int64
}

// Related says how head, as Head returned it for the file, relates to another
// commit. A shallow clone often has neither the other commit nor what lies
// between.
func Related(ctx context.Context, g git.Git, file string, head, other source.Commit) Ancestry {
	known := Ancestry{HeadTime: head.Time, OtherTime: other.Time}
	folder, _, ok := located(file)
	if !ok || !source.IsCommitID(head.ID) || !source.IsCommitID(other.ID) {
		return known
	}
	if id, at := commit(ctx, g, folder, other.ID); id != "" {
		known.OtherTime = at
	}
	known.Verdict = verdict(ctx, g, folder, head.ID, other.ID)
	return known
}

func verdict(ctx context.Context, g git.Git, folder, head, other string) Verdict {
	if head == other {
		return Fine
	}
	older, ok := isAncestor(ctx, g, folder, head, other)
	switch {
	case !ok:
		return Unknown
	case older:
		return HeadIsOlder
	}
	// That no way was found proves nothing where the history is cut, unless
	// there is one in the other direction.
	if newer, ok := isAncestor(ctx, g, folder, other, head); ok && newer {
		return Fine
	}
	if shallow, ok := ask(ctx, g, folder, "rev-parse", "--is-shallow-repository"); ok && strings.TrimSpace(shallow) == "false" {
		return Fine
	}
	return Unknown
}

// isAncestor asks whether one commit is made on top of another. ok is false
// where git lacks one of them.
func isAncestor(ctx context.Context, g git.Git, folder, old, young string) (yes, ok bool) {
	_, code, err := run(ctx, g, folder, nil, "merge-base", "--is-ancestor", old, young)
	return code == 0, err == nil && (code == 0 || code == 1)
}

// commit returns the full id of a revision, and when it was committed.
func commit(ctx context.Context, g git.Git, folder, revision string) (id string, at int64) {
	printed, ok := ask(ctx, g, folder, "rev-list", "--max-count=1", "--timestamp", revision, "--")
	stamp, id, found := strings.Cut(strings.TrimSpace(printed), " ")
	at, err := strconv.ParseInt(stamp, 10, 64)
	if !ok || !found || err != nil || !source.IsCommitID(id) {
		return "", 0
	}
	return id, at
}

// located is the folder and the name of the file that links lead to.
func located(file string) (folder, name string, ok bool) {
	target, err := filepath.EvalSymlinks(file)
	if err != nil {
		return "", "", false
	}
	if info, err := os.Stat(target); err != nil || info.IsDir() {
		return "", "", false
	}
	return filepath.Dir(target), filepath.Base(target), true
}

// ask runs git and returns what it printed; ok is false where it failed.
func ask(ctx context.Context, g git.Git, folder string, args ...string) (out string, ok bool) {
	out, code, err := run(ctx, g, folder, nil, args...)
	return out, err == nil && code == 0
}

// run runs git without objects that stand in for others.
func run(ctx context.Context, g git.Git, folder string, stdin []byte, args ...string) (out string, code int, err error) {
	command := unreplaced(ctx, g, folder, args...)
	var printed bytes.Buffer
	command.Stdin, command.Stdout = bytes.NewReader(stdin), &printed
	err = command.Run()
	if failed := new(exec.ExitError); errors.As(err, &failed) && failed.Exited() {
		return "", failed.ExitCode(), nil
	}
	return printed.String(), 0, err
}

func unreplaced(ctx context.Context, g git.Git, folder string, args ...string) *exec.Cmd {
	return g.CommandIn(ctx, folder, append([]string{"--no-replace-objects"}, args...)...)
}
