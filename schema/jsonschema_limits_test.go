package schema

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/secret"
)

// beyondSchema are the errors of the decoder that a JSON Schema does not see,
// always or in some cases, each with a change to everyKey that shows it.
var beyondSchema = map[string]struct{ old, new, reason string }{
	"alias":               {"value: x, overrides: {live: x,", "value: &a x, overrides: {live: *a,", "notation: the value is what the alias names"},
	"tag":                 {"project: storefront", "project: !!str storefront", "notation: the value is text all the same"},
	"hidden-line-end":     {"description: for mail", "description: for\u2028 mail", "editors have line ends of their own"},
	"second-document":     {"  old-site: {retire: release}\n", "---\nversion: 1\n", "it is validated by itself"},
	"duplicate-key":       {"  old-site:", "  my-site: {retire: release}\n  old-site:", "notation: readers of YAML take one of them"},
	"key-not-text":        {"      GONE:", "      12:", "notation: JSON knows no other keys than text"},
	"not-a-boolean":       {"protect: true", "protect: True", "notation: True is true in YAML"},
	"not-a-number":        {"percent: 10,", "percent: 0xA,", "notation: 0xA is 10 in YAML"},
	"not-text":            {"description: for mail", "description: 2027-03-01", "notation: YAML 1.2 reads a date as text, YAML 1.1 does not"},
	"missing-type":        {"{type: runtime, scopes: [web]}", "{scopes: [web]}", "the secret or defaults must give it"},
	"missing-scopes":      {"{type: runtime, scopes: [web]}", "{type: runtime}", "the secret or defaults must give them"},
	"secret-name":         {"      GONE:", `      "A\u200bB":`, "unprintable characters have no class in every dialect of regular expressions"},
	"owner-name":          {"  old-agency:", `  "A\u200bB":`, "as above, for organizations"},
	"own-project":         {"[marketing]", "[storefront]", "it depends on project"},
	"drop-declared":       {"[dev]", "[live]", "it depends on overrides"},
	"same-id":             {"  old-site: {", "  old-site: {id: 11111111-2222-3333-4444-555555555555, ", "it depends on another owner"},
	"fingerprint-key":     {"AAE=", "AAE", "the key is encrypted in git"},
	"value":               {"value: x, replace", "value: " + strings.Repeat("x", secret.MaxValueBytes+1) + ", replace", "the value is encrypted in git"},
	"not-a-date":          {"2027-03-01", "2027-02-30", "a pattern does not count the days of a month"},
	"duplicate-override":  {"value_from: {env: CELLA_VALUE_FED}", "value: x\n        overrides: {live: x}", "it depends on overrides"},
	"value-path":          {"certs/fed.pem", `"certs\u200b/fed.pem"`, "as for names"},
	"record-undeclared":   {"record: site:my-site", "record: site:other", "it depends on sites"},
	"record-organization": {"record: site:my-site", "record: org:my-agency", "it depends on sites"},
	"record-retired":      {"record: site:my-site", "record: site:old-site", "it depends on that site"},
	"moved-from":          {"old/secrets.yaml", `"old/\u200bsecrets.yaml"`, "as for names"},
	"sops-missing":        {"value: x, replace", "value: 'ENC[AES256_GCM,data:,iv:,tag:,type:str]', replace", "ciphertext is text"},
}

// TestJSONSchemaLimits shows what the schema cannot say: a case for each of
// the decoder's errors that it may miss.
func TestJSONSchemaLimits(t *testing.T) {
	compiled := compiledSchema(t, JSONSchema())
	for code, test := range beyondSchema {
		t.Run(code, func(t *testing.T) {
			text := strings.Replace(everyKey, test.old, test.new, 1)
			if text == everyKey {
				t.Fatalf("%q is not there", test.old)
			}
			_, problems, err := loadData(t, []byte(text), Options{AllowPlaintext: true})
			if err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(problems.Errors(false), func(p problem.Problem) bool { return p.Code == code }) {
				t.Errorf("the decoder does not refuse it with %s: %v", code, problems)
			}
			document, _ := asEditor([]byte(text))
			if err := compiled.Validate(document); err != nil {
				t.Errorf("the schema sees it after all, so it is no limit: %v", err)
			}
		})
	}
}

// TestJSONSchemaNames holds the patterns for names against the decoder's.
func TestJSONSchemaNames(t *testing.T) {
	compiled := compiledSchema(t, JSONSchema())
	long := strings.Repeat("a", secret.MaxNameBytes)
	names := []string{"A", "a.b", "a-b", "1a", "_", "CELLA_X", "CELLA", "cella_x", ".", "..", "...", "a b", "a\tb", "", "ä",
		"value", "overrides", "fingerprint_key", "previous_fingerprint_key", "values", long, long + "a"}
	for name, text := range map[string]string{
		"secret":      "sites: {s: {secrets: {%q: {type: runtime, scopes: [web], value: x}}}}",
		"env secret":  "sites: {s: {secrets: {%q: {type: env, scopes: [web], value: x}}}}",
		"site":        "sites: {%q: {secrets: {}}}",
		"org":         "organizations: {%q: {secrets: {}}}",
		"project":     "formerly: [%q]",
		"environment": "sites: {s: {secrets: {A: {type: env, scopes: [web], value: x, overrides: {%q: x}}}}}",
		"id":          "sites: {s: {id: %q, secrets: {}}}",
	} {
		t.Run(name, func(t *testing.T) {
			for _, word := range append(
				names, "live", "dev-", "-dev", "twelve-chars", "eleven-char", "a--b", "a-",
				strings.Repeat("a", secret.MaxProjectBytes), strings.Repeat("a", secret.MaxProjectBytes+1),
				"11111111-2222-3333-4444-555555555555", "11111111-2222-3333-4444-55555555555A",
				"11111111222233334444555555555555", "11111111-2222-3333-4444-55555555555g",
			) {
				agreeOnNames(t, compiled, fmt.Sprintf("version: 1\nproject: storefront\n"+text+"\n", word))
			}
		})
	}
}

// agreeOnNames is agree without allowance for names.
func agreeOnNames(t *testing.T, compiled *jsonschema.Schema, text string) {
	t.Helper()
	_, problems, err := loadData(t, []byte(text), Options{AllowPlaintext: true})
	if err != nil {
		t.Fatal(err)
	}
	document, _ := asEditor([]byte(text))
	if accepted := len(problems.Errors(false)) == 0; accepted != (compiled.Validate(document) == nil) {
		t.Errorf("the decoder accepts it: %v; the schema does not agree:\n%s", accepted, text)
	}
}
