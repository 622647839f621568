package survey

import (
	"errors"
	"path/filepath"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/schema"
)

// inputDigests tell whether a plan is made from the same as another one. Of a
// manifest in clear there are none: whoever reads them could test guesses.
func inputDigests(manifest *schema.Manifest, keys ledger.Keys) ([]plan.InputDigest, error) {
	if !manifest.Encrypted {
		return nil, nil
	}
	digests := []plan.InputDigest{{File: filepath.ToSlash(manifest.File), SHA256: manifest.SHA256}}
	for _, file := range manifest.Files {
		digests = append(digests, plan.InputDigest{File: file.Name, SHA256: file.SHA256})
	}
	for _, variable := range manifest.Variables {
		mac, err := keys.PlanMAC(variable.Name, variable.Value)
		if err != nil && !errors.Is(err, ledger.ErrNoKey) {
			return nil, err
		}
		digests = append(digests, plan.InputDigest{Env: variable.Name, HMAC: mac})
	}
	return digests, nil
}
