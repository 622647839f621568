package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"time"

	"github.com/spf13/pflag"

	"github.com/cella-secrets/cella/internal/crash"
	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/pantheon/emulator"
)

// readTimeout ends requests that do not arrive; drainTimeout bounds how long
// requests under way may take at the end.
const (
	readTimeout  = 10 * time.Second
	drainTimeout = 2 * time.Second
)

func emulatorCommand() command {
	return command{
		name:    "emulator",
		summary: "serve an emulator of the Pantheon API on this machine",
		about: "Serves the part of the API that secrets need, with Pantheon's rules and limits, from a state file.\n" +
			"Where FILE (say live.json) does not exist, it starts from the seed beside it (live.seed.json).\n" +
			"It speaks plain HTTP, so it listens on loopback addresses only.",
		examples: []string{
			"cella emulator --listen 127.0.0.1:8080 --state live.json",
			"PANTHEON_MACHINE_TOKEN=emulator-machine-token cella plan --api http://127.0.0.1:8080",
		},
		bind: func(flags *pflag.FlagSet) action {
			var listen, state string
			flags.StringVar(&listen, "listen", "127.0.0.1:8080", "the loopback `ADDR` to listen on; port 0 picks a free one")
			flags.StringVar(&state, "state", "", "the state `FILE`")
			return func(ctx context.Context, std streams, args []string) error {
				if err := noArguments(args, asFlag("--state")); err != nil {
					return err
				}
				return serveEmulator(ctx, std, listen, state)
			}
		},
	}
}

func serveEmulator(ctx context.Context, std streams, listen, state string) error {
	if state == "" {
		return hint.New(errors.New("--state is missing"), "name the state file, as in `cella emulator --state live.json`")
	}
	if err := loopback(listen); err != nil {
		return err
	}
	server, err := openEmulator(state)
	if err != nil {
		return err
	}
	ctx, stop := interruptible(ctx)
	defer stop()
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return hint.New(fmt.Errorf("listen on %s: %w", words.Quote(listen), err), "port 0 picks a free one: --listen 127.0.0.1:0")
	}
	writeLine(std.out, "http://%s", listener.Addr())
	writeLine(std.err, "cella: emulator: point cella at it with --api http://%s", listener.Addr())
	return serve(ctx, listener, spared(server, std.err))
}

// serve answers until ctx ends, then lets requests under way finish.
func serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	silent := log.New(io.Discard, "", 0) // it would quote what was received
	server := &http.Server{Handler: handler, ReadTimeout: readTimeout, ErrorLog: silent}
	served := crash.Go(func() error { return server.Serve(listener) })
	select {
	case err := <-served:
		return fmt.Errorf("serve emulator: %w", err)
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	if err := server.Shutdown(drain); err != nil {
		return fmt.Errorf("stop emulator: %w", err)
	}
	return nil
}

// spared is handler, of which a panic ends one request alone, as a connection
// that is cut.
func spared(handler http.Handler, stderr io.Writer) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		cut := false
		err := crash.Guard(func() error {
			cut = emulator.Cuts(handler, w, r)
			return nil
		})
		if err != nil {
			writeLine(stderr, "cella: error: %s", err)
		}
		if err != nil || cut {
			panic(http.ErrAbortHandler)
		}
	})
}

// loopback refuses addresses that other machines could reach: what is served
// is secret, and not encrypted on its way.
func loopback(listen string) error {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return hint.New(fmt.Errorf("--listen %s is not HOST:PORT", words.Quote(listen)), "write --listen 127.0.0.1:8080")
	}
	if ip := net.ParseIP(host); host == "localhost" || ip != nil && ip.IsLoopback() {
		return nil
	}
	return hint.New(fmt.Errorf("--listen %s is not a loopback address: others could read the secrets on their way", words.Quote(listen)),
		"write --listen 127.0.0.1:8080")
}
