package merge

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/schema/internal/sealtest"
	"github.com/cella-secrets/cella/schema/internal/yamltext"
	"github.com/cella-secrets/cella/schema/sopsfile/keyring"
)

func mergeOptions(t testing.TB) Options {
	t.Helper()
	now, err := time.Parse(time.RFC3339, sealtest.Later)
	if err != nil {
		t.Fatal(err)
	}
	return Options{File: "secrets.yaml", Keys: keyring.New(keyring.LocalSources()), MarkerSize: 7, Now: now}
}

// flatPlain are the texts of a plain manifest under the oracle's paths.
func flatPlain(t testing.TB, plain string) map[string]string {
	t.Helper()
	branches, err := sealtest.Store().LoadPlainFile([]byte(plain))
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]string{}
	for _, branch := range branches {
		sealtest.Flatten(branch, "", values)
	}
	return values
}

// mustHold checks by SOPS's own code that data has the content of plain under
// a right MAC.
func mustHold(t testing.TB, data []byte, plain string) {
	t.Helper()
	values, err := sealtest.Oracle(data)
	if err != nil {
		t.Fatalf("SOPS: %v\n%s", err, data)
	}
	if diff := cmp.Diff(flatPlain(t, plain), values); diff != "" {
		t.Errorf("content (-want +got):\n%s\n%s", diff, data)
	}
}

// decide resolves all conflicts for one side, as a person would.
func decide(data []byte, marker byte) []byte {
	lines, _ := yamltext.SplitLines(data)
	return yamltext.JoinLines(decided(lines, marker), false)
}

const (
	forOurs   = '<'
	forTheirs = '='
)
