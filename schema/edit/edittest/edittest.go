// Package edittest encrypts manifests for the tests of what stands above package
// schema, and opens them to be edited. Nothing but tests may import it.
package edittest

import (
	"testing"
	"time"

	"github.com/cella-secrets/cella/schema/edit"
	"github.com/cella-secrets/cella/schema/internal/sealtest"
	"github.com/cella-secrets/cella/schema/sopsfile/keyring"
)

// FingerprintKey is one to write into a manifest: base64 of 32 bytes.
const FingerprintKey = "QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkI="

// Manifest encrypts a manifest for a new key, which only the test's environment has,
// and returns the path of the file, secrets.yaml in a folder of its own.
func Manifest(t testing.TB, plain string) string {
	t.Helper()
	me := sealtest.NewIdentity(t)
	return sealtest.Write(t, sealtest.Encrypt(t, []byte(plain), sealtest.Seal{Groups: sealtest.KeyGroups(t, me.Public)}))
}

// Keys are the key sources that decrypt it.
func Keys() *keyring.Keyring { return keyring.New(keyring.LocalSources()) }

// Open encrypts a manifest and opens it.
func Open(t testing.TB, plain string) *edit.File {
	t.Helper()
	options := edit.Options{Keys: Keys(), Now: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)}
	file, problems, err := edit.OpenFile(t.Context(), Manifest(t, plain), options)
	if file == nil || err != nil {
		t.Fatalf("open: %v\n%s", err, sealtest.Lines(problems))
	}
	return file
}

// Values are what a changed manifest says once it is written, as SOPS decrypts it:
// texts by path, such as /sites/my-site/secrets/A/value.
func Values(t testing.TB, file *edit.File) map[string]string {
	t.Helper()
	text, problems, err := file.Text()
	if text == nil || err != nil {
		t.Fatalf("text: %v\n%s", err, sealtest.Lines(problems))
	}
	values, err := sealtest.Oracle(text)
	if err != nil {
		t.Fatal(err)
	}
	return values
}
