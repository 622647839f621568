package main

import (
	"context"
	"io"
	"slices"
	"time"

	"github.com/cella-secrets/cella/internal/files"
	"github.com/cella-secrets/cella/schema/edit"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/schema/sopsfile"
)

// draftFile is a manifest that a command changes.
type draftFile struct {
	*edit.Draft
	name   string
	before []byte
	known  problem.List // of the file as it was read
}

// openDraft reads the manifest in file. One with errors is refused, as whatever
// is added to it could not be used; the lines say what is wrong.
func openDraft(ctx context.Context, stderr io.Writer, file string, keys *sopsfile.Keyring) (*draftFile, error) {
	data, err := readFileSource(file)
	if err != nil {
		return nil, missingManifest(file, err)
	}
	draft, problems, err := edit.Open(ctx, file, data, edit.Options{Keys: keys, Now: time.Now()})
	if err != nil {
		return nil, err
	}
	if err := printProblems(stderr, file, problems.Errors(false), false, false); err != nil {
		return nil, err
	}
	return &draftFile{Draft: draft, name: file, before: data, known: problems}, nil
}

// text is the edited file. Warnings that are new go to stderr.
func (f *draftFile) text(stderr io.Writer) ([]byte, error) {
	text, problems, err := f.Text()
	if err != nil {
		return nil, err
	}
	return text, printProblems(stderr, f.name, f.added(problems), false, false)
}

// added are the problems that the file did not have before.
func (f *draftFile) added(problems problem.List) problem.List {
	return slices.DeleteFunc(slices.Clone(problems), func(p problem.Problem) bool {
		return slices.ContainsFunc(f.known, func(old problem.Problem) bool { return old.Code == p.Code && old.Path == p.Path })
	})
}

// save writes the edited file in the place of the one that was read, whole or
// not at all, unless that has been changed meanwhile. What is written on the
// way holds ciphertext only.
func (f *draftFile) save(ctx context.Context, stderr io.Writer) error {
	text, err := f.text(stderr)
	if err != nil {
		return err
	}
	return files.Replace(ctx, f.name, f.before, text)
}
