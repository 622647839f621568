package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/cella-secrets/cella/internal/forge"
	"github.com/cella-secrets/cella/internal/testkit"
	"github.com/cella-secrets/cella/pantheon/emulator"
	"github.com/cella-secrets/cella/pantheon/emulator/emulatortest"
	"github.com/cella-secrets/cella/schema"
	"github.com/cella-secrets/cella/secret"
)

// bench is a manifest, an emulator that serves over loopback, and what an
// invocation of cella said.
type bench struct {
	testing.TB
	server  *emulatortest.Server
	url     string
	dir     string
	env     map[string]string
	stderr  *testkit.Watched
	traffic *traffic
}

// newBench serves state without a rate limit.
func newBench(t testing.TB, state emulator.State) *bench {
	t.Helper()
	server, err := emulatortest.New(state, emulator.Options{Limit: emulator.Unlimited})
	if err != nil {
		t.Fatal(err)
	}
	traffic := &traffic{next: server}
	web := httptest.NewServer(traffic)
	t.Cleanup(web.Close)
	b := &bench{TB: t, server: server, url: web.URL, traffic: traffic, dir: t.TempDir(), env: map[string]string{
		"PANTHEON_MACHINE_TOKEN": server.Token(),
		"CELLA_API":              web.URL, // no command of a test reaches Pantheon
		canaryVariable:           canaries["FED"],
	}}
	b.valueFile(canaryFile, canaries["FED live"])
	setKey(t)
	return b
}

// setKey points SOPS at the demo key.
func setKey(t testing.TB) {
	t.Helper()
	if test, ok := t.(interface{ Setenv(key, value string) }); ok {
		test.Setenv("SOPS_AGE_KEY_FILE", absDemoKey)
	}
}

// file writes a file beside the manifest and returns its path.
func (b *bench) file(name string, data []byte) string {
	b.Helper()
	path := filepath.Join(b.dir, name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		b.Fatal(err)
	}
	return path
}

// manifest writes the encrypted form of plain and returns its path.
func (b *bench) manifest(plain string) string {
	b.Helper()
	encrypted, err := encryptManifest([]byte(plain))
	if err != nil {
		b.Fatal(err)
	}
	return b.file("secrets.yaml", encrypted)
}

// valueFile writes the encrypted form of a file that holds text.
func (b *bench) valueFile(name, text string) {
	b.Helper()
	encrypted, err := encryptWhole([]byte(text))
	if err != nil {
		b.Fatal(err)
	}
	b.file(name, encrypted)
}

// result is what one invocation ended with.
type result struct {
	code           int
	stdout, stderr string
}

// offline runs cella as it is.
func (b *bench) offline(args ...string) result {
	b.Helper()
	var stdout bytes.Buffer
	b.stderr = testkit.NewWatched()
	code := run(context.Background(), args, strings.NewReader(""), &stdout, b.stderr, func(name string) string { return b.env[name] })
	return result{code, stdout.String(), b.stderr.Text()}
}

// cella runs a command against the emulator, at no pace to speak of.
func (b *bench) cella(command string, args ...string) result {
	b.Helper()
	return b.offline(append(append(strings.Fields(command), "--file", filepath.Join(b.dir, "secrets.yaml"), "--api", b.url, "--rate", "100000"), args...)...)
}

// must fails the test unless the code is want.
func (r result) must(t testing.TB, want int) result {
	t.Helper()
	if r.code != want {
		t.Fatalf("exit code = %d, want %d\nstdout:\n%s\nstderr:\n%s", r.code, want, r.stdout, r.stderr)
	}
	return r
}

// says fails the test unless out holds every text.
func says(t testing.TB, out string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(out, text) && !strings.Contains(unwrapped(out), unwrapped(text)) {
			t.Errorf("the output lacks %q:\n%s", text, out)
		}
	}
}

// unwrapped is a text without the breaks of its lines, and without columns.
func unwrapped(text string) string { return strings.Join(strings.Fields(text), " ") }

// exchange is a request as it came over the wire.
type exchange struct {
	method string
	head   string // request line and headers
	body   string
}

// traffic keeps the requests that pass through it.
type traffic struct {
	next  http.Handler
	lock  sync.Mutex
	seen  []exchange
	under sync.WaitGroup // requests under way
}

func (t *traffic) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, "unreadable body", http.StatusBadRequest)
		return
	}
	var head strings.Builder
	fmt.Fprintf(&head, "%s %s\n", r.Method, r.RequestURI)
	// Writing to a strings.Builder does not fail.
	_ = r.Header.Write(&head)
	t.under.Add(1)
	defer t.under.Done()
	t.lock.Lock()
	t.seen = append(t.seen, exchange{r.Method, head.String(), string(body)})
	t.lock.Unlock()
	r.Body = io.NopCloser(bytes.NewReader(body))
	t.next.ServeHTTP(w, r)
}

func (t *traffic) all() []exchange {
	t.lock.Lock()
	defer t.lock.Unlock()
	return slices.Clone(t.seen)
}

// compiled returns what a manifest asks for, read as cella reads it.
func compiled(t *testing.T, b *bench, plain string) []secret.Desired {
	t.Helper()
	path := b.file("compiled.yaml", []byte(plain))
	manifest, problems, err := schema.Load(t.Context(), path, schema.Options{AllowPlaintext: true})
	if err != nil || len(problems.Errors(false)) > 0 {
		t.Fatal(err, problems)
	}
	desired, problems := manifest.Compile(nil)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return desired
}

// startsPrograms leaves a test away with -short, as .ci/run runs the race
// detector: what such a test looks at happens in other processes, where it
// sees nothing. Without -short every test runs.
func startsPrograms(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: what it looks at happens in other processes")
	}
}

// asMerged is the environment without what says that it is a pull request's,
// for tests that apply and run in one.
func asMerged(env []string) []string {
	return slices.DeleteFunc(slices.Clone(env), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return slices.ContainsFunc(forge.PullRequestEvents(), func(event forge.Event) bool { return event.Variable == name })
	})
}
