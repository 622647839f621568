package checkout

import (
	"bufio"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/cella-secrets/cella/internal/git"
	"github.com/cella-secrets/cella/internal/source"
)

// MaxHeadBytes is how much of a file Copies reads at most.
const MaxHeadBytes = 1 << 20

// Copies lists the other YAML files that the repository of a tracked one tracks
// and whose beginning is the same in the caller's eyes, by their paths from its
// top, sorted. A file that is not tracked has none: whoever tries something out
// on a copy has not made it part of the repository. It looks at what is checked out, and for files that a sparse checkout
// leaves out, at what git has of them. Links and submodules are left aside. The
// error is ctx's.
func Copies(ctx context.Context, g git.Git, file string, same func(head []byte) bool) ([]string, error) {
	folder, name, ok := located(file)
	if !ok {
		return nil, nil
	}
	own, err := os.Stat(filepath.Join(folder, name))
	if err != nil {
		return nil, nil
	}
	s := &search{git: g, own: own, same: same}
	if err := s.run(ctx, folder); err != nil {
		return nil, err
	}
	if !s.tracked {
		return nil, nil
	}
	slices.Sort(s.found)
	return slices.Compact(s.found), nil
}

// search is one call of Copies.
type search struct {
	git    git.Git
	own    fs.FileInfo
	same   func([]byte) bool
	buffer []byte
	sparse []indexed
	found  []string
	// tracked: the file itself is.
	tracked bool
}

// indexed is a file of the index.
type indexed struct{ path, id string }

func (s *search) run(ctx context.Context, folder string) error {
	top, ok := ask(ctx, s.git, folder, "rev-parse", "--show-toplevel")
	if top = strings.TrimSuffix(top, "\n"); !ok || top == "" {
		return ctx.Err()
	}
	listed, ok := ask(ctx, s.git, top, "ls-files", "--stage", "-t", "-z", "--full-name", "--", ":(icase)*.yaml", ":(icase)*.yml")
	root, err := os.OpenRoot(top)
	if !ok || err != nil {
		return ctx.Err()
	}
	defer func() { _ = root.Close() }() // opened for reading only, nothing to lose
	s.buffer = make([]byte, MaxHeadBytes)
	for line := range strings.SplitSeq(listed, "\x00") {
		if err := ctx.Err(); err != nil {
			return err
		}
		if one, skipped, ok := parseTracked(line); ok {
			s.look(root, one, skipped)
		}
	}
	return s.lookInGit(ctx, top)
}

// parseTracked reads "TAG MODE ID STAGE<TAB>PATH" of a regular file.
func parseTracked(line string) (one indexed, skipped, ok bool) {
	about, path, found := strings.Cut(line, "\t")
	words := strings.Fields(about)
	if !found || len(words) != 4 || !strings.HasPrefix(words[1], "100") || !source.IsCommitID(words[2]) {
		return indexed{}, false, false
	}
	return indexed{path: path, id: words[2]}, words[0] == "S", true
}

// look reads a file of the work tree. One that is not there was removed, unless
// the checkout is sparse.
func (s *search) look(root *os.Root, one indexed, skipped bool) {
	path := filepath.FromSlash(one.path)
	info, err := root.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && skipped:
		s.sparse = append(s.sparse, one)
		return
	case err != nil || !info.Mode().IsRegular():
		return
	case os.SameFile(info, s.own):
		s.tracked = true
		return
	}
	opened, err := root.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return
	}
	defer func() { _ = opened.Close() }() // opened for reading only, nothing to lose
	s.judge(opened, one.path)
}

// judge reads the beginning of a file.
func (s *search) judge(from io.Reader, path string) {
	n, err := io.ReadFull(from, s.buffer)
	if (err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)) && s.same(s.buffer[:n]) {
		s.found = append(s.found, path)
	}
}

// lookInGit reads the files that a sparse checkout leaves out, by one run of
// git. What is missing there too stays unknown.
func (s *search) lookInGit(ctx context.Context, top string) error {
	if len(s.sparse) == 0 {
		return nil
	}
	var ids strings.Builder
	for _, one := range s.sparse {
		ids.WriteString(one.id + "\n")
	}
	command := unreplaced(ctx, s.git, top, "cat-file", "--batch", "--buffer")
	command.Stdin = strings.NewReader(ids.String())
	out, err := command.StdoutPipe()
	if err != nil || command.Start() != nil {
		return ctx.Err()
	}
	reader := bufio.NewReader(out)
	for _, one := range s.sparse {
		if !s.nextObject(reader, one.path) {
			break
		}
	}
	_, _ = io.Copy(io.Discard, out) // so that git can end
	_ = command.Wait()              // what it printed was judged
	return ctx.Err()
}

// nextObject reads "ID TYPE SIZE", and as many bytes and a line end.
func (s *search) nextObject(reader *bufio.Reader, path string) bool {
	header, err := reader.ReadString('\n')
	words := strings.Fields(header)
	if err != nil || len(words) != 3 {
		return err == nil // of an object that is missing, there is no more
	}
	size, err := strconv.ParseInt(words[2], 10, 64)
	if err != nil {
		return false
	}
	content := io.LimitReader(reader, size)
	s.judge(content, path)
	_, err = io.Copy(io.Discard, content)
	if err == nil {
		_, err = reader.Discard(1)
	}
	return err == nil
}
