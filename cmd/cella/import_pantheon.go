package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/pflag"

	"github.com/cella-secrets/cella/internal/completion"
	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/importing"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/secret"
	"github.com/cella-secrets/cella/secret/address"
)

func importSiteCommand() command {
	return command{
		name:     "import site",
		argument: "NAME…",
		takes:    []completion.Place{{Kind: completion.Site}},
		summary:  "add the secrets that sites have on Pantheon to the manifest",
		about:    "NAME is the name of a site; there may be several. " + aboutImport,
		examples: []string{"cella import site my-site my-other-site", "cella import site my-site --dry-run"},
		bind: func(flags *pflag.FlagSet) action {
			var f importPantheonFlags
			f.bind(flags)
			return func(ctx context.Context, std streams, args []string) error {
				names, err := importNames(args, secret.Site)
				if err != nil {
					return err
				}
				return f.run(ctx, std, importing.Source{Sites: names})
			}
		},
	}
}

func importOrganizationCommand() command {
	return command{
		name:     "import org",
		argument: "NAME…",
		takes:    []completion.Place{{Kind: completion.Organization}},
		summary:  "add the secrets that organizations have on Pantheon to the manifest",
		about:    "NAME is the machine name of an organization, or its UUID; there may be several. With --all-sites their sites come too.\n" + aboutImport,
		examples: []string{"cella import org my-agency", "cella import org my-agency --all-sites --dry-run"},
		bind: func(flags *pflag.FlagSet) action {
			var f importPantheonFlags
			var allSites bool
			flags.BoolVar(&allSites, "all-sites", false, "import all sites of the organizations too")
			f.bind(flags)
			return func(ctx context.Context, std streams, args []string) error {
				names, err := importNames(args, secret.Organization)
				if err != nil {
					return err
				}
				return f.run(ctx, std, importing.Source{Organizations: names, AllSites: allSites})
			}
		},
	}
}

// importPantheonFlags are those of the imports that ask Pantheon.
type importPantheonFlags struct {
	importFlags
	api apiFlags
}

func (f *importPantheonFlags) bind(flags *pflag.FlagSet) {
	f.importFlags.bind(flags)
	f.api.bind(flags)
}

func (f *importPantheonFlags) run(ctx context.Context, std streams, source importing.Source) error {
	if err := f.api.check(std.env); err != nil {
		return err
	}
	ctx, stop := interruptible(ctx)
	defer stop()
	draft, err := openToEdit(ctx, std.err, f.file, f.keySources, true)
	if err != nil {
		return err
	}
	client, err := connect(std, &f.api, &outputFlags{quiet: f.quiet})
	if err != nil {
		return err
	}
	report, err := importing.FromPantheon(ctx, client, source, draft, f.replace)
	if err != nil {
		return err
	}
	return f.finish(ctx, std, draft, report)
}

// importNames checks the names of owners of one kind, each of which may have its
// kind in front.
func importNames(args []string, kind secret.OwnerKind) ([]string, error) {
	verb, other, a := "cella import site", "cella import org", "a site"
	if kind == secret.Organization {
		verb, other, a = other, verb, "an organization"
	}
	if len(args) == 0 {
		return nil, hint.New(errors.New("the name of what to import is missing"), "add it, as in: "+verb+" NAME", "to import a file: cella import file FILE --to site:NAME")
	}
	var names []string
	var errs []error
	for _, word := range args {
		owner, prefixed := secret.ParseOwner(word)
		if !prefixed {
			owner = secret.Owner{Kind: kind, Name: word}
		}
		if owner.Kind != kind {
			errs = append(errs, hint.New(fmt.Errorf("%s is not %s", words.Quote(word), a), other+" "+words.Argument(owner.Name)))
			continue
		}
		names, errs = append(names, owner.Name), append(errs, address.Check(owner))
	}
	return names, hint.Join(errs...)
}
