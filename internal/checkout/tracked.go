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

// Standing is what git has to do with a file.
type Standing uint8

// The standings.
const (
	Outside   Standing = iota // of every repository, or git does not say
	Ignored                   // git would not add it
	Untracked                 // nobody added it yet
	Tracked
)

// StandingOf asks git about a file.
func StandingOf(ctx context.Context, g git.Git, file string) Standing {
	if Tracks(ctx, g, file) {
		return Tracked
	}
	folder, name := filepath.Split(file)
	switch _, code, err := g.In(ctx, filepath.Clean(folder), "check-ignore", "--quiet", "--", name); {
	case err != nil || code > 1:
		return Outside
	case code == 0:
		return Ignored
	}
	return Untracked
}
