package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/plan/effective"
	"github.com/cella-secrets/cella/secret"
)

// parseSiteEnv reads SITE[.ENV] against the manifest's owners; env is empty
// where none is given. ENV is what follows the last dot.
func parseSiteEnv(text string, owners []secret.Owner) (site secret.Owner, env secret.Env, err error) {
	if strings.HasPrefix(text, "org:") {
		return secret.Owner{}, "", hint.New(fmt.Errorf("%s is an organization", words.Quote(text)),
			"name a site: what an organization's secrets come to shows there")
	}
	name := strings.TrimPrefix(text, "site:")
	var sites []string
	for _, owner := range owners {
		if owner.Kind == secret.Site {
			if owner.Name == name {
				return owner, "", nil
			}
			sites = append(sites, owner.Name)
		}
	}
	if dot := strings.LastIndexByte(name, '.'); dot >= 0 {
		name, env = name[:dot], secret.Env(name[dot+1:])
	}
	i := slices.IndexFunc(owners, func(o secret.Owner) bool { return o.Kind == secret.Site && o.Name == name })
	if i < 0 {
		next := "the manifest has to name the site, if only with: secrets: {}"
		if near, ok := words.Closest(name, sites); ok {
			next = fmt.Sprintf("did you mean %s?", words.Quote(near))
		}
		return secret.Owner{}, "", hint.New(fmt.Errorf("the manifest has no site %s", words.Quote(name)), next)
	}
	if err := env.Validate(); err != nil {
		return secret.Owner{}, "", hint.New(fmt.Errorf("%s: %w", words.Quote(text), err), "write SITE.ENV, such as my-site.live")
	}
	return owners[i], env, nil
}

// noOrganization is what --org says of a site that no organization of the
// manifest owns.
const noOrganization = "none"

// manifestOrganization finds the organization that owns the site without
// asking Pantheon: the one that flag names, or else the only one that the
// manifest has. It is nil where there is none. from is the report's word for
// who says so.
func manifestOrganization(flag string, site secret.Owner, owners []secret.Owner) (organization *secret.Owner, from string, err error) {
	var names []string
	var found []secret.Owner
	for _, owner := range owners {
		if owner.Kind == secret.Organization {
			found, names = append(found, owner), append(names, owner.Name)
		}
	}
	switch {
	case flag == noOrganization:
		return nil, "flag", nil
	case flag != "":
		name := strings.TrimPrefix(flag, "org:")
		if i := slices.Index(names, name); i >= 0 {
			return &found[i], "flag", nil
		}
		next := "write --org none where no organization of the manifest owns the site"
		if near, ok := words.Closest(name, names); ok {
			next = fmt.Sprintf("did you mean %s?", words.Quote(near))
		}
		return nil, "", hint.New(fmt.Errorf("--org: the manifest has no organization %s", words.Quote(name)), next)
	case len(found) == 0:
		return nil, "none", nil
	case len(found) == 1:
		return &found[0], "manifest", nil
	}
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = words.Quote(name)
	}
	return nil, "", hint.New(fmt.Errorf("the manifest does not say which organization owns %s", site),
		fmt.Sprintf("add --org NAME, where NAME is %s; or --org none", strings.Join(quoted, " or ")))
}

// offlineInput is what the manifest alone says of a site.
func offlineInput(desired []secret.Desired, site secret.Owner, organization *secret.Owner) effective.Input {
	in := effective.Input{Site: effective.Side{Owner: site, Desired: desiredOf(desired, site)}}
	if organization != nil {
		in.Organization = &effective.Side{Owner: *organization, Desired: desiredOf(desired, *organization)}
	}
	return in
}

// desiredOf is an owner's part of desired, matched by kind and name.
func desiredOf(desired []secret.Desired, owner secret.Owner) secret.Desired {
	i := slices.IndexFunc(desired, func(d secret.Desired) bool { return d.Owner.Same(owner) })
	if i < 0 {
		return secret.Desired{Owner: owner}
	}
	return desired[i]
}

// knownEnvironments are dev, test and live, then the multidevs that overrides
// name, sorted.
func knownEnvironments(in effective.Input) []secret.Env {
	var named []secret.Env
	add := func(side *effective.Side) {
		if side == nil {
			return
		}
		for _, declared := range side.Desired.Secrets {
			for _, override := range declared.Overrides {
				named = append(named, override.Env)
			}
		}
		if side.Live == nil {
			return
		}
		for _, live := range side.Live.Secrets {
			for _, override := range live.Overrides {
				named = append(named, override.Env)
			}
		}
	}
	add(&in.Site)
	add(in.Organization)
	slices.Sort(named)
	always := []secret.Env{"dev", "test", "live"}
	return append(always, slices.DeleteFunc(slices.Compact(named), func(env secret.Env) bool { return slices.Contains(always, env) })...)
}

// ownershipNotes say that the owner of the site was assumed, and what is not
// known of an owner that the project leaves. Its messages end in what to do.
func ownershipNotes(in effective.Input, from string) []effective.Note {
	var notes []effective.Note
	if from == "manifest" {
		notes = append(notes, effective.Note{Code: "organization-assumed", Message: fmt.Sprintf(
			"%s is taken to own the site, because the manifest names no other organization; --org none says otherwise", in.Organization.Owner)})
	}
	for _, side := range []*effective.Side{&in.Site, in.Organization} {
		if side != nil && side.Desired.Retire != "" && side.Live == nil {
			notes = append(notes, effective.Note{Code: "owner-retired", Message: fmt.Sprintf(
				"the manifest leaves %s: what stays live there, it does not say", side.Owner)})
		}
	}
	return notes
}

// environmentNote says that nothing names env, which may be a typing error:
// the name of a multidev is all that is known of it. The second result is
// false where there is nothing to say.
func environmentNote(env secret.Env, known []secret.Env) (effective.Note, bool) {
	if env == "" || slices.Contains(known, env) {
		return effective.Note{}, false
	}
	message := fmt.Sprintf("no override names %s; it is taken for a multidev, which gets the default values", words.Quote(string(env)))
	texts := make([]string, len(known))
	for i, one := range known {
		texts[i] = string(one)
	}
	if near, ok := words.Closest(string(env), texts); ok {
		message += fmt.Sprintf("; did you mean %s?", words.Quote(near))
	}
	return effective.Note{Code: "unknown-environment", Message: message}, true
}

// oneArgument returns the one word that a command takes.
func oneArgument(args []string, what, example string) (string, error) {
	switch {
	case len(args) == 0:
		return "", hint.New(errors.New(what+" is missing"), "for example: "+example)
	case len(args) == 2 && secret.Env(args[1]).Validate() == nil && !strings.Contains(args[0], "."):
		return "", hint.New(fmt.Errorf("unexpected argument %s", words.Quote(args[1])),
			fmt.Sprintf("did you mean %s?", words.Quote(args[0]+"."+args[1])))
	case len(args) > 1:
		return "", noArguments(args[1:])
	}
	return args[0], nil
}
