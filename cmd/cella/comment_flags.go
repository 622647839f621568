package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/cella-secrets/cella/internal/checkout"
	"github.com/cella-secrets/cella/internal/forge"
	"github.com/cella-secrets/cella/internal/outputs"
	"github.com/cella-secrets/cella/plan/view"
	"github.com/cella-secrets/cella/schema/problem"
)

// commentFlags say which comment on a pull request markdown is for.
type commentFlags struct{ label string }

const labelFlag = "`TEXT` that tells the comment from others on the pull request (default the manifest's path in the repository, and the targets)"

func (f *commentFlags) bind(flags *pflag.FlagSet) {
	flags.StringVar(&f.label, "label", "", "for markdown: "+labelFlag)
}

// wanted is run, where an output is a comment; git is not asked for the others.
func (f *commentFlags) wanted(ctx context.Context, std streams, all []outputs.Output, manifest string, targets []string, what string) view.Run {
	if !slices.ContainsFunc(all, func(o outputs.Output) bool { return o.Format == "markdown" || o.Format == "summary" }) {
		return view.Run{}
	}
	return f.run(ctx, std, manifest, targets, what)
}

// run is the run of the pipeline at hand, where there is one, for the comment on this
// manifest and these targets; no heading names the usual one. what, where it is not empty, has a comment of its own.
func (f *commentFlags) run(ctx context.Context, std streams, manifest string, targets []string, what string) view.Run {
	label, usual := f.label, problem.UsualFile
	if label == "" {
		label = checkout.Path(ctx, gitProgram(), manifest)
	}
	if label == "" {
		label = filepath.ToSlash(filepath.Clean(manifest))
	}
	if f.label == "" {
		label = strings.Join(append([]string{label}, targets...), " ")
	}
	if what != "" {
		label, usual = label+" "+what, usual+" "+what
	}
	found := forge.RunOf(std.env, os.ReadFile)
	return view.Run{Label: label, Usual: usual, Commit: found.Commit, Link: found.Link, At: time.Now()}
}
