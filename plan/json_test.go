package plan

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/secret"
)

// TestJSONNames pins the published names. Renaming or dropping one breaks
// everything that reads plans; a new one is added here.
func TestJSONNames(t *testing.T) {
	want := []string{
		"cella_version",
		"changes.action", "changes.applied_at", "changes.changed_by", "changes.default", "changes.external", "changes.may_be_inherited",
		"changes.overrides.action", "changes.overrides.applied_at", "changes.overrides.changed_by", "changes.overrides.env",
		"changes.overrides.reasons.code", "changes.overrides.reasons.facts",
		"changes.overrides.source", "changes.overrides.value",
		"changes.owner.id", "changes.owner.kind", "changes.owner.name",
		"changes.reasons.code", "changes.reasons.facts", "changes.scopes.after", "changes.scopes.before", "changes.secret",
		"changes.sites.announced.none", "changes.sites.announced.own", "changes.sites.concluded.none", "changes.sites.concluded.own", "changes.source",
		"changes.type.after", "changes.type.before", "changes.uncovers.id", "changes.uncovers.kind", "changes.uncovers.name", "changes.value",
		"complete",
		"drift.code", "drift.env", "drift.facts", "drift.owner.id", "drift.owner.kind", "drift.owner.name", "drift.secret",
		"errors.code", "errors.detail", "errors.facts", "errors.owner.id", "errors.owner.kind", "errors.owner.name", "errors.secret",
		"facts.action", "facts.actor", "facts.allow", "facts.allowed", "facts.applied.scopes", "facts.applied.type", "facts.assumed", "facts.at",
		"facts.changed_by", "facts.commit", "facts.count", "facts.date", "facts.days",
		"facts.declared.scopes", "facts.declared.type", "facts.environments", "facts.external", "facts.former", "facts.if_ledger_verifies",
		"facts.keyless", "facts.moved_from",
		"facts.of", "facts.on_pantheon.scopes", "facts.on_pantheon.type", "facts.only_in", "facts.own_project",
		"facts.percent", "facts.project", "facts.recorded_source", "facts.refused",
		"facts.replaced", "facts.secrets", "facts.sites", "facts.source", "facts.targets.owner.id", "facts.targets.owner.kind", "facts.targets.owner.name", "facts.targets.secret",
		"format_version",
		"if_ledger_verifies.action", "if_ledger_verifies.env", "if_ledger_verifies.owner.id", "if_ledger_verifies.owner.kind",
		"if_ledger_verifies.owner.name", "if_ledger_verifies.reasons.code", "if_ledger_verifies.reasons.facts", "if_ledger_verifies.secret",
		"inputs.env", "inputs.file", "inputs.hmac_sha256", "inputs.sha256",
		"ledgers.action", "ledgers.ledger", "ledgers.owner.id", "ledgers.owner.kind", "ledgers.owner.name", "ledgers.reason",
		"project",
		"record.home.id", "record.home.kind", "record.home.name", "record.joins.id", "record.joins.kind", "record.joins.name",
		"record.leaves.id", "record.leaves.kind", "record.leaves.name", "record.reasons.code", "record.reasons.facts", "record.record",
		"record.removes.owner.id", "record.removes.owner.kind", "record.removes.owner.name", "record.removes.record", "record.source",
		"refusals.code", "refusals.detail", "refusals.facts", "refusals.owner.id", "refusals.owner.kind", "refusals.owner.name", "refusals.secret",
		"requests.lists",
		"requests.secrets",
		"structure_only",
		"summary.adopt", "summary.as_applied", "summary.changed", "summary.create", "summary.delete", "summary.forget", "summary.none", "summary.refused",
		"summary.release", "summary.replace", "summary.unmanaged", "summary.unverifiable", "summary.update",
		"unmanaged.env", "unmanaged.owner.id", "unmanaged.owner.kind", "unmanaged.owner.name", "unmanaged.secret",
		"warnings.code", "warnings.detail", "warnings.facts", "warnings.owner.id", "warnings.owner.kind", "warnings.owner.name", "warnings.secret",
	}
	var full Plan
	fill(reflect.ValueOf(&full).Elem())
	text, err := json.Marshal(full)
	if err != nil {
		t.Fatal(err)
	}
	var document any
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	var names []string
	leaves("", document, &names)
	names = factsOnce(names)
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
	var back Plan
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(full, back); diff != "" {
		t.Errorf("the plan does not survive JSON:\n%s", diff)
	}
}

// fill sets every field, so that omitempty hides none.
func fill(v reflect.Value) {
	if at, isTime := v.Addr().Interface().(*time.Time); isTime {
		*at = time.Date(2027, time.March, 1, 12, 0, 0, 0, time.UTC)
		return
	}
	if owner, isOwner := v.Addr().Interface().(*secret.Owner); isOwner {
		*owner = mySite
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i))
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0))
	case reflect.String:
		v.SetString("x")
	case reflect.Int:
		v.SetInt(7)
	case reflect.Bool:
		v.SetBool(true)
	default:
		panic("a plan must not hold a " + v.Kind().String())
	}
}

// factsOnce names the members of facts once, under "facts", and where facts
// stand by their path.
func factsOnce(names []string) []string {
	for i, name := range names {
		if at, member, found := strings.Cut(name, ".facts."); found {
			names[i] = at + ".facts"
			names = append(names, "facts."+member)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func leaves(path string, node any, names *[]string) {
	switch node := node.(type) {
	case map[string]any:
		for name, child := range node {
			leaves(strings.TrimPrefix(path+"."+name, "."), child, names)
		}
	case []any:
		for _, child := range node {
			leaves(path, child, names)
		}
	default:
		*names = append(*names, path)
	}
}
