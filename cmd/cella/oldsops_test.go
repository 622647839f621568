package main

import (
	"os"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/internal/testkit"
)

// oldSOPSVariable names the program sops 3.7.3. To build it takes minutes, so .ci/run
// does not.
const oldSOPSVariable = "CELLA_TEST_OLD_SOPS"

// oldManifest is one by whose rule sops 3.7 can work: it does not know of
// mac_only_encrypted.
const oldManifest = `version: 1
project: old
fingerprint_key: ` + testKey + `
record: site:shop
defaults: {type: runtime, scopes: [web]}
sites:
    shop:
        secrets:
            # kept
            CREATED:
                value: c4narykey
                overrides:
                    live: c4narykey-live
            FED:
                value_from: {file: key.pem}
`

// TestOldSOPS: what sops 3.7.3 encrypts and edits, cella reads; what cella writes, sops
// 3.7.3 decrypts; and what both changed merges.
func TestOldSOPS(t *testing.T) {
	sops := os.Getenv(oldSOPSVariable)
	if sops == "" {
		t.Skipf("%s does not name an sops 3.7.3; CONTRIBUTING.md says how to build one", oldSOPSVariable)
	}
	old := oldSOPS{T: t, b: newBench(t, canaryState()), sops: sops}
	config := old.b.file("sops.yaml", []byte("creation_rules:\n- {path_regex: 'secrets', encrypted_regex: '^(value|overrides|fingerprint_key)$', age: "+
		demoRecipient(t)+"}\n- age: "+demoRecipient(t)+"\n"))
	encrypt := func(name, text string) string {
		path := old.b.file(name, []byte(text))
		old.run("--config", config, "--encrypt", "--in-place", path)
		return path
	}
	encrypt("key.pem", "c4narykey\nc4narykey\n")
	manifest := encrypt("secrets.yaml", oldManifest)
	validated := func() {
		t.Helper()
		got := old.b.offline("validate", "--file", manifest).must(t, exitOK)
		says(t, got.stdout, "checksum (MAC) checked")
	}
	validated()

	for _, path := range []string{encrypt(".env", sealedEnv), encrypt(".env.live", sealedEnv), encrypt("plain.json", `{"CHANGED":"c4narykey"}`)} {
		got := old.b.offline("import", "file", path, "--to", "site:news", "--dry-run", "--file", manifest).must(t, exitOK)
		says(t, got.stdout, "value     CHANGED\n")
		search(t, "stdout", got.stdout)
	}

	base := old.copy(manifest, "base.yaml")
	value := old.b.file("value", []byte("c4narykey-by-cella"))
	old.b.offline("set", "site:shop", "ADDED", "--value-file", value, "--file", manifest).must(t, exitOK)
	says(t, old.run("--decrypt", manifest), "value: c4narykey-by-cella", "# kept")
	theirs := old.copy(base, "secrets-theirs.yaml")
	old.run("--set", `["sites"]["shop"]["secrets"]["CREATED"]["value"] "c4narykey-by-sops"`, theirs)

	old.b.offline("merge-driver", base, manifest, theirs, "7", "secrets.yaml").must(t, exitOK)
	validated()
	says(t, old.run("--decrypt", manifest), "value: c4narykey-by-cella", "value: c4narykey-by-sops", "live: c4narykey-live", "# kept")
}

// oldSOPS runs sops 3.7.3 beside cella.
type oldSOPS struct {
	*testing.T
	b    *bench
	sops string
}

func (o oldSOPS) run(args ...string) string {
	o.Helper()
	var stderr strings.Builder
	command := testkit.Command(o, o.sops, args...)
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		o.Fatalf("sops %s: %v\n%s", args, err, stderr.String())
	}
	return string(out)
}

// copy gives a file a second one of the same text.
func (o oldSOPS) copy(from, name string) string {
	o.Helper()
	text, err := os.ReadFile(from)
	if err != nil {
		o.Fatal(err)
	}
	return o.b.file(name, text)
}
