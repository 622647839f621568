package edit

import (
	"errors"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/schema/internal/sealtest"
	"github.com/cella-secrets/cella/secret"
)

// TestDraftRemovesTheLastOfACommentedMapping: the comment stays behind the empty
// braces, and the next secret opens them.
func TestDraftRemovesTheLastOfACommentedMapping(t *testing.T) {
	me := sealtest.NewIdentity(t)
	before := sealtest.Replaced(t, sealtest.SealedHand(t, me), "    secrets:\n\n", "    secrets:  # ours\n\n")
	d := mustEdit(t, []byte(before))
	if err := errors.Join(d.Remove(mySite, "A"), d.Remove(mySite, "EXT"), d.Remove(mySite, "Z")); err != nil {
		t.Fatal(err)
	}
	if text := string(mustText(t, d)); !strings.Contains(text, "\n    secrets: {} # ours\n") {
		t.Errorf("the empty mapping is not there with its comment:\n%s", text)
	}
	if err := d.Insert(mySite, secret.DesiredSecret{Name: "NEXT", External: true}); err != nil {
		t.Fatal(err)
	}
	if text := string(mustText(t, d)); !strings.Contains(text, "\n    secrets: # ours\n      NEXT:\n        external: true\n") {
		t.Errorf("the next secret does not open it:\n%s", text)
	}
}

// TestDraftLeavesOuterCommentsOutside: a comment behind a mapping, and less deep than it,
// stays behind what is added at the mapping's end.
func TestDraftLeavesOuterCommentsOutside(t *testing.T) {
	me := sealtest.NewIdentity(t)
	before := sealtest.Replaced(t, sealtest.SealedHand(t, me), "      Z: {external: true}\n",
		"      Z: {external: true}\n      # about none\n\n    # secrets end\n  # my-site ends\n")
	d := mustEdit(t, []byte(before))
	if err := d.Insert(mySite, secret.DesiredSecret{Name: "ZZ", External: true}); err != nil {
		t.Fatal(err)
	}
	const want = "      Z: {external: true}\n      # about none\n      ZZ:\n        external: true\n\n    # secrets end\n  # my-site ends\n"
	if text := string(mustText(t, d)); !strings.Contains(text, want) {
		t.Errorf("got:\n%s", text)
	}
}
