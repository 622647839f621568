package main

import (
	"context"
	"fmt"
	"iter"
	"path/filepath"
	"strings"

	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/schema/edit"
)

// maxVersions is how far back a version is looked for.
const maxVersions = "50"

// shortHash is how much of a commit's name is shown.
const shortHash = 10

// fileHistory are the versions of a file that git has, from HEAD back.
type fileHistory struct {
	file  string
	found bool  // git has one
	err   error // the file lies in a repository that cannot be asked
}

// versions yields them, newest first. Outside of a repository there are none;
// in one that git does not answer about there may be, which is err. git is run
// on demand: each version costs a call.
func (h *fileHistory) versions(ctx context.Context) iter.Seq[edit.Revision] {
	return func(yield func(edit.Revision) bool) {
		target, err := filepath.EvalSymlinks(h.file)
		if err != nil {
			return // the file is gone, which is told where it is written
		}
		folder, name := filepath.Split(target)
		commits, code, err := gitIn(ctx, folder, "rev-list", "--max-count="+maxVersions, "HEAD", "--", "./"+name)
		if err != nil || code != 0 {
			h.err = h.unanswered(ctx, folder)
			return
		}
		for commit := range strings.Lines(commits) {
			hash := strings.TrimSpace(commit)
			data, code, err := gitIn(ctx, folder, "cat-file", "blob", hash+":./"+name)
			if err != nil || code != 0 {
				continue // the commit that removed it, or a text that is too large for a manifest
			}
			h.found = true
			if !yield(edit.Revision{Name: hash[:min(len(hash), shortHash)], Data: []byte(data)}) {
				return
			}
		}
	}
}

// unanswered is the error of a repository that git cannot list, or nil where
// there is none, or one without a commit.
func (h *fileHistory) unanswered(ctx context.Context, folder string) error {
	if err := ctx.Err(); err != nil || !underRepository(folder) {
		return err
	}
	if _, code, err := gitIn(ctx, folder, "rev-parse", "--git-dir"); err == nil && code == 0 {
		return nil
	}
	return hint.New(fmt.Errorf("%s lies in a git repository, and git does not say which versions it has", words.Quote(h.file)),
		"`git -C "+words.Argument(filepath.Clean(folder))+" log` says why; nothing was sealed, as there is no version to compare with")
}
