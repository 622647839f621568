package schema

import (
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/cella-secrets/cella/schema/internal/sealtest"
	"github.com/cella-secrets/cella/schema/problem"
)

// The lints about values and fields are in testdata/problems/lints.yaml.

func TestLintsNeedNoKey(t *testing.T) {
	me := sealtest.NewIdentity(t)
	plain := strings.Replace(small, "scopes: [web]", "scopes: [user]", 1)
	data := sealtest.Encrypt(t, []byte(plain), sealtest.Seal{Groups: sealtest.KeyGroups(t, me.Public)})
	m, problems, err := loadData(t, data, Options{Decryption: DecryptNever})
	if err != nil || m == nil || m.Decrypted || !m.Encrypted {
		t.Fatalf("Load: %+v %v", m, err)
	}
	if got := sealtest.Lines(problems); !strings.Contains(got, "[user-scope-only]") {
		t.Errorf("problems: %s", got)
	}
}

// TestWindowsComments: whose comment it is does not depend on line ends.
func TestWindowsComments(t *testing.T) {
	const text = "version: 1\nproject: storefront\ndefaults: {type: runtime}\nsites:\n  my-site:\n    secrets:\n" +
		"      A:\n        scopes: [ic]\n        value: x\n\n      # about another one\n      B:\n        value: y\n        # who reads it\n        scopes: [web]\n"
	for _, data := range []string{text, strings.ReplaceAll(text, "\n", "\r\n")} {
		m, problems, err := loadData(t, []byte(data), Options{AllowPlaintext: true})
		if err != nil || m == nil || len(problems) > 0 {
			t.Errorf("%q: %v, problems %s", data, err, problems)
		}
	}
}

func TestStrict(t *testing.T) {
	problems := problem.List{{Code: "a"}, {Code: "b", Warning: true}, {Code: "c"}}
	if got := problems.Errors(false); len(got) != 2 || got[1].Code != "c" {
		t.Errorf("Errors(false) = %v", got)
	}
	if got := problems.Errors(true); len(got) != 3 {
		t.Errorf("Errors(true) = %v", got)
	}
	if got := problems.Warnings(); len(got) != 1 || got[0].Code != "b" {
		t.Errorf("Warnings() = %v", got)
	}
}

func TestRecipients(t *testing.T) {
	me := sealtest.NewIdentity(t)
	other, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	mine, theirs := me.Public, other.Recipient().String()
	const fingerprint = "2AC233C5FBE1618237941FE8DF12900EC493D617"
	tests := map[string]struct {
		config string
		want   string
		reason string
	}{
		"same":          {"creation_rules: [{age: " + mine + "}]", "", ""},
		"same in group": {"creation_rules: [{key_groups: [{age: [" + mine + "]}]}]", "", ""},
		"one missing":   {"creation_rules: [{age: '" + mine + "," + theirs + "'}]", "missing here: " + theirs, ""},
		"one extra":     {"creation_rules: [{age: " + theirs + "}]", "only here: " + mine, ""},
		"a PGP key":     {"creation_rules: [{age: " + mine + ", pgp: " + fingerprint + "}]", "missing here: " + fingerprint, ""},
		"no rules":      {"stores: {}", "", "there is nothing to compare with"},
		"other path":    {"creation_rules: [{path_regex: ^other$, age: " + theirs + "}]", "sops-config", "sops updatekeys would fail too"},
		"rule by path":  {"creation_rules: [{path_regex: ^other$, age: " + theirs + "}, {path_regex: secrets, age: " + mine + "}]", "", ""},
		"broken":        {"creation_rules: {", "sops-config", ""},
		"broken rule":   {"creation_rules: [{age: canary}]", "sops-config", ""},
		"azure": {"creation_rules: [{age: " + mine + ", azure_keyvault: https://127.0.0.1:1/keys/k}]", "missing here: https://127.0.0.1:1/keys/k",
			"SOPS would ask that address for the key's version; cella reads the rule without"},
		"azure in disguise": {"creation_rules: [{!!binary YXp1cmVfa2V5dmF1bHQ=: 'https://127.0.0.1:1/keys/k'}]", "only here: " + mine, "likewise"},
		"a threshold": {"creation_rules: [{shamir_threshold: 2, key_groups: [{age: [" + mine + "]}, {age: [" + theirs + "]}]}]",
			"missing here: " + theirs + "; it takes one key here, keys of 2 of 2 groups there; the key groups are others", ""},
		"other rule of encryption": {"creation_rules: [{encrypted_regex: ^value$, age: " + mine + "}]",
			"encrypted_regex is ^(value|overrides|fingerprint_key|previous_fingerprint_key)$ here, ^value$ there", ""},
		"a whole MAC": {"creation_rules: [{mac_only_encrypted: true, age: " + mine + "}]", "mac_only_encrypted is none here, true there", "3.8 loses it"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			file := sealtest.Write(t, sealtest.Encrypt(t, []byte(small), sealtest.Seal{Groups: sealtest.KeyGroups(t, mine)}))
			sealtest.WriteFile(t, filepath.Join(filepath.Dir(file), ".sops.yaml"), []byte(test.config+"\n"))
			m, problems, err := Load(t.Context(), file, defaultOptions())
			if err != nil || m == nil {
				t.Fatalf("Load: %v\n%s", err, sealtest.Lines(problems))
			}
			got := sealtest.Lines(problems)
			if (test.want == "") != (got == "") || !strings.Contains(got, test.want) {
				t.Errorf("problems %q, want %q (%s)", got, test.want, test.reason)
			}
			if strings.Contains(got, "canary") {
				t.Error("the configuration is repeated")
			}
		})
	}
}
