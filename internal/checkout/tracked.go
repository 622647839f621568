package checkout

import (
	"context"
	"path/filepath"

	"github.com/cella-secrets/cella/internal/git"
)

// Tracks reports whether git is known to track the file.
func Tracks(ctx context.Context, g git.Git, file string) bool {
	folder, name := filepath.Split(file)
	_, code, err := g.In(ctx, filepath.Clean(folder), "--literal-pathspecs", "ls-files", "--error-unmatch", "--", name)
	return err == nil && code == 0
}
