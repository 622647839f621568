package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"path/filepath"
	"strings"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/schema"
)

// sourceFile is a file that a plan was made from, with the digest of what was read.
type sourceFile struct{ path, sha256 string }

// sourcesOf are the manifest and its value files.
func sourcesOf(manifest *schema.Manifest) []sourceFile {
	sources := []sourceFile{{manifest.File, manifest.SHA256}}
	for _, file := range manifest.Files {
		sources = append(sources, sourceFile{filepath.FromSlash(file.Name), file.SHA256})
	}
	return sources
}

// uncommitted says of each source that differs from the commit that is checked
// out, in one line, how: a pipeline will not have what was read. Outside of a
// repository there is nothing to say.
func uncommitted(ctx context.Context, sources []sourceFile) []string {
	var found []string
	asked := heads{}
	for _, source := range sources {
		if how := asked.differs(ctx, source); how != "" {
			found = append(found, words.Quote(source.path)+" "+how)
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
type heads map[string]head

func (h heads) at(ctx context.Context, folder string) head {
	if known, ok := h[folder]; ok {
		return known
	}
	var asked head
	out, code, err := gitIn(ctx, folder, "rev-parse", "--is-inside-work-tree")
	switch {
	case err != nil || code != 0:
		asked.failed = underRepository(folder)
	case strings.TrimSpace(out) == "true":
		asked.inside = true
		if out, code, err = gitIn(ctx, folder, "rev-parse", "--verify", "--quiet", "HEAD^{commit}"); err == nil && code == 0 {
			asked.commit = strings.TrimSpace(out)
		}
	}
	h[folder] = asked
	return asked
}

// differs returns "" where the source is as committed, or git has no say. A link
// is followed: what counts is the file that was read.
func (h heads) differs(ctx context.Context, s sourceFile) string {
	target, err := filepath.EvalSymlinks(s.path)
	if err != nil {
		return "" // it was read a moment ago, and whoever removed it knows
	}
	folder, name := filepath.Split(target)
	switch h := h.at(ctx, folder); {
	case h.failed:
		return "lies in a git repository, and git does not say whether it is committed"
	case !h.inside:
		return ""
	case h.commit == "":
		return "is not committed: the repository has no commit yet"
	default:
		committed, code, err := gitIn(ctx, folder, "cat-file", "blob", h.commit+":./"+name)
		switch {
		case err != nil || code != 0:
			return "is not in the commit that is checked out (" + h.short() + ")"
		case !isDigest(s.sha256, []byte(committed)):
			return "differs from the commit that is checked out (" + h.short() + ")"
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

// warnUncommitted tells of what is not committed, and reports whether anything
// is.
func (s *session) warnUncommitted(ctx context.Context, out io.Writer) bool {
	found := uncommitted(ctx, s.sources)
	for _, line := range found {
		writeLine(out, "cella: warning: %s", line)
	}
	if len(found) > 0 {
		writeLine(out, "cella: note: the next apply from git, such as that of a pipeline, undoes what this one writes; commit and merge first")
	}
	return len(found) > 0
}
