package plan

import (
	"encoding/json"
	"testing"

	"github.com/cella-secrets/cella/secret"
)

var (
	mySite = secret.Owner{Kind: secret.Site, Name: "my-site", ID: "11111111-2222-3333-4444-555555555555"}
	agency = secret.Owner{Kind: secret.Organization, Name: "my-agency", ID: "aaaaaaaa-2222-3333-4444-555555555555"}
)

func digest(t *testing.T, p Plan) string {
	t.Helper()
	sum, err := Digest(p)
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

// TestDigestIsOfWhatIsApproved: it changes with each part that is approved,
// and with nothing else.
func TestDigestIsOfWhatIsApproved(t *testing.T) {
	tests := map[string]struct {
		change func(*Plan)
		same   bool
		reason string
	}{
		"format":        {func(p *Plan) { p.FormatVersion = "2" }, false, "other fields may mean other things"},
		"project":       {func(p *Plan) { p.Project = "other" }, false, "another ledger"},
		"input":         {func(p *Plan) { p.Inputs[0].SHA256 = "1" }, false, "other values"},
		"complete":      {func(p *Plan) { p.Complete = false }, false, "something was not looked at"},
		"action":        {func(p *Plan) { p.Changes[0].Action = Delete }, false, "something else is done"},
		"override":      {func(p *Plan) { p.Changes[0].Overrides[0].Env = "test" }, false, "something else is done"},
		"owner":         {func(p *Plan) { p.Changes[0].Owner.ID = "other" }, false, "it is done elsewhere"},
		"default":       {func(p *Plan) { p.Changes[0].Default = None }, false, "another value is written"},
		"uncovers":      {func(p *Plan) { p.Changes[0].Uncovers = agency }, false, "another value comes to light"},
		"who joins":     {func(p *Plan) { p.Record.Joins = nil }, false, "another owner is entered"},
		"who leaves":    {func(p *Plan) { p.Record.Leaves = []secret.Owner{mySite} }, false, "it is forgotten"},
		"no change":     {func(p *Plan) { p.Changes = p.Changes[:0] }, false, "less is done"},
		"refusal":       {func(p *Plan) { p.Refusals = append(p.Refusals, Refusal{Code: "x"}) }, false, "nothing is done"},
		"reasons":       {func(p *Plan) { p.Changes[0].Reasons = []Reason{{Code: "x"}} }, true, "only told"},
		"value":         {func(p *Plan) { p.Changes[0].Value = Unverifiable }, true, "only told; what is done is the same"},
		"override told": {func(p *Plan) { p.Changes[0].Overrides[0].Reasons = []Reason{{Code: "x"}} }, true, "only told"},
		"nothing to do": {func(p *Plan) { p.Changes = append(p.Changes, Change{Owner: mySite, Secret: "Z", Action: None}) }, true, "nothing is done"},
		"ledger":        {func(p *Plan) { p.Ledgers = append(p.Ledgers, LedgerChange{Owner: mySite, Action: RekeyLedger}) }, false, "a ledger is written"},
		"its facts":     {func(p *Plan) { p.Refusals = []Refusal{{Code: "x", Facts: Facts{Count: 2}}} }, false, "it is another refusal"},
		"warning":       {func(p *Plan) { p.Warnings = append(p.Warnings, Warning{Code: "x"}) }, true, "only told"},
		"drift":         {func(p *Plan) { p.Drift = append(p.Drift, Drift{Owner: mySite}) }, true, "only told"},
		"counts":        {func(p *Plan) { p.Summary.Create++; p.Requests.Secrets++ }, true, "they follow from the rest"},
		"cella version": {func(p *Plan) { p.CellaVersion = "9" }, true, "the format has its own version"},
	}
	details := [2]Plan{}
	for i := range details {
		details[i].Refusals = []Refusal{{Code: "x", Detail: string(rune('a' + i))}}
	}
	if digest(t, details[0]) != digest(t, details[1]) {
		t.Error("the digest covers the words of a refusal")
	}
	made := func() Plan {
		return Plan{
			FormatVersion: FormatVersion, Project: "storefront", Complete: true,
			Inputs: []InputDigest{{File: "secrets.yaml", SHA256: "0"}},
			Changes: []Change{{
				Owner: mySite, Secret: "A", Action: Create, Default: Create, Value: Absent,
				Overrides: []OverrideChange{{Env: "live", Action: Create, Value: Absent}},
			}},
			Record: RecordChange{Home: mySite, Record: "CELLA_PROJECT__STOREFRONT", Joins: []secret.Owner{mySite}},
		}
	}
	for name, test := range tests {
		p := made()
		test.change(&p)
		if same := digest(t, p) == digest(t, made()); same != test.same {
			t.Errorf("%s: the same digest is %t: %s", name, same, test.reason)
		}
	}
}

func TestProvable(t *testing.T) {
	tests := map[string]struct {
		inputs []InputDigest
		want   bool
		reason string
	}{
		"nothing":       {nil, true, "there is nothing else that it could have been made of"},
		"a file":        {[]InputDigest{{File: "secrets.yaml", SHA256: "0"}}, true, "its digest tells other values"},
		"a variable":    {[]InputDigest{{File: "secrets.yaml", SHA256: "0"}, {Env: "CELLA_VALUE_A", HMAC: "0"}}, true, "its HMAC tells other values"},
		"without a key": {[]InputDigest{{Env: "CELLA_VALUE_A", HMAC: "0"}, {Env: "CELLA_VALUE_B"}}, false, "nothing tells one value of B from another"},
	}
	for name, test := range tests {
		if got := (Plan{Inputs: test.inputs}).Provable(); got != test.want {
			t.Errorf("%s: %t: %s", name, got, test.reason)
		}
	}
}

// TestDigestStays pins one digest: it is compared between versions of cella.
func TestDigestStays(t *testing.T) {
	const of = `{"format_version":"1","project":"storefront","inputs":[],"complete":true,"changes":[],"ledgers":[],"refusals":[]}`
	p := Plan{FormatVersion: "1", Project: "storefront", Inputs: []InputDigest{}, Complete: true}
	encoded, err := json.Marshal(p.Approved())
	if err != nil || string(encoded) != of {
		t.Errorf("the digest is of %s (%v), want %s", encoded, err, of)
	}
	const want = "85a4aff9b875090226baf5aa1151d47400e01df1b860d2a590b4727c733d0cb1" // by sha256sum
	if got := digest(t, p); got != want {
		t.Errorf("digest %s, want %s", got, want)
	}
	if _, err := Digest(Plan{Changes: []Change{{}}}); err == nil {
		t.Error("a change of nobody has a digest")
	}
}
