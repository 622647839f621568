package view_test

import (
	"strings"
	"testing"
)

// TestHeadline: whoever reads no more than the first sentence knows whether
// something is deleted, and whether apply will write.
func TestHeadline(t *testing.T) {
	all := cases()
	tests := map[string]string{
		"everything":       "**Replaces 1 secret, updates 3, creates 2. Deletes none, but removes 1 override.** Besides: 2 left alone, 4 unchanged, 1 external (only checked).",
		"no changes":       "**No changes.** 1 request to read.",
		"nothing declared": "**No changes.** 0 requests to read.",
		"forbidden":        "**Blocked: apply will write nothing,** because of 1 refusal.",
		"refusals":         "**Blocked: apply will write nothing,** because of 17 refusals. Besides: 1 unchanged.",
		"failures":         "**Blocked: apply will write nothing,** because of 2 errors. The rest: creates 1 secret. Deletes none. Besides: 2 not read.",
		"ledger only":      "**Writes no secret, records 1.**",
		"owner left":       "**Writes no secret, releases 2, forgets 1.**",
		"remembered":       "**Deletes 1 secret, replaces 1, updates 3, records 1, releases 2, forgets 1. Removes 1 override too.** Besides: 2 unchanged.",
		"target quiet":     "**Nothing to change in what was looked at.** Besides: 1 unchanged.",
	}
	for name, want := range tests {
		p, known := all[name]
		if !known {
			t.Errorf("there is no case %s", name)
			continue
		}
		if got := firstSentence(markdown(t, p, 0)); got != want {
			t.Errorf("%s: it begins with\n%s\nwant\n%s", name, got, want)
		}
	}
}

func firstSentence(comment string) string {
	_, after, _ := strings.Cut(comment, "\n\n")
	first, _, _ := strings.Cut(after, "\n")
	return first
}
