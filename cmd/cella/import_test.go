package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/aes"
	"github.com/getsops/sops/v3/config"
	sopsyaml "github.com/getsops/sops/v3/stores/yaml"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/cella-secrets/cella/pantheon/emulator"
)

// valuesCommand writes the default values of a site, as SOPS decrypts them, to a
// file, a line each: values MANIFEST SITE FILE.
func valuesCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: values MANIFEST SITE FILE")
	}
	tree, err := sopsyaml.NewStore(&config.YAMLStoreConfig{}).LoadEncryptedFile([]byte(ts.ReadFile(args[0])))
	ts.Check(err)
	key, err := demoDataKey(tree.Metadata)
	ts.Check(err)
	cipher := aes.NewCipher()
	computed, err := tree.Decrypt(key, cipher)
	ts.Check(err)
	mac, err := cipher.Decrypt(tree.Metadata.MessageAuthenticationCode, key, tree.Metadata.LastModified.Format(time.RFC3339))
	ts.Check(err)
	if mac != computed {
		ts.Fatalf("SOPS finds that the MAC does not fit")
	}
	secrets, _ := below(tree.Branches[0], "sites", args[1], "secrets").(sops.TreeBranch)
	var out strings.Builder
	for _, item := range secrets {
		if entry, ok := item.Value.(sops.TreeBranch); ok {
			fmt.Fprintf(&out, "%s %q\n", item.Key, below(entry, "value"))
		}
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(out.String()), 0o600))
}

// below follows keys down a tree.
func below(branch sops.TreeBranch, keys ...string) any {
	var value any = branch
	for _, key := range keys {
		branch, _ := value.(sops.TreeBranch)
		value = nil
		for _, item := range branch {
			if item.Key == key {
				value = item.Value
			}
		}
	}
	return value
}

// TestImportOfAnAccount: fifty sites and their organization, in every shape,
// are taken over without a change of anything live; afterwards there is
// nothing to do.
func TestImportOfAnAccount(t *testing.T) {
	b := newBench(t, account(50))
	b.manifest("version: 1\nproject: storefront\nfingerprint_key: " + testKey + "\ndefaults: {type: runtime, scopes: [web]}\n")
	before := b.server.State()
	got := b.cella("import org", "agency", "--all-sites").must(t, exitOK)
	says(t, got.stdout, "imported 77 readable and 101 external, left out 187")
	got = b.cella("plan").must(t, exitOK)
	says(t, got.stdout, "Plan: 78 record; 50 left alone, 101 external (only checked).")
	if todo := regexp.MustCompile(`[0-9]+ (new|update|replace|delete|release|refused)\b`).FindString(got.stdout); todo != "" {
		t.Errorf("the first plan has %s", todo)
	}
	b.cella("apply", "--auto-approve").must(t, exitOK)
	b.cella("plan", "--detailed-exitcode").must(t, exitOK)
	after := b.server.State()
	for i, site := range before.Sites {
		for name, held := range site.Secrets {
			if now := after.Sites[i].Secrets[name]; now.Value != held.Value || now.ValueDigest != held.ValueDigest {
				t.Errorf("%s/%s was changed", site.Name, name)
			}
		}
	}
}

// TestImportOfWhatTheProjectApplied: a hidden value can't come back, and what was
// this project's own would be released. It is told.
func TestImportOfWhatTheProjectApplied(t *testing.T) {
	const head = "version: 1\nproject: three\nfingerprint_key: " + testKey + "\ndefaults: {type: runtime, scopes: [web]}\n"
	state := threeSites()
	state.Sites[0].Secrets = map[string]emulator.Secret{"THEIRS": {Type: "runtime", Scopes: []string{"web"}, Value: "theirs"}}
	b := newBench(t, state)
	b.manifest(head + "sites: {one: {secrets: {KEPT: {value: kept}, OURS: {value: ours}}}}\n")
	b.cella("apply", "--auto-approve").must(t, exitOK)
	b.manifest(head + "sites: {one: {secrets: {KEPT: {value: kept}}}}\n")
	got := b.cella("import site", "one").must(t, exitOK)
	const note = "this project applied it before, and will give it up as external: to keep it, give it its value with cella set"
	says(t, got.stdout, "  external  OURS: "+note+"\n", "  external  THEIRS\n")
	if n := strings.Count(got.stdout, note); n != 1 {
		t.Errorf("it is told of %d secrets:\n%s", n, got.stdout)
	}
}

// account is an organization with n sites, whose secrets are of all kinds.
func account(n int) emulator.State {
	state := emulator.State{Organizations: []emulator.Organization{{Name: "agency", Secrets: map[string]emulator.Secret{
		"MAIL_SENDER": {Type: "runtime", Scopes: []string{"user", "web"}, Value: "shop@example.org"},
		"MAIL_KEY":    {Type: "runtime", Scopes: []string{"web"}, Value: "hidden"},
		"REGION":      {Type: "env", Scopes: []string{"user", "ic"}, Value: "eu"},
	}}}}
	for i := range n {
		secrets := map[string]emulator.Secret{
			"FLAG": {
				Type:      "runtime",
				Scopes:    []string{"user", "web"},
				Value:     "0123",
				Overrides: map[string]string{"live": "no", "test": fmt.Sprint(i)},
			},
			"STRIPE_KEY":              {Type: "runtime", Scopes: []string{"web"}, Value: "hidden", Overrides: map[string]string{"live": "hidden"}},
			"github-oauth.github.com": {Type: "composer", Scopes: []string{"ic"}, Value: "hidden"},
			"deploy":                  {Type: "vcs", Scopes: []string{"user"}, Value: "readable"},
		}
		switch i % 4 {
		case 0:
			secrets["MAIL_SENDER"] = emulator.Secret{Type: "runtime", Scopes: []string{"user", "web"}, Value: fmt.Sprintf("site-%d@example.org", i)}
		case 1:
			secrets["MAIL_KEY"] = emulator.Secret{Type: "runtime", Scopes: []string{"web"}, Value: "hidden"}
		case 2:
			secrets["CERT"] = emulator.Secret{Type: "env", Scopes: []string{"user", "ic"}, Value: "-----BEGIN X-----\r\né\t\"'$\\\n-----END X-----\n"}
		}
		state.Sites = append(state.Sites, emulator.Site{Name: fmt.Sprintf("site-%02d", i), Organization: "agency", Secrets: secrets})
	}
	return state
}
