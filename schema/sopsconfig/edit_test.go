package sopsconfig

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/azkv"
	"github.com/getsops/sops/v3/gcpkms"
	"github.com/getsops/sops/v3/kms"
	"github.com/getsops/sops/v3/pgp"

	"github.com/cella-secrets/cella/schema/internal/sealtest"
	"github.com/cella-secrets/cella/schema/recipients"
	"github.com/cella-secrets/cella/schema/sopsfile"
	"github.com/cella-secrets/cella/schema/sopsfile/keyring"
)

const (
	ann  = "age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg"
	ben  = "age1v3l4d962j6k32n3usfg3zdflpsa2rdynp6nrwtvk8v3xyqtp6fmqurvvla"
	cy   = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMT28l7ddpunqtplGumDL/zb+JKr1lsoa1r4oqLOLupg"
	pg   = "2AC233C5FBE1618237941FE8DF12900EC493D617"
	arnA = "arn:aws:kms:eu-west-1:123456789012:key/a"
	arnB = "arn:aws:kms:eu-west-1:123456789012:key/b"
)

// names stand for keys in the texts of tests.
var names = strings.NewReplacer("ANN", ann, "BEN", ben, "CY", cy, "PGP", pg, "KMS", arnA, "ARN", arnB)

// inFolderWith puts a configuration into a folder of its own and returns the path of a
// manifest there.
func inFolderWith(t *testing.T, config string) string {
	t.Helper()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, usual), []byte(names.Replace(config)), 0o600); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(folder, "secrets.yaml")
}

// diffOf lists the lines that a text lost and won.
func diffOf(before, after string) string {
	var out []string
	a, b := strings.Split(before, "\n"), strings.Split(after, "\n")
	for len(a)+len(b) > 0 {
		switch {
		case len(a) > 0 && len(b) > 0 && a[0] == b[0]:
			a, b = a[1:], b[1:]
		case len(a) > 0 && (len(b) == 0 || !strings.Contains("\n"+strings.Join(b, "\n")+"\n", "\n"+a[0]+"\n")):
			out, a = append(out, "-"+a[0]), a[1:]
		default:
			out, b = append(out, "+"+b[0]), b[1:]
		}
	}
	return strings.NewReplacer(ann, "ANN", ben, "BEN", cy, "CY", pg, "PGP", arnA, "KMS", arnB, "ARN").Replace(strings.Join(out, "\n"))
}

