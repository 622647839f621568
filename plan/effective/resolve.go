package effective

import (
	"fmt"
	"slices"

	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/secret"
)

// Offline is what the manifest alone says of a site: the Input of a Resolve.
func Offline(desired []secret.Desired, site secret.Owner, organization *secret.Owner) Input {
	in := Input{Site: Side{Owner: site, Desired: secret.DesiredOf(desired, site)}}
	if organization != nil {
		in.Organization = &Side{Owner: *organization, Desired: secret.DesiredOf(desired, *organization)}
	}
	return in
}

// maxExplained is how many values are explained at once: secrets times
// environments.
const maxExplained = 200_000

// Resolve explains the input for one environment, or where env is empty for all
// that are known, with notes on what is only assumed. from is who says which
// organization owns the site.
func Resolve(in Input, from secret.OwnedBy, env secret.Env, more ...Note) (Report, error) {
	in, notes := in.Within(env, from)
	notes = append(notes, more...)
	if secrets := in.Names(); secrets*len(in.Environments) > maxExplained {
		return Report{}, hint.New(fmt.Errorf("%s has %s, and overrides name %s: that is too much for one table",
			in.Site.Owner, words.Count(secrets, "secret"), words.Count(len(in.Environments), "environment")),
			"name one environment, as in: cella explain "+words.Argument(in.Site.Owner.Name+".live"))
	}
	report := Explain(in)
	report.OrganizationFrom = from
	report.Notes = append(report.Notes, notes...)
	return report, nil
}

// Within is the input for one environment, or where env is empty for all that
// are known, with notes on what is only assumed.
func (in Input) Within(env secret.Env, from secret.OwnedBy) (Input, []Note) {
	in.Environments = in.environments()
	notes := in.ownershipNotes(from)
	if note, unknown := environmentNote(env, in.Environments); unknown {
		notes = append(notes, note)
	}
	if env != "" {
		in.Environments = []secret.Env{env}
	}
	return in, notes
}

// environments are dev, test and live, then the multidevs that overrides name,
// sorted.
func (in Input) environments() []secret.Env {
	var named []secret.Env
	add := func(side *Side) {
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
func (in Input) ownershipNotes(from secret.OwnedBy) []Note {
	var notes []Note
	if from == secret.ByManifest {
		notes = append(notes, Note{Code: "organization-assumed", Message: fmt.Sprintf(
			"cella assumes that the site belongs to %s, because the manifest names no other organization; if it does not, add --org none", in.Organization.Owner)})
	}
	for _, side := range []*Side{&in.Site, in.Organization} {
		if side != nil && side.Desired.Retire != "" && side.Live == nil {
			notes = append(notes, Note{Code: "owner-retired", Message: fmt.Sprintf(
				"%s leaves the project, so the manifest does not say what stays there on Pantheon", side.Owner)})
		}
	}
	return notes
}

// environmentNote says that nothing names env, which may be a typing error:
// the name of a multidev is all that is known of it. The second result is
// false where there is nothing to say.
func environmentNote(env secret.Env, known []secret.Env) (Note, bool) {
	if env == "" || slices.Contains(known, env) {
		return Note{}, false
	}
	message := fmt.Sprintf("no override names %s; it is taken for a multidev, which gets the default values", words.Quote(string(env)))
	texts := make([]string, len(known))
	for i, one := range known {
		texts[i] = string(one)
	}
	near, ok := words.Closest(string(env), texts)
	if usual, is := secret.UsualEnv(string(env)); is {
		near, ok = string(usual), true
	}
	if ok {
		message += fmt.Sprintf("; did you mean %s?", words.Quote(near))
	}
	return Note{Code: "unknown-environment", Message: message}, true
}
