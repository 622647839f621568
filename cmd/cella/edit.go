package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/cella-secrets/cella/internal/checkout"
	"github.com/cella-secrets/cella/internal/checkup"
	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/schema/edit"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/schema/sopsfile/keyring"
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
	flags.StringVar(&f.keySources, "key-sources", keyring.DefaultSources().String(), keySourcesUsage)
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "no notes and no warnings on stderr")
}

// openToEdit opens a manifest for changes that may fix what is wrong with it: only
// what makes an edit impossible is refused. With whole, as for what is added from
// elsewhere and could not be used otherwise, every error is.
func openToEdit(ctx context.Context, stderr io.Writer, name, keySources string, whole bool) (*edit.File, error) {
	keys, err := openKeyring(keySources)
	if err != nil {
		return nil, err
	}
	return openWith(ctx, stderr, name, keys, whole)
}

// openWith is openToEdit with a keyring that opens other files too.
func openWith(ctx context.Context, stderr io.Writer, name string, keys *keyring.Keyring, whole bool) (*edit.File, error) {
	file, problems, err := edit.OpenFile(ctx, name, edit.Options{Keys: keys, Now: time.Now()})
	switch {
	case err != nil:
		return nil, checkup.Missing(name, err)
	case file != nil:
		file.Waiting = func() { tellWaiting(stderr, name) }
	}
	if file == nil || whole {
		return file, checkup.Tell(stderr, name, problems.Errors(false), false, true)
	}
	return file, nil
}

// tellWaiting says why nothing happens.
func tellWaiting(stderr io.Writer, file string) {
	writeLine(stderr, "cella: note: another cella is writing beside %s: waiting for it to end; Ctrl-C stops waiting, and nothing is written", words.Quote(file))
}

// checkEdit returns the edited text with its problems. Where the changes broke
// something, it says what, and returns an error.
func checkEdit(stderr io.Writer, f *edit.File) ([]byte, problem.List, error) {
	text, problems, err := f.Text()
	if err != nil || text != nil {
		return text, problems, err
	}
	for _, problem := range f.Added(problems.Errors(false)) {
		writeLine(stderr, "%s", problem)
	}
	return nil, nil, hint.New(fmt.Errorf("%s would not be valid any more, so nothing was changed", words.Quote(f.Name)),
		"fix what the lines above say, and run the command again")
}

// saveEdit saves such changes. Warnings that they brought, or that are about what
// stands at path, are printed. It returns an error and writes nothing where they
// broke something.
func saveEdit(ctx context.Context, stderr io.Writer, f *edit.File, quiet bool, path string) error {
	text, problems, err := checkEdit(stderr, f)
	if err != nil {
		return err
	}
	if err := f.Replace(ctx, text); err != nil {
		return err
	}
	if !quiet {
		tellEdit(stderr, f, problems, path)
	}
	return nil
}

// tellEdit tells of warnings that changes brought, or that are about what stands at
// path, and of errors that are left.
func tellEdit(stderr io.Writer, f *edit.File, problems problem.List, path string) {
	fresh := f.Added(problems)
	for _, problem := range problems.Warnings() {
		if problem.Path == path || slices.Contains(fresh, problem) {
			writeLine(stderr, "%s [warning: %s]", problem, problem.Code)
		}
	}
	if left := problems.Errors(false); len(left) > 0 {
		writeLine(stderr, "cella: warning: %s has %s left; `cella validate%s` lists what to fix",
			words.Quote(f.Name), words.Count(len(left), "error"), problem.FileFlag(f.Name))
	}
}

// reviewNote says what comes after an edit of the manifest: a review, where git has
// something to compare.
func reviewNote(ctx context.Context, file string) string {
	name, plan := words.Quote(file), "`cella plan"+problem.FileFlag(file)+"`"
	switch checkout.StandingOf(ctx, gitProgram(), file) {
	case checkout.Tracked:
		return fmt.Sprintf("review it with `%s`, commit %s, and see %s", diffWith(file), name, plan)
	case checkout.Untracked:
		return fmt.Sprintf("see %s; git does not track %s yet: `git add %s`, and commit it", plan, name, words.Argument(file))
	case checkout.Ignored:
		return fmt.Sprintf("see %s; git ignores %s, so nobody can review it there", plan, name)
	}
	return fmt.Sprintf("see %s; %s is in no git repository, so nobody can review it there", plan, name)
}

// diffWith shows what changed in a manifest since the last commit.
func diffWith(file string) string {
	if file == problem.UsualFile {
		return "cella diff"
	}
	return "cella diff " + words.Argument(file)
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
