package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/cella-secrets/cella/internal/files"
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

// openToEdit is openDraft for changes that may mend what is wrong with the
// manifest: only what makes an edit impossible is refused.
func openToEdit(ctx context.Context, std streams, flags *editFlags) (*draftFile, error) {
	keys, err := openKeyring(flags.keySources)
	if err != nil {
		return nil, err
	}
	data, err := readFileSource(flags.file)
	if err != nil {
		return nil, missingManifest(flags.file, err)
	}
	opened, problems, err := edit.Open(ctx, flags.file, data, edit.Options{Keys: keys, Now: time.Now()})
	switch {
	case errors.Is(err, edit.ErrManner):
		return nil, hint.New(err, "write it as sops does: sops edit "+words.Argument(flags.file))
	case err != nil:
		return nil, err
	case opened == nil:
		return nil, printProblems(std.err, flags.file, problems.Errors(false), false, true)
	}
	return &draftFile{opened, flags.file, data, problems}, nil
}

// saveEdit is save for such changes. Warnings that the change brought, or that
// are about what stands at path, are printed. It returns an error and writes
// nothing where the change broke something.
func (f *draftFile) saveEdit(ctx context.Context, std streams, quiet bool, path string) error {
	text, problems, err := f.Text()
	if err != nil {
		return err
	}
	if text == nil {
		for _, problem := range f.added(problems.Errors(false)) {
			writeLine(std.err, "%s", problem)
		}
		return hint.New(fmt.Errorf("%s would not be valid any more, so nothing was changed", words.Quote(f.name)),
			"give what the lines above ask for, and run the command again")
	}
	if err := files.Replace(ctx, f.name, f.before, text); err != nil {
		return err
	}
	if quiet {
		return nil
	}
	fresh := f.added(problems)
	for _, problem := range problems.Warnings() {
		if problem.Path == path || slices.Contains(fresh, problem) {
			writeLine(std.err, "%s [warning: %s]", problem, problem.Code)
		}
	}
	if left := problems.Errors(false); len(left) > 0 {
		writeLine(std.err, "cella: warning: %s has %s left; `cella validate` lists what to mend", words.Quote(f.name), words.Count(len(left), "error"))
	}
	return nil
}

// attributes reads --type and --scope, either of which may be left out, and
// refuses what no manifest may name.
func attributes(kind string, scopes []string) (secret.Type, secret.Scopes, error) {
	known := secret.Type(kind)
	if kind != "" && !known.Creatable() {
		return "", nil, hint.New(fmt.Errorf("--type %s is not known", words.Quote(kind)), "use one of: "+joined(secret.CreatableTypes(), ", "))
	}
	var found []secret.Scope
	for _, word := range scopes {
		scope := secret.Scope(strings.TrimSpace(word))
		if !slices.Contains(secret.CreatableScopes(), scope) {
			return "", nil, hint.New(fmt.Errorf("--scope %s is not known", words.Quote(string(scope))), "use any of: "+joined(secret.CreatableScopes(), ", "))
		}
		found = append(found, scope)
	}
	return known, secret.NewScopes(found...), nil
}

func joined[T ~string](list []T, by string) string {
	texts := make([]string, len(list))
	for i, word := range list {
		texts[i] = string(word)
	}
	return strings.Join(texts, by)
}
