package localfile

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/cella-secrets/cella/internal/git"
	"github.com/cella-secrets/cella/internal/words"
)

// keptFromGit fails where the file is, or could come to be, in a commit.
// Outside of repositories, and in git's own folder, nothing can. What git
// cannot tell counts as no.
func (t Target) keptFromGit(ctx context.Context, g git.Git) error {
	folder, name := filepath.Split(t.path)
	if git.InGitFolder(folder) {
		return nil
	}
	inside, code, err := g.In(ctx, folder, "rev-parse", "--is-inside-work-tree", "--show-prefix")
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil && !git.UnderRepository(folder):
		return nil
	case err != nil:
		return t.unusable("it is in a git repository, and git cannot be run to ask whether it ignores the file",
			"install git, or name a file outside of the repository")
	case code != 0 && !git.UnderRepository(folder):
		return nil
	case code != 0:
		return t.unusable("git does not answer about the repository that it is in",
			"`git status` in that folder says why; or name a file outside of the repository")
	}
	answer, prefix, _ := strings.Cut(strings.TrimSuffix(inside, "\n"), "\n")
	switch {
	case answer == "true":
	case git.UnderRepository(folder):
		return t.unusable("its folder is a bare git repository among the files of another, which would not ignore it", "name a file in another folder")
	default:
		return nil // in a bare repository, where nothing is added from
	}
	line := "/" + prefix + name
	if _, code, err = g.In(ctx, folder, "--literal-pathspecs", "ls-files", "--error-unmatch", "--", name); err == nil && code == 0 {
		return t.unusable("git tracks it", fmt.Sprintf("name another file; or add %s to .gitignore, and remove the file from git: git rm --cached %s",
			words.Quote(line), words.Argument(t.name)))
	}
	tracked := code
	_, code, err = g.In(ctx, folder, "check-ignore", "--quiet", "--", "./"+name)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err == nil && code == 0 && tracked == 1:
		return nil
	case err == nil && code == 1 && tracked == 1:
		return t.unusable("git would not ignore it", fmt.Sprintf("add a line to .gitignore: %s", words.Quote(line)))
	}
	return t.unusable("git does not say whether it would ignore it", "`git check-ignore` may say why; or name a file outside of the repository")
}
