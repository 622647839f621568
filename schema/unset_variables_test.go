package schema_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/schema"
)

// TestUnsetVariables: what may do without some values is not kept from the
// others, and can tell which it has.
func TestUnsetVariables(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secrets.yaml")
	const text = `
version: 1
project: p
defaults: {type: runtime, scopes: [web]}
sites:
  s: {secrets: {A: {value_from: {env: CELLA_VALUE_A}}, B: {value_from: {env: CELLA_VALUE_B}}}}
`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	opts := schema.Options{AllowPlaintext: true, Environment: func(name string) string {
		return map[string]string{"CELLA_VALUE_B": "b"}[name]
	}}
	_, problems, err := schema.Load(t.Context(), file, opts)
	if failed := problems.Errors(false); err != nil || len(failed) != 1 || !strings.Contains(failed[0].String(), "CELLA_VALUE_A is not set") {
		t.Errorf("problems = %v, %v, want one for CELLA_VALUE_A", failed, err)
	}
	opts.UnsetVariables = true
	manifest, problems, err := schema.Load(t.Context(), file, opts)
	if err != nil || len(problems.Errors(false)) > 0 {
		t.Fatal(problems, err)
	}
	desired, _ := manifest.Compile(nil)
	a, b := desired[0].Secrets[0], desired[0].Secrets[1]
	if a.Value.Known() || !b.Value.Known() || manifest.UnseenVariables != 1 {
		t.Errorf("A known %v, B known %v, %d unseen; want false, true, 1", a.Value.Known(), b.Value.Known(), manifest.UnseenVariables)
	}
}
