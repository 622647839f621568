package main

import (
	"strings"
	"testing"
)

// TestATargetThatNobodyDeclaresIsAnError: planning or applying nothing would
// pass for success.
func TestATargetThatNobodyDeclaresIsAnError(t *testing.T) {
	b := newBench(t, threeSites())
	b.manifest(keyedManifest)
	for _, args := range [][]string{{"plan"}, {"apply", "--auto-approve"}} {
		got := b.cella(args[0], append(args[1:], "--target", "site:one/TYPO")...).must(t, exitError)
		says(t, got.stderr, "cella: error: site:one/TYPO: the manifest does not declare this target, and no ledger records it: ")
		says(t, got.stderr, "cella: hint: name a secret as the manifest does")
		if strings.Contains(got.stdout, "not read") {
			t.Errorf("the owner was read:\n%s", got.stdout)
		}
	}
	if made := countWrites(b); made > 0 {
		t.Errorf("%d writes were made", made)
	}
}
