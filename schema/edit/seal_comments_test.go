package edit

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/getsops/sops/v3/aes"

	"github.com/cella-secrets/cella/schema/internal/sealtest"
)

const hushed = `version: 1
project: storefront
sites:
  shop:
    secrets:
      # about A
      A:
        type: runtime
        scopes: [web]
        value: alpha # beside alpha
        overrides:
          # hush now
          live: beta # hush too
          # hush at last
      B:
        type: runtime
        scopes: [web]
        value: gamma
        overrides: {dev: delta} # hush braces
`

// clearText is what SOPS decrypts a file to, comments included.
func clearText(t *testing.T, data []byte) string {
	t.Helper()
	tree, err := sealtest.Store().LoadEncryptedFile(data)
	if err != nil {
		t.Fatal(err)
	}
	key, err := tree.Metadata.GetDataKey()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tree.Decrypt(key, aes.NewCipher()); err != nil {
		t.Fatal(err)
	}
	plain, err := sealtest.Store().EmitPlainFile(tree.Branches)
	if err != nil {
		t.Fatal(err)
	}
	return string(plain)
}

var hushes = []string{"# hush now", "# hush too", "# hush at last", "# hush braces"}

// TestSealEncryptsComments: those that SOPS encrypts, as SOPS does; others stay
// readable.
func TestSealEncryptsComments(t *testing.T) {
	me := sealtest.NewIdentity(t)
	file := sealtest.Write(t, []byte(hushed))
	sealtest.WriteFile(t, strings.TrimSuffix(file, "secrets.yaml")+".sops.yaml",
		[]byte("creation_rules: [{age: "+me.Public+", encrypted_regex: '"+sealtest.Standard+"'}]\n"))
	got, problems, err := Seal(t.Context(), file, []byte(hushed), sealOptions(t))
	if err != nil || got == nil {
		t.Fatalf("%v\n%s", err, sealtest.Lines(problems))
	}
	plain := clearText(t, got.Data)
	for _, comment := range hushes {
		if bytes.Contains(got.Data, []byte(comment)) || !strings.Contains(plain, comment) {
			t.Errorf("%q is in\n%s\nor SOPS does not find it in\n%s", comment, got.Data, plain)
		}
	}
	for _, comment := range []string{"# about A", "# beside alpha"} {
		if !bytes.Contains(got.Data, []byte(comment)) {
			t.Errorf("%q is not readable in\n%s", comment, got.Data)
		}
	}
	said := slices.DeleteFunc(got.Encrypted, func(path string) bool { return !strings.HasPrefix(path, "a comment in sites.shop.secrets.") })
	if len(said) != len(hushes) {
		t.Errorf("%d comments are told as encrypted", len(said))
	}

	// One more, by hand: the checksum is right all the same, and it is encrypted.
	added := bytes.Replace(got.Data, []byte("          live: "), []byte("          # hush again\n          live: "), 1)
	again, problems, err := Seal(t.Context(), file, added, sealOptions(t, got.Data))
	if err != nil || again == nil || again.Data == nil {
		t.Fatalf("%v\n%s", err, sealtest.Lines(problems))
	}
	if bytes.Contains(again.Data, []byte("hush again")) || !strings.Contains(clearText(t, again.Data), "# hush again") {
		t.Errorf("a comment that was added stays readable:\n%s", again.Data)
	}
	if done, _, err := Seal(t.Context(), file, again.Data, sealOptions(t, got.Data)); err != nil || done.Data != nil {
		t.Errorf("sealed twice: %v", err)
	}
}

// TestSealMovesComments: under another path they would be unreadable for ever.
func TestSealMovesComments(t *testing.T) {
	me := sealtest.NewIdentity(t)
	base := sealtest.Encrypt(t, []byte(hushed), sealtest.Seal{Groups: sealtest.KeyGroups(t, me.Public)})
	for name, edit := range map[string]func([]byte) []byte{
		"a secret is renamed": func(data []byte) []byte { return bytes.Replace(data, []byte("      A:"), []byte("      RENAMED:"), 1) },
		"a site is renamed":   func(data []byte) []byte { return bytes.Replace(data, []byte("  shop:"), []byte("  store:"), 1) },
	} {
		t.Run(name, func(t *testing.T) {
			got, problems, err := Seal(t.Context(), "secrets.yaml", edit(base), sealOptions(t, base))
			if err != nil || got == nil || got.Data == nil {
				t.Fatalf("%v\n%s", err, sealtest.Lines(problems))
			}
			plain := clearText(t, got.Data)
			for _, comment := range hushes {
				if strings.Count(plain, comment) != 1 {
					t.Errorf("SOPS does not find %q once in\n%s", comment, plain)
				}
			}
			if len(got.LostComments) > 0 || slices.ContainsFunc(got.Encrypted, func(path string) bool { return strings.Contains(path, "comment") }) {
				t.Errorf("lost %q, encrypted %q", got.LostComments, got.Encrypted)
			}
		})
	}

	// Where git has no version to take them from, that is said, and they stay.
	edited := bytes.Replace(base, []byte("value: ENC"), []byte("value: plain\n        #ENC"), 1)
	edited = bytes.Replace(edited, []byte("      A:"), []byte("      RENAMED:"), 1)
	edited = bytes.Replace(edited, []byte("          live: "), []byte("          live: again #"), 1)
	got, problems, err := Seal(t.Context(), "secrets.yaml", edited, sealOptions(t))
	if err != nil || got == nil || got.Data == nil {
		t.Fatalf("%v\n%s", err, sealtest.Lines(problems))
	}
	said := strings.Join(got.Warnings(), "\n")
	if len(got.LostComments) == 0 || !strings.Contains(said, "a comment in sites.shop.secrets.RENAMED.overrides doesn't decrypt there") {
		t.Errorf("lost %q, said %q", got.LostComments, got.Warnings())
	}
}
