package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/pflag"

	"github.com/cella-secrets/cella/internal/completion"
	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/survey"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/pantheon"
	"github.com/cella-secrets/cella/plan/effective"
	"github.com/cella-secrets/cella/plan/view"
	"github.com/cella-secrets/cella/schema"
	"github.com/cella-secrets/cella/schema/sopsfile/keyring"
	"github.com/cella-secrets/cella/secret/address"
	"github.com/cella-secrets/cella/secret/reader"
)

// explainFlags are the flags of cella explain.
type explainFlags struct {
	session   sessionFlags
	offline   bool
	org       string
	framework string
	format    string
}

func explainCommand() command {
	return command{
		name:     "explain",
		argument: "SITE[.ENV]",
		takes:    []completion.Place{{Kind: completion.SiteMaybeEnv}},
		summary:  "show which value of each secret a site gets, and who reads it",
		about: "Shows for each secret which layer wins once the manifest is applied (the organization's default or override, the site's\n" +
			"default or override), what it shadows, who reads it, and how the value on Pantheon compares. Without ENV it is a table of all\n" +
			"environments. It shows no values and changes nothing.\n" +
			"With --offline it uses the manifest alone, and needs neither token nor key.",
		examples: []string{
			"cella explain my-site",
			"cella explain my-site.live",
			"cella explain my-site --offline --org my-agency",
			"cella explain my-site.live --format json",
		},
		bind: func(flags *pflag.FlagSet) action {
			var f explainFlags
			f.session.manifest.bind(flags, keyring.DefaultSources().String())
			f.session.manifest.bindStrict(flags)
			f.session.api.bind(flags)
			flags.BoolVarP(&f.session.output.quiet, "quiet", "q", false, "no progress and no warnings on stderr")
			flags.BoolVar(&f.offline, "offline", false, "use the manifest alone: no network, no token, no key")
			flags.StringVar(&f.org, "org", "", "with --offline: the `NAME` of the site's organization, or none (default the manifest's only one)")
			flags.StringVar(&f.framework, "framework", "", "with --offline: what runs the site, a `WORD` such as wordpress, drupal8 or nodejs")
			flags.StringVar(&f.format, "format", "text", "`FORMAT` of the answer: text or json")
			return func(ctx context.Context, std streams, args []string) error {
				ctx, stop := interruptible(ctx)
				defer stop()
				site, err := oneArgument(args, "SITE[.ENV]", "cella explain my-site.live", asEnvironment)
				if err != nil {
					return err
				}
				return runExplain(ctx, std, &f, site)
			}
		},
	}
}

func runExplain(ctx context.Context, std streams, flags *explainFlags, argument string) error {
	if err := flags.check(); err != nil {
		return err
	}
	var report effective.Report
	var now time.Time
	var err error
	if flags.offline {
		report, err = explainOffline(ctx, std, flags, argument)
	} else {
		report, now, err = explainOnline(ctx, std, flags, argument)
	}
	if err != nil {
		return err
	}
	if flags.format == "json" {
		err = view.Document(std.out, report)
	} else {
		err = report.Text(std.out, now)
	}
	if err != nil {
		return fmt.Errorf("write answer: %w", err)
	}
	return nil
}

func (f *explainFlags) check() error {
	switch {
	case !slices.Contains([]string{"text", "json"}, f.format):
		return hint.New(fmt.Errorf("--format %s is not known", words.Quote(f.format)), "use text or json")
	case !f.offline && f.org != "":
		return hint.New(errors.New("--org is for --offline: without it, Pantheon says which organization the site belongs to"), "add --offline, or omit --org")
	case !f.offline && f.framework != "":
		return hint.New(errors.New("--framework is for --offline: without it, Pantheon says what runs the site"), "add --offline, or omit --framework")
	}
	return checkFramework(f.framework)
}

// explainOffline goes by the manifest alone.
func explainOffline(ctx context.Context, std streams, flags *explainFlags, argument string) (effective.Report, error) {
	manifest, desired, err := flags.session.manifest.offline(ctx, std, schema.DecryptNever, flags.session.output.quiet)
	if err != nil {
		return effective.Report{}, err
	}
	site, env, err := address.Owners(manifest.Owners()).SiteEnv(argument)
	if err != nil {
		return effective.Report{}, err
	}
	organization, from, err := address.Owners(manifest.Owners()).OrganizationOf(site, flags.org)
	if err != nil {
		return effective.Report{}, err
	}
	in := effective.Offline(desired, site, organization)
	in.Framework = reader.Framework(flags.framework)
	return effective.Resolve(in, from, env)
}

// explainOnline compares the site, and the organization that owns it, with
// their live state as plan does.
func explainOnline(ctx context.Context, std streams, flags *explainFlags, argument string) (effective.Report, time.Time, error) {
	if err := flags.session.api.check(std.env); err != nil {
		return effective.Report{}, time.Time{}, err
	}
	manifest, err := loadManifest(ctx, std, &flags.session)
	if err != nil {
		return effective.Report{}, time.Time{}, offlineHint(err)
	}
	site, env, err := address.Owners(manifest.Owners()).SiteEnv(argument)
	if err != nil {
		return effective.Report{}, time.Time{}, err
	}
	client, err := connect(std, &flags.session.api, &flags.session.output)
	if err != nil {
		return effective.Report{}, time.Time{}, offlineHint(err)
	}
	report, err := survey.Explain(ctx, manifest, site, env, flags.session.survey(std, client))
	return report, client.Now(), offlineHint(err)
}

// offlineHint adds the way that needs neither key nor token nor network.
func offlineHint(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	if hint.ClassOf(err) != hint.Credentials && !errors.Is(err, pantheon.ErrUnavailable) {
		return err
	}
	return hint.With(err, "add --offline to use the manifest alone")
}
