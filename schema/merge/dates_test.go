package merge

import (
	"bytes"
	"testing"

	"github.com/cella-secrets/cella/schema/internal/schematest"
	"github.com/cella-secrets/cella/schema/internal/sealtest"
)

// TestDatesThatSOPSRewrote: SOPS makes a time of a date without quotes, which is no
// conflict with a change of the other branch.
func TestDatesThatSOPSRewrote(t *testing.T) {
	typed, base := sealtest.Dated(t, sealtest.NewIdentity(t))
	m, problems, err := schematest.LoadData(t, typed, schematest.Options())
	if err != nil || m == nil {
		t.Fatal(err, sealtest.Lines(problems))
	}
	moved := bytes.Replace(typed, []byte("2027-03-01"), []byte("2028-03-01"), 1)
	// Ours was saved by SOPS, theirs moved the date by hand.
	for name, sides := range map[string][2][]byte{"ours": {base, moved}, "theirs": {moved, base}} {
		merged, err := Merge(t.Context(), Versions{Base: typed, Ours: sides[0], Theirs: sides[1]}, mergeOptions(t))
		if err != nil || len(merged.Conflicts)+len(merged.Problems) > 0 {
			t.Fatalf("%s saved by SOPS: %v, conflicts %v, %s", name, err, merged.Conflicts, sealtest.Lines(merged.Problems))
		}
		if !bytes.Contains(merged.Data, []byte("expires: 2028-03-01\n")) {
			t.Errorf("%s saved by SOPS: the change of the date is lost", name)
		}
	}
}
