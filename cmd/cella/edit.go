package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/cella-secrets/cella/internal/checkup"
	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/schema/edit"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/schema/sopsfile"
	"github.com/cella-secrets/cella/secret"
)

// editFlags are those of the commands that edit the manifest.
type editFlags struct {
	file       string
	keySources string
	quiet      bool
}

func (f *editFlags) bind(flags *pflag.FlagSet) {
	flags.StringVarP(&f.file, "file", "f", problem.UsualFile, "the manifest `FILE`")
	flags.StringVar(&f.keySources, "key-sources", sopsfile.DefaultKeySources().String(), keySourcesUsage)
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "no notes and no warnings on stderr")
}

// openToEdit opens a manifest for changes that may mend what is wrong with it: only
// what makes an edit impossible is refused.
func openToEdit(ctx context.Context, std streams, flags *editFlags) (*edit.File, error) {
	keys, err := openKeyring(flags.keySources)
	if err != nil {
		return nil, err
	}
	file, problems, err := edit.OpenFile(ctx, flags.file, edit.Options{Keys: keys, Now: time.Now()})
	switch {
	case err != nil:
		return nil, checkup.Missing(flags.file, err)
	case file == nil:
		return nil, checkup.Tell(std.err, flags.file, problems.Errors(false), false, true)
	}
	return file, nil
}

// saveEdit saves such changes. Warnings that they brought, or that are about what
// stands at path, are printed. It returns an error and writes nothing where they
// broke something.
func saveEdit(ctx context.Context, std streams, f *edit.File, quiet bool, path string) error {
	text, problems, err := f.Text()
	if err != nil {
		return err
	}
	if text == nil {
		for _, problem := range f.Added(problems.Errors(false)) {
			writeLine(std.err, "%s", problem)
		}
		return hint.New(fmt.Errorf("%s would not be valid any more, so nothing was changed", words.Quote(f.Name)),
			"fix what the lines above say, and run the command again")
	}
	if err := f.Replace(ctx, text); err != nil {
		return err
	}
	if quiet {
		return nil
	}
	fresh := f.Added(problems)
	for _, problem := range problems.Warnings() {
		if problem.Path == path || slices.Contains(fresh, problem) {
			writeLine(std.err, "%s [warning: %s]", problem, problem.Code)
		}
	}
	if left := problems.Errors(false); len(left) > 0 {
		writeLine(std.err, "cella: warning: %s has %s left; `cella validate` lists what to fix", words.Quote(f.Name), words.Count(len(left), "error"))
	}
	return nil
}

// openDraft opens a manifest for changes that need it without errors, as whatever
// is added to another one could not be used; the lines say what is wrong.
func openDraft(ctx context.Context, stderr io.Writer, name string, keys *sopsfile.Keyring) (*edit.File, error) {
	file, problems, err := edit.OpenFile(ctx, name, edit.Options{Keys: keys, Now: time.Now()})
	if err != nil {
		return nil, checkup.Missing(name, err)
	}
	return file, checkup.Tell(stderr, name, problems.Errors(false), false, false)
}

// draftText is the edited file. Warnings that are new go to stderr.
func draftText(stderr io.Writer, f *edit.File) ([]byte, error) {
	text, problems, err := f.Text()
	if err != nil {
		return nil, err
	}
	return text, checkup.Tell(stderr, f.Name, f.Added(problems), false, false)
}

// saveDraft saves such changes.
func saveDraft(ctx context.Context, stderr io.Writer, f *edit.File) error {
	text, err := draftText(stderr, f)
	if err != nil {
		return err
	}
	return f.Replace(ctx, text)
}

func writeNotes(w io.Writer, notes []string) {
	for _, note := range notes {
		writeLine(w, "cella: note: %s", note)
	}
}

// attributes reads --type and --scope, either of which may be left out, and
// refuses what no manifest may name.
func attributes(kind string, scopes []string) (secret.Type, secret.Scopes, error) {
	known := secret.Type(kind)
	if kind != "" && !known.Creatable() {
		return "", nil, hint.New(fmt.Errorf("--type %s is not known", words.Quote(kind)), "use one of: "+words.Join(secret.CreatableTypes(), ", "))
	}
	var found []secret.Scope
	for _, word := range scopes {
		scope := secret.Scope(strings.TrimSpace(word))
		if !slices.Contains(secret.CreatableScopes(), scope) {
			return "", nil, hint.New(fmt.Errorf("--scope %s is not known", words.Quote(string(scope))), "use any of: "+words.Join(secret.CreatableScopes(), ", "))
		}
		found = append(found, scope)
	}
	return known, secret.NewScopes(found...), nil
}
