package ledger

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/secret"
)

// TestRecordMACIsCheckedOnItsOwn seals a chunk whose record does not verify,
// which only the holder of the key can.
func TestRecordMACIsCheckedOnItsOwn(t *testing.T) {
	keys, err := DeriveKeys(secret.NewValue(base64.StdEncoding.EncodeToString(make([]byte, KeyBytes))), secret.Value{})
	if err != nil {
		t.Fatal(err)
	}
	id := Identity{Project: "storefront", Owner: secret.Owner{Kind: secret.Site, Name: "a", ID: "1"}}
	draft := Book{Identity: id}.Edit()
	draft.Put(Record{Name: "A", Type: "env"})
	_, book, err := draft.Encode(keys, "r")
	if err != nil {
		t.Fatal(err)
	}
	c := book.chunks[1]
	c.macs[0][0] ^= 1
	c.sealed = sealOf(id, keys.current, c.body())
	live := secret.Live{Secrets: []secret.LiveSecret{{
		Name: Name("storefront", secret.Site, 1), Type: Type, Scopes: Scopes(), Value: secret.Read(secret.NewValue(c.text())),
	}}}
	if got := Read(live, id, keys); got.Status != Damaged || !strings.Contains(got.Reason, "holds a record that does not verify") {
		t.Errorf("Read = %s (%s), want damaged", got.Status, got.Reason)
	}
}

// TestClass: the last bytes of the digest are the digest modulo a power of
// two.
func TestClass(t *testing.T) {
	// SHA-256 of "abc" ends with f20015ad.
	for count, want := range map[int]int{1: 0, 2: 1, 4: 1, 8: 5, 16: 13, 256: 0xad} {
		if got := class("abc", count); got != want {
			t.Errorf("class of %d = %d, want %d", count, got, want)
		}
	}
}
