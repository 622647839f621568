package main

import (
	"context"
	"errors"
	"io"
	"path/filepath"

	"github.com/spf13/pflag"

	"github.com/cella-secrets/cella/internal/checkout"
	"github.com/cella-secrets/cella/internal/checkup"
	"github.com/cella-secrets/cella/internal/survey"
	"github.com/cella-secrets/cella/pantheon"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/schema"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/schema/sopsfile/keyring"
	"github.com/cella-secrets/cella/secret/address"
)

// sessionFlags are the flags of every command that compares with live state.
type sessionFlags struct {
	manifest manifestFlags
	api      apiFlags
	output   outputFlags
	targets  []string
	rewrite  bool
	// structureOnly: no key source is asked, and no value compared.
	structureOnly bool
	dates         dateFlags
}

func (f *sessionFlags) bind(flags *pflag.FlagSet) {
	f.manifest.bind(flags, keyring.DefaultSources().String())
	f.manifest.bindStrict(flags)
	f.api.bind(flags)
	f.output.bind(flags)
	flags.StringArrayVar(&f.targets, "target", nil, "look at this `OWNER[/SECRET]` only, such as site:my-site or org:my-agency/API_KEY; may be repeated")
}

// asTarget guesses that words are meant for --target of these flags.
func (f *sessionFlags) asTarget(ctx context.Context) guess {
	file := ""
	if len(f.manifest.files) > 0 {
		file = f.manifest.files[0]
	}
	return asTarget(ctx, f.targets, file)
}

// session is what a command that compares with what is on Pantheon works on.
type session struct {
	*survey.Survey
	client  *pantheon.Client
	sources []checkout.File
}

func openSession(ctx context.Context, std streams, flags *sessionFlags) (_ *session, err error) {
	if err := flags.output.check(); err != nil {
		return nil, err
	}
	if err := flags.api.check(std.env); err != nil {
		return nil, err
	}
	today, err := flags.dates.today()
	if err != nil {
		return nil, err
	}
	manifest, err := loadManifest(ctx, std, flags)
	if err != nil {
		return nil, err
	}
	targets, err := manifestTargets(manifest, flags.targets)
	if err != nil {
		return nil, err
	}
	client, err := connect(std, &flags.api, &flags.output)
	if err != nil {
		return nil, err
	}
	progress := flags.output.progress(std)
	defer func() {
		if crashed := progress.Stop(); crashed != nil {
			err = errors.Join(err, crashed)
		}
	}()
	options := flags.survey(std, client)
	options.Progress, options.Today, options.Targets = progress, today, targets
	found, err := survey.Take(ctx, manifest, options)
	return &session{found, client, sourcesOf(manifest)}, err
}

// survey are the options of a survey that these flags ask for.
func (f *sessionFlags) survey(std streams, client *pantheon.Client) survey.Options {
	return survey.Options{
		Client:  client,
		Git:     gitProgram(),
		Env:     std.env,
		Version: cellaVersion(),
		Strict:  f.manifest.strict,
		Rewrite: f.rewrite,
		Tell: func(file string, problems problem.List) error {
			return checkup.Tell(std.err, file, problems, f.manifest.strict, f.output.quiet)
		},
		StructureOnly: f.structureOnly,
	}
}

// loadManifest reads the manifest with its values and prints what is wrong
// or doubtful.
func loadManifest(ctx context.Context, std streams, flags *sessionFlags) (*schema.Manifest, error) {
	file, err := flags.manifest.file()
	if err != nil {
		return nil, err
	}
	decryption := schema.DecryptRequired
	if flags.structureOnly {
		decryption = schema.DecryptNever
	}
	options, err := flags.manifest.options(std.env, decryption)
	if err != nil {
		return nil, err
	}
	manifest, problems, err := checkup.Load(ctx, gitProgram(), file, options)
	if err != nil {
		return nil, err
	}
	return manifest, checkup.Tell(std.err, file, problems, flags.manifest.strict, flags.output.quiet)
}

// manifestTargets resolves each --target against the manifest's owners.
func manifestTargets(manifest *schema.Manifest, texts []string) (plan.Targets, error) {
	var targets plan.Targets
	var errs []error
	for _, text := range texts {
		owner, name, err := address.Owners(manifest.Owners()).Target(text)
		targets, errs = append(targets, plan.Target{Owner: owner, Secret: name}), append(errs, err)
	}
	return targets, bothErrors(errs)
}

// sourcesOf are the manifest and its value files.
func sourcesOf(manifest *schema.Manifest) []checkout.File {
	sources := []checkout.File{{Path: manifest.File, SHA256: manifest.SHA256}}
	for _, file := range manifest.Files {
		sources = append(sources, checkout.File{Path: filepath.FromSlash(file.Name), SHA256: file.SHA256})
	}
	return sources
}

// warnUncommitted tells of what is not committed, and reports whether anything
// is.
func (s *session) warnUncommitted(ctx context.Context, out io.Writer) bool {
	found := checkout.Uncommitted(ctx, gitProgram(), s.sources)
	for _, line := range found {
		writeLine(out, "cella: warning: %s", line)
	}
	if len(found) > 0 {
		writeLine(out, "cella: note: the next apply from git, such as that of a pipeline, undoes what this one writes; commit and merge first")
	}
	return len(found) > 0
}
