package emulatortest

import (
	"testing"

	"github.com/cella-secrets/cella/pantheon"
	"github.com/cella-secrets/cella/pantheon/emulator"
	"github.com/cella-secrets/cella/secret"
)

// Serve is an emulator without a limit of requests, and a client of it that does
// not wait between them.
func Serve(t testing.TB, state emulator.State, faults ...Fault) (*Server, *pantheon.Client) {
	t.Helper()
	server, err := New(state, emulator.Options{Limit: emulator.Unlimited})
	if err != nil {
		t.Fatal(err)
	}
	client, err := pantheon.New(pantheon.Options{Transport: server.Transport(), MachineToken: secret.NewValue(server.Token()), Rate: 100_000})
	if err != nil {
		t.Fatal(err)
	}
	server.Script(faults...)
	return server, client
}
