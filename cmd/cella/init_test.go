package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/internal/testkit"
	"github.com/cella-secrets/cella/schema"
	"github.com/cella-secrets/cella/schema/sopsfile/keyring"
)

// TestInitShowsNoKey looks for the new private key and the new fingerprint key
// in all that init prints and writes, but the file that the private key is for.
func TestInitShowsNoKey(t *testing.T) {
	home, folder := t.TempDir(), t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", home)
	t.Setenv("HOME", home)
	t.Setenv("SOPS_AGE_KEY_FILE", "")
	keys, err := keyring.AgeKeyFile()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(folder, "secrets.yaml")
	b := &bench{TB: t, dir: folder}
	got := b.offline("init", "--project", "storefront", "--file", file).must(t, exitOK)

	text, err := os.ReadFile(keys)
	if err != nil {
		t.Fatal(err)
	}
	private := string(text[bytes.Index(text, []byte("AGE-SECRET-KEY-")):])
	manifest, problems, err := schema.Load(t.Context(), file, schema.Options{Keys: keyring.New(keyring.LocalSources())})
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	fingerprint := manifest.FingerprintKey.Reveal()
	for name, value := range map[string]string{
		"private key": strings.TrimSpace(private), "fingerprint key": fingerprint, "fingerprint key, bytes": keyBytes(fingerprint),
	} {
		for form, written := range forms(value) {
			if strings.Contains(got.stdout+got.stderr, written) {
				t.Errorf("init prints the %s (%s)", name, form)
			}
			err := filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
				if err != nil || entry.IsDir() {
					return err
				}
				data, err := os.ReadFile(path)
				if strings.Contains(string(data), written) {
					t.Errorf("%s holds the %s (%s)", filepath.Base(path), name, form)
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
		}
	}
}

// TestInitWritesNothingInVain: what stands in the way is found before the first
// file is written.
func TestInitWritesNothingInVain(t *testing.T) {
	for name, test := range map[string]struct {
		stand string // a folder where a file is needed
		want  string
	}{
		"manifest":   {"secrets.yaml", "there is a manifest"},
		".gitignore": {".gitignore", ".gitignore is no regular file"},
		"sops":       {".sops.yaml", ".sops.yaml: it is a folder, not a file"},
	} {
		t.Run(name, func(t *testing.T) {
			home, folder := t.TempDir(), t.TempDir()
			t.Setenv("XDG_CONFIG_HOME", home)
			t.Setenv("HOME", home)
			t.Setenv("SOPS_AGE_KEY_FILE", "")
			if err := os.Mkdir(filepath.Join(folder, test.stand), 0o700); err != nil {
				t.Fatal(err)
			}
			b := &bench{TB: t, dir: folder}
			got := b.offline("init", "--project", "storefront", "--file", filepath.Join(folder, "secrets.yaml")).must(t, exitError)
			says(t, got.stderr, test.want)
			for _, dir := range []string{home, folder} {
				if left := testkit.Entries(t, dir); len(left) > 1 || len(left) == 1 && left[0] != test.stand {
					t.Errorf("init left %q", left)
				}
			}
		})
	}
}
