package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
)

// Approved is the part of a plan that a reviewer approves: what is to be done
// and what it was made from. Warnings and counts follow from it, or are only
// told. Two plans with the same Approved are the same to apply.
type Approved struct {
	FormatVersion string        `json:"format_version"`
	Project       string        `json:"project"`
	Inputs        []InputDigest `json:"inputs"`
	Complete      bool          `json:"complete"`
	// StructureOnly plans are nothing to approve, so their digest is never that
	// of one that is.
	StructureOnly bool           `json:"structure_only,omitempty"`
	Changes       []Change       `json:"changes"`
	Ledgers       []LedgerChange `json:"ledgers"`
	Refusals      []Refusal      `json:"refusals"`
}

// Approved returns the part of the plan that a reviewer approves.
func (p Plan) Approved() Approved {
	return Approved{p.FormatVersion, p.Project, p.Inputs, p.Complete, p.StructureOnly, p.Changes, p.Ledgers, p.Refusals}
}

// Provable reports whether the inputs tell this plan from one that was made of
// other values. They do not where a value comes from the environment and there
// is no key for its HMAC: such a plan can be neither approved nor saved.
func (p Plan) Provable() bool {
	return !slices.ContainsFunc(p.Inputs, func(in InputDigest) bool { return in.Env != "" && in.HMAC == "" })
}

// Digest returns the lower-case hex SHA-256 of what a reviewer approves, as
// compact JSON in the order of the fields of Approved. A saved plan that is
// read back has the digest of the plan that was saved. The only error is an
// owner of no kind, which no Diff returns.
//
// Like the plan's inputs it must not be published of a manifest in clear:
// guesses could be tested against it.
func Digest(p Plan) (string, error) {
	encoded, err := json.Marshal(p.Approved())
	if err != nil {
		return "", fmt.Errorf("digest plan: %w", err)
	}
	sum := sha256.Sum256(encoded)
	return hex.EncodeToString(sum[:]), nil
}
