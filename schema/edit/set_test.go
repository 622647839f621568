package edit_test

import (
	"strings"
	"testing"

	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/schema/edit"
	"github.com/cella-secrets/cella/schema/edit/edittest"
	"github.com/cella-secrets/cella/secret"
	"github.com/cella-secrets/cella/secret/address"
)

// shop has a secret of each kind.
const shop = `version: 1
project: storefront
record: site:my-site
fingerprint_key: ` + edittest.FingerprintKey + `
defaults: {type: runtime, scopes: [web]}
organizations:
  agency:
    secrets:
      SHARED: {external: true}
sites:
  my-site:
    secrets:
      A: {value: alpha, overrides: {live: alpha live}}
      EXT: {external: true}
      FED:
        value_from: {env: CELLA_VALUE_FED}
        override_from: {live: {env: CELLA_VALUE_FED_LIVE}}
      GOING: {value: old, retire: release}
      KEPT: {value: kept, protect: true}
  lone:
    secrets:
      ONLY: {value: only}
`

// bare has nothing, and no defaults.
const bare = "version: 1\nproject: storefront\nsites: {my-site: {secrets: {}}}\n"

// placed is what somebody typed, as the manifest understands it.
func placed(t *testing.T, file *edit.File, typed string) address.Place {
	t.Helper()
	at, err := address.Owners(file.Owners()).Place(strings.Fields(typed))
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// holds fails the test unless a text has all of the others in it.
func holds(t *testing.T, what, text string, wanted ...string) {
	t.Helper()
	for _, want := range wanted {
		if !strings.Contains(text, want) {
			t.Errorf("%s lacks %q:\n%s", what, want, text)
		}
	}
}

// TestSet: the value stands in the file, and what a person should know is said,
// without it.
func TestSet(t *testing.T) {
	const site = "/sites/my-site/secrets/"
	var plain secret.DesiredSecret
	tests := map[string]struct {
		typed  string
		wanted secret.DesiredSecret
		path   string // of the value in the file
		done   string
		notes  []string // one for each, and the last one on what is next
	}{
		"a value":       {"site:my-site A", plain, site + "A/value", "set site:my-site A (6 bytes)", nil},
		"the same type": {"my-site A", secret.DesiredSecret{Type: "runtime"}, site + "A/value", "set site:my-site A", nil},
		"an override":   {"my-site.live A", plain, site + "A/overrides/live", "set site:my-site.live A (6 bytes)", nil},
		"a second one":  {"my-site.dev A", plain, site + "A/overrides/dev", "set site:my-site.dev A", nil},
		"a new one":     {"my-site NEW", plain, site + "NEW/value", "added site:my-site NEW (type runtime, scopes web; 6 bytes)", nil},
		"of its own kind": {
			"org:agency NEW", secret.DesiredSecret{Type: "env", Scopes: secret.NewScopes("ic")}, "/organizations/agency/secrets/NEW/value",
			"added org:agency NEW (type env, scopes ic; 6 bytes)", nil,
		},
		"a new owner":      {"site:elsewhere NEW", plain, "/sites/elsewhere/secrets/NEW/value", "added", []string{"is new in the manifest: Pantheon was"}},
		"a typing error":   {"site:my-sit NEW", plain, "/sites/my-sit/secrets/NEW/value", "added", []string{"site:my-site"}},
		"the other kind":   {"site:agency NEW", plain, "/sites/agency/secrets/NEW/value", "added", []string{"which also has org:agency"}},
		"a multidev":       {"my-site.pr-12 A", plain, site + "A/overrides/pr-12", "set", nil},
		"an external one":  {"my-site EXT", plain, site + "EXT/value", "set", []string{"site:my-site EXT was external"}},
		"from elsewhere":   {"my-site FED", plain, site + "FED/value", "set", []string{"CELLA_VALUE_FED"}},
		"an override, too": {"my-site.live FED", plain, site + "FED/overrides/live", "set", []string{"CELLA_VALUE_FED_LIVE"}},
		"one that retires": {"my-site GOING", plain, site + "GOING/value", "set", []string{"(release)"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			file := edittest.Open(t, shop)
			setting, err := file.Set(placed(t, file, test.typed), test.wanted)
			if err != nil {
				t.Fatal(err)
			}
			if file.Changed() {
				t.Error("it was changed before there was a value")
			}
			if err := setting.To(secret.NewValue("c4nary")); err != nil {
				t.Fatal(err)
			}
			if got := edittest.Values(t, file)[test.path]; got != "c4nary" {
				t.Errorf("%s is %q", test.path, got)
			}
			holds(t, "what was done", setting.Done(), test.done)
			notes := setting.Notes()
			if len(notes) != len(test.notes) {
				t.Fatalf("notes %q", notes)
			}
			for i, want := range test.notes {
				holds(t, "the note", notes[i], want)
			}
			if strings.Contains(setting.Done()+strings.Join(notes, "\n"), "c4nary") {
				t.Error("the value is shown")
			}
		})
	}
}

// TestDoubt: a new name that is nearly another one is doubted, and nothing else.
func TestDoubt(t *testing.T) {
	tests := map[string]struct{ typed, near string }{
		"a new secret":                 {"my-site FEDD", "FED"},
		"in lower case":                {"my-site going", "GOING"},
		"one of another site":          {"lone KEPT", ""},
		"one that is there":            {"my-site A", ""},
		"nothing alike":                {"my-site SOMETHING", ""},
		"of a new site":                {"site:new FEDD", ""},
		"a new environment":            {"my-site.lvie A", "live"},
		"a multidev":                   {"my-site.pr-12 A", ""},
		"an environment that is there": {"my-site.live A", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			file := edittest.Open(t, shop)
			setting, err := file.Set(placed(t, file, test.typed), secret.DesiredSecret{})
			if err != nil {
				t.Fatal(err)
			}
			doubt, ok := setting.Doubt()
			if ok != (test.near != "") {
				t.Fatalf("doubt %+v", doubt)
			}
			if !ok {
				return
			}
			holds(t, "the question", doubt.Question, "There is "+test.near+": did you mean that?")
			holds(t, "the step", doubt.Instead, "cella set site:my-site", test.near, "--file ")
			holds(t, "the warning", doubt.Warning, test.near, "cella unset "+placed(t, file, test.typed).Words()+" --file ")
		})
	}
}

