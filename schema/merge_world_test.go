package schema

import (
	"strings"
	"testing"
	"time"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/aes"
	"github.com/getsops/sops/v3/keyservice"
	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/schema/internal/sealtest"
	"github.com/cella-secrets/cella/schema/internal/yamltext"
	"github.com/cella-secrets/cella/schema/sopsfile"
)

// edited is what `sops edit` makes of an encrypted file when its clear form
// becomes plain: ciphertext of values that stay is kept. change may edit the
// metadata, and return another data key.
func edited(t testing.TB, data []byte, plain string, change func(*sops.Tree) []byte) []byte {
	t.Helper()
	tree, err := sealtest.Store().LoadEncryptedFile(data)
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
	if tree.Branches, err = sealtest.Store().LoadPlainFile([]byte(plain)); err != nil {
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
	if tree.Metadata.MessageAuthenticationCode, err = cipher.Encrypt(mac, key, sealtest.MACAAD(tree.Metadata)); err != nil {
		t.Fatal(err)
	}
	out, err := sealtest.Store().EmitEncryptedFile(tree)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// rotated gives a tree a new data key, as `sops rotate` does.
func rotated(t testing.TB) func(*sops.Tree) []byte {
	return func(tree *sops.Tree) []byte {
		key, errs := tree.GenerateDataKey()
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		return key
	}
}

const mergePlain = `# head
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

const mergeTime = "2027-01-01T00:00:00Z"

func mergeOptions(t testing.TB) MergeOptions {
	t.Helper()
	now, err := time.Parse(time.RFC3339, mergeTime)
	if err != nil {
		t.Fatal(err)
	}
	return MergeOptions{File: "secrets.yaml", Keys: sopsfile.NewKeyring(sopsfile.LocalKeySources()), MarkerSize: 7, Now: now}
}

// replaced replaces pairs of texts that must be there.
func replaced(t testing.TB, text string, pairs ...string) string {
	t.Helper()
	for i := 0; i+1 < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			t.Fatalf("%q is not in the text:\n%s", pairs[i], text)
		}
		text = strings.Replace(text, pairs[i], pairs[i+1], 1)
	}
	return text
}

// flatPlain are the texts of a plain manifest under the oracle's paths.
func flatPlain(t testing.TB, plain string) map[string]string {
	t.Helper()
	branches, err := sealtest.Store().LoadPlainFile([]byte(plain))
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]string{}
	for _, branch := range branches {
		sealtest.Flatten(branch, "", values)
	}
	return values
}

// mustHold checks by SOPS's own code that data has the content of plain under
// a right MAC.
func mustHold(t testing.TB, data []byte, plain string) {
	t.Helper()
	values, err := sealtest.Oracle(data)
	if err != nil {
		t.Fatalf("SOPS: %v\n%s", err, data)
	}
	if diff := cmp.Diff(flatPlain(t, plain), values); diff != "" {
		t.Errorf("content (-want +got):\n%s\n%s", diff, data)
	}
}

// decide resolves all conflicts for one side, as a person would.
func decide(data []byte, marker byte) []byte {
	lines, _ := yamltext.SplitLines(data)
	return yamltext.JoinLines(decided(lines, marker), false)
}

const (
	forOurs   = '<'
	forTheirs = '='
)
