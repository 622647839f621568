package main

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/pantheon"
	"github.com/cella-secrets/cella/pantheon/emulator"
	"github.com/cella-secrets/cella/schema/sopsfile"
)

// nextSteps say what to do about an error that no command knows more of.
func nextSteps(err error) []string {
	var conflict *pantheon.ConflictError
	switch hints := serviceHints(err); {
	case len(hints) > 0:
		return hints
	case errors.As(err, &conflict):
		return []string{"run `cella plan` again: it shows what is live now, and what `replace: true` would do"}
	case errors.Is(err, fs.ErrPermission):
		return []string{"this account may not do that: `ls -ld` shows the owner and mode of a file or folder"}
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return []string{"check the path: `ls` shows what there is"}
	case errors.Is(err, syscall.EISDIR):
		return []string{"that is a folder: name a file"}
	case errors.Is(err, syscall.ENOSPC):
		return []string{"make room on the disk, then run the command again"}
	}
	return nil
}

// accountHint names one of the accounts that Terminus saved tokens for.
func accountHint(err *pantheon.AccountError) string {
	if len(err.Accounts) == 0 {
		return "sign in with `terminus auth:login --email EMAIL`, or set PANTHEON_MACHINE_TOKEN"
	}
	return "say whose token to use, as in --account " + words.Argument(err.Accounts[0])
}

// openKeyring reads --key-sources.
func openKeyring(list string) (*sopsfile.Keyring, error) {
	sources, err := sopsfile.ParseKeySources(list)
	if err != nil {
		return nil, failure(exitError, fmt.Errorf("--key-sources: %w", err), "write kinds joined by commas, as in --key-sources age,aws")
	}
	return sopsfile.NewKeyring(sources), nil
}

// openEmulator opens the state in path.
func openEmulator(path string) (*emulator.Server, error) {
	server, err := emulator.Open(path, emulator.Options{})
	if err != nil {
		return nil, failure(exitError, err, "examples/quickstart/live.seed.json shows a seed; `cella help emulator` says how one is used")
	}
	return server, nil
}