// TestEdit: a rule gets a key, or loses one, in the way in which it is written, and
// nothing else changes.
func TestEdit(t *testing.T) {
	sealtest.Isolate(t)
	age := func(texts ...string) sops.KeyGroup {
		var group sops.KeyGroup
		for _, text := range texts {
			key, err := sopsfile.AgeRecipient(text)
			if err != nil {
				t.Fatal(err)
			}
			group = append(group, key)
		}
		return group
	}
	addBen := Change{Add: age(ben), Label: "Ben"}
	dropBen := Change{Remove: []string{ben}}
	const other = "  - path_regex: other\n    age: BEN\n"
	tests := map[string]struct {
		config string
		change Change
		want   string // changed lines; "by hand" where people have to
	}{
		"a list":             {"creation_rules:\n  - age:\n      - ANN # Ann\n    mac_only_encrypted: true\n# end\n", addBen, "+      - BEN # Ben"},
		"a list, SSH":        {"creation_rules:\n  - age:\n      - 'ANN'\n", Change{Add: age(cy + " cy@home")}, "+      - 'CY cy@home'"},
		"a list, a colon":    {"creation_rules:\n  - age:\n      - ANN\n", Change{Add: age(cy + " cy: home")}, "+      - 'CY cy: home'"},
		"a list at the dash": {"creation_rules:\n- age:\n  - ANN\n", addBen, "+  - BEN # Ben"},
		"a list in brackets": {"creation_rules:\n  - age: [ANN]  # keys\n", addBen, "-  - age: [ANN]  # keys\n+  - age: [ANN, BEN]  # keys"},
		"a text":             {"creation_rules:\n  - age: ANN # keys\n", addBen, "-  - age: ANN # keys\n+  - age: ANN,BEN # keys"},
		"a text in quotes":   {"creation_rules:\n  - age: \"ANN\"\n", addBen, "-  - age: \"ANN\"\n+  - age: \"ANN,BEN\""},
		"a folded text": {
			"creation_rules:\n  - age: >-\n      ANN,\n      CY\n    mac_only_encrypted: true\n",
			addBen,
			"-      CY\n+      CY,\n+      BEN",
		},
		"a first one of its kind": {"creation_rules:\n  - pgp: PGP\n", addBen, "-  - pgp: PGP\n+  - age: 'BEN'\n+    pgp: PGP"},
		"a rule in braces": {
			"creation_rules: [{age: ANN, mac_only_encrypted: true}]\n",
			addBen,
			"-creation_rules: [{age: ANN, mac_only_encrypted: true}]\n+creation_rules: [{age: 'ANN,BEN', mac_only_encrypted: true}]",
		},
		"a key group": {
			"creation_rules:\n  - key_groups:\n      - age: [ANN]\n      - age:\n          - CY\n",
			Change{Add: age(ben), Group: 1},
			"+          - BEN",
		},
		"a list of all rules": {"team: &team [ANN]\ncreation_rules:\n  - age: *team\n", addBen, "by hand"},
		"there already":       {"creation_rules:\n  - age: 'ANN,BEN'\n", addBen, ""},
		"no rule":             {"creation_rules:\n" + other, addBen, ""},
		"below another rule":  {"creation_rules:\n" + other + "  - age:\n    - ANN\n", addBen, "+    - BEN # Ben"},
		"KMS, in a group": {
			"creation_rules:\n  - key_groups:\n    - kms:\n      - arn: KMS\n        role: r\n",
			Change{Add: sops.KeyGroup{kms.NewMasterKey(arnB, "", nil)}},
			"+      - {arn: '" + "ARN" + "'}",
		},
		"PGP beside age": {
			"creation_rules:\n  - age: ANN\n    encrypted_regex: a\n",
			Change{Add: sops.KeyGroup{pgp.NewMasterKeyFromFingerprint(pg)}},
			"-  - age: ANN\n+  - pgp: 'PGP'\n+    age: ANN",
		},
		"GCP, in a group": {
			"creation_rules:\n  - key_groups:\n    - age: [ANN]\n",
			Change{Add: sops.KeyGroup{gcpkms.NewMasterKeyFromResourceID("projects/p")}},
			"-    - age: [ANN]\n+    - gcp_kms: [{resource_id: projects/p}]\n+      age: [ANN]",
		},
		"Azure": {
			"creation_rules:\n  - azure_keyvault: https://v.vault.azure.net/keys/a/1\n",
			Change{Add: sops.KeyGroup{azkv.NewMasterKey("https://w.vault.azure.net", "b", "2")}},
			"-  - azure_keyvault: https://v.vault.azure.net/keys/a/1\n" +
				"+  - azure_keyvault: https://v.vault.azure.net/keys/a/1,https://w.vault.azure.net/keys/b/2",
		},
		"out of a list": {
			"creation_rules:\n  - age:\n      - ANN # Ann\n      # Ben\n      - BEN\n      - CY\n",
			dropBen,
			"-      # Ben\n-      - BEN",
		},
		"out of a list, last":  {"creation_rules:\n  - pgp: PGP\n    age:\n      - BEN\n", dropBen, "-    age:\n-      - BEN"},
		"out of brackets":      {"creation_rules:\n  - age: ['BEN', 'ANN']\n", dropBen, "-  - age: ['BEN', 'ANN']\n+  - age: ['ANN']"},
		"out of a text, first": {"creation_rules:\n  - age: 'BEN,ANN'\n", dropBen, "-  - age: 'BEN,ANN'\n+  - age: 'ANN'"},
		"out of a text, last":  {"creation_rules:\n  - age: ANN, BEN # team\n", dropBen, "-  - age: ANN, BEN # team\n+  - age: ANN # team"},
		"out of a folded text": {"creation_rules:\n  - age: >-\n      ANN,\n      BEN,\n      CY\n", dropBen, "-      BEN,"},
		"out of it, last":      {"creation_rules:\n  - age: >-\n      ANN,\n      BEN\n", dropBen, "-      ANN,\n-      BEN\n+      ANN"},
		"by an alias": {
			"keys:\n  - &ann ANN\n  - &ben BEN\ncreation_rules:\n  - age:\n      - *ann\n      - *ben\n",
			dropBen,
			"-      - *ben",
		},
		"a fingerprint": {
			"creation_rules:\n  - pgp: '" + strings.ToLower(pg) + ",0000000000000000000000000000000000000B0B'\n",
			Change{Remove: []string{pg}},
			"-  - pgp: '" + strings.ToLower(pg) + ",0000000000000000000000000000000000000B0B'\n+  - pgp: '0000000000000000000000000000000000000B0B'",
		},
		"not in another rule":      {"creation_rules:\n" + other + "  - age: ANN,BEN\n", dropBen, "-  - age: ANN,BEN\n+  - age: ANN"},
		"one comes, one goes":      {"creation_rules:\n  - age:\n    - BEN\n", Change{Add: age(ann), Remove: []string{ben}}, "by hand"},
		"Windows line ends":        {"creation_rules:\r\n  - age:\r\n      - ANN\r\n", addBen, "+      - BEN # Ben\r"},
		"one that is not readable": {"creation_rules:\n  - age: {}\n", addBen, "by hand"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			file := inFolderWith(t, test.config)
			made, err := Edit(file, test.change)
			if (test.want == "by hand") != errors.Is(err, ErrByHand) || err != nil && !errors.Is(err, ErrByHand) {
				t.Fatalf("Edit: %v", err)
			}
			if err != nil || test.want == "" {
				if made != nil {
					t.Errorf("it was changed:\n%s", made.After)
				}
				return
			}
			if made == nil {
				t.Fatal("nothing changed")
			}
			if got := diffOf(string(made.Before), string(made.After)); got != test.want {
				t.Errorf("changed lines:\n%s\nwant:\n%s", got, test.want)
			}
		})
	}
}

