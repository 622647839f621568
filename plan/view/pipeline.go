package view

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/cella-secrets/cella/plan"
)

// Outputs writes the plan as lines of KEY=VALUE for the later steps of a
// pipeline, as GitHub's outputs and GitLab's dotenv reports take them. Every
// value is true, false, unknown, a number, lower-case hex or empty, so that no
// text from outside can begin a line. It returns an error of the digest, or
// the writer's.
//
// has_changes is false only of a plan that looked at everything and refuses
// nothing; unknown where it saw no change and may have missed one. plan_digest
// is empty where the plan is incomplete, or where it would be the same for other
// values: nobody could approve it.
func Outputs(w io.Writer, p plan.Plan) error {
	changes, digest := "unknown", ""
	switch {
	case p.HasChanges():
		changes = "true"
	case p.Complete && !p.Blocked():
		changes = "false"
	}
	if p.Complete && p.Provable() {
		var err error
		if digest, err = plan.Digest(p); err != nil {
			return err
		}
	}
	_, err := io.WriteString(w, outputLines(func(key string) string {
		switch key {
		case "planned":
			return "true"
		case "has_changes":
			return changes
		case "complete":
			return fmt.Sprint(p.Complete)
		case "plan_digest":
			return digest
		}
		return fmt.Sprint(outputCounts(p)[key])
	}))
	return err
}

// NoOutputs writes the lines of Outputs where there is no plan: planned and
// complete are false, has_changes is unknown, and the rest is empty, never 0.
func NoOutputs(w io.Writer) error {
	_, err := io.WriteString(w, outputLines(func(key string) string {
		switch key {
		case "planned", "complete":
			return "false"
		case "has_changes":
			return "unknown"
		}
		return ""
	}))
	return err
}

// OutputKeys returns the keys of Outputs in their order.
func OutputKeys() []string {
	return []string{
		"planned", "has_changes", "complete",
		"create", "update", "replace", "delete", "adopt", "release", "forget", "ledgers", "none",
		"changed", "as_applied", "unverifiable", "unmanaged", "drift", "warnings", "refused", "unread", "plan_digest",
	}
}

func outputLines(value func(key string) string) string {
	var lines strings.Builder
	for _, key := range OutputKeys() {
		fmt.Fprintf(&lines, "%s=%s\n", key, value(key))
	}
	return lines.String()
}

func outputCounts(p plan.Plan) map[string]int {
	s := p.Summary
	return map[string]int{
		"create": s.Create, "update": s.Update, "replace": s.Replace, "delete": s.Delete, "adopt": s.Adopt,
		"release": s.Release, "forget": s.Forget, "ledgers": ledgerCount(p), "none": s.None,
		"changed": s.Changed, "as_applied": s.AsApplied, "unverifiable": s.Unverifiable, "unmanaged": s.Unmanaged, "drift": len(p.Drift),
		"warnings": len(p.Warnings) - len(folded(p)), "refused": s.Refused, "unread": unreadOwners(p),
	}
}

// Terraform writes the plan as the report that GitLab shows on a merge request
// where a job lists it under artifacts:reports:terraform: three numbers. A
// replacement counts as one created and one deleted, as Terraform's own does;
// whatever only a ledger learns of counts as updated. A plan that may have
// missed changes and saw none is written as NoTerraform, and so is one without
// values: "0 to change" would say that it looked.
func Terraform(w io.Writer, p plan.Plan) error {
	if p.StructureOnly || !p.HasChanges() && (!p.Complete || p.Blocked()) {
		return NoTerraform(w)
	}
	s := p.Summary
	return json.NewEncoder(w).Encode(struct {
		Create int `json:"create"`
		Update int `json:"update"`
		Delete int `json:"delete"`
	}{s.Create + s.Replace, s.Update + s.Adopt + s.Release + s.Forget + ledgerCount(p), s.Delete + s.Replace})
}

// NoTerraform writes a report without numbers, of which GitLab says that it
// failed: three zeros would read as "no changes".
func NoTerraform(w io.Writer) error {
	_, err := io.WriteString(w, "{}\n")
	return err
}
