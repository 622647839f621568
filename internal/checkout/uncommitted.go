package checkout

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
	"strings"

	"github.com/cella-secrets/cella/internal/git"
	"github.com/cella-secrets/cella/internal/words"
)

// File is one that was read, with the lower-case hex SHA-256 of its content.
type File struct{ Path, SHA256 string }

// Uncommitted says of each file that differs from the commit that is checked
// out, in one line, how: a pipeline will not have what was read. Outside of a
// repository there is nothing to say.
func Uncommitted(ctx context.Context, g git.Git, files []File) []string {
	var found []string
	asked := heads{g, map[string]head{}}
	for _, file := range files {
		if how := asked.differs(ctx, file); how != "" {
			found = append(found, words.Quote(file.Path)+" "+how)
		}
	}
	return found
}

// head is the commit that is checked out where a folder lies.
type head struct {
	inside bool   // the folder lies in a work tree
	commit string // empty before the first one
	failed bool   // there is a repository, and git does not answer
}

// heads asks git once for each folder.
type heads struct {
	git   git.Git
	known map[string]head
}

func (h heads) at(ctx context.Context, folder string) head {
	if known, ok := h.known[folder]; ok {
		return known
	}
	var asked head
	out, code, err := h.git.In(ctx, folder, "rev-parse", "--is-inside-work-tree")
	switch {
	case err != nil || code != 0:
		asked.failed = git.UnderRepository(folder)
	case strings.TrimSpace(out) == "true":
		asked.inside = true
		if out, code, err = h.git.In(ctx, folder, "rev-parse", "--verify", "--quiet", "HEAD^{commit}"); err == nil && code == 0 {
			asked.commit = strings.TrimSpace(out)
		}
	}
	h.known[folder] = asked
	return asked
}

// differs returns "" where the file is as committed, or git has no say. A link
// is followed: what counts is the file that was read.
func (h heads) differs(ctx context.Context, f File) string {
	target, err := filepath.EvalSymlinks(f.Path)
	if err != nil {
		return "" // it was read a moment ago, and whoever removed it knows
	}
	folder, name := filepath.Split(target)
	switch at := h.at(ctx, folder); {
	case at.failed:
		return "is in a git repository, but git does not say whether it is committed"
	case !at.inside:
		return ""
	case at.commit == "":
		return "is not committed: the repository has no commit yet"
	default:
		committed, code, err := h.git.In(ctx, folder, "cat-file", "blob", at.commit+":./"+name)
		switch {
		case code != 0 && lacks(ctx, h.git, folder, at.commit+":./"+name):
			return "cannot be compared with the commit that is checked out (" + at.short() + "), because this clone lacks its content"
		case err != nil || code != 0:
			return "is not in the commit that is checked out (" + at.short() + ")"
		case !isDigest(f.SHA256, []byte(committed)):
			return "differs from the commit that is checked out (" + at.short() + ")"
		}
		return ""
	}
}

func (h head) short() string { return h.commit[:min(len(h.commit), shortHash)] }

// isDigest reports whether sum is that of text, or of text as git checks it out
// on Windows.
func isDigest(sum string, text []byte) bool {
	has := func(text []byte) bool {
		got := sha256.Sum256(text)
		return hex.EncodeToString(got[:]) == sum
	}
	return has(text) || has(bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n")))
}
