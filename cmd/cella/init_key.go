package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/schema/edit"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/schema/sopsfile"
)

// runInitKey gives an existing manifest its first or its next fingerprint key.
func runInitKey(ctx context.Context, std streams, flags *initFlags, keys *sopsfile.Keyring) error {
	if flags.addKey == flags.rotateKey || flags.project != "" || len(flags.age) > 0 {
		return hint.New(errors.New("--add-fingerprint-key and --rotate-fingerprint-key go with --file only, and one at a time"),
			"leave the other flags away")
	}
	name, flag := words.Quote(flags.file), problem.FileFlag(flags.file)
	draft, err := openDraft(ctx, std.err, flags.file, keys)
	if err != nil {
		return err
	}
	current, previous := draft.FingerprintKeys()
	switch {
	case flags.addKey && current.Known():
		return hint.New(fmt.Errorf("%s has a fingerprint key already, and it stays as it is", name),
			"to change it: cella init --rotate-fingerprint-key"+flag)
	case flags.rotateKey && !current.Known():
		return hint.New(fmt.Errorf("%s has no fingerprint key yet", name), "to add one: cella init --add-fingerprint-key"+flag)
	case flags.rotateKey && previous.Known():
		return hint.New(fmt.Errorf("%s is still being given another fingerprint key: previous_fingerprint_key is there", name),
			"run `cella apply"+flag+"`, which writes the ledgers under the current key, then take the line with previous_fingerprint_key out and rotate again")
	}
	if err := draft.SetFingerprintKeys(edit.NewFingerprintKey(), current); err != nil {
		return err
	}
	home, err := draft.KeepRecordNoted()
	if err != nil {
		return err
	}
	if err := saveDraft(ctx, std.err, draft); err != nil {
		return err
	}
	steps := []string{"cella plan" + flag, "commit " + name + "; the next `cella apply" + flag + "` begins the ledgers, and from then on cella remembers"}
	if flags.rotateKey {
		steps = []string{
			"cella plan" + flag + "    shows which ledgers will be written again; no value changes for it",
			"commit " + name + ", and let `cella apply" + flag + "` run",
			"when `cella plan" + flag + "` has no changes, take the line with previous_fingerprint_key out: `cella seal" + flag + "` after an editor, or `sops edit`",
		}
		writeLine(std.out, "%s has a new fingerprint key, and the former one as previous_fingerprint_key", name)
	} else {
		writeLine(std.out, "%s has a fingerprint key now", name)
	}
	if home != "" {
		writeLine(std.out, "note: %s", home)
	}
	writeLine(std.out, "\nNext:")
	for i, step := range steps {
		writeLine(std.out, "  %d. %s", i+1, step)
	}
	return nil
}
