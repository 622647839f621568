package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode"

	"github.com/getsops/sops/v3"
	"github.com/spf13/pflag"

	"github.com/cella-secrets/cella/internal/checkup"
	"github.com/cella-secrets/cella/internal/completion"
	"github.com/cella-secrets/cella/internal/files"
	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/schema/recipients"
	"github.com/cella-secrets/cella/schema/rekey"
	"github.com/cella-secrets/cella/schema/sopsconfig"
	"github.com/cella-secrets/cella/schema/sopsfile/keyring"
)

func addKeysCommand() command {
	return command{
		name:     "keys add",
		argument: "KEY...",
		takes:    []completion.Place{{Kind: completion.Free}},
		summary:  "let somebody decrypt the manifest",
		about: "KEY is a public key (age1… or ssh-…), a PGP fingerprint, or the name of a key of AWS, Google Cloud, Azure or Vault.\n" +
			"The data key is encrypted for it too, in the manifest and in the encrypted files that it takes values from, and nothing else\n" +
			"changes there; in .sops.yaml the key is added to the manifest's rule. That takes a key that can decrypt.",
		examples: []string{
			"cella keys add age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg --comment 'Ann, laptop'",
			"cella keys add 'ssh-ed25519 AAAA… ann@laptop'",
		},
		bind: func(flags *pflag.FlagSet) action {
			var f editFlags
			var comment string
			var group int
			f.bind(flags)
			flags.StringVar(&comment, "comment", "", "a `TEXT` to write behind the key in .sops.yaml: whose it is")
			flags.IntVar(&group, "group", 0, "the `NUMBER` of the key group that it goes to, where there are several")
			flags.Lookup("group").DefValue = ""
			return func(ctx context.Context, std streams, args []string) error {
				ctx, stop := interruptible(ctx)
				defer stop()
				return runAddKeys(ctx, std, &f, args, comment, group)
			}
		},
	}
}

func removeKeysCommand() command {
	return command{
		name:     "keys remove",
		argument: "KEY...",
		takes:    []completion.Place{{Kind: completion.Free}},
		summary:  "keep somebody from decrypting new versions of the manifest",
		about: "KEY is a key that `cella keys list` shows, a part of it that no other has, or what .sops.yaml calls it. Who has it knows the\n" +
			"data key, so the manifest, and encrypted files that it takes values from, get a new one: every value is encrypted again.\n" +
			"The versions that git has stay readable to who had the key: replace the values at their source too.",
		examples: []string{"cella keys remove age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg"},
		bind: func(flags *pflag.FlagSet) action {
			var f editFlags
			f.bind(flags)
			return func(ctx context.Context, std streams, args []string) error {
				ctx, stop := interruptible(ctx)
				defer stop()
				return runRemoveKeys(ctx, std, &f, args)
			}
		},
	}
}

func syncKeysCommand() command {
	return changeKeysCommand("keys sync", "let those decrypt the manifest that .sops.yaml says",
		"Gives the manifest, and encrypted files that it takes values from, the keys, key groups and threshold of their rules in .sops.yaml.\n"+
			"It does what sops updatekeys does, changes no other line, and makes a new data key where somebody can no longer decrypt.",
		(*rekey.Files).Sync)
}

func rotateKeysCommand() command {
	return changeKeysCommand("keys rotate", "encrypt the manifest under a new data key",
		"Who can decrypt stays; every value is encrypted again, in the manifest and in encrypted files that it takes values from.\n"+
			"It is for a data key that somebody may know who should not: `cella keys remove` does the same.",
		(*rekey.Files).Rotate)
}

// changeKeysCommand is a command of keys without arguments.
func changeKeysCommand(name, summary, about string, change func(*rekey.Files, context.Context) error) command {
	return command{
		name: name, summary: summary, about: about, examples: []string{"cella " + name},
		bind: func(flags *pflag.FlagSet) action {
			var f editFlags
			f.bind(flags)
			return onKeys(&f, func(ctx context.Context, std streams, set *rekey.Files) error {
				if err := change(set, ctx); err != nil {
					return err
				}
				return saveKeys(ctx, std, set, &f)
			})
		},
	}
}

// onKeys is what a command of keys without arguments does with the files.
func onKeys(flags *editFlags, do func(context.Context, streams, *rekey.Files) error) action {
	return func(ctx context.Context, std streams, args []string) error {
		if err := noArguments(args); err != nil {
			return err
		}
		ctx, stop := interruptible(ctx)
		defer stop()
		set, err := openKeys(ctx, std, flags)
		if err != nil {
			return err
		}
		return do(ctx, std, set)
	}
}

