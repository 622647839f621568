// Package sealtest encrypts files by SOPS's own code, and decrypts them by it, for
// the tests of the packages around schema. Nothing else may import it.
package sealtest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/aes"
	sopsage "github.com/getsops/sops/v3/age"
	"github.com/getsops/sops/v3/config"
	"github.com/getsops/sops/v3/keyservice"
	sopsyaml "github.com/getsops/sops/v3/stores/yaml"

	"github.com/cella-secrets/cella/internal/testkit"
)

// Identity is a throw-away age key that SOPS finds in the environment.
type Identity struct{ Public, Private string }

// NewIdentity makes the environment hold one new private key and no other
// way to one.
func NewIdentity(t testing.TB) Identity {
	t.Helper()
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	Isolate(t)
	t.Setenv(sopsage.SopsAgeKeyEnv, key.String())
	return Identity{Public: key.Recipient().String(), Private: key.String()}
}

// Isolate keeps the keys of whoever runs the tests out of them.
func Isolate(t testing.TB) {
	t.Helper()
	home := t.TempDir()
	for _, name := range []string{"HOME", "XDG_CONFIG_HOME", "GNUPGHOME", "USERPROFILE", "APPDATA"} {
		t.Setenv(name, home)
	}
	for _, name := range []string{
		sopsage.SopsAgeKeyEnv, sopsage.SopsAgeKeyFileEnv, sopsage.SopsAgeKeyCmdEnv,
		sopsage.SopsAgeSshPrivateKeyCmdEnv, sopsage.SopsAgeSshPrivateKeyFileEnv,
		"SOPS_CONFIG", "SOPS_AGE_RECIPIENTS", "SOPS_PGP_FP", "SOPS_KMS_ARN", "SOPS_GCP_KMS_IDS", "SOPS_HUAWEICLOUD_KMS_IDS",
		"SOPS_AZURE_KEYVAULT_URLS", "SOPS_VAULT_URIS",
	} {
		t.Setenv(name, "") // so that the old value comes back
		if err := os.Unsetenv(name); err != nil {
			t.Fatal(err)
		}
	}
}

// Standard is the encrypted_regex of manifests.
const Standard = `^(value|overrides|fingerprint_key|previous_fingerprint_key)$`

// MACAAD is what SOPS authenticates beside the MAC.
func MACAAD(meta sops.Metadata) string { return meta.LastModified.Format(time.RFC3339) }

// Seal is how a test wants a file encrypted.
type Seal struct {
	Regex   string // Standard where empty
	MACOnly bool
	Groups  []sops.KeyGroup
	Edit    func(*sops.Metadata)
}

func (s Seal) Metadata() sops.Metadata {
	meta := sops.Metadata{
		EncryptedRegex:   s.Regex,
		MACOnlyEncrypted: s.MACOnly,
		KeyGroups:        s.Groups,
		LastModified:     time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		Version:          "3.13.3",
	}
	if s.Regex == "" {
		meta.EncryptedRegex = Standard
	}
	if s.Edit != nil {
		s.Edit(&meta)
	}
	return meta
}

func AgeGroup(t testing.TB, recipients ...string) sops.KeyGroup {
	t.Helper()
	var group sops.KeyGroup
	for _, recipient := range recipients {
		key, err := sopsage.MasterKeyFromRecipient(recipient)
		if err != nil {
			t.Fatal(err)
		}
		group = append(group, key)
	}
	return group
}

func Store() *sopsyaml.Store { return sopsyaml.NewStore(&config.YAMLStoreConfig{Indent: 2}) }

// Encrypt encrypts plain with SOPS's own code, for the first group's keys.
func Encrypt(t testing.TB, plain []byte, how Seal) []byte {
	t.Helper()
	branches, err := Store().LoadPlainFile(plain)
	if err != nil {
		t.Fatal(err)
	}
	return EncryptTree(t, branches, how)
}

