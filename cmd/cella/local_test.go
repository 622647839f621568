package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/secret/local"
)

// TestLocalValuesGoToTheFileAlone drives the canaries into local files: they
// are in the file that was asked for, and in nothing else that comes out.
func TestLocalValuesGoToTheFileAlone(t *testing.T) {
	for _, format := range local.Formats() {
		t.Run(string(format), func(t *testing.T) {
			b := newBench(t, canaryState())
			b.manifest(canaryManifest(t))
			out := filepath.Join(b.dir, "out")
			args := []string{"local", "shop.live", "--file", filepath.Join(b.dir, "secrets.yaml"), "--format", string(format), "--type", "all", "--out"}
			got := b.offline(append(args, out)...).must(t, exitOK)
			search(t, "stdout", got.stdout)
			search(t, "stderr", got.stderr)
			content, err := os.ReadFile(out)
			if err != nil {
				t.Fatal(err)
			}
			for name, wins := range map[string]bool{
				"CREATED live": true, "CREATED": false, "CHANGED": true, "CHANGED test": false, "HIDDEN": true,
				"REPLACED live": true, "SHARED": true, "live": false, "FED live": true, "FED": false,
			} {
				in := false
				for _, form := range []string{"raw", "json", "json without HTML escapes"} {
					in = in || strings.Contains(string(content), forms(canaries[name])[form])
				}
				if in != wins {
					t.Errorf("the value of %s is in the file: %v, want %v", name, in, wins)
				}
			}
			if err := os.Remove(out); err != nil {
				t.Fatal(err)
			}
			searchFiles(t, b.dir)

			// To stdout, it is there and nowhere else.
			got = b.offline(append(args, "-")...).must(t, exitOK)
			if diff := cmp.Diff(string(content), got.stdout); diff != "" {
				t.Errorf("stdout differs from the file (-file +stdout):\n%s", diff)
			}
			search(t, "stderr", got.stderr)
			searchFiles(t, b.dir)
			if requests := b.server.Log(); len(requests) > 0 {
				t.Errorf("%d requests were made", len(requests))
			}
		})
	}
}

// TestLocalFailuresHoldNoValue: what goes wrong after decryption leaves no
// value behind, and no file.
func TestLocalFailuresHoldNoValue(t *testing.T) {
	_, sites, _ := strings.Cut(canaryManifest(t), "sites:\n")
	plain := `
version: 1
project: canary
defaults: {type: runtime, scopes: [user, web]}
organizations:
  agency: {secrets: {HIDDEN: {value: o, overrides: {live: o}}}}
sites:
` + strings.Replace(sites, "      CREATED:", "      EVIL: {value: $"+canaryKey+"}\n      CREATED:", 1)
	tests := map[string]struct {
		args []string
		says string
	}{
		"nothing decided": {[]string{"shop.live", "--format", "json", "--skip", "TYPO"}, "--skip TYPO"},
		"ambiguous":       {[]string{"shop.live", "--format", "json"}, "HIDDEN"},
		"no form":         {[]string{"shop.dev", "--format", "dotenv", "--type", "all"}, "EVIL"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, canaryState())
			b.manifest(plain)
			out := filepath.Join(b.dir, "out")
			got := b.offline(append([]string{"local", "--file", filepath.Join(b.dir, "secrets.yaml"), "--out", out}, test.args...)...).must(t, exitError)
			says(t, got.stderr, test.says)
			search(t, "stdout", got.stdout)
			search(t, "stderr", got.stderr)
			searchFiles(t, b.dir)
			if _, err := os.Lstat(out); err == nil {
				t.Error("a file was left")
			}
		})
	}
}

// TestLocalReleased: what the project released stays live, with a value that
// git does not have; where it hides an organization's, that one would be wrong.
func TestLocalReleased(t *testing.T) {
	b := newBench(t, canaryState())
	path := b.manifest(`
version: 1
project: released
defaults: {type: runtime, scopes: [web]}
organizations:
  agency: {secrets: {HIDES: {value: from the organization}, GONE: {value: also from there}}}
sites:
  shop: {secrets: {HIDES: {retire: release}, ALONE: {retire: release}, GONE: {retire: delete}}}
`)
	args := []string{"local", "shop.dev", "--file", path, "--format", "json", "--out", "-"}
	says(t, b.offline(args...).must(t, exitError).stderr, "set elsewhere, so git has no value: HIDES\n")
	got := b.offline(append(args, "--allow-missing")...).must(t, exitOK)
	if want := "{\n  \"GONE\": \"also from there\"\n}\n"; got.stdout != want {
		t.Errorf("%s, want %s", got.stdout, want)
	}
	says(t, got.stderr, "left out ALONE: this project released it", "left out HIDES: set elsewhere")
}

// TestLocalValuesFromElsewhere: a variable has to be set only where its value
// would be in the file.
func TestLocalValuesFromElsewhere(t *testing.T) {
	b := newBench(t, canaryState())
	path := b.manifest(`
version: 1
project: fed
defaults: {type: runtime, scopes: [web]}
sites:
  shop:
    secrets:
      FED: {value: in git, override_from: {live: {env: CELLA_VALUE_FED}}}
      OTHER: {value_from: {env: CELLA_VALUE_OTHER}, overrides: {live: in git}}
      BUILT: {scopes: [ic], value_from: {env: CELLA_VALUE_BUILT}}
`)
	delete(b.env, "CELLA_VALUE_FED")
	args := []string{"local", "--file", path, "--format", "json", "--out", "-"}
	got := b.offline(append(args, "shop.live")...).must(t, exitError)
	says(t, got.stderr, "cella: error: the environment variable CELLA_VALUE_FED is not set, or empty: FED\n", "--allow-missing")
	got = b.offline(append(args, "shop.live", "--allow-missing")...).must(t, exitOK)
	if want := "{\n  \"OTHER\": \"in git\"\n}\n"; got.stdout != want {
		t.Errorf("%s, want %s", got.stdout, want)
	}
	says(t, got.stderr, "left out FED: the environment variable CELLA_VALUE_FED is not set")
	b.env["CELLA_VALUE_FED"] = "fed"
	got = b.offline(append(args, "shop.live")...).must(t, exitOK)
	if want := "{\n  \"FED\": \"fed\",\n  \"OTHER\": \"in git\"\n}\n"; got.stdout != want {
		t.Errorf("%s, want %s", got.stdout, want)
	}
	says(
		t, b.offline("explain", "--file", path, "--offline", "shop.live").must(t, exitOK).stdout,
		"wins       site override from env:CELLA_VALUE_FED\n    shadows    site default\n",
	)
}
