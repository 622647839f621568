// Package schematest loads manifests for the tests of the packages that use schema.
// Nothing else may import it.
package schematest

import (
	"testing"

	"github.com/cella-secrets/cella/schema"
	"github.com/cella-secrets/cella/schema/internal/sealtest"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/schema/sopsfile/keyring"
)

// Options decrypt with what is on this machine.
func Options() schema.Options {
	return schema.Options{Keys: keyring.New(keyring.LocalSources())}
}

// LoadData loads data as if it were a file.
func LoadData(t testing.TB, data []byte, opts schema.Options) (*schema.Manifest, problem.List, error) {
	t.Helper()
	return schema.Load(t.Context(), sealtest.Write(t, data), opts)
}

// KeySources are the kinds of key source in a list.
func KeySources(t testing.TB, list string) keyring.Sources {
	t.Helper()
	sources, err := keyring.ParseSources(list)
	if err != nil {
		t.Fatal(err)
	}
	return sources
}
