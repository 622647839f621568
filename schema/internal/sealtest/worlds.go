package sealtest

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/aes"
	"github.com/getsops/sops/v3/keyservice"
)

// Edited is what `sops edit` makes of an encrypted file when its clear form
// becomes plain: ciphertext of values that stay is kept. change may edit the
// metadata, and return another data key.
func Edited(t testing.TB, data []byte, plain string, change func(*sops.Tree) []byte) []byte {
	t.Helper()
	tree, err := Store().LoadEncryptedFile(data)
	if err != nil {
		t.Fatal(err)
	}
	key, err := tree.Metadata.GetDataKeyWithKeyServices([]keyservice.KeyServiceClient{keyservice.NewLocalClient()}, sops.DefaultDecryptionOrder)
	if err != nil {
		t.Fatal(err)
	}
	cipher := aes.NewCipher()
	if _, err := tree.Decrypt(key, cipher); err != nil {
		t.Fatal(err)
	}
	if tree.Branches, err = Store().LoadPlainFile([]byte(plain)); err != nil {
		t.Fatal(err)
	}
	if change != nil {
		if other := change(&tree); other != nil {
			key, cipher = other, aes.NewCipher()
		}
	}
	mac, err := tree.Encrypt(key, cipher)
	if err != nil {
		t.Fatal(err)
	}
	tree.Metadata.LastModified = tree.Metadata.LastModified.Add(time.Hour)
	if tree.Metadata.MessageAuthenticationCode, err = cipher.Encrypt(mac, key, MACAAD(tree.Metadata)); err != nil {
		t.Fatal(err)
	}
	out, err := Store().EmitEncryptedFile(tree)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Rotated gives a tree a new data key, as `sops rotate` does.
func Rotated(t testing.TB) func(*sops.Tree) []byte {
	return func(tree *sops.Tree) []byte {
		key, errs := tree.GenerateDataKey()
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		return key
	}
}

const Shop = `# head
version: 1
project: storefront
defaults:
  type: runtime
  scopes:
    - web
sites:
  my-site:
    secrets:
      # about A
      A:
        value: alpha
      B:
        value: beta
        overrides:
          live: beta live
      C:
        value: gamma
`

const Later = "2027-01-01T00:00:00Z"

// Replaced replaces pairs of texts that must be there.
func Replaced(t testing.TB, text string, pairs ...string) string {
	t.Helper()
	for i := 0; i+1 < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			t.Fatalf("%q is not in the text:\n%s", pairs[i], text)
		}
		text = strings.Replace(text, pairs[i], pairs[i+1], 1)
	}
	return text
}

const HandPlain = `# yaml-language-server: $schema=./schema.json
version: 1
project: storefront

# what is not said elsewhere
defaults: {type: runtime, scopes: [web]}   # for all
sites:
  my-site:  # the shop
    secrets:

      # about A
      A:
        scopes: [web, ic] # both
        value: alpha

      EXT: {type: env, scopes: [ic], external: true} # elsewhere
      Z: {external: true}
  empty: {secrets: {}}
`

// SealedHand is handPlain as a person would have it: the style of an editor,
// values encrypted.
func SealedHand(t testing.TB, me Identity) string {
	t.Helper()
	written := string(Encrypt(t, []byte(HandPlain), Seal{Groups: KeyGroups(t, me.Public), MACOnly: true}))
	envelope := regexp.MustCompile(`value: (ENC.*)`).FindStringSubmatch(written)[1]
	return strings.Replace(HandPlain, "alpha", envelope, 1) + written[strings.Index(written, "\nsops:")+1:]
}

// Stranger is a recipient whose private key nobody here has.
func Stranger(t testing.TB) string {
	t.Helper()
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return key.Recipient().String()
}

// recipients are edits of the sops section, as sops makes them: updatekeys
// keeps the data key, rotate makes another one.
func UpdateKeys(t testing.TB, recipients ...string) func(*sops.Tree) []byte {
	return func(tree *sops.Tree) []byte {
		key, err := tree.Metadata.GetDataKey()
		if err != nil {
			t.Fatal(err)
		}
		had := tree.Metadata.KeyGroups[0]
		tree.Metadata.KeyGroups = KeyGroups(t, recipients...)
		if errs := tree.Metadata.UpdateMasterKeys(key); len(errs) > 0 {
			t.Fatal(errs)
		}
		for _, new := range tree.Metadata.KeyGroups[0] {
			for _, old := range had {
				if new.ToString() == old.ToString() {
					new.SetEncryptedDataKey(old.EncryptedDataKey())
				}
			}
		}
		return nil
	}
}

func UpdateAndRotate(t testing.TB, recipients ...string) func(*sops.Tree) []byte {
	return func(tree *sops.Tree) []byte {
		tree.Metadata.KeyGroups = KeyGroups(t, recipients...)
		return Rotated(t)(tree)
	}
}

const OnePlain = `version: 1
project: storefront
defaults:
  type: runtime
  scopes:
    - web
sites:
  my-site:
    secrets:
      A:
        value: alpha
        type: env
`

func KeyText(letter byte) string { return strings.Repeat(string(letter), 42) + "A=" }

// Small has a value, an override and a secret that is set elsewhere.
const Small = `version: 1
project: storefront
sites:
  my-site:
    secrets:
      A: {type: runtime, scopes: [web], value: alpha, overrides: {live: beta}}
      B:
        type: env
        scopes: [ic, web]
        description: two words
        external: true
`

// Dated is Shop with a day in it, as a person typed it and as SOPS saves it, which
// makes a time of it.
func Dated(t testing.TB, me Identity) (typed, saved []byte) {
	t.Helper()
	block := strings.Replace(Shop, "      A:\n", "      A:\n        expires: 2027-03-01\n", 1)
	saved = Encrypt(t, []byte(block), Seal{MACOnly: true, Groups: KeyGroups(t, me.Public)})
	if !bytes.Contains(saved, []byte("2027-03-01T00:00:00Z")) {
		t.Fatal("SOPS no longer rewrites dates; this test has lost its reason")
	}
	return bytes.Replace(saved, []byte("2027-03-01T00:00:00Z"), []byte("2027-03-01"), 1), saved
}