// TestSetTheSame: nothing is there to review.
func TestSetTheSame(t *testing.T) {
	file := edittest.Open(t, shop)
	setting, err := file.Set(placed(t, file, "my-site A"), secret.DesiredSecret{})
	if err != nil {
		t.Fatal(err)
	}
	if err := setting.To(secret.NewValue("alpha")); err != nil || file.Changed() {
		t.Fatalf("changed %v, %v", file.Changed(), err)
	}
	if notes := setting.Notes(); len(notes) > 0 {
		t.Errorf("notes %q", notes)
	}
	holds(t, "what was done", setting.Done(), "nothing changed")
}

// TestSetDescribes: also where the value stays.
func TestSetDescribes(t *testing.T) {
	for _, typed := range []string{"my-site A", "my-site NEW"} {
		file := edittest.Open(t, shop)
		setting, err := file.Set(placed(t, file, typed), secret.DesiredSecret{Description: "what it is for"})
		if err != nil {
			t.Fatal(err)
		}
		if err := setting.To(secret.NewValue("alpha")); err != nil {
			t.Fatal(err)
		}
		path := "/sites/my-site/secrets/" + strings.Fields(typed)[1] + "/description"
		if got := edittest.Values(t, file)[path]; got != "what it is for" {
			t.Errorf("%s: the description is %q", typed, got)
		}
	}
}

