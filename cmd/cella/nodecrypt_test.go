package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/pantheon/emulator"
)

// TestStructureTakesTheSameRequests: an id that only the manifest vouches for
// is proved without the key too, once; a ledger counts for it as far as it
// counts for anything without the key.
func TestStructureTakesTheSameRequests(t *testing.T) {
	tests := map[string]struct {
		applied bool
		id      string
		code    int
		reason  string
	}{
		"no ledger yet":   {false, idOfOne, exitOK, "one look-up proves the id"},
		"a ledger":        {true, idOfOne, exitOK, "it was written under both"},
		"another site":    {false, idOfTwo, exitError, "what is live there is not this site's"},
		"another's later": {true, idOfTwo, exitError, "its own has no ledger"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			made := map[bool]map[emulator.Operation]int{}
			for _, structureOnly := range []bool{false, true} {
				b := newBench(t, twins())
				if test.applied {
					b.manifest(withID(idOfOne))
					b.cella("apply", "--auto-approve").must(t, exitOK)
				}
				b.manifest(withID(test.id))
				args := []string{}
				if structureOnly {
					args = append(args, "--no-decrypt")
				}
				b.cella("plan", args...).must(t, test.code)
				made[structureOnly] = requests(b)
			}
			if diff := cmp.Diff(made[false], made[true]); diff != "" {
				t.Errorf("%s (-with values +without):\n%s", test.reason, diff)
			}
		})
	}
}
