package edit

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

// Setting is one value on its way into the manifest.
type Setting struct {
	file        *File
	at          address.Place
	old, wanted secret.DesiredSecret
	there       bool
	record      string // what there is to say of the record's line
}

// Set checks that a value can be set at a place, before anybody is asked for it.
// wanted has what is said of it beside the value: where the secret is new and no
// type or scopes are said, the manifest's defaults hold.
func (f *File) Set(at address.Place, wanted secret.DesiredSecret) (*Setting, error) {
	s := &Setting{file: f, at: at, wanted: wanted}
	s.wanted.Name = at.Name
	s.old, s.there = f.Entry(at.Owner, at.Name)
	if s.there {
		return s, s.fits()
	}
	return s, s.complete()
}

// To sets the value. The file is not written yet.
func (s *Setting) To(value secret.Value) error {
	s.wanted.Value = value
	var err error
	switch {
	case !s.there:
		err = s.file.Insert(s.at.Owner, s.wanted)
	default:
		err = s.file.SetValue(s.at.Owner, s.at.Name, s.at.Env, value)
		if err == nil && s.wanted.Description != "" {
			err = s.file.Describe(s.at.Owner, s.at.Name, s.wanted.Description)
		}
	}
	if err != nil {
		return err
	}
	s.record, err = s.file.KeepRecordNoted()
	return err
}

// fits checks a change of an existing secret.
func (s *Setting) fits() error {
	at, old, wanted := s.at, s.old, s.wanted
	seal := ""
	if !s.file.Meta.MACOnlyEncrypted {
		seal = " and run `" + problem.SealCommand(s.file.Name) + "`"
	}
	hints := []string{
		"omit the flag to change only the value",
		fmt.Sprintf("to replace the secret, change type or scopes in %s%s: `cella plan%s` then shows the replacement",
			words.Quote(s.file.Name), seal, problem.FileFlag(s.file.Name)),
	}
	switch {
	case wanted.Type != "" && wanted.Type != old.Type:
		return hint.New(fmt.Errorf("%s has type %s, and Pantheon cannot change it to %s", at, words.Quote(string(old.Type)), wanted.Type), hints...)
	case len(wanted.Scopes) > 0 && !wanted.Scopes.Equal(old.Scopes):
		return hint.New(fmt.Errorf("%s has the scopes %s, and Pantheon cannot change them to %s", at, old.Scopes, wanted.Scopes), hints...)
	case at.Env != "" && !old.Value.Known() && old.Source == "":
		return s.noDefault("has no value in the manifest")
	}
	return nil
}

func (s *Setting) noDefault(what string) error {
	whole := s.at.Whole()
	var next []string
	if near := s.file.like(s.at); !s.there && near != "" {
		next = append(next, near)
	}
	next = append(next, fmt.Sprintf("set the default value first: cella set %s%s", whole.Words(), problem.FileFlag(s.file.Name)))
	return hint.New(fmt.Errorf("%s %s: Pantheon takes an override only where there is a default value", whole, what), next...)
}

// complete checks that a new secret can be written.
func (s *Setting) complete() error {
	at, d := s.at, s.file
	kind, scopes := s.attributes()
	if strings.Contains(string(at.Name), "=") {
		// It is not repeated: NAME=VALUE may have been meant.
		return hint.New(errors.New("there is an equals sign in the name of a new secret"), address.NeverArgument...)
	}
	if at.Env != "" {
		return s.noDefault("is not in the manifest")
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
			"say what it is: "+strings.Join(missing, " and "), fmt.Sprintf("or write defaults: {type: runtime, scopes: [web]} in %s", words.Quote(d.Name)))
	}
	if err := at.Name.Validate(kind); err != nil {
		return hint.New(fmt.Errorf("%s cannot be a secret: %w", at, err), "choose another name")
	}
	if !d.Holds(string(at.Name)) {
		return hint.New(fmt.Errorf("%s: a manifest cannot hold a secret of this name: SOPS uses it itself", at), "choose another name")
	}
	return d.CheckOwner(at.Owner)
}

// Notes are what a person should know of the change.
func (s *Setting) Notes() []string {
	at, d, old := s.at, s.file, s.old
	if !d.Changed() {
		return nil
	}
	var notes []string
	if !at.Known {
		note := NewOwnerNote(at.Owner, d.Name)
		if near, ok := d.addresses().Near(at.Owner); ok {
			note = fmt.Sprintf("%s is new in the manifest, which also has %s: remove the new one again if you meant that", at.Owner, near)
		}
		notes = append(notes, note)
	}
	if old.External {
		notes = append(notes, fmt.Sprintf("%s was external and is managed now: the next apply overwrites the value that was set elsewhere", at))
	}
	if source := sourceOf(old, at.Env); source != "" {
		notes = append(notes, fmt.Sprintf("its value came from %s, and is in %s now", words.Quote(string(source)), words.Quote(d.Name)))
	}
	if old.Retire != "" {
		notes = append(notes, fmt.Sprintf("%s is about to retire (%s), so its values are not used; "+
			"to keep it, remove that line from %s", at, old.Retire, words.Quote(d.Name)))
	}
	if s.record != "" {
		notes = append(notes, s.record)
	}
	return notes
}

// NewOwnerNote says of an owner that an edit brought into the manifest that nobody
// looked for it.
func NewOwnerNote(owner secret.Owner, file string) string {
	return fmt.Sprintf("%s is new in the manifest: Pantheon was not asked whether it is there, or which secrets it has; `cella plan%s` does",
		owner, problem.FileFlag(file))
}

// sourceOf is where a value came from that did not stand in the manifest.
func sourceOf(s secret.DesiredSecret, env secret.Env) secret.Source {
	if env == "" {
		return s.Source
	}
	override, _ := s.Override(env)
	return override.Source
}

// attributes are those that a new secret gets; either may be missing.
func (s *Setting) attributes() (secret.Type, secret.Scopes) {
	kind, scopes := s.file.Defaults()
	if s.wanted.Type != "" {
		kind = s.wanted.Type
	}
	if len(s.wanted.Scopes) > 0 {
		scopes = s.wanted.Scopes
	}
	return kind, scopes
}

// Done says what happened to the file.
func (s *Setting) Done() string {
	size := words.Count(s.wanted.Value.Len(), "byte")
	switch {
	case !s.file.Changed():
		return fmt.Sprintf("%s has this value already, so nothing changed", s.at)
	case !s.there:
		kind, scopes := s.attributes()
		return fmt.Sprintf("added %s (type %s, scopes %s; %s)", s.at, kind, scopes, size)
	}
	return fmt.Sprintf("set %s (%s)", s.at, size)
}
