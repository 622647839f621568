package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strings"

	"github.com/cella-secrets/cella/schema"
	"github.com/cella-secrets/cella/secret"
)

// readSource reads a file or, where there is none of that name, REV:PATH from
// git. It is nil for /dev/null, which stands for no file.
func readSource(ctx context.Context, name string) ([]byte, error) {
	if strings.HasPrefix(name, "-") {
		return nil, failure(exitError, fmt.Errorf("%s begins with a hyphen", secret.Quote(name)), "write ./ before the name of a file")
	}
	data, err := readFileSource(name)
	if !errors.Is(err, fs.ErrNotExist) {
		return data, err
	}
	if !strings.Contains(name, ":") {
		return nil, failure(exitError, fmt.Errorf("there is no file %s", secret.Quote(name)), "a version that git has is written REV:PATH, such as HEAD:secrets.yaml")
	}
	return readRevision(ctx, name)
}

// readFileSource reads a file; errors name it. It is nil for /dev/null, which
// stands for no file.
func readFileSource(name string) ([]byte, error) {
	if name == os.DevNull {
		return nil, nil
	}
	return schema.ReadFile(name)
}

func sourceError(name string, err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err // without the name, which is quoted here
	}
	return fmt.Errorf("read %s: %w", secret.Quote(name), err)
}

// readRevision reads REV:PATH as git has it, no filter applied. The name goes
// to git as one argument, and no shell sees it.
func readRevision(ctx context.Context, name string) ([]byte, error) {
	command := gitCommandHere(ctx, "cat-file", "blob", name)
	var out, complaint bytes.Buffer
	command.Stdout, command.Stderr = &out, &complaint
	err := command.Run()
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, exec.ErrNotFound):
		return nil, failure(exitError, fmt.Errorf("read %s: git is not installed", secret.Quote(name)), "install git, or name files")
	case err != nil:
		first, _, _ := strings.Cut(complaint.String(), "\n")
		return nil, failure(exitError, fmt.Errorf("read %s: git says %s", secret.Quote(name), secret.Quote(first)),
			"REV:PATH counts from the top of the repository, REV:./PATH from here; `git log --oneline` shows the versions there are")
	case out.Len() > schema.MaxFileBytes:
		return nil, fmt.Errorf("read %s: it is larger than %d MiB", secret.Quote(name), schema.MaxFileBytes>>20)
	}
	return append([]byte{}, out.Bytes()...), nil
}
