package checkout

import (
	"context"
	"fmt"
	"iter"
	"path/filepath"
	"strings"

	"github.com/cella-secrets/cella/internal/git"
	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
)

// maxVersions is how far back a version is looked for.
const maxVersions = "50"

// shortHash is how much of a commit's name is shown.
const shortHash = 10

// Revision is a version of a file that git has.
type Revision struct {
	Name string // such as the beginning of the commit's hash
	Data []byte
}

// History are the versions of a file that git has, from HEAD back.
type History struct {
	Git  git.Git
	File string
	// Found: git has one. It is known once Versions has been ranged over.
	Found bool
	// Err: the file lies in a repository that cannot be asked, or has versions
	// that a partial clone lacks.
	Err error
}

// Versions yields them, newest first. Outside of a repository there are none;
// in one that git does not answer about there may be, which is Err. git is run
// on demand: each version costs a call.
func (h *History) Versions(ctx context.Context) iter.Seq[Revision] {
	return func(yield func(Revision) bool) {
		target, err := filepath.EvalSymlinks(h.File)
		if err != nil {
			return // the file is gone, which is told where it is written
		}
		folder, name := filepath.Split(target)
		commits, code, err := h.Git.In(ctx, folder, "rev-list", "--max-count="+maxVersions, "HEAD", "--", "./"+name)
		if err != nil || code != 0 {
			h.Err = h.unanswered(ctx, folder, name)
			return
		}
		for commit := range strings.Lines(commits) {
			hash := strings.TrimSpace(commit)
			data, code, err := h.Git.In(ctx, folder, "cat-file", "blob", hash+":./"+name)
			switch {
			case code != 0 && lacks(ctx, h.Git, folder, hash+":./"+name):
				h.Err = h.partial(folder, name)
				return
			case err != nil || code != 0:
				continue // the commit that removed it, or a text that is too large for a manifest
			}
			h.Found = true
			if !yield(Revision{Name: hash[:min(len(hash), shortHash)], Data: []byte(data)}) {
				return
			}
		}
	}
}

// lacks reports whether git knows what stands under REV:PATH, and does not have it.
func lacks(ctx context.Context, g git.Git, folder, revision string) bool {
	id, code, err := g.In(ctx, folder, "rev-parse", "--verify", "--quiet", revision)
	if err != nil || code != 0 {
		return false
	}
	_, code, err = g.In(ctx, folder, "cat-file", "-e", strings.TrimSpace(id))
	return err == nil && code != 0
}

// partial is the error of a clone without the texts of all versions.
func (h *History) partial(folder, name string) error {
	return hint.New(fmt.Errorf("git knows of versions of %s that this clone lacks, and cella fetches nothing", words.Quote(h.File)),
		"fetch them: git -C "+words.Argument(filepath.Clean(folder))+" log -p -- "+words.Argument("./"+name))
}

// unanswered is the error of a repository that git cannot list, or nil where
// there is none, or one without a commit.
func (h *History) unanswered(ctx context.Context, folder, name string) error {
	if err := ctx.Err(); err != nil || !git.UnderRepository(folder) {
		return err
	}
	log, next := "`git -C "+words.Argument(filepath.Clean(folder))+" log", "` says why"
	if _, code, err := h.Git.In(ctx, folder, "rev-parse", "--git-dir"); err == nil && code == 0 {
		if _, code, err = h.Git.In(ctx, folder, "rev-parse", "--verify", "--quiet", "HEAD"); err == nil && code != 0 {
			return nil
		}
		next = " -p -- " + words.Argument("./"+name) + "` says why, or fetches what a partial clone lacks"
	}
	return hint.New(fmt.Errorf("%s is in a git repository, but git does not say which versions it has", words.Quote(h.File)), log+next)
}