// openKeys reads the files whose keys are listed or changed.
func openKeys(ctx context.Context, std streams, flags *editFlags) (*rekey.Files, error) {
	ring, err := openKeyring(flags.keySources)
	if err != nil {
		return nil, err
	}
	set, problems, err := rekey.Read(ctx, flags.file, rekey.Options{
		Keys: ring, Now: time.Now(), Waiting: func(file string) { tellWaiting(std.err, file) },
	})
	switch {
	case err != nil:
		return nil, checkup.Missing(flags.file, err)
	case set == nil:
		return nil, checkup.Tell(std.err, flags.file, problems.Errors(false), false, true)
	}
	return set, nil
}

// parseKeys reads keys that are to be added.
func parseKeys(args []string, ring *keyring.Keyring) (sops.KeyGroup, error) {
	if len(args) == 0 {
		return nil, hint.New(errors.New("a key is missing"), "name one, such as: cella keys add age1…")
	}
	var all sops.KeyGroup
	for _, arg := range args {
		keys, err := sopsconfig.ParseKey(arg, ring)
		if err != nil {
			return nil, err
		}
		all = append(all, keys...)
	}
	return all, nil
}

func runAddKeys(ctx context.Context, std streams, flags *editFlags, args []string, comment string, group int) error {
	ring, err := openKeyring(flags.keySources)
	if err != nil {
		return err
	}
	added, err := parseKeys(args, ring)
	if err != nil {
		return err
	}
	if strings.ContainsFunc(comment, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return hint.New(errors.New("--comment has unprintable characters"), "write it on one line")
	}
	set, err := openKeys(ctx, std, flags)
	if err != nil {
		return err
	}
	if err := set.Add(ctx, added, group); err != nil {
		return err
	}
	if err := saveKeys(ctx, std, set, flags); err != nil {
		return err
	}
	change := sopsconfig.Change{Add: added, Group: max(group-1, 0), Label: comment}
	return changeConfigs(ctx, std, set, change, "add "+words.First(recipients.Quoted(recipients.Names([]sops.KeyGroup{added}))))
}

func runRemoveKeys(ctx context.Context, std streams, flags *editFlags, args []string) error {
	if len(args) == 0 {
		return hint.New(errors.New("a key is missing"), "name one of those that `cella keys list"+problem.FileFlag(flags.file)+"` shows")
	}
	set, err := openKeys(ctx, std, flags)
	if err != nil {
		return err
	}
	names, err := set.Remove(ctx, args)
	if err != nil {
		return err
	}
	lost := set.Lost(ctx)
	if err := saveKeys(ctx, std, set, flags); err != nil {
		return err
	}
	if err := changeConfigs(ctx, std, set, sopsconfig.Change{Remove: names}, "remove "+words.First(recipients.Quoted(names))); err != nil || flags.quiet {
		return err
	}
	writeNotes(std.err, []string{"whoever had the key can still read the versions that git has: replace the values at their source, and set the new ones"})
	if lost {
		writeLine(std.err, "cella: warning: no key here can decrypt %s any more", words.Quote(flags.file))
	}
	return nil
}

// saveKeys writes the files and says what became of each.
func saveKeys(ctx context.Context, std streams, set *rekey.Files, flags *editFlags) error {
	changed := set.Changed()
	if err := set.Write(ctx); err != nil {
		return err
	}
	for _, one := range changed {
		for _, change := range one.Changes {
			text := change.Text
			if text == "" {
				text = fmt.Sprintf("%s: %s -> %s", change.Field, recipients.OrNone(change.Old), recipients.OrNone(change.New))
			}
			writeLine(std.out, "%s: %s", words.Quote(one.File), text)
		}
		if one.Rotated {
			writeLine(std.out, "%s: every value is encrypted again, under a new data key", words.Quote(one.File))
		}
	}
	if len(changed) == 0 {
		writeLine(std.out, "%s: nothing to do: it is encrypted for those already", words.Quote(flags.file))
	}
	return nil
}

// changeConfigs keeps the rules of .sops.yaml in step with the files, or says what to
// change there.
func changeConfigs(ctx context.Context, std streams, set *rekey.Files, change sopsconfig.Change, byHand string) error {
	told := map[string]bool{}
	for _, name := range set.Names() {
		edited, err := sopsconfig.Edit(name, change)
		if err == nil && edited != nil {
			waiting := func() { tellWaiting(std.err, fromHere(edited.Path)) }
			if err := files.ReplaceWaiting(ctx, edited.Path, edited.Before, edited.After, waiting); err != nil {
				return err
			}
			writeLine(std.out, "%s: changed its rule for %s likewise", words.Quote(fromHere(edited.Path)), words.Quote(name))
		}
		if err != nil && !told[err.Error()] {
			told[err.Error()] = true
			writeLine(std.err, "cella: warning: %v; in its rule for %s, %s yourself", err, words.Quote(name), byHand)
		}
	}
	return nil
}

// fromHere is a path from the working directory, where it is below that.
func fromHere(path string) string {
	here, err := os.Getwd()
	if err != nil {
		return path
	}
	if relative, err := filepath.Rel(here, path); err == nil && filepath.IsLocal(relative) {
		return relative
	}
	return path
}
