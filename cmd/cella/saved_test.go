package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/internal/files"
	"github.com/cella-secrets/cella/pantheon/emulator"
)

func TestASavedPlanIsAppliedAsApproved(t *testing.T) {
	b := newBench(t, threeSites())
	b.manifest(threeSitesManifest)
	file := filepath.Join(b.dir, "plan.json")
	b.cella("plan", "--out", file).must(t, exitOK)
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != files.Private {
		t.Errorf("the plan's mode is %v, %v, want 0600", info.Mode(), err)
	}
	got := b.cella("apply", file).must(t, exitOK)
	says(t, got.stdout, "Applied: 5 new;")
	got = b.cella("apply", file).must(t, exitStale)
	says(t, got.stderr, "cella: error: the saved plan is stale", "cella: hint: plan again with --out")
}

func TestASavedPlanThatIsDone(t *testing.T) {
	b := newBench(t, threeSites())
	b.manifest(strings.Replace(threeSitesManifest, "version: 1\n", "version: 1\nrecord: site:one\nfingerprint_key: "+testKey+"\n", 1))
	file := filepath.Join(b.dir, "plan.json")
	b.cella("plan", "--out", file).must(t, exitOK)
	b.cella("apply", file).must(t, exitOK)
	got := b.cella("apply", file).must(t, exitStale)
	says(t, got.stderr, "cella: error: the saved plan is stale: nothing is left to do; nothing was applied",
		"cella: hint: save a new one with `cella plan --out FILE` when there is something to do again")
	if strings.Contains(got.stderr, "approved:") {
		t.Errorf("each change is listed as done:\n%s", got.stderr)
	}
}

