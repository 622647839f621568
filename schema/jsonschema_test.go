package schema

import (
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

	"github.com/cella-secrets/cella/schema/internal/sealtest"
	"github.com/cella-secrets/cella/schema/sopsfile"
)

// everyKey has every key of the grammar, as the decoder takes it.
const everyKey = `version: 1
project: storefront
fingerprint_key: AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
previous_fingerprint_key: AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE=
record: site:my-site
formerly: [shopfront]
defaults: {type: runtime, scopes: [web]}
policy: {unmanaged: forbid, max_delete_percent: 10, projects: [marketing], moved_from: old/secrets.yaml, reset_record: false, token_expires: 2027-03-01}
organizations:
  my-agency: {max_delete_percent: 0, reset_ledger: true, secrets: {}}
  old-agency: {retire: delete, secrets: {KEPT: {protect: false, value: x}}}
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
	sealtest.SlowUnderRace(t)
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
		for _, text := range []string{
			"text", "''", "12", "-1", "101", "1.5", "true", "null", "{}", "[]", "{text: x}", "[text]", "[live]",
			"[web, web]", "2", "release", "abandon", "delete", "site:old-site", "org:my-agency", "a/../b",
			"github.com/12:a.yaml", "ENC[x]",
		} {
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
			if key != sopsfile.SopsKey && !strings.Contains(everyKey, key+": ") && !strings.Contains(everyKey, key+":\n") {
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
