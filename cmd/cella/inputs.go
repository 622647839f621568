package main

import (
	"errors"
	"fmt"

	"github.com/cella-secrets/cella/internal/hint"
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
	digests := []plan.InputDigest{{File: manifest.File, SHA256: manifest.SHA256}}
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

// provable refuses to save, or to apply as saved, what could not be told from
// a plan of other values. what is said to be impossible.
func provable(p plan.Plan, what string) error {
	if p.Provable() {
		return nil
	}
	return hint.New(fmt.Errorf("%s needs a fingerprint_key here: without it nothing could tell whether values from the environment are still those that were approved", what),
		"run `cella init --add-fingerprint-key`, or `cella apply` without a saved plan")
}