// TestASavedPlanCanOnlyBeRefused changes what was approved, or what it is
// compared with. Whatever a plan file says, apply does not follow it.
func TestASavedPlanCanOnlyBeRefused(t *testing.T) {
	edited := func(from, to string) func(*testing.T, *bench, string) {
		return func(t *testing.T, b *bench, file string) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			changed := strings.Replace(string(text), from, to, 1)
			if changed == string(text) {
				t.Fatalf("the plan has no %q", from)
			}
			b.file("plan.json", []byte(changed))
		}
	}
	tests := map[string]struct {
		change func(*testing.T, *bench, string)
		code   int
		says   string
		reason string
	}{
		"another value": {func(t *testing.T, b *bench, _ string) {
			b.manifest(strings.Replace(threeSitesManifest, "one-b,", "one-b-other,", 1))
		}, exitStale, "the saved plan is stale", "the manifest is not the one that was approved"},
		"re-encrypted": {func(t *testing.T, b *bench, _ string) {
			b.manifest(threeSitesManifest)
		}, exitStale, "secrets.yaml: holds something else than was approved", "the same values in other ciphertext are another file"},
		"live changed": {func(t *testing.T, b *bench, _ string) {
			b.cella("apply", "--auto-approve", "--target", "site:two").must(t, exitOK)
		}, exitStale, "site:two/B: approved: create; now: update", "part of it is done already"},
		"an action edited": {edited(`"action": "create"`, `"action": "delete"`), exitStale, "approved: delete; now: create", "apply computes its own actions"},
		"a name edited":    {edited(`"secret": "A"`, `"secret": "EVIL\u001b[31m"`), exitStale, `EVIL\x1b[31m`, "foreign text is quoted"},
		"a field added":    {edited(`"project"`, `"extra": 1, "project"`), exitError, "is not a saved plan", "the format is closed"},
		"another project":  {edited(`"three"`, `"four"`), exitStale, "four", "a plan of another project"},
		"complete edited": {
			edited(`"complete": true`, `"complete": false`), exitStale, "plan: complete approved: false; now: true",
			"it says that something was left out",
		},
		"cut": {func(t *testing.T, b *bench, file string) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			b.file("plan.json", text[:len(text)/2])
		}, exitError, "is not a saved plan", "half a plan approves nothing"},
		"two plans": {func(t *testing.T, b *bench, file string) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			b.file("plan.json", append(text, text...))
		}, exitError, "is not a saved plan", "which of them was approved?"},
		"no JSON": {func(t *testing.T, b *bench, _ string) {
			b.file("plan.json", []byte("c4narykey"))
		}, exitError, "is not a saved plan", "the text is not repeated"},
		"other JSON": {func(t *testing.T, b *bench, _ string) {
			b.file("plan.json", []byte("{}"))
		}, exitError, "is not a saved plan", "it is not stale: it never was a plan"},
		"without a version": {edited(`"format_version": "1"`, `"format_version": ""`), exitError, "is not a saved plan", "every saved plan has one"},
		"another version": {
			edited(`"format_version": "1"`, `"format_version": "2"`), exitError,
			"it is a plan of format version 2, and this cella reads version 1", "what it says may mean something else",
		},
		"an owner of no kind":   {edited(`"kind": "site",`, ""), exitError, "is not a saved plan", "it crashed once"},
		"an owner that is null": {edited(`"owner": {`, `"owner": null, "x": {`), exitError, "is not a saved plan", "no member is unknown"},
		"a list that is null":   {edited(`"ledgers": []`, `"ledgers": null`), exitError, "is not a saved plan", "every saved plan has one"},
		"a member twice":        {edited(`"project"`, `"project": "other", "project"`), exitError, "is not a saved plan", "which of them was approved?"},
		"a member missing":      {edited(`"unmanaged": [],`, ""), exitError, "is not a saved plan", "half a plan approves nothing"},
		"null": {func(t *testing.T, b *bench, _ string) {
			b.file("plan.json", []byte("null"))
		}, exitError, "is not a saved plan", "it is no plan"},
		"removed": {func(t *testing.T, b *bench, file string) {
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
		}, exitError, "cella plan --out FILE", "there is nothing to apply"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, threeSites())
			b.manifest(threeSitesManifest)
			file := filepath.Join(b.dir, "plan.json")
			b.cella("plan", "--out", file).must(t, exitOK)
			test.change(t, b, file)
			writes := countWrites(b)
			got := b.cella("apply", file)
			if got.code != test.code {
				t.Errorf("exit code = %d, want %d: %s\n%s", got.code, test.code, test.reason, got.stderr)
			}
			says(t, got.stderr, test.says)
			if strings.Contains(got.stderr, "c4narykey") || strings.Contains(got.stderr, "\x1b") {
				t.Errorf("stderr repeats the file: %q", got.stderr)
			}
			if made := countWrites(b) - writes; made > 0 {
				t.Errorf("%d writes were made", made)
			}
		})
	}
}

// countWrites counts the requests that change something.
func countWrites(b *bench) int {
	made := requests(b)
	return made[emulator.CreateSecret] + made[emulator.SetDefault] + made[emulator.SetOverride] +
		made[emulator.RemoveOverride] + made[emulator.DeleteSecret]
}

func TestOutAndPlaintextExcludeEachOther(t *testing.T) {
	b := newBench(t, threeSites())
	b.file("secrets.yaml", []byte(threeSitesManifest))
	got := b.cella("plan", "--allow-plaintext", "--out", filepath.Join(b.dir, "plan.json")).must(t, exitError)
	says(t, got.stderr, "--out cannot be used with --allow-plaintext", "cella: hint: encrypt the manifest")
	got = b.cella("plan", "--allow-plaintext", "--format", "json").must(t, exitOK)
	says(t, got.stdout, `"inputs": []`)
}

func TestASavedPlanHoldsNoValue(t *testing.T) {
	b := newBench(t, canaryState())
	b.manifest(canaryManifest(t))
	b.cella("plan", "--out", filepath.Join(b.dir, "plan.json")).must(t, exitOK)
	searchFiles(t, b.dir)
	text, err := os.ReadFile(filepath.Join(b.dir, "plan.json"))
	if err != nil || !json.Valid(text) {
		t.Errorf("the plan is no JSON: %v", err)
	}
}