// TestSetNotesTheRecord: where the first secret makes a line for the record.
func TestSetNotesTheRecord(t *testing.T) {
	file := edittest.Open(t, "version: 1\nproject: storefront\nfingerprint_key: "+edittest.FingerprintKey+"\ndefaults: {type: runtime, scopes: [web]}\n")
	setting, err := file.Set(placed(t, file, "site:my-site NEW"), secret.DesiredSecret{})
	if err != nil {
		t.Fatal(err)
	}
	if err := setting.To(secret.NewValue("x")); err != nil {
		t.Fatal(err)
	}
	if got := edittest.Values(t, file)["/record"]; got != "site:my-site" {
		t.Errorf("the record is on %q", got)
	}
	holds(t, "the notes", strings.Join(setting.Notes(), "\n"), "added record: site:my-site")
}

// TestSetRefuses: before a value is asked for, with the step that helps, and
// nothing is changed.
func TestSetRefuses(t *testing.T) {
	tests := map[string]struct {
		text, typed string
		wanted      secret.DesiredSecret
		err, next   string
	}{
		"another type":            {shop, "my-site A", secret.DesiredSecret{Type: "env"}, "type runtime", "cella seal"},
		"other scopes":            {shop, "my-site A", secret.DesiredSecret{Scopes: secret.NewScopes("ic")}, "scopes web", "cella seal"},
		"an override of external": {shop, "my-site.live EXT", secret.DesiredSecret{}, "site:my-site EXT", "cella set site:my-site EXT"},
		"an override of KEPT":     {shop, "my-site.live KEPTT", secret.DesiredSecret{}, "site:my-site KEPTT", "did you mean KEPT?"},
		"an owner that leaves":    {shop + "  gone: {retire: release}\n", "site:gone NEW", secret.DesiredSecret{}, "has retire: release", "remove that line"},
		"a site of SOPS's":        {shop, "site:value NEW", secret.DesiredSecret{}, "site:value", "renamed on Pantheon"},
		"an override of nothing":  {shop, "my-site.live NEW", secret.DesiredSecret{}, "site:my-site NEW", "cella set site:my-site NEW"},
		"a value for a name":      {shop, "my-site NAME=c4nary", secret.DesiredSecret{}, "equals sign", "a value is never an argument"},
		"no defaults":             {bare, "my-site NEW", secret.DesiredSecret{}, "site:my-site NEW", "composer) and --scope (web, ic or user)"},
		"no scopes":               {bare, "my-site NEW", secret.DesiredSecret{Type: "env"}, "site:my-site NEW", "say what it is: --scope"},
		"no name for a variable":  {shop, "my-site 1-bad", secret.DesiredSecret{Type: "env"}, "site:my-site 1-bad", "another name"},
		"a name of SOPS's":        {shop, "my-site value", secret.DesiredSecret{}, "site:my-site value", "another name"},
		"an owner of SOPS's":      {shop, "org:overrides NEW", secret.DesiredSecret{}, "org:overrides", "UUID"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			file := edittest.Open(t, test.text)
			_, err := file.Set(placed(t, file, test.typed), test.wanted)
			if err == nil {
				t.Fatal("nothing is wrong")
			}
			holds(t, "the error", err.Error(), test.err)
			holds(t, "the next steps", strings.Join(hint.Next(err), "\n"), test.next)
			if strings.Contains(err.Error()+strings.Join(hint.Next(err), ""), "c4nary") {
				t.Errorf("the value is repeated: %v", err)
			}
			if file.Changed() {
				t.Error("the file was changed")
			}
		})
	}
}

// TestSetToWhatIsUnfit: the manifest stays as it was, whatever was there.
func TestSetToWhatIsUnfit(t *testing.T) {
	for _, typed := range []string{"my-site A", "my-site.live A", "my-site NEW", "site:new NEW", "my-site.live FED"} {
		t.Run(typed, func(t *testing.T) {
			file := edittest.Open(t, shop)
			setting, err := file.Set(placed(t, file, typed), secret.DesiredSecret{})
			if err != nil {
				t.Fatal(err)
			}
			if err := setting.To(secret.NewValue("")); err == nil {
				t.Error("an empty value was set")
			}
			if file.Changed() {
				t.Error("the file was changed")
			}
		})
	}
}
