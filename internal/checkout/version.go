package checkout

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
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
	if !errors.Is(err, fs.ErrNotExist) {
		return data, err
	}
	if !strings.Contains(name, ":") {
		return nil, hint.New(fmt.Errorf("there is no file %s", words.Quote(name)), "a version that git has is written REV:PATH, such as HEAD:secrets.yaml")
	}
	return readRevision(ctx, g, name, limit)
}

// ReadFile reads a file of at most limit bytes; errors name it. It is nil for
// /dev/null, which stands for no file.
func ReadFile(name string, limit int64) ([]byte, error) {
	if name == os.DevNull {
		return nil, nil
	}
	return files.ReadNamed(name, limit)
}

// maxComplaint bounds what is kept of what git says on stderr, in bytes.
const maxComplaint = 64 << 10

// readRevision reads REV:PATH as git has it, no filter applied. The name goes
// to git as one argument, and no shell sees it.
func readRevision(ctx context.Context, g git.Git, name string, limit int64) ([]byte, error) {
	command := g.CommandHere(ctx, "cat-file", "blob", name)
	out, complaint := &files.Buffer{Limit: limit}, &files.Buffer{Limit: maxComplaint}
	command.Stdout, command.Stderr = out, complaint
	err := command.Run()
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, exec.ErrNotFound):
		return nil, hint.New(fmt.Errorf("read %s: git is not installed", words.Quote(name)), "install git, or name files")
	case out.Err() != nil:
		return nil, fmt.Errorf("read %s: %w", words.Quote(name), out.Err())
	case err != nil && lacks(ctx, g, ".", name):
		return nil, hint.New(fmt.Errorf("read %s: this clone lacks that version, and cella fetches nothing", words.Quote(name)),
			"fetch it: git show "+words.Argument(name))
	case err != nil:
		first, _, _ := strings.Cut(string(complaint.Bytes()), "\n")
		next := []string{"REV:PATH counts from the top of the repository, REV:./PATH from here; `git log --oneline` shows the versions there are"}
		if partial(ctx, g) {
			next = append(next, "this clone is partial, and cella fetches nothing: `git show "+words.Argument(name)+"` does")
		}
		return nil, hint.New(fmt.Errorf("read %s: git says %s", words.Quote(name), words.Quote(first)), next...)
	}
	return out.Bytes(), nil
}

// partial reports whether the clone here leaves out what git fetches later.
func partial(ctx context.Context, g git.Git) bool {
	_, code, err := g.In(ctx, ".", "config", "--get-regexp", `^remote\..*\.(promisor|partialclonefilter)$`)
	return err == nil && code == 0
}
