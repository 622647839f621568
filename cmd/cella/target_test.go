package main

import "testing"

// TestATargetThatNobodyDeclaresIsAnError: planning or applying nothing would
// pass for success.
func TestATargetThatNobodyDeclaresIsAnError(t *testing.T) {
	b := newBench(t, threeSites())
	b.manifest(keyedManifest)
	for _, args := range [][]string{{"plan"}, {"apply", "--auto-approve"}} {
		got := b.cella(args[0], append(args[1:], "--target", "site:one/TYPO")...).must(t, exitError)
		says(t, got.stderr, "cella: error: site:one: the manifest does not declare the target site:one/TYPO")
	}
	if made := countWrites(b); made > 0 {
		t.Errorf("%d writes were made", made)
	}
}
