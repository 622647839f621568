package checkout

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/cella-secrets/cella/internal/files"
	"github.com/cella-secrets/cella/internal/git"
	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
)

// Conflict are the versions of a file that a merge could not make one: the common
// one, which is empty where there is none, and those of both sides.
type Conflict struct {
	Base, Ours, Theirs []byte

	git git.Git
}

// stageName are the versions in git's index, by their numbers.
var stageName = map[string]string{"1": "base", "2": "ours", "3": "theirs"}

// Unmerged are the versions that git keeps of a file with conflicts, each of at most
// limit bytes. It is nil where git has none, or where one side removed the file.
func Unmerged(ctx context.Context, g git.Git, file string, limit int64) (*Conflict, error) {
	folder, name, ok := located(file)
	if !ok {
		return nil, nil
	}
	listed, ok := ask(ctx, g, folder, "--literal-pathspecs", "ls-files", "--unmerged", "-z", "--", name)
	if !ok {
		return nil, ctx.Err()
	}
	found := map[string][]byte{}
	for entry := range strings.SplitSeq(strings.TrimSuffix(listed, "\x00"), "\x00") {
		about, _, _ := strings.Cut(entry, "\t")
		parts := strings.Fields(about) // mode, object, stage
		if len(parts) != 3 || stageName[parts[2]] == "" {
			continue
		}
		text, code, err := g.In(ctx, folder, "cat-file", "blob", parts[1])
		if err != nil || code != 0 || int64(len(text)) > limit {
			return nil, hint.New(fmt.Errorf("%s has conflicts, and git does not give its version of %s", words.Quote(file), stageName[parts[2]]),
				"keep either side of each conflict, then run cella seal")
		}
		found[stageName[parts[2]]] = []byte(text)
	}
	if found["ours"] == nil || found["theirs"] == nil {
		return nil, nil
	}
	return &Conflict{Base: found["base"], Ours: found["ours"], Theirs: found["theirs"], git: g}, nil
}

// markers are those of conflicts.
var markers = regexp.MustCompile(`^(<{7,}|\|{7,}|={7,}|>{7,})( .*)?$`)

// HasMarkers reports whether a text has a conflict that nobody resolved.
func HasMarkers(text []byte) bool {
	for line := range bytes.Lines(text) {
		if line = bytes.TrimRight(line, "\r\n"); line != nil && markers.Match(line) && line[0] == '<' {
			return true
		}
	}
	return false
}

// Left reports whether a text is what git's merge of lines leaves of the conflict,
// markers included: nobody resolved any of it, nor edited the rest. What follows the
// markers is not looked at, nor how far conflicts reach.
func (c *Conflict) Left(ctx context.Context, text []byte) (bool, error) {
	folder, err := os.MkdirTemp("", "cella-")
	if err != nil {
		return false, fmt.Errorf("make folder: %w", err)
	}
	defer func() { _ = os.RemoveAll(folder) }() // it has what git's objects have
	for name, version := range map[string][]byte{"base": c.Base, "ours": c.Ours, "theirs": c.Theirs} {
		if err := os.WriteFile(filepath.Join(folder, name), version, files.Private); err != nil {
			return false, fmt.Errorf("write %s: %w", name, files.WithoutPath(err))
		}
	}
	ours, theirs := decide(text, '<'), decide(text, '=')
	// Merges and checkouts find lines that are the same in different ways.
	for _, by := range [][]string{nil, {"--diff-algorithm=histogram"}, {"--diff-algorithm=patience"}} {
		if c.decided(ctx, folder, "--ours", by) == ours && c.decided(ctx, folder, "--theirs", by) == theirs {
			return true, nil
		}
	}
	return false, ctx.Err()
}

// decided is git's merge of lines with each conflict decided for one side.
func (c *Conflict) decided(ctx context.Context, folder, side string, by []string) string {
	args := append([]string{"merge-file", "--stdout", "--quiet", side}, by...)
	text, code, err := c.git.In(ctx, folder, append(args, "ours", "base", "theirs")...)
	if err != nil || code != 0 {
		return "\x00" // a version of git that does not know the way
	}
	return decide([]byte(text), '<')
}

// decide is a text with each conflict decided for the lines behind a kind of marker,
// and LF for line ends.
func decide(text []byte, kind byte) string {
	var kept strings.Builder
	within := byte('>')
	for line := range bytes.Lines(text) {
		line = bytes.TrimRight(line, "\r\n")
		if markers.Match(line) {
			within = line[0]
			continue
		}
		if within == '>' || within == kind {
			kept.Write(line)
			kept.WriteByte('\n')
		}
	}
	return kept.String()
}
