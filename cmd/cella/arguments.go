package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/secret"
	"github.com/cella-secrets/cella/secret/address"
)

// guess is what the words of a command line, of which one is too many, may have been
// meant for, as it is typed; empty where it can't tell.
type guess func(args []string) string

// noArguments refuses words that a command does not take.
func noArguments(args []string, guesses ...guess) error { return unexpected(args, 0, guesses) }

// unexpected refuses args where there are more of them than a command takes.
func unexpected(args []string, taken int, guesses []guess) error {
	if len(args) <= taken {
		return nil
	}
	next := "flags say what a command works on; its -h lists them"
	for _, of := range guesses {
		if meant := of(args); meant != "" {
			next = fmt.Sprintf("did you mean %s?", meant)
			break
		}
	}
	return hint.New(fmt.Errorf("unexpected argument %s", words.Quote(args[taken])), next)
}

// oneArgument returns the one word that a command takes.
func oneArgument(args []string, what, example string, guesses ...guess) (string, error) {
	if len(args) == 0 {
		return "", hint.New(errors.New(what+" is missing"), "for example: "+example)
	}
	return args[0], unexpected(args, 1, guesses)
}

// asManifest guesses that a YAML file is meant for --file.
func asManifest(args []string) string {
	if ext := filepath.Ext(args[0]); ext != ".yaml" && ext != ".yml" {
		return ""
	}
	return asFlag("--file")(args)
}

// asFlag guesses that the word is meant for a flag.
func asFlag(flag string) guess {
	return func(args []string) string { return flag + " " + words.Argument(args[0]) }
}

// asTarget guesses that a site or organization, or a secret of the last one of
// targets, is meant for --target; of one that the manifest in file lacks, that it is to
// be added.
func asTarget(ctx context.Context, targets []string, file string) guess {
	return func(args []string) string {
		word := args[0]
		owner, prefixed := secret.ParseOwner(word)
		last := len(targets) - 1
		switch {
		case strings.HasPrefix(word, "-") || slices.Contains([]string{"dev", "test", "live"}, word):
			return "" // a plan is of all environments
		case !prefixed && last >= 0 && !strings.Contains(targets[last], "/"):
			return "--target " + words.Argument(targets[last]+"/"+word)
		case owner.Kind == secret.Site || !prefixed:
			word = withoutEnv(word)
		}
		if len(args) == 2 && !strings.Contains(word, "/") {
			if _, another := secret.ParseOwner(args[1]); !another {
				word += "/" + args[1]
			}
		}
		if absent := notDeclared(ctx, word, file); absent != "" {
			return absent
		}
		return "--target " + words.Argument(word)
	}
}

// notDeclared says what may be meant by a target that the manifest in file lacks; it is
// empty where the manifest has it, and where there is none to tell.
func notDeclared(ctx context.Context, target, file string) string {
	var owners address.Owners
	for _, desired := range declaredIn(ctx, file) {
		owners = append(owners, desired.Owner)
	}
	word, secretOfIt, _ := strings.Cut(target, "/")
	if len(owners) == 0 || len(owners.Named(word)) > 0 {
		return ""
	}
	owner, prefixed := secret.ParseOwner(word)
	if !prefixed {
		owner = secret.Owner{Kind: secret.Site, Name: word}
	}
	if near, ok := owners.Near(owner); ok {
		return "--target " + words.Argument(strings.TrimSuffix(near.Address()+"/"+secretOfIt, "/"))
	}
	kind := "site"
	if owner.Kind == secret.Organization {
		kind = "org"
	}
	return fmt.Sprintf("`cella import %s %s`, which adds it to the manifest", kind, words.Argument(owner.Name))
}

// withoutEnv is a site, or a secret of one, without the environment: no site has a
// dot in its name.
func withoutEnv(word string) string {
	owner, name, cut := strings.Cut(word, "/")
	if site, env, dotted := strings.Cut(owner, "."); dotted && secret.Env(env).Validate() == nil {
		owner = site
	}
	if cut {
		return owner + "/" + name
	}
	return owner
}

// asEnvironment guesses that SITE ENV is meant for SITE.ENV, and that what else is
// behind SITE is a secret: a command that takes a site is about all of them.
func asEnvironment(args []string) string {
	if len(args) > 2 || strings.Contains(args[0], ".") || secret.Env(args[1]).Validate() != nil {
		return words.Argument(args[0]) + " alone, with all of its secrets"
	}
	return words.Argument(args[0] + "." + args[1])
}
