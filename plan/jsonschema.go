package plan

import _ "embed" // the JSON Schema below

//go:embed plan.schema.json
var planSchema string

// JSONSchema returns the JSON Schema (draft 7) of the JSON document that a Plan
// encodes to, ended by a newline. It is open: readers have to expect members
// that a later release adds within the same FormatVersion.
func JSONSchema() string { return planSchema }
