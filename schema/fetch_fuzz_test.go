package schema

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/getsops/sops/v3/aes"
	"github.com/getsops/sops/v3/config"
	sopsjson "github.com/getsops/sops/v3/stores/json"

	"github.com/cella-secrets/cella/schema/internal/sealtest"
)

// FuzzValueFile: whatever the bytes, reading a value file neither crashes nor
// repeats them, and what it takes SOPS takes too.
func FuzzValueFile(f *testing.F) {
	sealtest.Isolate(f)
	// The workers are processes of their own: the key has to be a fixed one.
	f.Setenv("SOPS_AGE_KEY_FILE", "testdata/sops/key.txt")
	key, err := os.ReadFile("testdata/sops/key.txt")
	if err != nil {
		f.Fatal(err)
	}
	_, after, _ := strings.Cut(string(key), "public key: ")
	recipient, _, _ := strings.Cut(after, "\n")
	f.Add(encryptWhole(f, "canary", sealtest.KeyGroups(f, recipient)...))
	f.Add([]byte(`{"data": "canary", "sops": {}}`))
	f.Add([]byte("{\"a\":[{\"data\":null}],\"sops\":[\"canary\"]}"))
	f.Add([]byte("-----BEGIN canary-----\n"))
	folder := f.TempDir()
	file := filepath.Join(folder, "secrets.yaml")
	sealtest.WriteFile(f, filepath.Join(folder, ".sops.yaml"), []byte("stores: {}\n"))
	sealtest.WriteFile(f, file, []byte("version: 1\nproject: p\nsites: {s: {secrets: {A: {type: runtime, scopes: [web], value_from: {file: x.pem}}}}}\n"))
	binary := sopsjson.NewBinaryStore(&config.JSONBinaryStoreConfig{Indent: -1})
	f.Fuzz(func(t *testing.T, data []byte) {
		sealtest.WriteFile(t, filepath.Join(folder, "x.pem"), data)
		m, problems, err := Load(t.Context(), file, Options{AllowPlaintext: true, Keys: keysOf(t, "age")})
		if text := sealtest.Lines(problems); strings.Contains(text, "canary") || err != nil && strings.Contains(err.Error(), "canary") {
			t.Fatalf("the file is repeated: %s %v", text, err)
		}
		if m == nil {
			return
		}
		tree, err := binary.LoadEncryptedFile(data)
		if err != nil {
			t.Fatalf("taken, but SOPS cannot read it: %v", err)
		}
		dataKey, err := tree.Metadata.GetDataKey()
		if err != nil {
			t.Fatalf("taken, but SOPS has no key: %v", err)
		}
		if _, err := tree.Decrypt(dataKey, aes.NewCipher()); err != nil {
			t.Fatalf("taken, but SOPS does not decrypt it: %v", err)
		}
	})
}
