package schema

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/getsops/sops/v3"

	"github.com/cella-secrets/cella/internal/testkit"
	"github.com/cella-secrets/cella/schema/internal/sealtest"
	"github.com/cella-secrets/cella/schema/sopsfile/keyring"
)

const sealedPlain = `version: 1
project: storefront
organizations:
  my-agency:
    secrets:
      ORG: {type: runtime, scopes: [web], value: canary}
sites:
  my-site:
    secrets:
      A:
        description: words
        type: runtime
        scopes: [web]
        value: canary
        overrides:
          live: canary
`

func plainEdit(old, new string) func([]byte) []byte {
	return func(data []byte) []byte { return []byte(strings.Replace(string(data), old, new, 1)) }
}

// TestSealedProblems holds the rules that are about encryption; each case has
// its golden file.
func TestSealedProblems(t *testing.T) {
	me := sealtest.NewIdentity(t)
	firstValue := func(new string) func([]byte) []byte {
		return func(data []byte) []byte { return []byte(nth(0, func(string) string { return new })(string(data))) }
	}
	tests := map[string]struct {
		plain string
		how   sealtest.Seal
		edit  func([]byte) []byte
		opts  func(*Options)
	}{
		"never-encrypted":                      {edit: func([]byte) []byte { return []byte(sealedPlain) }},
		"plaintext-value":                      {edit: firstValue("canary")},
		"plaintext-is-refused-even-if-allowed": {edit: firstValue("canary"), opts: func(o *Options) { o.AllowPlaintext = true }},
		"plaintext-number":                     {edit: firstValue("12")},
		"encrypted-number":                     {plain: strings.Replace(sealedPlain, "value: canary", "value: 0123", 1)},
		"null-in-place-of-a-value":             {plain: strings.Replace(sealedPlain, "value: canary", "value: null", 1)},
		"damaged-value":                        {edit: firstValue("ENC[AES256_GCM,data:canary]")},
		"key-in-clear":                         {edit: plainEdit("project: storefront\n", "project: storefront\nfingerprint_key: canary\nrecord: site:my-site\n")},
		"regex-without-value":                  {how: sealtest.Seal{Regex: "^(overrides)$"}},
		"regex-without-overrides":              {how: sealtest.Seal{Regex: "^(value)$"}},
		"regex-with-clear-fields":              {how: sealtest.Seal{Regex: "^(value|overrides|type|scopes|description)$"}},
		"regex-of-everything":                  {how: sealtest.Seal{Regex: "."}},
		"regex-too-long":                       {how: sealtest.Seal{Regex: "^(value|overrides" + strings.Repeat("|x", 600) + ")$"}},
		"regex-of-names":                       {how: sealtest.Seal{Regex: "^(value|overrides|A|my-agency)$"}},
		"rule-encrypted-suffix":                {how: sealtest.Seal{Edit: func(m *sops.Metadata) { m.EncryptedRegex, m.EncryptedSuffix = "", "value" }}},
		"rule-unencrypted-suffix":              {how: sealtest.Seal{Edit: func(m *sops.Metadata) { m.EncryptedRegex, m.UnencryptedSuffix = "", "_clear" }}},
		"rule-unencrypted-regex":               {how: sealtest.Seal{Edit: func(m *sops.Metadata) { m.EncryptedRegex, m.UnencryptedRegex = "", "^(type)$" }}},
		"rule-encrypted-comment":               {how: sealtest.Seal{Edit: func(m *sops.Metadata) { m.EncryptedRegex, m.EncryptedCommentRegex = "", "secret" }}},
		"rule-unencrypted-comment":             {how: sealtest.Seal{Edit: func(m *sops.Metadata) { m.EncryptedRegex, m.UnencryptedCommentRegex = "", "clear" }}},
		"clear-field-encrypted": {edit: func(data []byte) []byte {
			return []byte(strings.Replace(string(data), "description: words", "description: "+envelopes.FindString(string(data)), 1))
		}},
		"value-too-long": {plain: strings.Replace(sealedPlain, "live: canary", "live: "+strings.Repeat("canary", 2731), 1)},
		"key-too-short": {
			plain: strings.Replace(
				sealedPlain, "organizations:",
				"fingerprint_key: Y2FuYXJ5\nprevious_fingerprint_key: canary\nrecord: site:my-site\norganizations:", 1,
			),
		},
		"previous-key-alone": {plain: strings.Replace(sealedPlain, "organizations:", "previous_fingerprint_key: "+strings.Repeat("A", 43)+"=\norganizations:", 1)},
		"everything-at-once": {
			plain: strings.Replace(sealedPlain, "live: canary", "live: "+strings.Repeat("canary", 2731), 1),
			how:   sealtest.Seal{MACOnly: true},
			edit:  plainEdit("description: words", "descriptio: words"),
		},
		"renamed-secret":          {how: sealtest.Seal{MACOnly: true}, edit: plainEdit("      A:\n", "      RENAMED:\n")},
		"no-key-hidden-by-errors": {edit: plainEdit("description: words", "descriptio: words"), opts: func(o *Options) { o.Keys = nil }},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if test.plain == "" {
				test.plain = sealedPlain
			}
			test.how.Groups = sealtest.KeyGroups(t, me.Public)
			data := sealtest.Encrypt(t, []byte(test.plain), test.how)
			if test.edit != nil {
				data = test.edit(data)
			}
			opts := defaultOptions()
			if test.opts != nil {
				test.opts(&opts)
			}
			m, problems, err := loadData(t, data, opts)
			if err != nil || m != nil {
				t.Fatalf("Load: %v %v", m, err)
			}
			got := shortenFiles(sealtest.Lines(problems))
			testkit.Golden(t, "testdata/sealed/"+name+".golden", got)
			if strings.Contains(got, "canary") {
				t.Errorf("a problem repeats a value:\n%s", got)
			}
		})
	}
}

