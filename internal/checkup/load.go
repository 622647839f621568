package checkup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"syscall"

	"github.com/cella-secrets/cella/internal/checkout"
	"github.com/cella-secrets/cella/internal/git"
	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/schema"
	"github.com/cella-secrets/cella/schema/problem"
)

// Load is schema.Load, and looks in the repository for other manifests of the same
// project. Errors have next steps.
func Load(ctx context.Context, g git.Git, file string, options schema.Options) (*schema.Manifest, problem.List, error) {
	manifest, problems, err := schema.Load(ctx, file, options)
	if err != nil {
		return nil, nil, Missing(file, err)
	}
	if problems, err = addCopies(ctx, g, manifest, problems); err != nil {
		return nil, nil, err
	}
	return manifest, problems, nil
}

// addCopies adds to the problems of a manifest, which may be nil, that its
// repository has others of the same project. The error is ctx's.
func addCopies(ctx context.Context, g git.Git, manifest *schema.Manifest, problems problem.List) (problem.List, error) {
	if manifest == nil {
		return problems, nil
	}
	copies, err := checkout.Copies(ctx, g, manifest.File, func(head []byte) bool {
		return schema.IsManifestOf(manifest.Project, head)
	})
	if err != nil {
		return nil, err
	}
	return manifest.AddCopies(problems, copies), nil
}

// Missing adds the next step to an error of reading file.
func Missing(file string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return hint.New(fmt.Errorf("there is no manifest %s", words.Quote(file)),
			"name yours with --file, or begin one: cella init --project NAME")
	case errors.Is(err, syscall.EISDIR):
		return hint.New(err, "name the manifest in it with --file "+words.Argument(filepath.Join(file, problem.UsualFile)))
	}
	return err
}
