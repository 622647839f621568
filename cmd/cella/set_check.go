package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/secret"
	"github.com/cella-secrets/cella/secret/address"
)

// wanted checks the flags against what the manifest has, before a value is
// asked for. It returns the secret as the flags describe it: where it is new
// and they leave type or scopes out, the manifest's defaults hold.
func (f *setFlags) wanted(d *draftFile, at address.Place, old secret.DesiredSecret, there bool) (secret.DesiredSecret, error) {
	s := secret.DesiredSecret{Name: at.Name, Description: f.description}
	var err error
	if s.Type, s.Scopes, err = attributes(f.kind, f.scopes); err != nil {
		return s, err
	}
	if there {
		return s, f.fits(at, old, s)
	}
	kind, inherited := d.Defaults()
	if s.Type != "" {
		kind = s.Type
	}
	if len(s.Scopes) > 0 {
		inherited = s.Scopes
	}
	return s, f.complete(d, at, kind, inherited)
}

// fits checks a change of an existing secret.
func (f *setFlags) fits(at address.Place, old, s secret.DesiredSecret) error {
	hints := []string{
		"leave the flag away to change the value alone",
		fmt.Sprintf("to replace the secret, change type or scopes in %s and run `cella seal`: `cella plan` then shows the replacement", words.Quote(f.edit.file)),
	}
	switch {
	case s.Type != "" && s.Type != old.Type:
		return hint.New(fmt.Errorf("%s has type %s, and Pantheon cannot change it to %s", at, words.Quote(string(old.Type)), s.Type), hints...)
	case len(s.Scopes) > 0 && !s.Scopes.Equal(old.Scopes):
		return hint.New(fmt.Errorf("%s has the scopes %s, and Pantheon cannot change them to %s", at, old.Scopes, s.Scopes), hints...)
	case at.Env != "" && !old.Value.Known() && old.Source == "":
		return noDefault(at, "has no value in the manifest")
	}
	return nil
}

func noDefault(at address.Place, what string) error {
	whole := at
	whole.Env = ""
	return hint.New(fmt.Errorf("%s %s: Pantheon takes an override only where there is a default value", whole, what),
		fmt.Sprintf("set the default value first: cella set %s", whole.Words()))
}

// complete checks that a new secret can be written.
func (f *setFlags) complete(d *draftFile, at address.Place, kind secret.Type, scopes secret.Scopes) error {
	if strings.Contains(string(at.Name), "=") {
		// It is not repeated: NAME=VALUE may have been meant.
		return hint.New(errors.New("there is an equals sign in the name of a new secret"), address.NeverArgument...)
	}
	if at.Env != "" {
		return noDefault(at, "is not in the manifest")
	}
	var missing []string
	if kind == "" {
		missing = append(missing, "--type (runtime, env or composer)")
	}
	if len(scopes) == 0 {
		missing = append(missing, "--scope (web, ic or user)")
	}
	if len(missing) > 0 {
		return hint.New(fmt.Errorf("%s is new, and the manifest has no defaults for it", at),
			"say what it is: "+strings.Join(missing, " and "), fmt.Sprintf("or write defaults: {type: runtime, scopes: [web]} in %s", words.Quote(d.name)))
	}
	if err := at.Name.Validate(kind); err != nil {
		return hint.New(fmt.Errorf("%s cannot be a secret: %w", at, err), "choose another name")
	}
	if !d.Holds(string(at.Name)) {
		return hint.New(fmt.Errorf("%s: a manifest cannot hold a secret of this name: SOPS has a use of its own for it", at), "choose another name")
	}
	if !at.Known && !d.Holds(at.Owner.Name) {
		return hint.New(fmt.Errorf("%s: a manifest cannot hold an owner of this name: SOPS has a use of its own for it", at.Owner),
			"an organization may be given by its UUID")
	}
	return nil
}

// setNotes are what a person should know of a change; home is what there is to
// say of the record's line.
func setNotes(d *draftFile, at address.Place, old secret.DesiredSecret, home string) []string {
	if !d.Changed() {
		return nil
	}
	var notes []string
	if !at.Known {
		note := fmt.Sprintf("%s is new in the manifest", at.Owner)
		if near, ok := address.Owners(d.Owners()).Near(at.Owner); ok {
			note += fmt.Sprintf(", which also has %s: take it out again if that was meant", near)
		}
		notes = append(notes, note)
	}
	if old.External && at.Env == "" {
		notes = append(notes, fmt.Sprintf("%s was external and is managed now: the next apply overwrites the value that was set elsewhere", at))
	}
	if source := sourceOf(old, at.Env); source != "" {
		notes = append(notes, fmt.Sprintf("its value came from %s, and stands in %s now", words.Quote(string(source)), words.Quote(d.name)))
	}
	if old.Retire != "" {
		notes = append(notes, fmt.Sprintf("%s is about to retire (%s), so its values are not used: take the line out of %s to keep it", at, old.Retire, words.Quote(d.name)))
	}
	if home != "" {
		notes = append(notes, home)
	}
	return append(notes, reviewNote(d.name))
}

// reviewNote says what comes after an edit of the manifest.
func reviewNote(file string) string {
	return fmt.Sprintf("review it with `git diff`, commit %s, and see `cella plan%s`", words.Quote(file), problem.FileFlag(file))
}

// sourceOf is where a value came from that did not stand in the manifest.
func sourceOf(s secret.DesiredSecret, env secret.Env) secret.Source {
	if env == "" {
		return s.Source
	}
	override, _ := s.Override(env)
	return override.Source
}

// became says what happened to the file.
func became(d *draftFile, at address.Place, old, wanted secret.DesiredSecret) string {
	size := words.Count(wanted.Value.Len(), "byte")
	switch {
	case !d.Changed():
		return fmt.Sprintf("%s has this value already, so nothing changed", at)
	case old.Name == "":
		kind, scopes := d.Defaults()
		if wanted.Type != "" {
			kind = wanted.Type
		}
		if len(wanted.Scopes) > 0 {
			scopes = wanted.Scopes
		}
		return fmt.Sprintf("added %s (type %s, scopes %s; %s)", at, kind, scopes, size)
	}
	return fmt.Sprintf("set %s (%s)", at, size)
}
