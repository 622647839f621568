package schema

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"gopkg.in/yaml.v3"

	"github.com/cella-secrets/cella/secret"
)

// everyKey has every key of the grammar, as the decoder takes it.
const everyKey = `version: 1
project: storefront
fingerprint_key: AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
previous_fingerprint_key: AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE=
formerly: [shopfront]
defaults: {type: runtime, scopes: [web]}
policy: {unmanaged: forbid, max_delete_percent: 10, projects: [marketing]}
organizations:
  my-agency: {max_delete_percent: 0, reset_ledger: true, secrets: {}}
  old-agency: {retire: release}
sites:
  my-site:
    id: 11111111-2222-3333-4444-555555555555
    max_delete_percent: 100
    reset_ledger: false
    secrets:
      MAIL: {description: for mail, type: env, scopes: [ic, user], value: x, overrides: {live: x, pr-1: x}, drop_overrides: [dev], protect: true}
      SEARCH: {type: composer, scopes: [ic], value: x, replace: true, protect: false}
      github-oauth.github.com: {type: composer, scopes: [ic], external: true}
      GONE: {retire: delete}
      TOKEN: {value: x}
      FED:
        value_from: {env: CELLA_VALUE_FED}
        override_from: {live: {file: certs/fed.pem}, test: {env: CELLA_VALUE_TEST}}
        expires: 2027-03-01
        rotate_every: 90d
        rotated: 2026-11-01T00:00:00Z
  old-site: {retire: release}
`

// beyondSchema are the errors of the decoder that a JSON Schema does not see,
// always or in some cases, each with a change to everyKey that shows it.
var beyondSchema = map[string]struct{ old, new, reason string }{
	"alias":              {"value: x, overrides: {live: x,", "value: &a x, overrides: {live: *a,", "notation: the value is what the alias names"},
	"tag":                {"project: storefront", "project: !!str storefront", "notation: the value is text all the same"},
	"second-document":    {"  old-site: {retire: release}\n", "---\nversion: 1\n", "it is validated by itself"},
	"duplicate-key":      {"  old-site:", "  my-site: {retire: release}\n  old-site:", "notation: readers of YAML take one of them"},
	"key-not-text":       {"      GONE:", "      12:", "notation: JSON knows no other keys than text"},
	"not-a-boolean":      {"protect: true", "protect: True", "notation: True is true in YAML"},
	"not-a-number":       {"percent: 10,", "percent: 0xA,", "notation: 0xA is 10 in YAML"},
	"not-text":           {"description: for mail", "description: 2027-03-01", "notation: YAML 1.2 reads a date as text, YAML 1.1 does not"},
	"missing-type":       {"{type: runtime, scopes: [web]}", "{scopes: [web]}", "the secret or defaults must give it"},
	"missing-scopes":     {"{type: runtime, scopes: [web]}", "{type: runtime}", "the secret or defaults must give them"},
	"secret-name":        {"      GONE:", `      "A\u200bB":`, "unprintable characters have no class in every dialect of regular expressions"},
	"owner-name":         {"  old-site:", `  "A\u200bB":`, "as above"},
	"own-project":        {"[marketing]", "[storefront]", "it depends on project"},
	"drop-declared":      {"[dev]", "[live]", "it depends on overrides"},
	"same-id":            {"  old-site: {", "  old-site: {id: 11111111-2222-3333-4444-555555555555, ", "it depends on another owner"},
	"fingerprint-key":    {"AAE=", "AAE", "the key is encrypted in git"},
	"value":              {"value: x, replace", "value: " + strings.Repeat("x", secret.MaxValueBytes+1) + ", replace", "the value is encrypted in git"},
	"not-a-date":         {"2027-03-01", "2027-02-30", "a pattern does not count the days of a month"},
	"duplicate-override": {"value_from: {env: CELLA_VALUE_FED}", "value: x\n        overrides: {live: x}", "it depends on overrides"},
	"value-path":         {"certs/fed.pem", `"certs\u200b/fed.pem"`, "as for names"},
	"sops-missing":       {"value: x, replace", "value: 'ENC[AES256_GCM,data:,iv:,tag:,type:str]', replace", "ciphertext is text"},
}

func compiledSchema(t testing.TB, text string) *jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("under-test.json", document); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("under-test.json")
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

