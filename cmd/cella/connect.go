package main

import (
	"io"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/cella-secrets/cella/pantheon"
	"github.com/cella-secrets/cella/secret"
)

// emulatorPrefix in --api runs the emulator in this process.
const emulatorPrefix = "emulator:"

// loopbackBase is a formality: requests to an emulator in this process never
// reach a socket.
const loopbackBase = "http://127.0.0.1"

// connect returns a client for the service that the flags name, which have been
// checked. Nothing is sent before the first request is needed. An emulator in this process has a
// token of its own: no real one is looked for, or handed to it.
func connect(std streams, api *apiFlags, output *outputFlags) (*pantheon.Client, error) {
	options := pantheon.Options{
		BaseURL:   api.base(std.env),
		Rate:      api.rate,
		UserAgent: "cella/" + cellaVersion(),
		Observe:   sayWaits(output.news(std)),
	}
	if path, ok := strings.CutPrefix(options.BaseURL, emulatorPrefix); ok {
		server, err := openEmulator(path)
		if err != nil {
			return nil, err
		}
		options.BaseURL = loopbackBase
		options.Transport = server.Transport()
		options.MachineToken = secret.NewValue(server.Token())
		return pantheon.New(options)
	}
	token, err := pantheon.FindToken(std.env, terminusHome(std.env, runtime.GOOS), api.account)
	if err != nil {
		return nil, err
	}
	if api.account != "" && token.Variable != "" {
		writeLine(output.diagnostics(std), "cella: warning: --account is not used: the environment has a token in %s", token.Variable)
	}
	options.MachineToken, options.TokenFrom = token.Value, token.From
	return pantheon.New(options)
}

// terminusHome is the folder below which Terminus keeps its own; empty where it is not
// known. On Windows Terminus looks at HOME first, which Git Bash sets.
func terminusHome(env func(string) string, system string) string {
	if home := env("HOME"); home != "" && system == "windows" {
		return home
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return home
}

// longWait is how long a pause must be for people to be told of it.
const longWait = 2 * time.Second

// sayWaits tells of requests that failed and will be repeated only after a
// while: without it an outage would look like a hang.
func sayWaits(out io.Writer) func(pantheon.Event) {
	var lock sync.Mutex
	return func(event pantheon.Event) {
		if event.Wait < longWait {
			return
		}
		lock.Lock()
		defer lock.Unlock()
		writeLine(out, "cella: %s: %s; waiting %s before attempt %d", event.Op, event.Cause, event.Wait.Round(time.Second), event.Attempt+1)
	}
}
