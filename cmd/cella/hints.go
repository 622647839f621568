package main

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/pantheon"
	"github.com/cella-secrets/cella/pantheon/emulator"
	"github.com/cella-secrets/cella/schema/sopsfile"
)

// hinted finds what an error says of next steps, or what Pantheon's reason for it
// does.
func hinted(err error) (*hint.Error, bool) {
	if known, ok := hint.Of(err); ok {
		return known, true
	}
	for _, reason := range []error{pantheon.ErrCredentials, pantheon.ErrForbidden, pantheon.ErrUnavailable} {
		if errors.Is(err, reason) {
			return (&pantheon.Error{Err: reason}).Hint(), true
		}
	}
	return nil, false
}

// nextSteps say what to do about an error: what it says itself, or what the system
// has to do with it.
func nextSteps(err error) []string {
	if known, ok := hinted(err); ok {
		return known.Next
	}
	switch {
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