// asEditor reads YAML as an editor does that validates by JSON Schema: by
// version 1.2, in which a date is text. The second result is false for what
// is no YAML at all.
func asEditor(data []byte) (any, bool) {
	var document yaml.Node
	if yaml.Unmarshal(data, &document) != nil || len(document.Content) == 0 {
		return nil, false
	}
	return jsonOf(document.Content[0]), true
}

func jsonOf(node *yaml.Node) any {
	switch node.Kind {
	case yaml.AliasNode:
		return node.Alias.Value // of a scalar: others may hold themselves
	case yaml.MappingNode:
		object := map[string]any{}
		for i := 0; i+1 < len(node.Content); i += 2 {
			object[node.Content[i].Value] = jsonOf(node.Content[i+1])
		}
		return object
	case yaml.SequenceNode:
		list := []any{}
		for _, item := range node.Content {
			list = append(list, jsonOf(item))
		}
		return list
	}
	var scalar any
	if node.Tag == "!!timestamp" || node.Decode(&scalar) != nil {
		return node.Value
	}
	return scalar
}

// agree checks one manifest: what the decoder accepts the schema accepts, and
// what the decoder refuses the schema refuses, where it can see the reason.
func agree(t *testing.T, compiled *jsonschema.Schema, data []byte) {
	t.Helper()
	_, problems, err := loadData(t, data, Options{AllowPlaintext: true, Decryption: DecryptNever})
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	for _, problem := range problems.Errors(false) {
		codes = append(codes, problem.Code)
	}
	document, isYAML := asEditor(data)
	if !isYAML {
		return
	}
	verdict := compiled.Validate(document)
	switch {
	case len(codes) == 0 && verdict != nil:
		t.Errorf("the decoder accepts what the schema refuses: %v\n%s", verdict, data)
	case verdict == nil && slices.ContainsFunc(codes, func(code string) bool { return beyondSchema[code].reason == "" }):
		t.Errorf("the decoder refuses what the schema accepts: %v\n%s", codes, data)
	}
}

// TestJSONSchemaAgrees holds the schema against the decoder over every file of
// the tests and the examples.
func TestJSONSchemaAgrees(t *testing.T) {
	compiled := compiledSchema(t, JSONSchema())
	var files []string
	for _, pattern := range []string{"testdata/*/*.yaml", "../examples/*/*.yaml"} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			t.Fatal(pattern, err)
		}
		files = append(files, found...)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(data), "encrypted_suffix") || strings.HasPrefix(filepath.Base(file), "no-rule") {
			continue // refused for its rule of encryption
		}
		t.Run(filepath.Base(file), func(t *testing.T) { agree(t, compiled, data) })
	}
}

// TestJSONSchemaMutations puts everything that can stand somewhere into every
// place of a manifest with all keys, adds an unknown key everywhere, and
// takes everything away once: decoder and schema must come to one verdict.
func TestJSONSchemaMutations(t *testing.T) {
	compiled := compiledSchema(t, JSONSchema())
	agree(t, compiled, []byte(everyKey))
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(everyKey), &document); err != nil {
		t.Fatal(err)
	}
	tried := 0
	try := func() {
		tried++
		mutant, err := yaml.Marshal(&document)
		if err != nil {
			t.Fatal(err)
		}
		agree(t, compiled, mutant)
	}
	var mutate func(node *yaml.Node)
	mutate = func(node *yaml.Node) {
		whole := *node
		for _, text := range []string{"text", "''", "12", "-1", "101", "1.5", "true", "null", "{}", "[]", "{text: x}", "[text]", "[live]", "[web, web]", "2", "release", "ENC[x]"} {
			var other yaml.Node
			if err := yaml.Unmarshal([]byte(text), &other); err != nil {
				t.Fatal(err)
			}
			*node = *other.Content[0]
			try()
		}
		*node = whole
		if node.Kind == yaml.MappingNode {
			node.Content = append(slices.Clone(whole.Content), &yaml.Node{Kind: yaml.ScalarNode, Value: "unheard_of"}, &yaml.Node{Kind: yaml.ScalarNode, Value: "x"})
			try()
			for i := 0; i < len(whole.Content); i += 2 {
				node.Content = slices.Delete(slices.Clone(whole.Content), i, i+2)
				try()
			}
		}
		*node = whole
		for i, child := range node.Content {
			if node.Kind != yaml.MappingNode || i%2 == 1 {
				mutate(child)
			}
		}
	}
	mutate(document.Content[0])
	if tried < 500 {
		t.Errorf("%d mutants", tried)
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
			for _, word := range append(names, "live", "dev-", "-dev", "twelve-chars", "eleven-char", "a--b", "a-", strings.Repeat("a", maxProject), strings.Repeat("a", maxProject+1),
				"11111111-2222-3333-4444-555555555555", "11111111-2222-3333-4444-55555555555A", "11111111222233334444555555555555", "11111111-2222-3333-4444-55555555555g") {
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
			if !slices.ContainsFunc(problems.Errors(false), func(p Problem) bool { return p.Code == code }) {
				t.Errorf("the decoder does not refuse it with %s: %v", code, problems)
			}
			document, _ := asEditor([]byte(text))
			if err := compiled.Validate(document); err != nil {
				t.Errorf("the schema sees it after all, so it is no limit: %v", err)
			}
		})
	}
}

