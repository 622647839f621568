package plan

import "github.com/cella-secrets/cella/secret"

// RecordChange is what happens to the project's record. The zero RecordChange
// is nothing.
type RecordChange struct {
	// Home is where the record is, or will be; Record is its first secret.
	Home    secret.Owner `json:"home"`
	Record  secret.Name  `json:"record"`
	Reasons []Reason     `json:"reasons"`
	// Joins are the owners that are about to have a first ledger: they are
	// entered before anything else is written. Leaves are those whose ledger is
	// gone at the end.
	Joins  []secret.Owner `json:"joins,omitempty"`
	Leaves []secret.Owner `json:"leaves,omitempty"`
	// Source is where the project is applied from, as it will be recorded, where
	// that changes.
	Source string `json:"source,omitempty"`
	// Removes are records that are deleted last: at a former home, or under a
	// former name.
	Removes []RecordPlace `json:"removes,omitempty"`
}

// RecordPlace is one record: its first secret, and the owner that has it.
type RecordPlace struct {
	Owner  secret.Owner `json:"owner"`
	Record secret.Name  `json:"record"`
}

// IsZero reports whether nothing happens.
func (c RecordChange) IsZero() bool { return c.Record == "" }
