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
		says(t, got.stderr, "cella: error: site:one/TYPO: the manifest does not have this target, and no record says that cella applied it: ")
		says(t, got.stderr, "cella: hint: site:one has ")
		if strings.Contains(got.stdout, "not read") {
			t.Errorf("the owner was read:\n%s", got.stdout)
		}
	}
	if made := countWrites(b); made > 0 {
		t.Errorf("%d writes were made", made)
	}
}

// TestTargetsAddUp: apply does what any of them names, and nothing else.
func TestTargetsAddUp(t *testing.T) {
	b := newBench(t, threeSites())
	b.manifest(threeSitesManifest)
	got := b.cella("apply", "--auto-approve", "--target", "site:one/C", "--target", "three", "--target", "site:three").must(t, exitOK)
	says(t, got.stdout, "--target limits this plan to site:one/C, site:three; everything else is left out")
	for _, secret := range []struct {
		ref, name string
		want      bool
	}{{"org:agency", "A", false}, {"site:one", "B", false}, {"site:one", "C", true}, {"site:two", "B", false}, {"site:three", "B", true}} {
		if _, _, _, there := b.server.Attributes(secret.ref, secret.name); there != secret.want {
			t.Errorf("%s %s is there: %v, want %v", secret.ref, secret.name, there, secret.want)
		}
	}
}

// TestEveryUnknownTargetIsNamed, and nothing is looked at for the others.
func TestEveryUnknownTargetIsNamed(t *testing.T) {
	b := newBench(t, threeSites())
	b.manifest(threeSitesManifest)
	got := b.cella("plan", "--target", "site:one", "--target", "site:tow", "--target", "org:none").must(t, exitError)
	says(t, got.stderr, "cella: error: --target: the manifest has no site or organization site:tow\n", "did you mean site:two?",
		"cella: error: --target: the manifest has no site or organization org:none\n")
	if got.stdout != "" || len(b.server.Log()) > 0 {
		t.Errorf("something was looked at:\n%s", got.stdout)
	}
}
