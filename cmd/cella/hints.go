package main

import (
	"fmt"

	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/pantheon/emulator"
	"github.com/cella-secrets/cella/schema/sopsfile/keyring"
)

// openKeyring reads --key-sources.
func openKeyring(list string) (*keyring.Keyring, error) {
	sources, err := keyring.ParseSources(list)
	if err != nil {
		return nil, hint.New(fmt.Errorf("--key-sources: %w", err), "write kinds joined by commas, as in --key-sources age,aws")
	}
	return keyring.New(sources), nil
}

// openEmulator opens the state in path.
func openEmulator(path string) (*emulator.Server, error) {
	server, err := emulator.Open(path, emulator.Options{})
	if err != nil {
		return nil, hint.New(err, "examples/quickstart/live.seed.json shows a seed; `cella help emulator` says how one is used")
	}
	return server, nil
}