// TestAddRule: what a catch-all rule would leave in clear gets a rule of its own above,
// with the keys of that one, and other files keep theirs.
func TestAddRule(t *testing.T) {
	sealtest.Isolate(t)
	const standard = `^(value|overrides|fingerprint_key)$`
	rules := sopsfile.Rules{Standard: standard, Encrypted: []string{"value"}, Clear: []string{"type"}}
	const rule = "+  - path_regex: '^secrets\\.yaml$'\n+    # What is encrypted. Names, types, scopes and approvals stay readable.\n" +
		"+    encrypted_regex: '^(value|overrides|fingerprint_key)$'\n+    # What is readable may be edited by hand.\n+    mac_only_encrypted: true\n"
	tests := map[string]struct {
		config, want, line string
	}{
		"age": {"# ours\ncreation_rules:\n  # all files\n  - age: ANN # Ann\n", rule + "+    age:\n+      - ANN # Ann",
			"- {path_regex: '^secrets\\.yaml$', encrypted_regex: '^(value|overrides|fingerprint_key)$', mac_only_encrypted: true, age: [ANN]}"},
		"with comments": {"creation_rules:\n  - age:\n      - ANN # Ann, ops\n", rule + "+    age:\n+      - ANN # Ann, ops", ""},
		"one that matches all": {"creation_rules:\n  - path_regex: other\n    age: BEN\n  - path_regex: .*\n    age: 'ANN,CY c'\n",
			rule + "+    age:\n+      - ANN\n+      - CY c", ""},
		"KMS": {"creation_rules:\n  - kms: KMS+arn:aws:iam::1:role/r\n    aws_profile: ops\n",
			rule + "+    key_groups:\n+      - kms:\n+          - arn: KMS\n+            role: arn:aws:iam::1:role/r\n+            aws_profile: ops",
			"- {path_regex: '^secrets\\.yaml$', encrypted_regex: '^(value|overrides|fingerprint_key)$', mac_only_encrypted: true, " +
				"key_groups: [{kms: [{arn: 'KMS', role: 'arn:aws:iam::1:role/r', aws_profile: ops}]}]}"},
		"groups": {"creation_rules:\n  - shamir_threshold: 2\n    key_groups:\n      - kms: [{arn: KMS, context: {App: shop}}]\n      - age: [ANN]\n" +
			"      - pgp: [PGP]\n        gcp_kms: [{resource_id: projects/p}]\n        hc_vault: ['https://vault.example:8200/v1/transit/keys/a']\n",
			rule + "+    shamir_threshold: 2\n+    key_groups:\n+      - kms:\n+          - arn: KMS\n+            context:\n+              App: shop\n" +
				"+      - age:\n+          - ANN\n+      - gcp_kms:\n+          - resource_id: projects/p\n+        hc_vault:\n" +
				"+          - https://vault.example:8200/v1/transit/keys/a\n+        pgp:\n+          - PGP", ""},
		"Azure": {"creation_rules:\n  - azure_keyvault: https://v.vault.azure.net/keys/k/1\n",
			rule + "+    key_groups:\n+      - azure_keyvault:\n+          - vaultUrl: https://v.vault.azure.net\n+            key: k\n+            version: \"1\"", ""},
		"an alias":              {"team: &team [ANN]\ncreation_rules:\n  - age: *team\n", rule + "+    age:\n+      - ANN", ""},
		"rules in braces":       {"creation_rules: [{age: ANN}]\n", "by hand", "- {path_regex: "},
		"rules on other levels": {"creation_rules:\n- age: ANN\nstores: {}\n", strings.ReplaceAll(rule, "+  ", "+") + "+  age:\n+    - ANN", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			file := inFolderWith(t, test.config)
			_, err := Find(file, rules, keyring.New(keyring.DefaultSources()))
			var lacks *RuleError
			if !errors.As(err, &lacks) || !lacks.Keyed() {
				t.Fatalf("Find: %v", err)
			}
			hint := strings.NewReplacer(ann, "ANN", arnA, "KMS").Replace(lacks.Hint().Next[0])
			if !strings.Contains(hint, test.line) || strings.Contains(hint, "\n") {
				t.Errorf("the hint is %s", hint)
			}
			made, err := lacks.AddRule()
			if test.want == "by hand" {
				if !errors.Is(err, ErrByHand) {
					t.Fatalf("AddRule: %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := diffOf(string(made.Before), string(made.After)); got != test.want {
				t.Errorf("changed lines:\n%s\nwant:\n%s", got, test.want)
			}
			if err := os.WriteFile(made.Path, made.After, 0o600); err != nil {
				t.Fatal(err)
			}
			creation, err := Find(file, rules, keyring.New(keyring.DefaultSources()))
			if err != nil || creation.LeavesClear() != "" {
				t.Errorf("then: %v", err)
			}
		})
	}
}

// TestOffline: what is read without SOPS is what SOPS reads, but that Azure is not
// asked.
func TestOffline(t *testing.T) {
	sealtest.Isolate(t)
	for _, config := range []string{
		"age: 'ANN, BEN,'", "age: [ANN, BEN]\n    pgp: 'PGP,PGP'", "kms: KMS+arn:aws:iam::1:role/r\n    aws_profile: ops", "kms: [KMS, ARN]\n    gcp_kms: a, b",
		"hc_vault_transit_uri: https://vault.example/v1/transit/keys/a\n    hckms: ['eu:1']",
		"shamir_threshold: 2\n    " +
			"key_groups:\n    - {age: [ANN]}\n    - merge: [{pgp: [PGP]}, {kms: [{arn: KMS, context: {a: b}}]}]",
		"encrypted_regex: a\n    mac_only_encrypted: true\n    age: ANN", "unencrypted_suffix: _u\n    age: ANN",
	} {
		file := inFolderWith(t, "creation_rules:\n  - "+config+"\n")
		path := filepath.Join(filepath.Dir(file), usual)
		theirs, err := sopsRule(path, file)
		if err != nil {
			t.Fatalf("%s: SOPS: %v", config, err)
		}
		node, err := read(path)
		if err != nil {
			t.Fatal(err)
		}
		ours, err := offline(path, rulesOf(node)[0])
		if err != nil {
			t.Fatalf("%s: %v", config, err)
		}
		if changes := recipients.Compare(policyOf(theirs), policyOf(ours)); len(changes) > 0 {
			t.Errorf("%s: SOPS reads something else: %v", config, changes)
		}
	}
}
