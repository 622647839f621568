package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/cella-secrets/cella/internal/files"
	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/terminal"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/schema/edit"
	"github.com/cella-secrets/cella/secret"
	"github.com/cella-secrets/cella/secret/address"
	"github.com/cella-secrets/cella/secret/envfile"
)

// fileImport is a .env file on its way into one owner of the manifest.
type fileImport struct {
	flags  *importFlags
	draft  *edit.File
	result *imported
	owner  secret.Owner
	env    secret.Env
	kind   secret.Type
	scopes secret.Scopes
	errs   []error
}

// importFile brings a .env file in. All that is wrong with names, values and
// flags is told at once, and then nothing is written.
func importFile(ctx context.Context, std streams, flags *importFlags, draft *edit.File, result *imported) error {
	variables, err := readVariables(ctx, std, flags.envFile)
	if err != nil {
		return err
	}
	f := &fileImport{flags: flags, draft: draft, result: result, env: secret.Env(flags.env)}
	if err := f.prepare(); err != nil {
		return err
	}
	f.warn(ctx, std.err, variables)
	for _, v := range variables {
		f.check(v)
	}
	if len(f.errs) > 0 {
		return hint.New(errors.Join(f.errs...), "mend these lines, or take them out, and import again; nothing was written")
	}
	if f.env == "" {
		if err := draft.AddOwner(f.owner); err != nil {
			return err
		}
	}
	for _, v := range variables {
		if err := f.take(v); err != nil {
			return err
		}
	}
	return nil
}

func readVariables(ctx context.Context, std streams, name string) ([]envfile.Variable, error) {
	read := func() ([]byte, error) { return files.ReadPiped(name, envfile.MaxBytes) }
	if name == "-" {
		name = "stdin"
		read = func() ([]byte, error) { return io.ReadAll(io.LimitReader(std.in, envfile.MaxBytes+1)) }
	}
	data, err := terminal.Wholly(ctx, read)
	if err != nil {
		return nil, err
	}
	variables, err := envfile.Parse(data)
	if err != nil {
		return nil, hint.New(fmt.Errorf("read %s: %w", words.Quote(name), err), "nothing was written; each line is NAME=VALUE, and what has spaces, # or several lines is in quotes")
	}
	if len(variables) == 0 {
		return nil, hint.New(fmt.Errorf("read %s: there is no NAME=VALUE line in it", words.Quote(name)), "nothing was written; check that it is the right file, or that the command before the pipe succeeds")
	}
	return variables, nil
}

// warn tells what a person should look at, by name: values that others may have,
// lines that do not count, and an owner whose name may be a typing error.
func (f *fileImport) warn(ctx context.Context, stderr io.Writer, variables []envfile.Variable) {
	file := words.Quote(f.flags.envFile)
	if f.flags.envFile == "-" {
		file = "stdin"
	} else if gitTracks(ctx, f.flags.envFile) {
		writeLine(stderr, "cella: warning: git tracks %s, so whoever has the repository may have its values: make new ones where they come from, and take the file from git: git rm --cached %s",
			file, words.Argument(f.flags.envFile))
	}
	for _, v := range variables {
		if len(v.Repeated) > 0 {
			writeLine(stderr, "cella: warning: %s: %s stands in lines %s; the last one counts", file, words.Quote(v.Name), listed(v.Repeated))
		}
	}
	if near, ok := address.Owners(f.draft.Owners()).Near(f.owner); ok && len(address.Owners(f.draft.Owners()).Named(f.owner.Address())) == 0 {
		writeLine(stderr, "cella: warning: %s is new in the manifest, which also has %s: check the name", f.owner, near)
	}
}

// maxLines bounds how many numbers a sentence has.
const maxLines = 8

// listed is such as "1, 4 and 7".
func listed(numbers []int) string {
	var texts []string
	for i, n := range numbers {
		if i == maxLines {
			texts = append(texts, fmt.Sprintf("%d more", len(numbers)-i))
			break
		}
		texts = append(texts, strconv.Itoa(n))
	}
	last := len(texts) - 1
	return strings.Join(texts[:last], ", ") + " and " + texts[last]
}

// prepare reads the owner, the environment, and what new secrets get.
func (f *fileImport) prepare() error {
	f.owner = secret.Owner{Kind: secret.Site}
	if len(f.flags.sites) > 0 {
		f.owner.Name = f.flags.sites[0]
	} else {
		f.owner.Kind, f.owner.Name = secret.Organization, f.flags.orgs[0]
	}
	if site, env, yes := f.meantEnvironment(); yes {
		return hint.New(fmt.Errorf("%s is not in the manifest, which has %s", f.owner, words.Quote("site:"+site)),
			fmt.Sprintf("for overrides of one environment, write --site %s --env %s", words.Argument(site), words.Argument(env)))
	}
	if err := address.Check(f.owner); err != nil {
		return err
	}
	if !f.draft.Holds(f.owner.Name) {
		return hint.New(fmt.Errorf("%s: a manifest cannot hold an owner of this name", f.owner), "check the name")
	}
	if leaving := f.draft.Retirement(f.owner); leaving != "" {
		return hint.New(fmt.Errorf("%s has retire: %s in the manifest: the project leaves it", f.owner, leaving), "take that line out first")
	}
	if f.env != "" {
		if err := f.env.Validate(); err != nil {
			return hint.New(fmt.Errorf("--env %s: %w", words.Quote(f.flags.env), err), "write dev, test, live or the name of a multidev")
		}
		return nil
	}
	return f.readAttributes()
}

