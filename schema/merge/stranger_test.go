package merge

import (
	"errors"
	"testing"

	"github.com/cella-secrets/cella/schema/internal/sealtest"
)

// TestMergeTakesNoKeyFromAStranger: recipients are public, so anybody can write
// a manifest for them that verifies. What is merged with it must not end under
// a key that its author knows.
func TestMergeTakesNoKeyFromAStranger(t *testing.T) {
	me := sealtest.NewIdentity(t)
	groups := sealtest.KeyGroups(t, me.Public)
	base := sealtest.Encrypt(t, []byte(sealtest.Shop), sealtest.Seal{Groups: groups})
	mine := sealtest.Edited(t, base, sealtest.Replaced(t, sealtest.Shop, "gamma", "only mine"), nil)
	forged := func(pairs ...string) []byte {
		return sealtest.Encrypt(t, []byte(sealtest.Replaced(t, sealtest.Shop, pairs...)), sealtest.Seal{Groups: groups})
	}
	tests := map[string]struct {
		theirs []byte
		want   error
		reason string
	}{
		"knows no value": {
			forged("alpha", "x", "beta live", "y", "value: beta", "value: z", "gamma", "w"), ErrUnvouched,
			"whoever could decrypt would have kept the values",
		},
		"knows one value":     {forged("alpha", "x", "beta live", "y", "value: beta", "value: z"), ErrUnvouched, "one may be known or guessed"},
		"changes a few":       {forged("alpha", "x"), nil, "a rotation of the key beside that of a credential"},
		"rotates and changes": {sealtest.Edited(t, base, sealtest.Replaced(t, sealtest.Shop, "alpha", "x"), sealtest.Rotated(t)), nil, "the same with sops"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			for side, v := range map[string]Versions{"theirs": {base, mine, test.theirs}, "ours, as a rebase has it": {base, test.theirs, mine}} {
				got, err := Merge(t.Context(), v, mergeOptions(t))
				if !errors.Is(err, test.want) {
					t.Errorf("%s: %v, want %v (%s)", side, err, test.want, test.reason)
				}
				if err != nil && got.Data != nil {
					t.Errorf("%s: something was merged", side)
				}
			}
		})
	}
}
