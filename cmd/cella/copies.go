package main

import (
	"context"

	"github.com/cella-secrets/cella/internal/checkout"
	"github.com/cella-secrets/cella/schema"
	"github.com/cella-secrets/cella/schema/problem"
)

// addCopies adds to the problems of a manifest, which may be nil, that its
// repository has others of the same project. The error is ctx's.
func addCopies(ctx context.Context, manifest *schema.Manifest, problems problem.List) (problem.List, error) {
	if manifest == nil {
		return problems, nil
	}
	copies, err := checkout.Copies(ctx, gitProgram(), manifest.File, func(head []byte) bool {
		return schema.IsManifestOf(manifest.Project, head)
	})
	if err != nil {
		return nil, err
	}
	return manifest.AddCopies(problems, copies), nil
}
