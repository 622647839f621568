package main

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/internal/testkit"
)

// collapsing panics with a secret in what it says, whatever is done with it.
type collapsing struct{}

func (collapsing) Write([]byte) (int, error) { panic(errors.New(canaries["live"])) }

func (collapsing) Read([]byte) (int, error) { panic(canaries["live"]) }

// collapsed is all that stderr says of a panic.
var collapsed = regexp.MustCompile("^cella: error: internal error at cmd/cella/crash_test.go:[0-9]+: " +
	"please report this line, with what `cella version` says\n$")

// TestAPanicIsOneLine: wherever it happens, it ends in one line without what it
// said, and in exit code 1.
func TestAPanicIsOneLine(t *testing.T) {
	b := newBench(t, canaryState())
	file := b.manifest(canaryManifest(t))
	nothing := func(string) string { return "" }
	tests := map[string]struct {
		args []string
		out  io.Writer
		env  func(string) string
	}{
		"in the program":       {[]string{"version"}, collapsing{}, nothing},
		"in what is looked up": {[]string{"plan", "--file", file}, io.Discard, func(string) string { panic(canaries["live"]) }},
		"in a goroutine":       {[]string{"set", "shop", "CREATED", "--file", file}, io.Discard, nothing},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			stderr := testkit.NewWatched()
			code := run(t.Context(), test.args, collapsing{}, test.out, stderr, test.env)
			if code != exitError || !collapsed.MatchString(stderr.Text()) {
				t.Errorf("exit code %d, stderr:\n%s", code, stderr.Text())
			}
		})
	}
}

// TestAPanicOfTheEmulator ends one request, and says so.
func TestAPanicOfTheEmulator(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	stderr, stopped := testkit.NewWatched(), make(chan error)
	handler := spared(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/cut" {
			panic(http.ErrAbortHandler)
		}
		panic(canaries["live"])
	}), stderr)
	ctx, stop := context.WithCancel(t.Context())
	go func() { stopped <- serve(ctx, listener, handler) }()
	for _, path := range []string{"/cut", "/"} {
		if answer, err := http.Get("http://" + listener.Addr().String() + path); err == nil {
			_ = answer.Body.Close()
			t.Errorf("%s is answered with %s", path, answer.Status)
		}
	}
	stop()
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	if !collapsed.MatchString(stderr.Text()) {
		t.Errorf("stderr:\n%s", stderr.Text())
	}
	if strings.Contains(stderr.Text(), canaries["live"]) {
		t.Error("stderr repeats the panic")
	}
}
