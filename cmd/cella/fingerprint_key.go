package main

import (
	"context"
	"fmt"

	"github.com/spf13/pflag"

	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/schema/edit"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/schema/sopsfile/keyring"
	"github.com/cella-secrets/cella/secret"
)

func addFingerprintKeyCommand() command {
	return fingerprintKeyCommand("fingerprint-key add", "add a fingerprint key to a manifest that has none",
		"Adds a new key, encrypted at once. With it cella remembers what it applied, from the next apply on: see docs/ledger.md.", addFingerprintKey)
}

func rotateFingerprintKeyCommand() command {
	return fingerprintKeyCommand("fingerprint-key rotate", "replace the fingerprint key of a manifest with a new one",
		"Makes the manifest's fingerprint key the previous one, and adds a new one. The next apply writes what cella remembers\n"+
			"under the new key; after that the previous one can be removed: see docs/ledger.md.", rotateFingerprintKey)
}

// keyChange changes the fingerprint key of a draft, and returns what was done and
// the steps that come next.
type keyChange func(file *edit.File) (done string, steps []string, err error)

func fingerprintKeyCommand(name, summary, about string, change keyChange) command {
	return command{
		name:     name,
		summary:  summary,
		about:    about,
		examples: []string{"cella " + name},
		bind: func(flags *pflag.FlagSet) action {
			var file, keySources string
			flags.StringVarP(&file, "file", "f", problem.UsualFile, "the manifest `FILE`")
			flags.StringVar(&keySources, "key-sources", keyring.DefaultSources().String(), keySourcesUsage)
			return func(ctx context.Context, std streams, args []string) error {
				if err := noArguments(args, asManifest); err != nil {
					return err
				}
				ctx, stop := interruptible(ctx)
				defer stop()
				return changeFingerprintKey(ctx, std, file, keySources, change)
			}
		},
	}
}

func changeFingerprintKey(ctx context.Context, std streams, name, keySources string, change keyChange) error {
	draft, err := openToEdit(ctx, std.err, name, keySources, true)
	if err != nil {
		return err
	}
	done, steps, err := change(draft)
	if err != nil {
		return err
	}
	record, err := draft.KeepRecordNoted()
	if err != nil {
		return err
	}
	if err := saveEdit(ctx, std.err, draft, false, ""); err != nil {
		return err
	}
	writeLine(std.out, "%s", done)
	if record != "" {
		writeLine(std.out, "note: %s", record)
	}
	writeLine(std.out, "\nNext:")
	for i, step := range steps {
		writeLine(std.out, "  %d. %s", i+1, step)
	}
	return nil
}

func addFingerprintKey(file *edit.File) (done string, steps []string, err error) {
	name, flag := words.Quote(file.Name), problem.FileFlag(file.Name)
	if current, _ := file.FingerprintKeys(); current.Known() {
		return "", nil, hint.New(fmt.Errorf("%s has a fingerprint key already, and it stays as it is", name),
			"to change it: cella fingerprint-key rotate"+flag)
	}
	return name + " has a fingerprint key now", []string{
		"cella plan" + flag,
		"commit " + name + "; from the next `cella apply" + flag + "` on, cella remembers what it applied",
	}, file.SetFingerprintKeys(edit.NewFingerprintKey(), secret.Value{})
}

func rotateFingerprintKey(file *edit.File) (done string, steps []string, err error) {
	name, flag := words.Quote(file.Name), problem.FileFlag(file.Name)
	current, previous := file.FingerprintKeys()
	switch {
	case !current.Known():
		return "", nil, hint.New(fmt.Errorf("%s has no fingerprint key yet", name), "to add one: cella fingerprint-key add"+flag)
	case previous.Known():
		return "", nil, hint.New(fmt.Errorf("the last rotation of the fingerprint key of %s is not finished: previous_fingerprint_key is still there", name),
			"run `cella apply"+flag+"`, which writes what cella remembers under the current key, then remove the line with previous_fingerprint_key, run `"+problem.SealCommand(file.Name)+"`, and rotate again")
	}
	return name + " has a new fingerprint key, and the former one as previous_fingerprint_key", []string{
		"cella plan" + flag + "    shows where what cella remembers is written again; no value changes",
		"commit " + name + ", and let `cella apply" + flag + "` run",
		"when `cella plan" + flag + "` has no changes, remove the line with previous_fingerprint_key: `cella seal" + flag + "` after an editor, or `sops edit`",
	}, file.SetFingerprintKeys(edit.NewFingerprintKey(), current)
}
