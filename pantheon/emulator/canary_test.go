package emulator_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/pantheon/emulator"
)

// canary is unlike anything else, and differs from its forms of escape.
const canary = "canary/7e3f+<\"é\">&ü-9d1c"

func canaryForms() map[string]string {
	quoted, _ := json.Marshal(canary)
	return map[string]string{
		"clear":         canary,
		"a part":        "7e3f",
		"JSON":          strings.Trim(string(quoted), `"`),
		"hex":           hex.EncodeToString([]byte(canary)),
		"upper hex":     strings.ToUpper(hex.EncodeToString([]byte(canary))),
		"base64":        strings.TrimRight(base64.StdEncoding.EncodeToString([]byte(canary)), "="),
		"base64 of URL": strings.TrimRight(base64.URLEncoding.EncodeToString([]byte(canary)), "="),
		"Go":            strings.Trim(fmt.Sprintf("%q", canary), `"`),
	}
}

func TestHiddenValuesAreKeptAsDigests(t *testing.T) {
	path := seeded(t)
	p := opened(t, path)
	value, _ := json.Marshal(canary)
	for _, ref := range []string{"site:shop", "org:agency"} {
		for _, change := range []struct {
			method, rest, body string
			status             int
		}{
			{http.MethodPost, "", `{"name":"HIDDEN","value":%s,"type":"runtime","scopes":["web","ic"]}`, 201},
			{http.MethodPost, "", `{"name":"HIDDEN","value":%s,"type":"runtime","scopes":["web"]}`, 400},
			{http.MethodPost, "", `{"name":"BAD NAME","value":%s}`, 400},
			{http.MethodPost, "", `{"name":"BAD","value":%s,"unknown":1}`, 400},
			{http.MethodPatch, "/HIDDEN", `{"value":%s}`, 200},
			{http.MethodPatch, "/HIDDEN", `{"env":"live","value":%s}`, 200},
			{http.MethodPatch, "/HIDDEN", `{"env":"LIVE","value":%s}`, 400},
			{http.MethodPatch, "/NONE", `{"value":%s}`, 404},
			{http.MethodPatch, "/HIDDEN", `{"value":%s`, 400},
		} {
			status, reply := p.secrets(change.method, ref, change.rest, fmt.Sprintf(change.body, value))
			if status != change.status {
				t.Fatalf("%s %s: status %d, want %d", change.method, change.rest, status, change.status)
			}
			searched(t, "the reply to "+change.method, reply)
		}
		for _, env := range []string{"", "live"} {
			if !p.server.Holds(ref, "HIDDEN", env, canary) || !opened(t, path).server.Holds(ref, "HIDDEN", env, canary) {
				t.Errorf("%s does not hold the value for %q", ref, env)
			}
		}
	}
	p.do(http.MethodPost, "/api/track", "", fmt.Sprintf(`{"command":%s}`, value))
	for _, list := range []string{"/showall", ""} {
		ref := map[string]string{"/showall": "site:shop", "": "org:agency"}[list]
		_, body := p.secrets(http.MethodGet, ref, list, "")
		searched(t, "the list of "+ref, body)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		searched(t, entry.Name(), string(read(t, filepath.Join(filepath.Dir(path), entry.Name()))))
	}
	log := fmt.Sprintf("%+v", p.server.Log())
	searched(t, "the log", log)
	for _, secret := range []string{p.session, "ada-token"} {
		if strings.Contains(log, secret) {
			t.Error("a session or a machine token is in the log")
		}
	}
	searched(t, "the state", fmt.Sprintf("%+v", p.server.State()))
}

func searched(t *testing.T, what, text string) {
	t.Helper()
	for form, needle := range canaryForms() {
		if strings.Contains(text, needle) {
			t.Errorf("%s holds the value, form %s", what, form)
		}
	}
}

// Readable values are kept as they came.
func TestReadableValuesSurvive(t *testing.T) {
	path := seeded(t)
	p := opened(t, path)
	value, _ := json.Marshal(canary)
	p.secrets(http.MethodPost, "site:shop", "", fmt.Sprintf(`{"name":"READABLE","value":%s,"scopes":["user"]}`, value))
	_, body := opened(t, path).secrets(http.MethodGet, "site:shop", "/showall", "")
	secrets := parse(t, body).(map[string]any)["Secrets"].(map[string]any)
	if got := secrets["READABLE"].(map[string]any)["Value"]; got != canary {
		t.Errorf("read back %q", got)
	}
}

// In a seed, hidden values stand in clear; what is written never does.
func TestClearSeedValuesLeaveWithTheFirstChange(t *testing.T) {
	path := seeded(t)
	write(t, path, read(t, seedOf(path)), 0o600)
	opened(t, path).secrets(http.MethodDelete, "site:commons", "/NONE", "")
	p := opened(t, path)
	p.secrets(http.MethodPost, "site:commons", "", `{"name":"A","value":"v"}`)
	data := read(t, path)
	for _, hidden := range []string{"mail-org", "api-value", "api-live", "shared-site"} {
		if bytes.Contains(data, []byte(hidden)) {
			t.Errorf("%s is in the file in clear", hidden)
		}
	}
	if !p.server.Holds("site:shop", "API_KEY", "live", "api-live") {
		t.Error("a value was lost")
	}
}

func TestErrorsOfSessionsHoldNoToken(t *testing.T) {
	p := serve(t, emulator.Options{})
	for _, authorization := range []string{canary, "Bearer " + canary} {
		for _, path := range []string{"/api/users/" + p.id, secretsPath(p.server, "site:shop") + "/showall"} {
			_, body := p.do(http.MethodGet, path, authorization, "")
			searched(t, "the refusal", body)
		}
	}
	token, _ := json.Marshal(canary)
	_, body := p.do(http.MethodPost, "/api/authorize/machine-token", "", fmt.Sprintf(`{"machine_token":%s}`, token))
	searched(t, "the refusal to sign in", body)
}
