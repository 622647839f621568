package schema

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/cella-secrets/cella/schema/internal/sealtest"
	"github.com/cella-secrets/cella/schema/sopsfile/keyring"
)

func TestDecryptionModes(t *testing.T) {
	me := sealtest.NewIdentity(t)
	data := sealtest.Encrypt(t, []byte(small), sealtest.Seal{Groups: sealtest.KeyGroups(t, me.Public)})
	sealtest.Isolate(t)
	tests := map[string]struct {
		decryption Decryption
		keyError   bool
		noKey      bool
		reason     string
	}{
		"required":    {DecryptRequired, true, false, ""},
		"if possible": {DecryptIfPossible, false, true, "the manifest says why"},
		"never":       {DecryptNever, false, false, "nobody was asked"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			m, problems, err := loadData(t, data, Options{Decryption: test.decryption, Keys: keyring.New(keyring.LocalSources())})
			missing := (*keyring.Error)(nil)
			if asKeyError(err, &missing) != test.keyError || len(problems) > 0 {
				t.Fatalf("error %v, problems %v (%s)", err, problems, test.reason)
			}
			if test.keyError {
				return
			}
			if m.Decrypted || (m.NoKey != nil) != test.noKey {
				t.Errorf("decrypted %t, no key %v (%s)", m.Decrypted, m.NoKey, test.reason)
			}
			secrets := 0
			for _, owner := range compile(t, m) {
				for _, s := range owner.Secrets {
					secrets++
					if s.Value.Known() {
						t.Errorf("%s has a value", s.Name)
					}
				}
			}
			if secrets == 0 {
				t.Error("nothing is compiled")
			}
		})
	}
}

// TestVaultIsNotContacted: an address that somebody added to the file must not
// be sent a token, unless the user has named Vault.
func TestVaultIsNotContacted(t *testing.T) {
	me := sealtest.NewIdentity(t)
	var requests atomic.Int32
	vault := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		requests.Add(1)
		http.Error(w, `{"errors":["permission denied"]}`, http.StatusForbidden)
	}))
	defer vault.Close()
	t.Setenv("VAULT_TOKEN", "canary-token")
	plain := sealtest.Encrypt(t, []byte(small), sealtest.Seal{Groups: sealtest.KeyGroups(t, me.Public)})
	added := []byte(strings.Replace(string(plain), "  age:\n", "  hc_vault:\n    - vault_address: "+vault.URL+
		"\n      engine_path: sops\n      key_name: k\n      created_at: \"2026-01-01T00:00:00Z\"\n      enc: vault:v1:xx\n  age:\n", 1))
	if m, problems, err := loadData(t, added, Options{Keys: keyring.New(keyring.DefaultSources())}); m == nil {
		t.Fatalf("Load: %v %s", err, sealtest.Lines(problems))
	}
	sealtest.Isolate(t) // no age key any more
	_, _, err := loadData(t, added, Options{Keys: keyring.New(keyring.DefaultSources())})
	missing := (*keyring.Error)(nil)
	if !asKeyError(err, &missing) || requests.Load() != 0 {
		t.Fatalf("%d requests to Vault; %v", requests.Load(), err)
	}
	if hints := strings.Join(missing.Next, "\n"); !strings.Contains(hints, "--key-sources age,pgp,aws,gcp,azure,vault") || !strings.Contains(hints, vault.URL) {
		t.Errorf("hints do not name the way to Vault:\n%s", hints)
	}
	_, _, err = loadData(t, added, Options{Keys: keysOf(t, "vault")})
	if !asKeyError(err, &missing) || requests.Load() == 0 {
		t.Fatalf("Vault was named, but %d requests were made; %v", requests.Load(), err)
	}
	if text := err.Error() + strings.Join(missing.Next, ""); !strings.Contains(text, "403") || strings.Contains(text, "canary") {
		t.Errorf("error: %s", text)
	}
}