func EncryptTree(t testing.TB, branches sops.TreeBranches, how Seal) []byte {
	t.Helper()
	tree := sops.Tree{Branches: branches, Metadata: how.Metadata()}
	key, errs := tree.GenerateDataKey()
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	cipher := aes.NewCipher()
	mac, err := tree.Encrypt(key, cipher)
	if err != nil {
		t.Fatal(err)
	}
	tree.Metadata.MessageAuthenticationCode, err = cipher.Encrypt(mac, key, MACAAD(tree.Metadata))
	if err != nil {
		t.Fatal(err)
	}
	data, err := Store().EmitEncryptedFile(tree)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// Oracle decrypts with SOPS's own tree path and compares the MAC by hand. The
// result maps paths, joined by slashes, to texts.
func Oracle(data []byte) (values map[string]string, err error) {
	defer func() {
		if caught := recover(); caught != nil {
			err = fmt.Errorf("crashed: %v", caught)
		}
	}()
	tree, err := Store().LoadEncryptedFile(data)
	if err != nil {
		return nil, err
	}
	key, err := tree.Metadata.GetDataKeyWithKeyServices([]keyservice.KeyServiceClient{keyservice.NewLocalClient()}, sops.DefaultDecryptionOrder)
	if err != nil {
		return nil, err
	}
	cipher := aes.NewCipher()
	computed, err := tree.Decrypt(key, cipher)
	if err != nil {
		return nil, err
	}
	stored, err := cipher.Decrypt(tree.Metadata.MessageAuthenticationCode, key, MACAAD(tree.Metadata))
	if err != nil {
		return nil, err
	}
	if stored != computed {
		return nil, errors.New("MAC mismatch")
	}
	values = map[string]string{}
	for _, branch := range tree.Branches {
		Flatten(branch, "", values)
	}
	return values, nil
}

func Flatten(branch sops.TreeBranch, prefix string, into map[string]string) {
	for _, item := range branch {
		path := fmt.Sprint(prefix, "/", item.Key)
		switch value := item.Value.(type) {
		case sops.TreeBranch:
			Flatten(value, path, into)
		case string:
			into[path] = value
		}
	}
}

// Write writes a manifest to a folder of its own, with a .sops.yaml that keeps
// others further up from being found.
func Write(t testing.TB, data []byte) string {
	t.Helper()
	folder := t.TempDir()
	WriteFile(t, filepath.Join(folder, ".sops.yaml"), []byte("stores: {}\n"))
	file := filepath.Join(folder, "secrets.yaml")
	WriteFile(t, file, data)
	return file
}

func WriteFile(t testing.TB, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func KeyGroups(t testing.TB, recipients ...string) []sops.KeyGroup {
	t.Helper()
	return []sops.KeyGroup{AgeGroup(t, recipients...)}
}

// SlowUnderRace leaves a long test away with -short, as .ci/run runs the race
// detector: it calls again and again what others call once, one after the other.
func SlowUnderRace(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: without -short it runs")
	}
}

// ImportPGP gives the test a GnuPG home with the private key in a file.
func ImportPGP(t *testing.T, file string) {
	t.Helper()
	NewGNUPGHome(t)
	if out, err := exec.Command("gpg", "--batch", "--quiet", "--import", file).CombinedOutput(); err != nil {
		t.Fatalf("gpg --import: %v\n%s", err, out)
	}
}

// NewGNUPGHome gives the test a GnuPG home without keys.
func NewGNUPGHome(t *testing.T) {
	t.Helper()
	testkit.Need(t, "gpg")
	home, err := os.MkdirTemp("", "gpg") // the agent's socket needs a short path
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(home) })
	t.Setenv("GNUPGHOME", home)
	t.Cleanup(func() { _ = exec.Command("gpgconf", "--homedir", home, "--kill", "all").Run() })
}

// KeyWords drops the comments of a key file.
func KeyWords(keys []byte) string {
	var kept []string
	for line := range strings.Lines(string(keys)) {
		if !strings.HasPrefix(line, "#") {
			kept = append(kept, strings.TrimSpace(line))
		}
	}
	return strings.Join(kept, " ")
}
