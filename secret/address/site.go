package address

import (
	"fmt"
	"strings"

	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/secret"
)

// SiteEnv reads SITE[.ENV]; env is empty where none is given. ENV is what follows
// the last dot, unless the manifest has a site of the whole name.
func (o Owners) SiteEnv(text string) (site secret.Owner, env secret.Env, err error) {
	if owner, ok := secret.ParseOwner(text); ok && owner.Kind == secret.Organization {
		return secret.Owner{}, "", o.isOrganization(text)
	}
	name := text
	if owner, ok := secret.ParseOwner(text); ok {
		name = owner.Name
	}
	if err := slashed(text); err != nil {
		return secret.Owner{}, "", err
	}
	if site, found := o.find(secret.Site, name); found {
		return site, "", nil
	}
	if dot := strings.LastIndexByte(name, '.'); dot >= 0 {
		name, env = name[:dot], secret.Env(name[dot+1:])
	}
	site, found := o.find(secret.Site, name)
	if _, organization := o.find(secret.Organization, name); !found && organization {
		return secret.Owner{}, "", o.isOrganization(name)
	}
	if !found {
		named := "add it to the manifest: cella import site " + words.Argument(name) + "; or name it there, if only with: secrets: {}"
		next := []string{meant(name, o.sites(), named)}
		if listed := has(o.sites(), ""); next[0] == named && listed != "" {
			next = []string{listed, named}
		}
		return secret.Owner{}, "", hint.New(fmt.Errorf("the manifest has no site %s", words.Quote(name)), next...)
	}
	if err := env.Validate(); err != nil {
		return secret.Owner{}, "", hint.New(fmt.Errorf("%s: %w", words.Quote(text), err), "write SITE.ENV, such as my-site.live")
	}
	return site, env, nil
}

// slashed refuses SITE[.ENV]/WORD: what is behind the slash is an environment that
// belongs behind a dot, or else a secret, and none can be named.
func slashed(text string) error {
	site, behind, cut := strings.Cut(text, "/")
	if !cut {
		return nil
	}
	next := fmt.Sprintf("did you mean %s alone, with all of its secrets?", words.Argument(site))
	if env := secret.Env(behind); env.Validate() == nil && env != "" && !strings.Contains(site, ".") {
		next = fmt.Sprintf("did you mean %s?", words.Argument(site+"."+behind))
	}
	return hint.New(fmt.Errorf("there is a slash in %s", words.Quote(text)), next)
}

func (o Owners) isOrganization(text string) error {
	next := "name a site: it shows what the secrets of its organization come to"
	if sites := o.sites(); len(sites) > 0 {
		next = fmt.Sprintf("name a site, such as %s: it shows what the secrets of its organization come to", words.Quote(sites[0]))
	}
	return hint.New(fmt.Errorf("%s is an organization", words.Quote(text)), next)
}

// NoOrganization is what --org says of a site that no organization of the
// manifest owns.
const NoOrganization = "none"

// OrganizationOf finds the organization that owns the site without asking
// Pantheon: the one that --org names, or else the only one that there is. It is
// nil where there is none.
func (o Owners) OrganizationOf(site secret.Owner, flag string) (*secret.Owner, secret.OwnedBy, error) {
	names := o.names(secret.Organization)
	switch {
	case flag == NoOrganization:
		return nil, secret.ByFlag, nil
	case flag != "":
		name := strings.TrimPrefix(flag, "org:")
		if found, ok := o.find(secret.Organization, name); ok {
			return &found, secret.ByFlag, nil
		}
		next := []string{"write --org none if the site belongs to no organization of the manifest"}
		if near := meant(name, names, has(names, "")); near != "" {
			next = append([]string{near}, next...)
		}
		return nil, "", hint.New(fmt.Errorf("--org: the manifest has no organization %s", words.Quote(name)), next...)
	case len(names) == 0:
		return nil, secret.ByNobody, nil
	case len(names) == 1:
		found, _ := o.find(secret.Organization, names[0])
		return &found, secret.ByManifest, nil
	}
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = words.Quote(name)
	}
	return nil, "", hint.New(fmt.Errorf("the manifest does not say which organization %s belongs to", site),
		fmt.Sprintf("add --org NAME, where NAME is %s; or --org none", strings.Join(quoted, " or ")))
}
