package emulator_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/pantheon/emulator"
	"github.com/cella-secrets/cella/pantheon/emulator/emulatortest"
)

// seeded writes the fixture as a seed and returns the path of the state file.
func seeded(t *testing.T) string {
	t.Helper()
	data, err := json.Marshal(fixture())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "live.json")
	write(t, seedOf(path), data, 0o644)
	return path
}

func seedOf(path string) string { return strings.TrimSuffix(path, ".json") + ".seed.json" }

func write(t *testing.T, path string, data []byte, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, data, mode); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func opened(t *testing.T, path string) person {
	t.Helper()
	server, err := emulatortest.Open(path, emulator.Options{Limit: emulator.Unlimited})
	if err != nil {
		t.Fatal(err)
	}
	return signIn(t, server, "ada-token")
}

func checkMode(t *testing.T, path string) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); mode != 0o600 {
		t.Errorf("%s has mode %o", filepath.Base(path), mode)
	}
}

func TestOpenStartsFromTheSeed(t *testing.T) {
	path := seeded(t)
	seed := read(t, seedOf(path))
	p := opened(t, path)
	p.secrets(http.MethodGet, "site:shop", "/showall", "")
	p.secrets(http.MethodDelete, "site:shop", "/NONE", "")
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Error("reading, or a change that was refused, wrote the state file")
	}
	if status, _ := p.secrets(http.MethodPost, "site:shop", "", `{"name":"NEW","value":"new-value","scopes":["web"]}`); status != 201 {
		t.Fatalf("status %d", status)
	}
	checkMode(t, path)
	if !bytes.Equal(seed, read(t, seedOf(path))) {
		t.Error("the seed has changed")
	}
	again := opened(t, path)
	for _, held := range []struct{ name, env, value string }{
		{"NEW", "", "new-value"}, {"API_KEY", "", "api-value"}, {"API_KEY", "live", "api-live"}, {"BANNER", "test", "banner-test"},
	} {
		if !again.server.Holds("site:shop", held.name, held.env, held.value) {
			t.Errorf("%s %s was lost", held.name, held.env)
		}
	}
	_, before := p.secrets(http.MethodGet, "site:shop", "/showall", "")
	_, after := again.secrets(http.MethodGet, "site:shop", "/showall", "")
	sameJSON(t, after, before)
}

func TestEveryKindOfChangeIsWritten(t *testing.T) {
	path := seeded(t)
	p := opened(t, path)
	for _, change := range []struct{ method, rest, body string }{
		{http.MethodPost, "", `{"name":"NEW","value":"v","scopes":["web"]}`},
		{http.MethodPatch, "/NEW", `{"value":"w"}`},
		{http.MethodPatch, "/NEW", `{"env":"live","value":"x"}`},
		{http.MethodPatch, "/NEW", `{"env":"live","value":null}`},
		{http.MethodDelete, "/NEW", ""},
	} {
		if status, _ := p.secrets(change.method, "site:shop", change.rest, change.body); status >= 300 {
			t.Fatalf("%s %s: status %d", change.method, change.rest, status)
		}
		if diff := cmp.Diff(p.server.State(), opened(t, path).server.State()); diff != "" {
			t.Errorf("%s %s: the file says something else (-memory +file):\n%s", change.method, change.rest, diff)
		}
	}
}

func TestWiderModesAreNarrowed(t *testing.T) {
	path := seeded(t)
	write(t, path, read(t, seedOf(path)), 0o644)
	p := opened(t, path)
	checkMode(t, path)
	if err := os.Chmod(path, 0o666); err != nil {
		t.Fatal(err)
	}
	write(t, path+".new", []byte("left by a crash"), 0o666)
	p.secrets(http.MethodDelete, "site:shop", "/API_KEY", "")
	checkMode(t, path)
	checkMode(t, path+".lock")
	if _, err := os.Stat(path + ".new"); !os.IsNotExist(err) {
		t.Error("the new file is still there")
	}
}

