package edit

import (
	"context"
	"errors"
	"fmt"

	"github.com/cella-secrets/cella/internal/files"
	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/schema"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/secret"
	"github.com/cella-secrets/cella/secret/address"
)

// File is the Draft of a manifest that lies in a file.
type File struct {
	*Draft
	Name string
	// Waiting, where it is set, is called before Replace waits for another run.
	Waiting func()
	before  []byte
	known   problem.List // of the file as it was read
}

// OpenFile is Open for a file.
func OpenFile(ctx context.Context, name string, opts Options) (*File, problem.List, error) {
	data, err := schema.ReadFile(name)
	if err != nil {
		return nil, nil, err
	}
	draft, problems, err := Open(ctx, name, data, opts)
	switch {
	case errors.Is(err, ErrManner):
		return nil, nil, hint.New(err, "write it as sops does: sops edit "+words.Argument(name))
	case draft == nil || err != nil:
		return nil, problems, err
	}
	return &File{Draft: draft, Name: name, before: data, known: problems}, problems, nil
}

// Added are the problems that the file did not have before.
func (f *File) Added(problems problem.List) problem.List { return added(problems, f.known) }

// Replace writes text, which Text returned, in the place of the file that was read,
// whole or not at all, unless that has been changed meanwhile. What is written on
// the way holds ciphertext only.
func (f *File) Replace(ctx context.Context, text []byte) error {
	return files.ReplaceWaiting(ctx, f.Name, f.before, text, f.Waiting)
}

// addresses are the owners by which what is typed is understood.
func (f *File) addresses() address.Owners { return f.Owners() }

// CheckOwner refuses an owner that no manifest can hold, and one that this manifest
// is about to leave: neither can get a secret.
func (f *File) CheckOwner(owner secret.Owner) error {
	switch leaving := f.Retirement(owner); {
	case leaving != "":
		return hint.New(fmt.Errorf("%s has retire: %s in the manifest: the project leaves it", owner, leaving),
			fmt.Sprintf("to keep it, remove that line from %s first", words.Quote(f.Name)))
	case f.Holds(owner.Name):
		return nil
	}
	next := "a site of this name stays outside of cella, unless it is renamed on Pantheon"
	if owner.Kind == secret.Organization {
		next = "write the organization's UUID in place of its name"
	}
	return hint.New(fmt.Errorf("%s: a manifest cannot hold a site or organization of this name: SOPS uses it itself", owner), next)
}
