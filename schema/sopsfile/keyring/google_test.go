package keyring

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/gcpkms"
)

const resource = "projects/p/locations/global/keyRings/r/cryptoKeys/k"

// googleWorld is a machine of a pipeline, whose token Google Cloud exchanges for its
// own, and the two services that are needed. What they encrypt is what they are given.
type googleWorld struct {
	world
	address  string
	requests []string
	refuse   bool
}

func newGoogle(t *testing.T) *googleWorld {
	t.Helper()
	g := &googleWorld{world: newWorld(t)}
	server := httptest.NewServer(http.HandlerFunc(g.serve))
	t.Cleanup(server.Close)
	g.address = server.URL
	for name, value := range map[string]string{
		"GOOGLE_APPLICATION_CREDENTIALS": "", "GOOGLE_CREDENTIALS": "", "GOOGLE_OAUTH_ACCESS_TOKEN": "",
		"SOPS_GCP_KMS_CLIENT_TYPE": "rest", "SOPS_GCP_KMS_ENDPOINT": server.URL,
	} {
		t.Setenv(name, value)
	}
	return g
}

// account is the text of credentials, as Google makes it for pipelines.
func (g *googleWorld) account() string {
	g.Helper()
	text, err := json.Marshal(map[string]any{
		"type": "external_account", "audience": "//iam.googleapis.com/a", "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
		"token_url": g.address + "/token", "credential_source": map[string]any{"file": g.file("token", "pipeline")},
	})
	if err != nil {
		g.Fatal(err)
	}
	return string(text)
}

func (g *googleWorld) serve(w http.ResponseWriter, r *http.Request) {
	_, action, _ := strings.Cut(r.URL.Path, ":")
	if r.URL.Path == "/token" {
		action = "token"
	}
	g.requests = append(g.requests, strings.TrimSpace(action+" "+strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")))
	if action == "token" {
		if g.refuse {
			http.Error(w, `{"error":"canary","error_description":"canary"}`, http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"access_token":"EXCHANGED","issued_token_type":"urn:ietf:params:oauth:token-type:access_token","token_type":"Bearer","expires_in":3600}`)
		return
	}
	var body struct{ Ciphertext, Plaintext string }
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if action == "decrypt" {
		fmt.Fprintf(w, `{"plaintext":%q}`, body.Ciphertext)
		return
	}
	fmt.Fprintf(w, `{"name":%q,"ciphertext":%q}`, resource, body.Plaintext)
}

func sealedByGoogle(t testing.TB) sops.Metadata {
	t.Helper()
	key := gcpkms.NewMasterKeyFromResourceID(resource)
	key.EncryptedKey = base64.StdEncoding.EncodeToString(newDataKey(t))
	return sops.Metadata{KeyGroups: []sops.KeyGroup{{key}}}
}

// TestGoogleIsAskedOnce for a token, whatever number of files there is, also where it
// gives none.
func TestGoogleIsAskedOnce(t *testing.T) {
	const decrypted, encrypted = "decrypt EXCHANGED", "encrypt EXCHANGED"
	tests := map[string]struct {
		set  func(*googleWorld)
		want []string
	}{
		"a file": {func(g *googleWorld) { g.Setenv("GOOGLE_APPLICATION_CREDENTIALS", g.file("account.json", g.account())) },
			[]string{"token", decrypted, decrypted, encrypted}},
		"a file that SOPS looks for": {func(g *googleWorld) { g.Setenv("GOOGLE_CREDENTIALS", g.file("account.json", g.account())) },
			[]string{"token", decrypted, decrypted, encrypted}},
		"a text": {func(g *googleWorld) { g.Setenv("GOOGLE_CREDENTIALS", g.account()) },
			[]string{"token", decrypted, decrypted, encrypted}},
		"a token": {func(g *googleWorld) { g.Setenv("GOOGLE_OAUTH_ACCESS_TOKEN", "GIVEN") },
			[]string{"decrypt GIVEN", "decrypt GIVEN", "encrypt GIVEN"}},
		"none": {func(g *googleWorld) {
			g.Setenv("GOOGLE_CREDENTIALS", g.account())
			g.refuse = true
		}, []string{"token"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			g := newGoogle(t)
			test.set(g)
			keys := New(DefaultSources())
			for range 2 {
				_, err := keys.DataKey(t.Context(), "secrets.yaml", sealedByGoogle(t))
				if (err != nil) != g.refuse {
					t.Error(err)
				}
				if err != nil {
					tell(t, err, g.folder)
				}
			}
			if _, err := keys.NewDataKey(t.Context(), &sops.Tree{Metadata: sealedByGoogle(t)}); (err != nil) != g.refuse {
				t.Error(err)
			}
			if !slices.Equal(g.requests, test.want) {
				t.Errorf("requests %q, want %q", g.requests, test.want)
			}
		})
	}
}

// TestGoogleCauses: why there are no credentials, and nothing of them is shown.
func TestGoogleCauses(t *testing.T) {
	const readable = "name the JSON file that Google made in GOOGLE_APPLICATION_CREDENTIALS, or give its text in GOOGLE_CREDENTIALS"
	tests := map[string]struct{ variable, text, reason, next string }{
		"a file that is not there": {"GOOGLE_APPLICATION_CREDENTIALS", "none.json", "GOOGLE_APPLICATION_CREDENTIALS names a file that does not exist",
			"set GOOGLE_APPLICATION_CREDENTIALS to the file with your credentials, or unset it"},
		"no JSON": {"GOOGLE_CREDENTIALS", "canary", "the Google Cloud credentials of GOOGLE_CREDENTIALS cannot be read",
			readable},
		"a text in place of a name": {"GOOGLE_APPLICATION_CREDENTIALS", `{"canary":"` + strings.Repeat("canary", 1000) + `"}`,
			"the Google Cloud credentials of GOOGLE_APPLICATION_CREDENTIALS cannot be read", readable},
		"another JSON": {"GOOGLE_CREDENTIALS", `{"type":"canary"}`, "the Google Cloud credentials of GOOGLE_CREDENTIALS cannot be read",
			readable},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			g := newGoogle(t)
			g.Setenv(test.variable, test.text)
			_, err := New(DefaultSources()).DataKey(t.Context(), "secrets.yaml", sealedByGoogle(t))
			told := tell(t, err, g.folder)
			if told[0] != "decrypt secrets.yaml: no key to decrypt with: gcp (1 recipient): "+test.reason || told[1] != test.next {
				t.Errorf("told:\n%s", strings.Join(told, "\n"))
			}
			g.Setenv(test.variable, g.file("account.json", g.account()))
			if _, err := New(DefaultSources()).DataKey(t.Context(), "secrets.yaml", sealedByGoogle(t)); err != nil {
				t.Errorf("after the next step: %v", err)
			}
		})
	}
}