// meantEnvironment reports whether what is given as a site is rather SITE.ENV of
// a site that the manifest has.
func (f *fileImport) meantEnvironment() (site, env string, yes bool) {
	dot := strings.LastIndexByte(f.owner.Name, '.')
	if dot < 0 || f.owner.Kind != secret.Site || len(address.Owners(f.draft.Owners()).Named(f.owner.Address())) > 0 {
		return "", "", false
	}
	site, env = f.owner.Name[:dot], f.owner.Name[dot+1:]
	return site, env, len(address.Owners(f.draft.Owners()).Named("site:"+site)) > 0
}

// readAttributes says what new secrets get: what the flags say, or else the
// manifest's defaults.
func (f *fileImport) readAttributes() error {
	kind, scopes, err := attributes(f.flags.kind, f.flags.scopes)
	if err != nil {
		return err
	}
	f.kind, f.scopes = f.draft.Defaults()
	if kind != "" {
		f.kind = kind
	}
	if len(scopes) > 0 {
		f.scopes = scopes
	}
	switch {
	case f.kind == "":
		return hint.New(errors.New("nothing says which type the secrets get"), "add --type runtime (PHP reads it), env (environment variables) or composer; or set type under defaults in the manifest")
	case len(f.scopes) == 0:
		return hint.New(errors.New("nothing says which scopes the secrets get"), "add --scope web (the application), ic (Integrated Composer) or user (people); or set scopes under defaults in the manifest")
	}
	return nil
}

// check notes what keeps a variable from becoming a secret.
func (f *fileImport) check(v envfile.Variable) {
	wrong := func(format string, args ...any) {
		f.errs = append(f.errs, fmt.Errorf("%s: "+format, append([]any{words.Quote(v.Name)}, args...)...))
	}
	name := secret.Name(v.Name)
	entry, exists := f.draft.Entry(f.owner, name)
	kind := f.kind
	if exists {
		kind = entry.Type
	}
	if err := name.Validate(kind); err != nil {
		wrong("%w", err)
	} else if !f.draft.Holds(v.Name) {
		wrong("a manifest cannot hold a secret of this name: SOPS has a use of its own for it")
	}
	if v.Value.Len() == 0 {
		return // left out
	}
	if err := v.Value.Validate(); err != nil {
		wrong("%w", err)
	}
	switch {
	case f.env == "":
	case !exists:
		wrong("%s has no such secret in the manifest, and an override needs a default value first: import the file of the default values without --env", f.owner)
	case !entry.Value.Known() && entry.Retire == "":
		wrong("it has no value in the manifest that could be overridden: set it with cella set %s %s", words.Argument(f.owner.Address()), words.Argument(v.Name))
	}
}

// take brings one variable in.
func (f *fileImport) take(v envfile.Variable) error {
	name := secret.Name(v.Name)
	var notes []string
	if v.Expands {
		notes = append(notes, "holds a $NAME, which stays as it is written")
	}
	entry, exists := f.draft.Entry(f.owner, name)
	switch {
	case v.Value.Len() == 0:
		f.result.add(f.owner, name, leftOut, "it is empty, and Pantheon stores no empty value")
		return nil
	case !exists:
		s := secret.DesiredSecret{Name: name, Type: f.kind, Scopes: f.scopes, Value: v.Value}
		f.result.add(f.owner, name, importedValue, notes...)
		return f.draft.Insert(f.owner, trimmed(f.draft, s))
	}
	why, found := f.differs(entry, v.Value)
	switch {
	case found && why == "":
		f.result.present++
		return nil
	case found && (!f.flags.replace || f.fixed(entry)):
		f.result.add(f.owner, name, keptEntry, why)
		return nil
	case found:
		f.result.add(f.owner, name, replacedEntry, notes...)
	default:
		f.result.add(f.owner, name, importedValue, notes...)
	}
	return f.draft.SetValue(f.owner, name, f.env, v.Value)
}

// differs says how an entry differs from a value that is to be set. found is
// false where the entry has nothing in its place.
func (f *fileImport) differs(entry secret.DesiredSecret, value secret.Value) (why string, found bool) {
	switch {
	case entry.Retire != "":
		return "the manifest retires it", true
	case f.env != "":
		override, found := entry.Override(f.env)
		if !found || override.Value.Equal(value) {
			return "", found
		}
		return fmt.Sprintf("its override for %s is another one", f.env), true
	case entry.External:
		return "the manifest has it as external", true
	case !entry.Value.Known():
		return "the manifest takes its value from elsewhere", true
	case f.flags.kind != "" && entry.Type != f.kind:
		return fmt.Sprintf("it has type %s, and types never change", entry.Type), true
	case len(f.flags.scopes) > 0 && !entry.Scopes.Equal(f.scopes):
		return fmt.Sprintf("it has scopes %s, and scopes never change", entry.Scopes), true
	case !entry.Value.Equal(value):
		return "its value is another one", true
	}
	return "", true
}

// fixed reports whether an entry must be changed by hand, if at all.
func (f *fileImport) fixed(entry secret.DesiredSecret) bool {
	return entry.Retire != "" || f.env == "" && (!entry.External && !entry.Value.Known() ||
		f.flags.kind != "" && entry.Type != f.kind || len(f.flags.scopes) > 0 && !entry.Scopes.Equal(f.scopes))
}