func TestTwoProcessesLoseNothing(t *testing.T) {
	path := seeded(t)
	// Two Servers share nothing but the file, as two processes do.
	servers := []person{opened(t, path), opened(t, path)}
	const each = 20
	done := make(chan error)
	for i, p := range servers {
		go func() {
			var failed error
			for j := range each {
				body := fmt.Sprintf(`{"name":"S%d_%d","value":"v","scopes":["web"]}`, i, j)
				if status, reply := p.secrets(http.MethodPost, "site:commons", "", body); status != 201 {
					failed = fmt.Errorf("status %d, %s", status, reply)
				}
			}
			done <- failed
		}()
	}
	for range servers {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	for _, p := range append(servers, opened(t, path)) {
		if names := p.server.Names("site:commons"); len(names) != len(servers)*each {
			t.Errorf("%d secrets, want %d", len(names), len(servers)*each)
		}
	}
}

func TestEditsByHandAreSeen(t *testing.T) {
	path := seeded(t)
	p := opened(t, path)
	write(t, path, []byte(`{"accounts":[{"email":"ada@example.com","machine_tokens":["ada-token"]}],
		"sites":[{"name":"shop","secrets":{"BY_HAND":{"value":"v"}}}]}`), 0o600)
	if status, body := p.secrets(http.MethodGet, "site:shop", "/showall", ""); status != 200 || !strings.Contains(body, "BY_HAND") {
		t.Errorf("status %d, %s", status, body)
	}
	write(t, path, []byte(`{"sites":`), 0o600)
	status, body := p.secrets(http.MethodDelete, "site:shop", "/BY_HAND", "")
	if status != 507 || !strings.Contains(body, "the JSON ends early") {
		t.Errorf("damaged: status %d, %s", status, body)
	}
	if names := p.server.Names("site:shop"); names != nil || p.server.State().Sites != nil {
		t.Errorf("names %v out of a damaged file", names)
	}
	if !bytes.Equal(read(t, path), []byte(`{"sites":`)) {
		t.Error("a damaged file was written over")
	}
	write(t, path, []byte(`{"sites":[{"name":"shop"}]}`), 0o600)
	if status, _ := p.secrets(http.MethodGet, "site:shop", "/showall", ""); status != 401 {
		t.Errorf("status %d, the account is gone from the file", status)
	}
}

func TestFailedWriteChangesNothing(t *testing.T) {
	path := seeded(t)
	p := opened(t, path)
	before := p.server.State()
	if err := os.Mkdir(path+".new", 0o700); err != nil { // in the way of the new file
		t.Fatal(err)
	}
	write(t, filepath.Join(path+".new", "full"), nil, 0o600)
	if status, body := p.secrets(http.MethodDelete, "site:shop", "/API_KEY", ""); status != 507 || !strings.Contains(body, "write emulator state") {
		t.Errorf("status %d, %s", status, body)
	}
	if diff := cmp.Diff(before, p.server.State()); diff != "" {
		t.Errorf("state differs after a write that failed:\n%s", diff)
	}
}

func TestOpenErrors(t *testing.T) {
	tests := map[string]struct {
		path, content string
		want          string
	}{
		"neither":          {"live.json", "", "write the seed, at least"},
		"a seed":           {"live.seed.json", "{}", "this is a seed, which is never written to"},
		"not JSON":         {"live.json", "{\n  \"sites\": [s3cr3t]\n}", "line 2, column 14: not JSON"},
		"cut short":        {"live.json", `{"sites":[`, "the JSON ends early"},
		"wrong type":       {"live.json", `{"sites":[{"name":"s","secrets":{"A":{"value":53237}}}]}`, "must be of JSON type string"},
		"unknown key":      {"live.json", `{"organisations":[]}`, "unknown field"},
		"more than one":    {"live.json", `{}{}`, "text follows the JSON object"},
		"impossible state": {"live.json", `{"sites":[{"name":"s","secrets":{"A":{}}}]}`, "site:s: secret A: the value is empty"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), test.path)
			if test.content != "" {
				write(t, path, []byte(test.content), 0o600)
			}
			_, err := emulatortest.Open(path, emulator.Options{})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("error %v, want %q", err, test.want)
			}
			for _, leak := range []string{"s3cr3t", "53237"} {
				if strings.Contains(err.Error(), leak) {
					t.Errorf("error quotes the file: %v", err)
				}
			}
		})
	}
}
