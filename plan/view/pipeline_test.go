package view_test

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/view"
)

// TestOutputs: every case has every key once, in order, and no value that
// could begin a line or pass for another key.
func TestOutputs(t *testing.T) {
	value := regexp.MustCompile(`^(true|false|unknown|[0-9]+|[0-9a-f]{64}|)$`)
	for name, p := range cases() {
		var out bytes.Buffer
		if err := view.Outputs(&out, p); err != nil {
			t.Fatal(err)
		}
		var keys []string
		for line := range strings.Lines(out.String()) {
			key, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
			keys = append(keys, key)
			if !value.MatchString(rest) {
				t.Errorf("%s: %s", name, line)
			}
		}
		if !slices.Equal(keys, view.OutputKeys()) {
			t.Errorf("%s: the keys are %q", name, keys)
		}
	}
	golden(t, "everything.env", outputs(t, cases()["everything"]))
}

// TestWhatPipelinesAreTold: "no changes" is told of plans that looked at
// everything and refuse nothing, in every shape.
func TestWhatPipelinesAreTold(t *testing.T) {
	complete := plan.Plan{FormatVersion: "1", Project: "shop", Complete: true}
	with := func(change func(*plan.Plan)) plan.Plan {
		p := complete
		change(&p)
		return p
	}
	cases := map[string]struct {
		plan           plan.Plan
		changes        string
		digest         bool
		report, reason string
	}{
		"nothing to do": {complete, "false", true, `{"create":0,"update":0,"delete":0}`, "everything was looked at"},
		"an update": {with(func(p *plan.Plan) { p.Summary.Update = 2 }), "true", true,
			`{"create":0,"update":2,"delete":0}`, "that is a change"},
		"a replacement": {with(func(p *plan.Plan) { p.Summary.Replace = 1 }), "true", true,
			`{"create":1,"update":0,"delete":1}`, "it deletes and creates, as Terraform's own report counts it"},
		"values that nothing tells apart": {with(func(p *plan.Plan) { p.Inputs = []plan.InputDigest{{Env: "CELLA_VALUE_A"}} }), "false", false,
			`{"create":0,"update":0,"delete":0}`, "the digest would be that of other values from the environment too"},
		"only ledgers": {with(func(p *plan.Plan) {
			p.Summary.Adopt, p.Ledgers = 1, []plan.LedgerChange{{Owner: mySite}, {Owner: agency}}
		}), "true", true,
			`{"create":0,"update":3,"delete":0}`, "what only a ledger learns of is written, so it is no zero"},
		"incomplete": {with(func(p *plan.Plan) { p.Complete = false }), "unknown", false, `{}`, "a change may have been missed"},
		"incomplete with a change": {with(func(p *plan.Plan) { p.Complete, p.Summary.Create = false, 1 }), "true", false,
			`{"create":1,"update":0,"delete":0}`, "one change is seen, whatever was missed"},
		"refused": {with(func(p *plan.Plan) { p.Summary.Refused, p.Refusals = 1, []plan.Refusal{{Owner: mySite}} }), "unknown", true,
			`{}`, "a refusal is not \"no changes\""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			lines := strings.Split(string(outputs(t, tc.plan)), "\n")
			if !slices.Contains(lines, "has_changes="+tc.changes) {
				t.Errorf("want has_changes=%s, because %s; got %q", tc.changes, tc.reason, lines)
			}
			if empty := slices.Contains(lines, "plan_digest="); empty == tc.digest {
				t.Errorf("a digest is there: %t; %s", !empty, tc.reason)
			}
			var report bytes.Buffer
			if err := view.Terraform(&report, tc.plan); err != nil {
				t.Fatal(err)
			}
			if got := strings.TrimSpace(report.String()); got != tc.report {
				t.Errorf("report = %s, want %s: %s", got, tc.report, tc.reason)
			}
		})
	}
}

func outputs(t *testing.T, p plan.Plan) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := view.Outputs(&out, p); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestNoOutputs(t *testing.T) {
	var out, report bytes.Buffer
	if err := view.NoOutputs(&out); err != nil {
		t.Fatal(err)
	}
	golden(t, "no plan.env", out.Bytes())
	if err := view.NoTerraform(&report); err != nil || !json.Valid(report.Bytes()) {
		t.Errorf("the report is %q, %v", report.String(), err)
	}
}
