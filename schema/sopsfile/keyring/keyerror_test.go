package keyring

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/azkv"
	"github.com/getsops/sops/v3/kms"

	"github.com/cella-secrets/cella/internal/testkit"
	"github.com/cella-secrets/cella/schema/internal/sealtest"
)

// TestKeyError shows what a user reads who has no key.
func TestKeyError(t *testing.T) {
	other, err := os.ReadFile("../../testdata/sops/key2.txt")
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		env     map[string]string
		groups  func(testing.TB) []sops.KeyGroup
		needed  int
		sources Sources
		server  *fakeServer
	}{
		"no-age-key":      {groups: onlyAge, sources: DefaultSources()},
		"wrong-age-key":   {env: map[string]string{"SOPS_AGE_KEY_FILE": "../../testdata/sops/key2.txt"}, groups: onlyAge, sources: DefaultSources()},
		"unreadable-file": {env: map[string]string{"SOPS_AGE_KEY_FILE": "testdata/none.txt"}, groups: onlyAge, sources: DefaultSources()},
		"damaged-key":     {env: map[string]string{"SOPS_AGE_KEY": "AGE-SECRET-KEY-1CANARY"}, groups: onlyAge, sources: DefaultSources()},
		"public-key":      {env: map[string]string{"SOPS_AGE_KEY": "# mine\nage1canary"}, groups: onlyAge, sources: DefaultSources()},
		"several-keys": {
			env:     map[string]string{"SOPS_AGE_KEY": sealtest.KeyWords(other) + " " + sealtest.KeyWords(other)},
			groups:  onlyAge,
			sources: DefaultSources(),
		},
		"file-of-others":       {env: map[string]string{"SOPS_AGE_KEY_FILE": "../../testdata/sops/README.md"}, groups: onlyAge, sources: DefaultSources()},
		"empty-command":        {env: map[string]string{"SOPS_AGE_KEY_CMD": " "}, groups: onlyAge, sources: DefaultSources()},
		"empty-file":           {env: map[string]string{"SOPS_AGE_KEY_FILE": " "}, groups: onlyAge, sources: DefaultSources()},
		"age-not-allowed":      {groups: onlyAge, sources: awsKeys},
		"every-kind":           {groups: oneOfEach, sources: DefaultSources(), server: &fakeServer{answer: refuse}},
		"every-kind-vault-too": {groups: oneOfEach, sources: ^Sources(0), server: &fakeServer{answer: refuse}},
		"nothing-allowed":      {groups: oneOfEach},
		"no-gpg":               {env: map[string]string{"SOPS_GPG_EXEC": "no-such-gpg"}, groups: oneOfEach, sources: pgpKeys},
		"faulty-addresses": {groups: func(testing.TB) []sops.KeyGroup {
			return []sops.KeyGroup{{
				&azkv.MasterKey{VaultURL: "https://evil.example/\x1b[31m", Name: "k", EncryptedKey: "x"},
				&kms.MasterKey{Arn: "arn:aws:kms:evil.example/:1:key/a", EncryptedKey: "x"},
			}}
		}, sources: DefaultSources()},
		"many-recipients": {groups: func(t testing.TB) []sops.KeyGroup {
			var group sops.KeyGroup
			for range 8 {
				group = append(group, onlyAge(t)[0]...)
			}
			return []sops.KeyGroup{group}
		}, sources: DefaultSources()},
		"shamir": {groups: func(t testing.TB) []sops.KeyGroup { return append(onlyAge(t), onlyAge(t)...) }, needed: 2, sources: DefaultSources()},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			sealtest.Isolate(t)
			t.Setenv("PATH", t.TempDir())
			writeProgram(t, "gpg")
			for variable, value := range test.env {
				t.Setenv(variable, value)
			}
			meta := sops.Metadata{KeyGroups: test.groups(t), ShamirThreshold: test.needed}
			_, err := dataKeyFrom(t, meta, test.sources, test.server)
			missing := (*Error)(nil)
			if !errors.As(err, &missing) {
				t.Fatalf("want a missing key: %v", err)
			}
			text := missing.Error() + "\n"
			for _, hint := range missing.Next {
				text += "hint: " + hint + "\n"
			}
			testkit.Golden(t, "testdata/keyerror/"+name+".golden", text)
			if strings.Contains(strings.ToLower(text), "canary") || strings.Contains(missing.Error(), "\n") {
				t.Errorf("what a library says is repeated, or the line is broken:\n%s", text)
			}
		})
	}
}

// dataKeyFrom asks SOPS's own server where fake is nil.
func dataKeyFrom(t *testing.T, meta sops.Metadata, sources Sources, fake *fakeServer) ([]byte, error) {
	if fake == nil {
		return NewOf(sources, newKeyServer()).DataKey(t.Context(), "secrets.yaml", meta)
	}
	return NewOf(sources, fake).DataKey(t.Context(), "secrets.yaml", meta)
}

func onlyAge(t testing.TB) []sops.KeyGroup {
	t.Helper()
	groups := sealtest.KeyGroups(t, "age1ylverryat9mzngevf6yn9um55ht0dke0jwru90wmxdhl4x2qggdqrl80c8")
	meta := sops.Metadata{KeyGroups: groups}
	if errs := meta.UpdateMasterKeys(make([]byte, 32)); len(errs) > 0 {
		t.Fatal(errs)
	}
	return groups
}

func oneOfEach(t testing.TB) []sops.KeyGroup { return []sops.KeyGroup{everyKind(t)} }

// writeProgram puts a program that does nothing into the first folder of PATH.
func writeProgram(t *testing.T, name string) {
	t.Helper()
	file := filepath.Join(os.Getenv("PATH"), name)
	sealtest.WriteFile(t, file, []byte("#!/bin/sh\nexit 2\n"))
	if err := os.Chmod(file, 0o700); err != nil {
		t.Fatal(err)
	}
}

func TestParseKeySources(t *testing.T) {
	for list, want := range map[string]string{
		"age": "age", " vault , age ": "age,vault", "age,age": "age", "aws+profile": "aws,aws+profile", "aws+role,age": "age,aws,aws+role",
		"age,pgp,aws,gcp,azure,vault": "age,pgp,aws,gcp,azure,vault",
	} {
		if got, err := ParseSources(list); err != nil || got.String() != want {
			t.Errorf("ParseKeySources(%q) = %s, %v; want %s", list, got, err, want)
		}
	}
	for list, word := range map[string]string{"": `""`, "age,": `""`, "AGE": "AGE", "hckms": "hckms", "kms\n": "kms", "\x1b": `"\x1b"`} {
		_, err := ParseSources(list)
		want := word + " is not a kind of key source; known are age,pgp,aws,aws+profile,aws+role,gcp,azure,vault"
		if word == "AGE" {
			want = word + " is not a kind of key source; did you mean age?"
		}
		if err == nil || err.Error() != want {
			t.Errorf("ParseKeySources(%q): %v; want %s", list, err, want)
		}
	}
}
