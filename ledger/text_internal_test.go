package ledger

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/ledger/chunk"
	"github.com/cella-secrets/cella/secret"
)

// TestRecordMACIsCheckedOnItsOwn closes a chunk whose record does not verify,
// which only the holder of the key can.
func TestRecordMACIsCheckedOnItsOwn(t *testing.T) {
	keys, err := DeriveKeys(secret.NewValue(base64.StdEncoding.EncodeToString(make([]byte, KeyBytes))), secret.Value{})
	if err != nil {
		t.Fatal(err)
	}
	id := Identity{Project: "storefront", Owner: secret.Owner{Kind: secret.Site, Name: "a", ID: "1"}}
	none := Ledger{Identity: id}
	for name, c := range map[string]struct {
		forge  byte
		status Status
		reason string
	}{"genuine": {0, Whole, ""}, "forged": {1, Damaged, "holds a record that does not verify"}} {
		edition := chunk.Edition[[]Entry]{
			Pen: none.pen(keys, "r"), Before: [][]Entry{nil}, After: [][]Entry{{{Name: "A", Type: "env"}}}, Same: sameEntries,
			Lines: func(h chunk.Header, records []Entry) ([]string, error) {
				mac := entryMAC(id, keys.current(), records[0])
				mac[0] ^= c.forge
				return append(Origin{}.lines(), entryLine(records[0], mac, h.Key)), nil
			},
		}
		writes, _, err := edition.Encode()
		if err != nil {
			t.Fatal(err)
		}
		live := secret.Live{Owner: id.Owner, Secrets: []secret.LiveSecret{{Name: writes[0].Name, Type: Type, Scopes: Scopes(), Value: secret.Read(writes[0].Value)}}}
		if got := ReadAll(live, id.Project, nil, keys).Own; got.Status != c.status || !strings.Contains(got.Reason, c.reason) {
			t.Errorf("%s: Read = %s (%s), want %s (%s)", name, got.Status, got.Reason, c.status, c.reason)
		}
	}
}
