package schema

import (
	"errors"
	"fmt"
	"testing"

	"github.com/cella-secrets/cella/schema/internal/sealtest"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/schema/sopsfile/keyring"
	"github.com/cella-secrets/cella/secret"
)

// flatValues are the values of desired under the oracle's paths.
func flatValues(desired []secret.Desired) map[string]string {
	values := map[string]string{}
	for _, owner := range desired {
		for _, s := range owner.Secrets {
			path := fmt.Sprintf("/%ss/%s/secrets/%s/", owner.Owner.Kind, owner.Owner.Name, s.Name)
			if s.Value.Known() {
				values[path+"value"] = s.Value.Reveal()
			}
			for _, override := range s.Overrides {
				values[path+"overrides/"+string(override.Env)] = override.Value.Reveal()
			}
		}
	}
	return values
}

func defaultOptions() Options { return Options{Keys: keyring.New(keyring.LocalSources())} }

// loadData loads data as if it were a file.
func loadData(t testing.TB, data []byte, opts Options) (*Manifest, problem.List, error) {
	t.Helper()
	m, problems, err := Load(t.Context(), sealtest.Write(t, data), opts)
	if (m == nil) != (err != nil || len(problems.Errors(false)) > 0) {
		t.Fatalf("Load: manifest %v with error %v and problems %v", m, err, problems)
	}
	return m, problems, err
}

// compile compiles m with made-up ids.
func compile(t testing.TB, m *Manifest) []secret.Desired {
	t.Helper()
	ids := map[secret.Owner]string{}
	for i, owner := range m.Unresolved() {
		ids[owner] = fmt.Sprintf("00000000-0000-0000-0000-%012d", i)
	}
	desired, problems := m.Compile(ids)
	if len(problems) > 0 {
		t.Fatalf("Compile: %v", problems)
	}
	return desired
}

func asKeyError(err error, target **keyring.Error) bool { return errors.As(err, target) }

// TestStandard: the tests encrypt as a manifest wants it.
func TestStandard(t *testing.T) {
	if sealtest.Standard != standardRegex {
		t.Errorf("sealtest encrypts %s, a manifest %s", sealtest.Standard, standardRegex)
	}
}

// keySources are the kinds of key source in a list.
func keySources(t testing.TB, list string) keyring.Sources {
	t.Helper()
	sources, err := keyring.ParseSources(list)
	if err != nil {
		t.Fatal(err)
	}
	return sources
}

func keysOf(t testing.TB, list string) *keyring.Keyring {
	return keyring.New(keySources(t, list))
}
