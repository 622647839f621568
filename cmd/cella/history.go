package main

import (
	"context"
	"iter"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/cella-secrets/cella/schema"
)

// maxVersions is how far back a version is looked for.
const maxVersions = "50"

// shortHash is how much of a commit's name is shown.
const shortHash = 10

// fileHistory are the versions of a file that git has, from HEAD back.
type fileHistory struct {
	file  string
	found bool // git has one
}

// versions yields them, newest first. Without git, or outside of a repository,
// there are none. git is run on demand: each version costs a call.
func (h *fileHistory) versions(ctx context.Context) iter.Seq[schema.Revision] {
	return func(yield func(schema.Revision) bool) {
		target, err := filepath.EvalSymlinks(h.file)
		if err != nil {
			return // the file is gone, which is told where it is written
		}
		folder, name := filepath.Split(target)
		commits, err := gitOutput(ctx, folder, "rev-list", "--max-count="+maxVersions, "HEAD", "--", "./"+name)
		if err != nil {
			return
		}
		for commit := range strings.Lines(string(commits)) {
			hash := strings.TrimSpace(commit)
			data, err := gitOutput(ctx, folder, "cat-file", "blob", hash+":./"+name)
			if err != nil {
				continue // the commit that removed it
			}
			h.found = true
			if !yield(schema.Revision{Name: hash[:min(len(hash), shortHash)], Data: data}) {
				return
			}
		}
	}
}

// gitOutput runs git in a folder, without a shell.
func gitOutput(ctx context.Context, folder string, args ...string) ([]byte, error) {
	command := exec.CommandContext(ctx, "git", args...)
	command.Dir = folder
	return command.Output()
}
