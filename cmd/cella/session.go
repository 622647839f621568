package main

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"time"

	"cloud.google.com/go/civil"
	"github.com/spf13/pflag"

	"github.com/cella-secrets/cella/internal/checkout"
	"github.com/cella-secrets/cella/internal/checkup"
	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/terminal"
	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/pantheon"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/decision"
	"github.com/cella-secrets/cella/plan/record"
	"github.com/cella-secrets/cella/plan/sentence"
	"github.com/cella-secrets/cella/schema"
	"github.com/cella-secrets/cella/schema/sopsfile"
	"github.com/cella-secrets/cella/secret"
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
	f.manifest.bind(flags, sopsfile.DefaultKeySources().String())
	f.api.bind(flags)
	f.output.bind(flags)
	flags.StringArrayVar(&f.targets, "target", nil, "look at this `OWNER[/SECRET]` only, such as site:my-site or org:my-agency/API_KEY; may be repeated")
}

// session is what a command that compares with live state works on: load,
// look up, read side by side, diff.
type session struct {
	client   *pantheon.Client
	today    civil.Date
	desired  []secret.Desired
	keys     ledger.Keys
	holdings []ledger.Ledgers
	live     []secret.Live
	record   record.Found
	// manifestFile is the manifest's, as it was given.
	manifestFile string
	plan         plan.Plan
	// now is the time by Pantheon's clock, after everything was read.
	now     time.Time
	sources []checkout.File
	// unread holds why owners could not be read, one error each.
	unread   []unreadOwner
	progress *terminal.Progress
}

// unreadOwner is an owner that could not be looked up or listed.
type unreadOwner struct {
	owner secret.Owner
	err   error
}

// missed takes note of an owner that could not be read.
func (s *session) missed(owner secret.Owner, err error) {
	s.unread = append(s.unread, unreadOwner{owner, err})
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
	client, err := connect(std, flags)
	if err != nil {
		return nil, err
	}
	s := &session{client: client, today: today, sources: sourcesOf(manifest), progress: flags.output.progress(std)}
	defer func() {
		if crashed := s.progress.Stop(); crashed != nil {
			err = errors.Join(err, crashed)
		}
	}()
	err = s.read(ctx, std, flags, manifest, targets)
	return s, withTokenDate(err, manifest.Policy.TokenExpires, today)
}

// withTokenDate says of a refused token that it has expired, where the manifest
// says so: the plan that would warn of it is never reached.
func withTokenDate(err error, expires, today civil.Date) error {
	failed, _ := errors.AsType[*pantheon.Error](err)
	warning, due := plan.TokenWarning(expires, today)
	if failed == nil || failed.Reason != pantheon.TokenRefused || !due || warning.Code != plan.CodeTokenExpired {
		return err
	}
	message, _ := sentence.Date(warning)
	return hint.Credentials.New(err, append([]string{message + ", says policy.token_expires"}, failed.Hint().Next...)...)
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

// read looks up, lists and compares every owner that targets cover.
func (s *session) read(ctx context.Context, std streams, flags *sessionFlags, manifest *schema.Manifest, targets plan.Targets) error {
	ids, err := s.resolve(ctx, manifest, targets)
	if err != nil {
		return err
	}
	desired, problems := manifest.Compile(ids)
	if err := checkup.Tell(std.err, manifest.File, problems, flags.manifest.strict, flags.output.quiet); err != nil {
		return err
	}
	live, err := s.list(ctx, desired, targets)
	if err != nil {
		return err
	}
	if live, err = s.remember(ctx, manifest, live); err != nil {
		return err
	}
	recall, err := s.recalled(ctx, std.env, manifest, desired, targets, live)
	if err != nil {
		return err
	}
	s.record, s.manifestFile = recall.record, manifest.File
	live = append(live, recall.live...)
	inputs, err := inputDigests(manifest, s.keys)
	if err != nil {
		return err
	}
	input := decision.Input{
		CellaVersion: cellaVersion(),
		Project:      manifest.Project,
		Inputs:       inputs,
		Desired:      desired,
		Live:         live,
		Ledgers:      s.holdings,
		Record:       s.record,
		Failed:       recall.failed,
		Keys:         s.keys,
		Policy: decision.Policy{
			Unmanaged: manifest.Policy.Unmanaged,
			Projects:  manifest.Policy.Projects,
			Strict:    flags.manifest.strict,

			MaxDeletePercent: manifest.Policy.MaxDeletePercent,
			TokenExpires:     manifest.Policy.TokenExpires,
		},
		Targets:       targets,
		Rewrite:       flags.rewrite,
		StructureOnly: flags.structureOnly,
		Today:         s.today,
	}
	for _, unread := range s.unread {
		input.Failed = append(input.Failed, failedRead(unread.owner, unread.err))
	}
	s.letGo(desired)
	s.desired, s.live, s.plan, s.now = desired, live, decision.Diff(input), s.client.Now()
	return nil
}

// letGo takes what is to be abandoned out of the errors that end a command:
// that it cannot be read is what the plan goes by.
func (s *session) letGo(desired []secret.Desired) {
	s.unread = slices.DeleteFunc(s.unread, func(u unreadOwner) bool {
		return secret.DesiredOf(desired, u.owner).Retire == secret.RetireAbandon && (errors.Is(u.err, pantheon.ErrForbidden) || errors.Is(u.err, pantheon.ErrNotFound))
	})
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
