package checkout

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"

	"github.com/cella-secrets/cella/internal/files"
	"github.com/cella-secrets/cella/internal/git"
	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
)

// ReadVersion reads a file or, where there is none of that name, REV:PATH from
// git, of at most limit bytes. It is nil for /dev/null, which stands for no file.
func ReadVersion(ctx context.Context, g git.Git, name string, limit int64) ([]byte, error) {
	if strings.HasPrefix(name, "-") {
		return nil, hint.New(fmt.Errorf("%s begins with a hyphen", words.Quote(name)), "write ./ before the name of a file")
	}
	data, err := ReadFile(name, limit)
	if !errors.Is(err, fs.ErrNotExist) && !files.NoName(err) {
		return data, err
	}
	if !NamesRevision(name) {
		return nil, hint.New(fmt.Errorf("there is no file %s", words.Quote(name)), "a version that git has is written REV:PATH, such as HEAD:secrets.yaml")
	}
	here := func(args ...string) *exec.Cmd { return g.CommandHere(ctx, args...) }
	return readRevision(ctx, g, here, ".", filepath.ToSlash(name), limit)
}

// NamesRevision reports whether a name of which there is no file is REV:PATH. The
// colon of a disk, as in C:\secrets.yaml, is none of those.
func NamesRevision(name string) bool {
	return strings.Contains(strings.TrimPrefix(name, filepath.VolumeName(name)), ":")
}

// ReadFile reads a file of at most limit bytes; errors name it. It is nil for
// /dev/null, which stands for no file.
func ReadFile(name string, limit int64) ([]byte, error) {
	if isNull(name) {
		return nil, nil
	}
	return files.ReadNamed(name, limit)
}

// isNull: git writes /dev/null on Windows too, where the shell that it starts makes
// nul of it.
func isNull(name string) bool {
	return name == "/dev/null" || runtime.GOOS == "windows" && strings.EqualFold(name, os.DevNull)
}

// maxComplaint bounds what is kept of what git says on stderr, in bytes.
const maxComplaint = 64 << 10

// ReadCommitted reads a file as the commit has it that is checked out where the file
// lies, of at most limit bytes. It is nil where that commit lacks the file, or where
// there is no commit yet; outside of a repository it is an error.
func ReadCommitted(ctx context.Context, g git.Git, file string, limit int64) ([]byte, error) {
	folder, name := filepath.Split(file)
	if target, err := filepath.EvalSymlinks(file); err == nil {
		folder, name = filepath.Split(target)
	}
	_, code, err := g.In(ctx, folder, "rev-parse", "--is-inside-work-tree")
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return nil, noGit(file)
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil || code != 0:
		return nil, hint.New(fmt.Errorf("%s is in no git repository, or in one that git does not read", words.Quote(file)),
			"name two versions, as in: cella diff OLD NEW")
	}
	in := func(args ...string) *exec.Cmd { return g.CommandIn(ctx, folder, args...) }
	_, code, err = g.In(ctx, folder, "rev-parse", "--verify", "--quiet", "HEAD:./"+name)
	if err == nil && code != 0 && !partial(ctx, g) {
		return nil, nil
	}
	return readRevision(ctx, g, in, folder, "HEAD:./"+name, limit)
}

// readRevision reads REV:PATH as git has it, no filter applied, with git as run
// starts it in folder. The name goes to git as one argument, and no shell sees it.
func readRevision(ctx context.Context, g git.Git, run func(args ...string) *exec.Cmd, folder, name string, limit int64) ([]byte, error) {
	command := run("cat-file", "blob", name)
	out, complaint := &files.Buffer{Limit: limit}, &files.Buffer{Limit: maxComplaint}
	command.Stdout, command.Stderr = out, complaint
	err := command.Run()
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, exec.ErrNotFound):
		return nil, noGit(name)
	case out.Err() != nil:
		return nil, fmt.Errorf("read %s: %w", words.Quote(name), out.Err())
	case err != nil && lacks(ctx, g, folder, name):
		return nil, hint.New(fmt.Errorf("read %s: this clone lacks that version, and cella fetches nothing", words.Quote(name)),
			"fetch it: git show "+words.Argument(name))
	case err != nil:
		first, _, _ := strings.Cut(string(complaint.Bytes()), "\n")
		next := []string{"REV:PATH counts from the top of the repository, REV:./PATH from here; `git log --oneline` shows the versions there are"}
		if deepen := deepening(ctx, g, name); deepen != "" {
			next = append([]string{deepen}, next...)
		}
		if partial(ctx, g) {
			next = append(next, "this clone is partial, and cella fetches nothing: `git show "+words.Argument(name)+"` does")
		}
		return nil, hint.New(fmt.Errorf("read %s: git says %s", words.Quote(name), words.Quote(first)), next...)
	}
	return out.Bytes(), nil
}

func noGit(name string) error {
	return hint.New(fmt.Errorf("read %s: git is not installed", words.Quote(name)), "install git, or name files")
}

// deepening says how a shallow clone gets a version whose revision it does not have;
// empty where it has it, or is not shallow.
func deepening(ctx context.Context, g git.Git, name string) string {
	revision, _, _ := strings.Cut(name, ":")
	if _, code, err := g.In(ctx, ".", "rev-parse", "--verify", "--quiet", revision+"^{commit}"); err != nil || code == 0 {
		return ""
	}
	shallow, code, err := g.In(ctx, ".", "rev-parse", "--is-shallow-repository")
	if err != nil || code != 0 || strings.TrimSpace(shallow) != "true" {
		return ""
	}
	remotes, _, _ := g.In(ctx, ".", "remote")
	for remote := range strings.Lines(remotes) {
		remote = strings.TrimSpace(remote)
		if branch, ok := strings.CutPrefix(revision, remote+"/"); ok && revisionName.MatchString(branch) {
			// A clone of one branch has no name for the others, and fetch makes none.
			return fmt.Sprintf("this clone is shallow, of one branch: git fetch --depth=1 %s %s%s", words.Argument(remote),
				words.Argument(fmt.Sprintf("+refs/heads/%s:refs/remotes/%s/%s", branch, remote, branch)), inPipelines)
		}
	}
	return "this clone is shallow, with the last commits only: git fetch --unshallow" + inPipelines
}

// inPipelines is how a pipeline gets a clone that is not shallow.
const inPipelines = "; in a pipeline, check out with full depth (fetch-depth: 0 on GitHub, GIT_DEPTH: 0 on GitLab)"

// revisionName is a branch's name without what git gives another meaning.
var revisionName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_./-]*$`)

// partial reports whether the clone here leaves out what git fetches later.
func partial(ctx context.Context, g git.Git) bool {
	_, code, err := g.In(ctx, ".", "config", "--get-regexp", `^remote\..*\.(promisor|partialclonefilter)$`)
	return err == nil && code == 0
}