// TestRulesThatCover: any expression will do that covers the values present
// and nothing that must stay readable.
func TestRulesThatCover(t *testing.T) {
	me := sealtest.NewIdentity(t)
	for _, regex := range []string{standardRegex, "^(value|overrides)$", "^(value|live)$", "^value|^overrides", "(?i)^(VALUE|OVERRIDES)$"} {
		data := sealtest.Encrypt(t, []byte(sealedPlain), sealtest.Seal{Regex: regex, Groups: sealtest.KeyGroups(t, me.Public)})
		if m, problems, err := loadData(t, data, defaultOptions()); m == nil || !m.Decrypted || len(problems) > 0 {
			t.Errorf("%s: %v\n%s", regex, err, sealtest.Lines(problems))
		}
	}
}

// shortenFiles drops the folders of temporary files.
func shortenFiles(text string) string {
	return regexp.MustCompile(regexp.QuoteMeta(os.TempDir())+`/[^ ]*/`).ReplaceAllString(text, "")
}

// TestOtherRulesOfTheCommand: files of the sops command with other rules.
func TestOtherRulesOfTheCommand(t *testing.T) {
	sealtest.Isolate(t)
	t.Setenv("SOPS_AGE_KEY_FILE", "testdata/sops/key.txt")
	for _, name := range []string{"suffix", "no-rule"} {
		_, problems, err := Load(t.Context(), "testdata/sops/"+name+".yaml", defaultOptions())
		if err != nil {
			t.Fatal(err)
		}
		testkit.Golden(t, "testdata/sops/"+name+".golden", sealtest.Lines(problems))
	}
}

