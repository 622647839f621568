package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/secret"
	"github.com/cella-secrets/cella/secret/address"
)

func unsetCommand() command {
	return command{
		name:     "unset",
		argument: "OWNER[.ENV] NAME",
		summary:  "take a secret or one override out of the manifest",
		about: "OWNER is site:NAME or org:NAME, or a bare name that the manifest has once; with .ENV behind it, only the override\n" +
			"of that environment goes. Nothing happens on Pantheon before the next apply, and git has the old version of the file.",
		examples: []string{
			"cella unset site:my-site API_KEY",
			"cella unset my-site.live API_KEY",
		},
		bind: func(flags *pflag.FlagSet) action {
			var f editFlags
			f.bind(flags)
			return func(ctx context.Context, std streams, args []string) error {
				ctx, stop := interruptible(ctx)
				defer stop()
				return runUnset(ctx, std, &f, args)
			}
		},
	}
}

func runUnset(ctx context.Context, std streams, flags *editFlags, args []string) error {
	d, err := openToEdit(ctx, std, flags)
	if err != nil {
		return err
	}
	at, err := address.Owners(d.Owners()).Place(args)
	if err != nil {
		return err
	}
	old, there := d.Entry(at.Owner, at.Name)
	switch {
	case !there:
		return d.noSuch(at)
	case at.Env == "":
		err = d.Remove(at.Owner, at.Name)
	default:
		if _, found := old.Override(at.Env); !found {
			return noOverride(at, old)
		}
		err = d.RemoveOverride(at.Owner, at.Name, at.Env)
	}
	if err != nil {
		return err
	}
	if err := d.saveEdit(ctx, std, flags.quiet, ""); err != nil {
		return err
	}
	if !flags.quiet {
		for _, note := range unsetNotes(d, at, old) {
			writeLine(std.err, "cella: note: %s", note)
		}
	}
	writeLine(std.out, "%s: took %s out", words.Quote(flags.file), at)
	return nil
}

// noSuch says that the manifest lacks a secret, and which one may be meant.
func (d *draftFile) noSuch(at address.Place) error {
	whole := at
	whole.Env = ""
	next := fmt.Sprintf("names stand in clear: look for it in %s", words.Quote(d.name))
	names := d.Names(at.Owner)
	if near, ok := words.Closest(string(at.Name), names); ok {
		next = fmt.Sprintf("did you mean %s?", words.Quote(near))
	} else if len(names) > 0 && len(names) <= address.MaxListed {
		for i, name := range names {
			names[i] = words.Quote(name)
		}
		next = fmt.Sprintf("%s has %s", at.Owner, strings.Join(names, ", "))
	}
	return hint.New(fmt.Errorf("the manifest has no secret %s", whole), next)
}

func noOverride(at address.Place, old secret.DesiredSecret) error {
	next := "it has no overrides"
	if len(old.Overrides) > 0 {
		next = "it has overrides for "
		for i, override := range old.Overrides {
			if i > 0 {
				next += ", "
			}
			next += words.Quote(string(override.Env))
		}
	}
	whole := at
	whole.Env = ""
	return hint.New(fmt.Errorf("%s has no override for %s", whole, words.Quote(string(at.Env))), next)
}

// unsetNotes say what the next apply will do on Pantheon.
func unsetNotes(d *draftFile, at address.Place, old secret.DesiredSecret) []string {
	file := words.Quote(d.name)
	var note string
	switch {
	case at.Env != "":
		note = fmt.Sprintf("where this project set that override on Pantheon, the next apply removes it there, and %s gets the default value", words.Quote(string(at.Env)))
	case old.External:
		note = "the secret was external, so nothing happens to it on Pantheon"
	case old.Retire == secret.RetireRelease:
		note = "if `retire: release` was applied before, nothing happens on Pantheon; if not, the next apply deletes the secret there"
	case old.Protect == secret.Protected && old.Retire == "":
		note = fmt.Sprintf("the secret is protected, so the plan will refuse to delete it on Pantheon: restore the entry in %s and write retire: delete, or retire: release to keep it live", file)
	default:
		note = fmt.Sprintf("where this project owns it, the next apply deletes the secret on Pantheon, with all overrides; to keep it live, restore the entry in %s and write retire: release", file)
	}
	notes := []string{note}
	if left := slices.DeleteFunc(d.Names(at.Owner), func(name string) bool { return name == string(at.Name) }); at.Env == "" && len(left) == 0 {
		notes = append(notes, emptiedNote(d, at.Owner))
	}
	return append(notes, reviewNote(d.name))
}

// emptiedNote is about an owner without secrets, which stays in the manifest.
func emptiedNote(d *draftFile, owner secret.Owner) string {
	note := fmt.Sprintf("%s has no secrets left in %s: ", owner, words.Quote(d.name))
	if d.Record().Same(owner) && len(d.Owners()) > 1 {
		return note + "it stays there, because cella remembers the project on it; before you take its lines out, name another one at record:"
	}
	return note + "if its name was a typing error, take its lines out too, or every plan looks for it"
}