// levels are the lists of keys, by the place in the schema that they are for.
var levels = map[string][]string{
	"": topKeys, "defaults": defaultsKeys, "policy": policyKeys, "organizations.NAME": orgKeys,
	"sites.NAME": siteKeys, "sites.NAME.secrets.NAME": secretKeys,
	"sites.NAME.secrets.NAME.value_from": fromKeys, "sites.NAME.secrets.NAME.override_from.ENV": fromKeys,
}

// TestJSONSchemaKeys holds the keys of the schema against those that the
// decoder goes by, and what it says of them against docs/manifest.md.
func TestJSONSchemaKeys(t *testing.T) {
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(JSONSchema()))
	if err != nil {
		t.Fatal(err)
	}
	root := document.(map[string]any)
	for path, keys := range levels {
		properties := schemaAt(t, root, path)["properties"].(map[string]any)
		if diff := cmp.Diff(slices.Sorted(slices.Values(keys)), slices.Sorted(maps.Keys(properties))); diff != "" {
			t.Errorf("keys below %q (-decoder +schema):\n%s", path, diff)
		}
		for _, key := range keys {
			if key != sopsKey && !strings.Contains(everyKey, key+": ") && !strings.Contains(everyKey, key+":\n") {
				t.Errorf("everyKey lacks %s", key)
			}
		}
	}
	page, err := os.ReadFile("../docs/manifest.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "\n## Keys\n")
	section, _, _ = strings.Cut(section, "\n## ")
	rows := regexp.MustCompile("(?m)^\\| `([^`]+)` \\|.*\\|$").FindAllStringSubmatch(section, -1)
	for _, row := range rows {
		path := row[1]
		if strings.HasPrefix(path, "secrets.") {
			path = "sites.NAME." + path
		}
		cells := strings.Split(row[0], " | ")
		meaning := regexp.MustCompile(`\[([^]]*)\]\([^)]*\)`).ReplaceAllString(strings.ReplaceAll(cells[3], "`", ""), "$1")
		if got := schemaAt(t, root, path)["description"]; got != meaning {
			t.Errorf("%s\n in docs/manifest.md: %s\n in the schema:      %s", path, meaning, got)
		}
	}
	if len(rows) < len(secretKeys) {
		t.Errorf("docs/manifest.md has %d keys", len(rows))
	}
}

// schemaAt returns the part of the schema for a path of keys; NAME stands for
// any name.
func schemaAt(t *testing.T, root map[string]any, path string) map[string]any {
	t.Helper()
	at := root
	for word := range strings.FieldsFuncSeq(path, func(r rune) bool { return r == '.' }) {
		next := at["additionalProperties"]
		if properties, ok := at["properties"].(map[string]any); ok {
			next = properties[word]
		}
		below, ok := next.(map[string]any)
		if !ok {
			t.Fatalf("the schema has no %s", path)
		}
		if reference, ok := below["$ref"].(string); ok {
			below = root["definitions"].(map[string]any)[strings.TrimPrefix(reference, "#/definitions/")].(map[string]any)
		}
		at = below
	}
	return at
}
