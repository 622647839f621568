package edit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/secret"
	"github.com/cella-secrets/cella/secret/address"
)

// Removal is a secret, or one override of it, that was removed from a draft.
type Removal struct {
	file *File
	at   address.Place
	old  secret.DesiredSecret
}

// Unset removes the secret at a place, or with an environment that override alone.
// The file is not written yet.
func (f *File) Unset(at address.Place) (*Removal, error) {
	old, there := f.Entry(at.Owner, at.Name)
	var err error
	switch {
	case !at.Known:
		return nil, f.addresses().Lacks(at.Owner)
	case !there:
		return nil, f.noSuch(at)
	case at.Env == "":
		err = f.Remove(at.Owner, at.Name)
	default:
		if _, found := old.Override(at.Env); !found {
			return nil, noOverride(at, old)
		}
		err = f.RemoveOverride(at.Owner, at.Name, at.Env)
	}
	return &Removal{f, at, old}, err
}

// noSuch says that the manifest lacks a secret, and which one may be meant.
func (f *File) noSuch(at address.Place) error {
	var elsewhere []string
	for _, owner := range f.Owners() {
		if slices.Contains(f.Names(owner), string(at.Name)) {
			elsewhere = append(elsewhere, owner.String())
		}
	}
	next := f.like(at)
	switch {
	case len(elsewhere) > 0 && len(elsewhere) <= address.MaxListed:
		next = words.Join(elsewhere, ", ") + " has that name: nothing was removed"
	case next == "":
		next = fmt.Sprintf("names are plaintext: look for it in %s", words.Quote(f.Name))
	}
	return hint.New(fmt.Errorf("the manifest has no secret %s", at.Whole()), next)
}

// like is the hint for a name that the owner does not have: the one that may be
// meant, or all of them where they are few; empty where neither helps.
func (f *File) like(at address.Place) string {
	names := f.Names(at.Owner)
	if near, ok := words.Closest(string(at.Name), names); ok {
		return fmt.Sprintf("did you mean %s?", words.Quote(near))
	}
	if len(names) == 0 || len(names) > address.MaxListed {
		return ""
	}
	for i, name := range names {
		names[i] = words.Quote(name)
	}
	return fmt.Sprintf("%s has %s", at.Owner, strings.Join(names, ", "))
}

func noOverride(at address.Place, old secret.DesiredSecret) error {
	next := "it has no overrides; without an environment, the whole secret is removed"
	if len(old.Overrides) > 0 {
		var shown, envs []string
		for _, override := range old.Overrides {
			shown, envs = append(shown, words.Quote(string(override.Env))), append(envs, string(override.Env))
		}
		next = "it has overrides for " + strings.Join(shown, ", ")
		if near, ok := words.Closest(string(at.Env), envs); ok {
			next = fmt.Sprintf("did you mean %s?", words.Quote(near))
		}
	}
	return hint.New(fmt.Errorf("%s has no override for %s", at.Whole(), words.Quote(string(at.Env))), next)
}

// Notes say what the next apply will do on Pantheon.
func (r *Removal) Notes() []string {
	f, at, old := r.file, r.at, r.old
	file := words.Quote(f.Name)
	var note string
	switch {
	case at.Env != "":
		note = fmt.Sprintf("if this project set that override on Pantheon, "+
			"the next apply removes it there, and %s gets the default value", words.Quote(string(at.Env)))
	case old.External:
		note = "the secret was external, so nothing happens to it on Pantheon"
	case old.Retire == secret.RetireRelease:
		note = "if `retire: release` was applied before, nothing happens on Pantheon; if not, the next apply deletes the secret there"
	case old.Protect == secret.Protected && old.Retire == "":
		note = fmt.Sprintf("the secret is protected, so the plan will refuse to delete it on Pantheon: "+
			"to allow it, write its entry in %s again with nothing but retire: delete, or retire: release to keep it there", file)
	default:
		note = fmt.Sprintf("if this project manages the secret on Pantheon, the next apply deletes it there, with all overrides; "+
			"to keep it there, write its entry in %s again with nothing but retire: release", file)
	}
	notes := []string{note}
	if left := slices.DeleteFunc(f.Names(at.Owner), func(name string) bool { return name == string(at.Name) }); at.Env == "" && len(left) == 0 {
		notes = append(notes, f.emptiedNote(at.Owner))
	}
	return notes
}

// emptiedNote is about an owner without secrets, which stays in the manifest.
func (f *File) emptiedNote(owner secret.Owner) string {
	note := fmt.Sprintf("%s has no secrets left in %s: ", owner, words.Quote(f.Name))
	if f.Record().Same(owner) && len(f.Owners()) > 1 {
		return note + "it stays there, because cella remembers the project on it; before you remove its lines, name another one in record"
	}
	return note + "if its name was a typing error, remove its lines too; otherwise every plan looks for it"
}
