package edit

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/getsops/sops/v3/age"

	"github.com/cella-secrets/cella/schema"
	"github.com/cella-secrets/cella/schema/internal/sealtest"
	"github.com/cella-secrets/cella/schema/sopsfile"
	"github.com/cella-secrets/cella/schema/sopsfile/keyring"
)

// TestAgeKeyStore: SOPS decrypts with the new key, and what was in the file
// stays.
func TestAgeKeyStore(t *testing.T) {
	for name, before := range map[string]string{
		"no file":     "",
		"a key":       "# mine\nAGE-SECRET-KEY-1\n\nAGE-PLUGIN-YUBIKEY-1\n",
		"no line end": "# mine",
	} {
		t.Run(name, func(t *testing.T) {
			sealtest.Isolate(t)
			file, err := keyring.AgeKeyFile()
			if err != nil {
				t.Fatal(err)
			}
			if before != "" {
				if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
					t.Fatal(err)
				}
				sealtest.WriteFile(t, file, []byte(before))
			}
			store, err := keyring.OpenAgeKeyStore(file, t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			public, err := store.Add("for a test", time.Unix(0, 0))
			if err != nil {
				t.Fatal(err)
			}
			text, err := os.ReadFile(file)
			if err != nil || !strings.HasPrefix(string(text), before) || !strings.Contains(string(text), "\n# public key: "+public+"\nAGE-SECRET-KEY-1") {
				t.Errorf("the file is not as expected: %v", err)
			}
			if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("mode of the file = %v, %v", info.Mode(), err)
			}
			if strings.HasPrefix(before, "# mine\nAGE") {
				return // those are no keys that SOPS could read
			}
			creation, err := sopsfile.CreateForAge([]string{public}, schema.EncryptionRules)
			if err != nil {
				t.Fatal(err)
			}
			data, err := Create(t.Context(), creation, []byte(newText), createOptions())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := sealtest.Oracle(data); err != nil {
				t.Errorf("SOPS does not find the key: %v", err)
			}
		})
	}
}

func TestAgeKeyFile(t *testing.T) {
	sealtest.Isolate(t)
	t.Setenv(age.SopsAgeKeyFileEnv, "/elsewhere/keys")
	if file, err := keyring.AgeKeyFile(); err != nil || file != "/elsewhere/keys" {
		t.Errorf("AgeKeyFile = %s, %v, want that of SOPS_AGE_KEY_FILE", file, err)
	}
}

func TestAgeKeyStoreRefuses(t *testing.T) {
	tests := map[string]struct {
		make   func(t *testing.T, home, project string) string
		want   string
		reason string
	}{
		"in a work tree": {func(t *testing.T, home, _ string) string {
			folder(t, home, ".git")
			return filepath.Join(home, ".config", "sops", "age", "keys.txt")
		}, "is in the git work tree", "dotfiles are kept in git"},
		"link into a work tree": {func(t *testing.T, home, _ string) string {
			folder(t, home, "dotfiles/.git")
			sealtest.WriteFile(t, filepath.Join(home, "dotfiles", "keys.txt"), nil)
			return link(t, filepath.Join(home, "dotfiles", "keys.txt"), filepath.Join(home, "keys.txt"))
		}, "is in the git work tree", "what counts is where the bytes are"},
		"linked folder": {func(t *testing.T, home, _ string) string {
			folder(t, home, "dotfiles/.git")
			return filepath.Join(link(t, filepath.Join(home, "dotfiles"), filepath.Join(home, "config")), "keys.txt")
		}, "is in the git work tree", ""},
		"beside the manifest": {func(_ *testing.T, _, project string) string {
			return filepath.Join(project, "below", "keys.txt")
		}, "is in the folder of the manifest", "git init may come later"},
		"open to others": {func(t *testing.T, home, _ string) string {
			file := filepath.Join(home, "keys.txt")
			sealtest.WriteFile(t, file, nil)
			if err := os.Chmod(file, 0o640); err != nil {
				t.Fatal(err)
			}
			return file
		}, "others may read it", ""},
		"encrypted": {func(t *testing.T, home, _ string) string {
			file := filepath.Join(home, "keys.txt")
			sealtest.WriteFile(t, file, []byte("age-encryption.org/v1\n-> scrypt canary\n"))
			return file
		}, "something other than plaintext age keys", "appending would destroy it"},
		"a folder": {func(t *testing.T, home, _ string) string { return folder(t, home, "keys.txt") }, "it is not a file", ""},
		"dangling link": {func(t *testing.T, home, _ string) string {
			return link(t, filepath.Join(home, "nowhere"), filepath.Join(home, "keys.txt"))
		}, "leads nowhere", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			sealtest.Isolate(t)
			home, project := t.TempDir(), t.TempDir()
			file := test.make(t, home, project)
			_, err := keyring.OpenAgeKeyStore(file, project)
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "canary") {
				t.Fatalf("OpenAgeKeyStore = %v, want an error with %q: %s", err, test.want, test.reason)
			}
			var refused *keyring.KeyFileError
			if errors.As(err, &refused) && refused.Remedy == "" {
				t.Error("there is no remedy")
			}
		})
	}
}

func folder(t *testing.T, parent, name string) string {
	t.Helper()
	path := filepath.Join(parent, filepath.FromSlash(name))
	if err := os.MkdirAll(path, 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

func link(t *testing.T, from, to string) string {
	t.Helper()
	if err := os.Symlink(from, to); err != nil {
		t.Fatal(err)
	}
	return to
}
