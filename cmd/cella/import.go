package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/schema/edit"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/schema/sopsfile"
	"github.com/cella-secrets/cella/secret"
	"github.com/cella-secrets/cella/secret/address"
)

func importCommand() command {
	return command{
		name:    "import",
		summary: "take over what is live, or what a .env file holds, into the manifest",
		about: "Reads the secrets of sites and organizations into the manifest. Values that come back are encrypted at once; of those\n" +
			"that Pantheon hides the entry says external: true, which is checked and never written. So the next plan changes nothing.\n" +
			"With --env-file it reads a .env file instead, as secrets of one --site or --org, and asks no network. Values are taken\n" +
			"literally: nothing is expanded.\n" +
			"Entries that the manifest has stay as they are, and those that differ are listed; --replace gives them the new values.\n" +
			"If an owner cannot be read, nothing is written.",
		examples: []string{
			"cella import --site my-site --site my-other-site",
			"cella import --org my-agency --all-sites --dry-run",
			"cella import --env-file .env --site my-site",
			"cella import --env-file .env.live --site my-site --env live --replace",
		},
		bind: func(flags *pflag.FlagSet) action {
			var f importFlags
			f.bind(flags)
			return func(ctx context.Context, std streams, args []string) error {
				if err := noArguments(args); err != nil {
					return err
				}
				ctx, stop := interruptible(ctx)
				defer stop()
				return runImport(ctx, std, &f)
			}
		},
	}
}

type importFlags struct {
	file, keySources string
	sites, orgs      []string
	allSites         bool
	envFile, env     string
	kind             string
	scopes           []string
	replace, dryRun  bool
	session          sessionFlags // of it api and output
}

func (f *importFlags) bind(flags *pflag.FlagSet) {
	list := func(to *[]string, name, usage string) {
		flags.StringSliceVar(to, name, nil, usage)
	}
	list(&f.sites, "site", "the `NAME` of a site; may be given several times")
	list(&f.orgs, "org", "the machine `NAME` (or UUID) of an organization; may be given several times")
	flags.BoolVar(&f.allSites, "all-sites", false, "all sites of the organizations too")
	flags.StringVar(&f.envFile, "env-file", "", "read the .env `FILE` (- is stdin) for one site or organization")
	flags.StringVar(&f.env, "env", "", "make what the .env file holds overrides for the environment `ENV`")
	flags.StringVar(&f.kind, "type", "", "`TYPE` of new secrets of the .env file: runtime, env or composer (default that of the manifest's defaults)")
	list(&f.scopes, "scope", "a `SCOPE` of new secrets of the .env file: web, ic or user; may be given several times (default those of the manifest's defaults)")
	flags.BoolVar(&f.replace, "replace", false, "give entries that differ the new values")
	flags.BoolVar(&f.dryRun, "dry-run", false, "only say what would be written")
	flags.StringVarP(&f.file, "file", "f", problem.UsualFile, "the manifest `FILE`")
	flags.StringVar(&f.keySources, "key-sources", sopsfile.DefaultKeySources().String(), keySourcesUsage)
	f.session.api.bind(flags)
	flags.BoolVarP(&f.session.output.quiet, "quiet", "q", false, "no progress on stderr")
}

// check refuses flags that cannot be meant together.
func (f *importFlags) check() error {
	wrong := func(what, next string) error { return hint.New(errors.New(what), next) }
	owners := len(f.sites) + len(f.orgs)
	switch {
	case f.allSites && len(f.orgs) == 0:
		return wrong("--all-sites says of no organization whose sites are meant", "add --org NAME")
	case f.envFile == "" && owners == 0:
		return wrong("nothing says what to import", "name a site (--site NAME), an organization (--org NAME, with its sites: --all-sites), or a file (--env-file .env --site NAME)")
	case f.envFile == "" && (f.env != "" || f.kind != "" || len(f.scopes) > 0):
		return wrong("--env, --type and --scope belong to --env-file", "leave them away: what is live has its own")
	case f.envFile != "" && (owners != 1 || f.allSites):
		return wrong("a .env file becomes secrets of one site or one organization", "name one: --site NAME or --org NAME")
	case f.env != "" && (f.kind != "" || len(f.scopes) > 0):
		return wrong("an override has the type and the scopes of its secret", "leave --type and --scope away")
	}
	for _, name := range append(append([]string{}, f.sites...), f.orgs...) {
		if name == "" {
			return wrong("a name is empty", "write --site NAME or --org NAME")
		}
		for prefix, flag := range map[string]string{"site:": "--site", "org:": "--org"} {
			if bare, ok := strings.CutPrefix(name, prefix); ok {
				return wrong(words.Quote(name)+": here the flag says which kind of owner it is", fmt.Sprintf("write %s %s", flag, words.Argument(bare)))
			}
		}
	}
	if f.envFile != "" {
		return nil // fileImport knows better what a name may mean
	}
	var errs []error
	for _, name := range f.sites {
		errs = append(errs, address.Check(secret.Owner{Kind: secret.Site, Name: name}))
	}
	for _, name := range f.orgs {
		errs = append(errs, address.Check(secret.Owner{Kind: secret.Organization, Name: name}))
	}
	return bothErrors(errs)
}

func runImport(ctx context.Context, std streams, flags *importFlags) error {
	keys, err := openKeyring(flags.keySources)
	if err != nil {
		return err
	}
	if err := flags.check(); err != nil {
		return err
	}
	if flags.envFile == "" {
		if err := flags.session.api.check(std.env); err != nil {
			return err
		}
	}
	draft, err := openDraft(ctx, std.err, flags.file, keys)
	if err != nil {
		return err
	}
	result := &imported{file: flags.file, dryRun: flags.dryRun, fromFile: flags.envFile != ""}
	if flags.envFile != "" {
		err = importFile(ctx, std, flags, draft, result)
	} else {
		err = importLive(ctx, std, flags, draft, result)
	}
	if err != nil {
		return err
	}
	result.changed = draft.Changed()
	if result.home, err = draft.KeepRecordNoted(); err != nil {
		return err
	}
	if flags.dryRun {
		_, err = draftText(std.err, draft) // whatever would be refused is
	} else {
		err = saveDraft(ctx, std.err, draft)
	}
	if err != nil {
		return err
	}
	result.write(std.out)
	return nil
}

// trimmed is an entry without what the manifest's defaults say already.
func trimmed(draft *edit.File, s secret.DesiredSecret) secret.DesiredSecret {
	kind, scopes := draft.Defaults()
	if s.Type == kind {
		s.Type = ""
	}
	if s.Scopes.Equal(scopes) {
		s.Scopes = nil
	}
	return s
}
