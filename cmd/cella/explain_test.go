package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/pantheon/emulator"
	"github.com/cella-secrets/cella/pantheon/emulator/emulatortest"
	"github.com/cella-secrets/cella/plan/effective"
)

// explainState has a site of an organization that the manifest need not name.
func explainState() emulator.State {
	return emulator.State{
		Accounts: []emulator.Account{{Email: "me@example.com", MachineTokens: []string{"t"}}},
		Organizations: []emulator.Organization{{Name: "agency", Secrets: map[string]emulator.Secret{
			"SHARED": {Type: "runtime", Scopes: []string{"user", "web"}, Value: "from the organization", Overrides: map[string]string{"live": "other"}},
		}}},
		Sites: []emulator.Site{
			{Name: "shop", Organization: "agency", Framework: "wordpress"},
			{Name: "alone", Framework: "nodejs"},
		},
	}
}

const explainManifest = `
version: 1
project: explained
defaults: {type: runtime, scopes: [web]}
sites:
  shop: {secrets: {OWN: {value: own}}}
  alone: {secrets: {}}
`

func TestExplainOrganizationThatTheManifestLacks(t *testing.T) {
	b := newBench(t, explainState())
	b.manifest(explainManifest)
	got := b.cella("explain", "shop.live").must(t, exitOK)
	says(t, got.stdout, ", in org:agency",
		"SHARED  type runtime, scopes user, web\n    ambiguous  site default, not shown by Pantheon; org override, not in the manifest\n"+
			"    shadows    org default, not in the manifest",
		"which would win, because the organization has this name [site-value-unseen]")

	got = b.cella("explain", "alone").must(t, exitOK)
	says(t, got.stdout, "site:alone (nodejs), without an organization", "No secret reaches it.")
}

// TestExplainOrganizationOutOfReach: an account without a role there still sees
// what the site's own list shows of it, and is told that there may be more.
func TestExplainOrganizationOutOfReach(t *testing.T) {
	state := explainState()
	state.Organizations[0].Members = map[string]string{}
	state.Sites[0].Members = map[string]string{"me@example.com": "developer"}
	b := newBench(t, state)
	b.env["PANTHEON_MACHINE_TOKEN"] = "t"
	b.manifest(explainManifest)
	got := b.cella("explain", "shop.live").must(t, exitOK)
	says(t, got.stdout, "SHARED  type runtime, scopes user, web\n"+
		"    ambiguous  site default, not shown by Pantheon; org default, not in the manifest", "[organization-unlisted]")
}

func TestExplainFailsRatherThanGuess(t *testing.T) {
	const both = explainManifest + "organizations: {agency: {secrets: {SHARED: {value: x}}}}\n"
	forever := func(f emulatortest.Fault) emulatortest.Fault { f.Status, f.Times = http.StatusForbidden, -1; return f }
	tests := map[string]struct {
		fault emulatortest.Fault
		says  string
	}{
		"the site's list":         {forever(emulatortest.Fault{Operation: emulator.ListSecrets, Owner: "site:shop"}), "list secrets on site:shop"},
		"the organization's list": {forever(emulatortest.Fault{Operation: emulator.ListSecrets, Owner: "org:agency"}), "list secrets on org:agency"},
		"the record":              {forever(emulatortest.Fault{Operation: emulator.ReadSite}), "read site:shop"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, explainState())
			b.manifest(both)
			b.server.Script(test.fault)
			got := b.cella("explain", "shop").must(t, exitError)
			says(t, got.stderr, "cella: error: "+test.says, "cella: hint: the account of this token needs a role")
			if got.stdout != "" {
				t.Errorf("something was explained all the same:\n%s", got.stdout)
			}
		})
	}
}

func TestExplainTellsOfRefusals(t *testing.T) {
	state := explainState()
	state.Sites[0].Secrets = map[string]emulator.Secret{"OWN": {Type: "runtime", Scopes: []string{"ic"}, Value: "x"}}
	b := newBench(t, state)
	b.manifest(explainManifest)
	says(
		t, b.cella("explain", "shop").must(t, exitOK).stdout,
		"the plan has 1 refusal, and as long as it has, nothing is applied; `cella plan` lists them [refused]",
	)
}

// TestExplainJSON: one environment or all, the document has the same shape.
func TestExplainJSON(t *testing.T) {
	b := newBench(t, explainState())
	b.manifest(explainManifest)
	for argument, envs := range map[string]int{"shop": 3, "shop.live": 1} {
		var report effective.Report
		if err := json.Unmarshal([]byte(b.cella("explain", "--format", "json", argument).must(t, exitOK).stdout), &report); err != nil {
			t.Fatal(err)
		}
		if len(report.Environments) != envs || len(report.Secrets) != 2 || len(report.Secrets[0].Environments) != envs || report.Organization == nil {
			t.Errorf("%s: %+v", argument, report)
		}
	}
}

// TestNotesAreDocumented finds the codes of notes in the code.
func TestNotesAreDocumented(t *testing.T) {
	shape := regexp.MustCompile(`Note\{(?:Code: )?"([a-z-]+)"`)
	files, err := filepath.Glob("../../plan/effective/*.go")
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	for _, file := range append(files, "../../internal/survey/site.go") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range shape.FindAllStringSubmatch(string(text), -1) {
			codes = append(codes, "`"+match[1]+"`")
		}
	}
	slices.Sort(codes)
	if codes = slices.Compact(codes); len(codes) < 10 {
		t.Fatalf("only %d codes were found: %v", len(codes), codes)
	}
	says(t, readPage(t, "../../docs/howto.md"), codes...)
}

// TestExplainTooMuch: a table of all secrets and environments has a limit; one
// environment has none.
func TestExplainTooMuch(t *testing.T) {
	b := newBench(t, explainState())
	var text strings.Builder
	text.WriteString("version: 1\nproject: explained\ndefaults: {type: runtime, scopes: [web]}\nsites:\n  shop:\n    secrets:\n")
	for i := range 450 {
		fmt.Fprintf(&text, "      A%d: {value: a, overrides: {e%d: b}}\n", i, i)
	}
	b.manifest(text.String())
	got := b.cella("explain", "--offline", "shop").must(t, exitError)
	says(t, got.stderr, "cella: error: site:shop has 450 secrets, and overrides name 453 environments: that is too much for one table",
		"cella: hint: name one environment, as in: cella explain shop.live")
	says(t, b.cella("explain", "--offline", "shop.e7").must(t, exitOK).stdout, "A7  type runtime, scopes web\n    wins       site override")
}

// TestARefusedTokenThatExpired: the manifest knows why.
func TestARefusedTokenThatExpired(t *testing.T) {
	b := newBench(t, explainState())
	b.env["PANTHEON_MACHINE_TOKEN"] = "another"
	b.manifest(strings.Replace(explainManifest, "defaults:", "policy: {token_expires: 2026-11-30}\ndefaults:", 1))
	const expired = "cella: hint: the token that cella signs in with expired on 2026-11-30 (from policy.token_expires)"
	says(t, b.cella("plan", "--as-of", "2026-12-05").must(t, exitCredentials).stderr, expired)
	if got := b.cella("plan", "--as-of", "2026-11-29").must(t, exitCredentials); strings.Contains(got.stderr, "expired on") {
		t.Errorf("it had not expired: %s", got.stderr)
	}
}
