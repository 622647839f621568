package view_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/decision"
	"github.com/cella-secrets/cella/plan/view"
	"github.com/cella-secrets/cella/secret"
)

func stale(t *testing.T, approved, now plan.Plan) string {
	t.Helper()
	var out bytes.Buffer
	if err := view.Stale(&out, approved.Approved(), now.Approved()); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestStale(t *testing.T) {
	approved := func() plan.Plan {
		p := decision.Diff(input(
			[]secret.DesiredSecret{want("A", "1", "live=2"), want("B", "1")},
			[]secret.LiveSecret{have("B", "0")}))
		p.Inputs = append(p.Inputs, plan.InputDigest{Env: "CELLA_VALUE_A", HMAC: "00"})
		p.Ledgers = []plan.LedgerChange{{Owner: mySite, Ledger: "CELLA_LEDGER_0", Action: plan.RekeyLedger, Reason: plan.ReasonLedgerRekey}}
		p.Refusals = []plan.Refusal{{Code: "protected", Owner: mySite, Secret: "B", Facts: plan.Facts{Action: plan.Replace, Count: 1}}}
		return p
	}
	tests := map[string]struct {
		change func(*plan.Plan)
		want   string
	}{
		"nothing":            {func(*plan.Plan) {}, ""},
		"what is only told":  {func(p *plan.Plan) { p.Warnings, p.Summary.Create = nil, 9 }, ""},
		"project":            {func(p *plan.Plan) { p.Project = "other" }, `plan: project approved: "storefront"; now: "other"`},
		"complete":           {func(p *plan.Plan) { p.Complete = false }, "plan: complete approved: true; now: false"},
		"structure":          {func(p *plan.Plan) { p.StructureOnly = true }, "plan: structure_only approved: none; now: true"},
		"the manifest":       {func(p *plan.Plan) { p.Inputs[0].SHA256 = "1" }, "secrets.yaml: holds something else than was approved"},
		"a variable":         {func(p *plan.Plan) { p.Inputs[1].HMAC = "1" }, "variable CELLA_VALUE_A: holds something else than was approved"},
		"no variable":        {func(p *plan.Plan) { p.Inputs = p.Inputs[:1] }, "variable CELLA_VALUE_A: was read for what was approved, and is not read now"},
		"one more file":      {func(p *plan.Plan) { p.Inputs = append(p.Inputs, plan.InputDigest{File: "b", SHA256: "1"}) }, "b: was not read for what was approved"},
		"action":             {func(p *plan.Plan) { p.Changes[0].Action = plan.None }, "site:my-site/A: approved: create; now: not in the plan"},
		"action and more":    {func(p *plan.Plan) { c := &p.Changes[0]; c.Action, c.Reasons, c.Overrides = plan.Update, nil, nil }, "site:my-site/A: approved: create; now: update"},
		"less":               {func(p *plan.Plan) { p.Changes = p.Changes[:1] }, "site:my-site/B: approved: update; now: not in the plan"},
		"twice":              {func(p *plan.Plan) { p.Changes = append(p.Changes, p.Changes[0]) }, "site:my-site/A: approved: not in the plan; now: create"},
		"value":              {func(p *plan.Plan) { p.Changes[1].Value = plan.Unverifiable }, ""},
		"source":             {func(p *plan.Plan) { p.Changes[1].Source = "env CELLA_VALUE_B" }, ""}, // the inputs tell
		"type":               {func(p *plan.Plan) { p.Changes[0].Type.After = "env" }, `site:my-site/A: type approved: {"after":"runtime"}; now: {"after":"env"}`},
		"override's action":  {func(p *plan.Plan) { p.Changes[0].Overrides[0].Action = plan.None }, "site:my-site/A.live: approved: create; now: not in the plan"},
		"override's value":   {func(p *plan.Plan) { p.Changes[0].Overrides[0].Value = plan.Equal }, ""},
		"other owner":        {func(p *plan.Plan) { p.Changes[1].Owner.ID = "x" }, `site:my-site/B: owner approved: {"kind":"site","name":"my-site","id":"11111111-2222-3333-4444-555555555555"}; now: {"kind":"site","name":"my-site","id":"x"}`},
		"ledger":             {func(p *plan.Plan) { p.Ledgers[0].Action = plan.ResetLedger }, "site:my-site/CELLA_LEDGER_0: approved: rekey; now: reset"},
		"ledger's reason":    {func(p *plan.Plan) { p.Ledgers[0].Reason = plan.ReasonLedgerReset }, ""},
		"refused no more":    {func(p *plan.Plan) { p.Refusals = nil }, "site:my-site/B [protected]: was refused, and is not any more"},
		"refused otherwise":  {func(p *plan.Plan) { p.Refusals[0].Code = "x" }, "site:my-site/B [protected]: was refused, and is not any more\n  site:my-site/B [x]: is refused now"},
		"refusal's facts":    {func(p *plan.Plan) { p.Refusals[0].Facts.Count = 2 }, `site:my-site/B [protected]: facts approved: {"action":"replace","count":1}; now: {"action":"replace","count":2}`},
		"refusal's detail":   {func(p *plan.Plan) { p.Refusals[0].Detail = "otherwise" }, ""},
		"in another order":   {func(p *plan.Plan) { p.Changes[0], p.Changes[1] = p.Changes[1], p.Changes[0] }, ""},
		"control characters": {func(p *plan.Plan) { p.Changes[0].Type.After = "\x1b[31m\u202e" }, `site:my-site/A: type approved: {"after":"runtime"}; now: "{\"after\":\"\\u001b[31m\u202e\"}"`},
	}
	for name, test := range tests {
		now := approved()
		test.change(&now)
		want := ""
		if test.want != "" {
			want = "  " + test.want + "\n"
		}
		if diff := cmp.Diff(want, stale(t, approved(), now)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
}

func digest(t *testing.T, p plan.Plan) string {
	t.Helper()
	sum, err := plan.Digest(p)
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

// TestStaleMissesNothing compares every case with every other: the digests
// decide, and where they differ it says how.
func TestStaleMissesNothing(t *testing.T) {
	for first, approved := range cases() {
		for second, now := range cases() {
			text := stale(t, approved, now)
			if equal := digest(t, approved) == digest(t, now); equal != (text == "") {
				t.Errorf("%s, then %s: equal is %t, and the text is %q", first, second, equal, text)
			}
			if strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && (r < ' ' || r > '~') && r != '…' }) {
				t.Errorf("%s, then %s: control characters in %q", first, second, text)
			}
		}
	}
}