// TestSopsSection: whatever the section looks like, there is one readable
// problem or the file is taken as SOPS takes it; nothing crashes.
func TestSopsSection(t *testing.T) {
	me := sealtest.NewIdentity(t)
	whole := string(sealtest.Encrypt(t, []byte(sealedPlain), sealtest.Seal{Groups: sealtest.KeyGroups(t, me.Public)}))
	body, section := whole[:strings.Index(whole, "\nsops:")+1], whole[strings.Index(whole, "\nsops:")+1:]
	edit := func(old, new string) string {
		edited := strings.Replace(section, old, new, 1)
		if edited == section {
			t.Fatalf("%q is not in the section", old)
		}
		return edited
	}
	const date = "created_at: \"2026-01-01T00:00:00Z\"\n"
	tests := map[string]struct {
		section string
		code    string // empty: taken
		reason  string
	}{
		"whole":                 {section, "", ""},
		"null":                  {"sops: null\n", "sops-section", ""},
		"list":                  {"sops: []\n", "sops-section", ""},
		"empty":                 {"sops: {}\n", "sops-section", ""},
		"twice":                 {section + "sops: {}\n", "duplicate-key", ""},
		"alias":                 {edit("  lastmodified:", "  a: &a {}\n  b: *a\n  lastmodified:"), "alias", ""},
		"key in two cases":      {edit("  lastmodified:", "  LastModified: x\n  lastmodified:"), "duplicate-key", "SOPS would take either"},
		"no keys":               {edit("  age:", "  unknown:"), "sops-section", ""},
		"keys null":             {edit("  age:", "  age:\n  unknown:"), "sops-section", ""},
		"keys of text":          {edit("  age:", "  age: text\n  unknown:"), "sops-section", ""},
		"keys a number":         {edit("  age:", "  age: 5\n  unknown:"), "sops-section", ""},
		"keys nested":           {edit("  age:", "  age: [[[]]]\n  unknown:"), "sops-section", ""},
		"key groups null":       {edit("  age:", "  key_groups:\n  unknown:"), "sops-section", ""},
		"key groups of null":    {edit("  age:", "  key_groups: [null]\n  unknown:"), "key", "a group without keys"},
		"key group empty":       {edit("  age:", "  key_groups: [{}, {}]\n  unknown:"), "key", ""},
		"mac a list":            {edit("  mac: ", "  mac: [a]\n  unknown: "), "sops-section", ""},
		"mac null":              {edit("  mac: ", "  mac:\n  unknown: "), "sops-section", ""},
		"lastmodified a date":   {edit(`"2026-01-02T03:04:05Z"`, "2026-01-02T03:04:05Z"), "sops-section", "SOPS wants text"},
		"rule a list":           {edit("  encrypted_regex: ", "  encrypted_regex: [a, b]\n  unknown: "), "sops-section", ""},
		"two rules":             {edit("  encrypted_regex: ", "  encrypted_suffix: x\n  encrypted_regex: "), "sops-section", ""},
		"threshold negative":    {edit("  age:", "  shamir_threshold: -1\n  age:"), "sops-section", ""},
		"threshold of text":     {edit("  age:", "  shamir_threshold: many\n  age:"), "sops-section", ""},
		"threshold huge":        {edit("  age:", "  shamir_threshold: 99999999999999999999\n  age:"), "sops-section", ""},
		"threshold beyond keys": {edit("  age:", "  shamir_threshold: 9\n  age:"), "", "with one group SOPS does not look at it"},
		"aws context null": {
			edit("  age:", "  kms:\n    - arn: x\n      enc: y\n      context: {a: null}\n      "+date+"  age:"),
			"sops-section", "SOPS follows the null pointer",
		},
		"aws key unusable":  {edit("  age:", "  kms:\n    - arn: x\n      enc: y\n      "+date+"  age:"), "", "the age key does"},
		"date missing":      {edit("  age:", "  kms:\n    - arn: x\n      enc: y\n  age:"), "sops-section", ""},
		"pgp null":          {edit("  age:", "  pgp:\n  age:"), "", "older versions write empty lists"},
		"all empty lists":   {edit("  age:", "  kms: []\n  gcp_kms: []\n  azure_kv: []\n  hc_vault: []\n  pgp: []\n  age:"), "", "older versions write them"},
		"huawei key broken": {edit("  age:", "  hckms:\n    - key_id: x\n      enc: y\n      "+date+"  age:"), "sops-section", ""},
		"huawei key":        {edit("  age:", "  hckms:\n    - key_id: eu-west:x\n      enc: y\n      "+date+"  age:"), "", "never contacted; the age key does"},
		"unknown field":     {edit("  age:", "  novelty: {a: [1, null]}\n  age:"), "", "a later version's"},
		"mac only, a text":  {edit("  age:", "  mac_only_encrypted: maybe\n  age:"), "sops-section", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			opts := defaultOptions()
			opts.Keys = keyring.New(keyring.DefaultSources())
			m, problems, err := loadData(t, []byte(body+test.section), opts)
			switch {
			case test.code == "":
				if m == nil {
					t.Errorf("refused (%s): %v\n%s", test.reason, err, sealtest.Lines(problems))
				}
			case test.code == "key":
				if missing := (*keyring.Error)(nil); !asKeyError(err, &missing) {
					t.Errorf("want a missing key (%s): %v\n%s", test.reason, err, sealtest.Lines(problems))
				}
			case m != nil || err != nil || !strings.Contains(sealtest.Lines(problems), "["+test.code+"]"):
				t.Errorf("want %s (%s): %v\n%s", test.code, test.reason, err, sealtest.Lines(problems))
			}
		})
	}
}
