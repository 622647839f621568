package merge

import (
	"strings"
	"testing"

	"github.com/cella-secrets/cella/schema/internal/sealtest"
)

// TestWhoWasRemovedStaysAway: where both sides changed the recipients, the conflict
// says how they become what both wanted; who was removed is not among those to add.
func TestWhoWasRemovedStaysAway(t *testing.T) {
	me := sealtest.NewIdentity(t)
	one, two := sealtest.Stranger(t), sealtest.Stranger(t)
	base := sealtest.Encrypt(t, []byte(sealtest.Shop), sealtest.Seal{Groups: sealtest.KeyGroups(t, me.Public, one)})
	with := sealtest.Edited(t, base, sealtest.Replaced(t, sealtest.Shop, "alpha", "alpha2"), sealtest.UpdateKeys(t, me.Public, one, two))
	without := sealtest.Edited(t, base, sealtest.Replaced(t, sealtest.Shop, "gamma", "gamma2"), sealtest.UpdateAndRotate(t, me.Public))
	for name, test := range map[string]struct {
		v    Versions
		want string
	}{
		"theirs removed": {Versions{base, with, without}, "; keep ours; then run: cella keys remove " + one},
		"ours removed":   {Versions{base, without, with}, "; keep ours; then run: cella keys add " + two},
	} {
		got, err := Merge(t.Context(), test.v, mergeOptions(t))
		if err != nil || len(got.Conflicts) != 1 || !strings.HasSuffix(got.Conflicts[0].What, test.want) {
			t.Errorf("%s: %v %v, want %q", name, err, got.Conflicts, test.want)
		}
	}
}

// TestMergeOfUse: with which credentials a key is asked is not lost, and is said.
func TestMergeOfUse(t *testing.T) {
	me := sealtest.NewIdentity(t)
	const entry = "  kms:\n    - arn: arn:aws:kms:eu-west-1:123456789012:key/a\n      created_at: \"2026-01-02T03:04:05Z\"\n      enc: AAAA\n"
	sealed := string(sealtest.Encrypt(t, []byte(sealtest.Shop), sealtest.Seal{Groups: sealtest.KeyGroups(t, me.Public), MACOnly: true}))
	base := strings.Replace(sealed, "  encrypted_regex:", entry+"  encrypted_regex:", 1)
	role := strings.Replace(base, "      enc: AAAA\n", "      enc: AAAA\n      role: arn:aws:iam::1:role/r\n", 1)
	got, err := Merge(t.Context(), Versions{[]byte(base), []byte(strings.Replace(base, "- web", "- ic", 1)), []byte(role)}, mergeOptions(t))
	if err != nil || len(got.Conflicts) > 0 || !strings.Contains(string(got.Data), "role: arn:aws:iam::1:role/r") {
		t.Fatalf("%v %v\n%s", err, got.Conflicts, got.Data)
	}
	const want = "is used with another role: none -> arn:aws:iam::1:role/r"
	if notes := strings.Join(got.Notes, "\n"); !strings.Contains(notes, want) {
		t.Errorf("the notes are %q, and have no %q", notes, want)
	}
}
