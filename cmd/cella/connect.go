package main

import (
	"os"
	"strings"

	"github.com/cella-secrets/cella/pantheon"
	"github.com/cella-secrets/cella/pantheon/emulator"
	"github.com/cella-secrets/cella/secret"
)

// emulatorPrefix in --api runs the emulator in this process.
const emulatorPrefix = "emulator:"

// loopbackBase is a formality: requests to an emulator in this process never
// reach a socket.
const loopbackBase = "http://127.0.0.1"

// connect returns a client for the service that the flags name. Nothing is
// sent before the first request is needed. An emulator in this process has a
// token of its own: no real one is looked for, or handed to it.
func connect(std streams, flags *apiFlags) (*pantheon.Client, error) {
	options := pantheon.Options{
		BaseURL:   flags.base(std.env),
		Rate:      flags.rate,
		UserAgent: "cella/" + cellaVersion(),
	}
	if path, ok := strings.CutPrefix(options.BaseURL, emulatorPrefix); ok {
		server, err := emulator.Open(path, emulator.Options{})
		if err != nil {
			return nil, err
		}
		options.BaseURL = loopbackBase
		options.Transport = server.Transport()
		options.MachineToken = secret.NewValue(server.Token())
		return pantheon.New(options)
	}
	home, err := os.UserHomeDir()
	if err != nil {
		home = ""
	}
	if flags.account != "" && (std.env("PANTHEON_MACHINE_TOKEN") != "" || std.env("TERMINUS_TOKEN") != "") {
		writeLine(std.err, "cella: warning: --account is not used: the environment has a machine token")
	}
	options.MachineToken, err = pantheon.FindToken(std.env, home, flags.account)
	if err != nil {
		return nil, err
	}
	return pantheon.New(options)
}
