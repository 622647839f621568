package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/cella-secrets/cella/secret"
)

// Approved is the part of a plan that a reviewer approves: what is to be done,
// what it was made from and what is refused. Reasons, states of values,
// warnings, counts and times follow from it, or are only told, so another
// version of cella may tell them otherwise. Two plans with one Digest are the
// same to apply; nothing else decides that.
type Approved struct {
	FormatVersion string        `json:"format_version"`
	Project       string        `json:"project"`
	Inputs        []InputDigest `json:"inputs"`
	Complete      bool          `json:"complete"`
	// StructureOnly plans are nothing to approve, so their digest is never that
	// of one that is.
	StructureOnly bool              `json:"structure_only,omitempty"`
	Changes       []ApprovedChange  `json:"changes"`
	Ledgers       []ApprovedLedger  `json:"ledgers"`
	Record        ApprovedRecord    `json:"record,omitzero"`
	Refusals      []ApprovedRefusal `json:"refusals"`
}

// ApprovedChange is what is done to one secret. Overrides are those that
// something is done to.
type ApprovedChange struct {
	Owner          secret.Owner       `json:"owner"`
	Secret         secret.Name        `json:"secret"`
	Action         Action             `json:"action"`
	Type           TypeChange         `json:"type"`
	Scopes         ScopesChange       `json:"scopes"`
	Default        Action             `json:"default,omitempty"`
	Overrides      []ApprovedOverride `json:"overrides,omitempty"`
	MayBeInherited bool               `json:"may_be_inherited,omitempty"`
	Uncovers       secret.Owner       `json:"uncovers,omitzero"`
}

// ApprovedOverride is what is done to one override.
type ApprovedOverride struct {
	Env    secret.Env `json:"env"`
	Action Action     `json:"action"`
}

// ApprovedLedger is what is done to one ledger as a whole.
type ApprovedLedger struct {
	Owner  secret.Owner `json:"owner"`
	Ledger secret.Name  `json:"ledger"`
	Action LedgerAction `json:"action"`
}

// ApprovedRecord is what is done to the project's record.
type ApprovedRecord struct {
	Home    secret.Owner   `json:"home"`
	Record  secret.Name    `json:"record"`
	Reset   bool           `json:"reset,omitempty"`
	Joins   []secret.Owner `json:"joins,omitempty"`
	Leaves  []secret.Owner `json:"leaves,omitempty"`
	Source  string         `json:"source,omitempty"`
	Removes []RecordPlace  `json:"removes,omitempty"`
}

// IsZero reports whether nothing is done to it.
func (a ApprovedRecord) IsZero() bool { return a.Record == "" }

// ApprovedRefusal is what keeps a plan from being applied.
type ApprovedRefusal struct {
	Code   Code         `json:"code"`
	Owner  secret.Owner `json:"owner,omitzero"`
	Secret secret.Name  `json:"secret,omitempty"`
	Facts  Facts        `json:"facts,omitzero"`
}

// Approved returns the part of the plan that a reviewer approves.
func (p Plan) Approved() Approved {
	a := Approved{
		FormatVersion: p.FormatVersion, Project: p.Project, Inputs: p.Inputs, Complete: p.Complete, StructureOnly: p.StructureOnly,
		Changes: []ApprovedChange{}, Ledgers: []ApprovedLedger{}, Refusals: []ApprovedRefusal{},
	}
	for _, c := range p.Changes {
		if c.Action != None {
			a.Changes = append(a.Changes, c.approved())
		}
	}
	for _, l := range p.Ledgers {
		a.Ledgers = append(a.Ledgers, ApprovedLedger{l.Owner, l.Ledger, l.Action})
	}
	if r := p.Record; !r.IsZero() {
		reset := slices.ContainsFunc(r.Reasons, func(r Reason) bool { return r.Code == ReasonRecordReset })
		a.Record = ApprovedRecord{r.Home, r.Record, reset, r.Joins, r.Leaves, r.Source, r.Removes}
	}
	for _, r := range p.Refusals {
		a.Refusals = append(a.Refusals, ApprovedRefusal{r.Code, r.Owner, r.Secret, r.Facts})
	}
	return a
}

func (c Change) approved() ApprovedChange {
	a := ApprovedChange{
		Owner: c.Owner, Secret: c.Secret, Action: c.Action, Type: c.Type, Scopes: c.Scopes,
		Default: c.Default, MayBeInherited: c.MayBeInherited, Uncovers: c.Uncovers,
	}
	for _, o := range c.Overrides {
		if o.Action != None {
			a.Overrides = append(a.Overrides, ApprovedOverride{o.Env, o.Action})
		}
	}
	return a
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
