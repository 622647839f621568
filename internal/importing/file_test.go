package importing_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/importing"
	"github.com/cella-secrets/cella/schema/edit"
	"github.com/cella-secrets/cella/schema/edit/edittest"
	"github.com/cella-secrets/cella/secret"
	"github.com/cella-secrets/cella/secret/envfile"
)

const (
	defaults = "defaults: {type: runtime, scopes: [web]}\n"
	bare     = "version: 1\nproject: storefront\n"
	// shop has an entry of each kind.
	shop = bare + defaults + `sites:
  shop:
    secrets:
      SAME: {value: c4nary, overrides: {live: c4nary}}
      OTHER: {value: other, overrides: {live: other}}
      EXT: {external: true}
      FED: {value_from: {env: CELLA_VALUE_FED}}
      GOING: {retire: release}
      COMPOSED: {type: composer, scopes: [ic], value: c4nary}
  old-site: {retire: release}
`
)

var theShop = secret.Owner{Kind: secret.Site, Name: "shop"}

// variables are those of a .env file.
func variables(t *testing.T, text string) []envfile.Variable {
	t.Helper()
	list, err := envfile.Parse([]byte(text), envfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// told is a report in full. No value is ever in one.
func told(t *testing.T, report *importing.Report, dryRun bool) string {
	t.Helper()
	var out strings.Builder
	report.Write(&out, dryRun)
	if said := out.String() + strings.Join(report.Warnings, "\n"); strings.Contains(said, "c4nary") {
		t.Errorf("a value is told:\n%s", said)
	}
	return out.String()
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

// refused fails the test unless err says text and has the next step, without a
// value, and the manifest would be written as it is: an import that fails leaves
// nothing of itself.
func refused(t *testing.T, draft *edit.File, err error, text, next string) {
	t.Helper()
	if err == nil {
		t.Fatal("nothing is wrong")
	}
	steps := strings.Join(hint.Next(err), "\n")
	holds(t, "the error", err.Error(), text)
	holds(t, "the next steps", steps, next)
	if strings.Contains(err.Error()+steps, "c4nary") {
		t.Errorf("a value is in the error: %v", err)
	}
	unwritten(t, draft)
}

// unwritten fails the test unless the file is as it was.
func unwritten(t *testing.T, draft *edit.File) {
	t.Helper()
	text, err := os.ReadFile(draft.Name)
	if err != nil || !bytes.Contains(text, []byte("\nsops:")) {
		t.Fatalf("%d bytes, %v", len(text), err)
	}
	if draft.Changed() {
		t.Error("the draft was changed")
	}
	if would, _, err := draft.Text(); err != nil || !bytes.Equal(would, text) {
		t.Errorf("another text would be written: %v", err)
	}
}

// TestFromFile: what becomes of each variable, in the report and in the manifest.
func TestFromFile(t *testing.T) {
	const path = "/sites/shop/secrets/"
	tests := map[string]struct {
		text   string
		change func(*importing.Variables)
		report string            // of the secret
		values map[string]string // in the manifest then
	}{
		"new":                {"NEW=c4nary", nil, "  value     NEW\n", map[string]string{"NEW/value": "c4nary"}},
		"as it is":           {"SAME=c4nary", nil, ": imported nothing, 1 there already.\n", map[string]string{"SAME/value": "c4nary"}},
		"another value":      {"OTHER=c4nary", nil, "  kept      OTHER: ", map[string]string{"OTHER/value": "other"}},
		"replaced":           {"OTHER=c4nary", replace, "  replaced  OTHER\n", map[string]string{"OTHER/value": "c4nary", "OTHER/overrides/live": "other"}},
		"external":           {"EXT=c4nary", nil, "  kept      EXT: ", map[string]string{"EXT/value": ""}},
		"external, replaced": {"EXT=c4nary", replace, "  replaced  EXT\n", map[string]string{"EXT/value": "c4nary"}},
		"from elsewhere":     {"FED=c4nary", replace, "  kept      FED: ", map[string]string{"FED/value": "", "FED/value_from/env": "CELLA_VALUE_FED"}},
		"retiring":           {"GOING=c4nary", replace, "  kept      GOING: ", map[string]string{"GOING/value": "", "GOING/retire": "release"}},
		"of another type":    {"COMPOSED=other", typed, "  kept      COMPOSED: it has type composer\n", map[string]string{"COMPOSED/value": "c4nary"}},
		"of another scope":   {"OTHER=other", scopedAs, "  kept      OTHER: it has scopes web\n", map[string]string{"OTHER/value": "other"}},
		"given a type": {"COMPOSED=other", composed, "  replaced  COMPOSED: type env instead of composer\n", map[string]string{
			"COMPOSED/value": "other", "COMPOSED/type": "env",
		}},
		"given a scope": {"OTHER=other", scoped, "  replaced  OTHER: scopes user instead of web\n", map[string]string{
			"OTHER/value": "other", "OTHER/type": "", "OTHER/overrides/live": "other",
		}},
		"given both": {"COMPOSED=c4nary", defaulted, "  replaced  COMPOSED: type runtime instead of composer; scopes web instead of ic\n", map[string]string{
			"COMPOSED/value": "c4nary", "COMPOSED/type": "",
		}},
		"given what it has":      {"OTHER=other", defaulted, ": imported nothing, 1 there already.\n", map[string]string{"OTHER/value": "other"}},
		"external, given a type": {"EXT=c4nary", composed, "  kept      EXT: the manifest has it as external\n", map[string]string{"EXT/value": "", "EXT/type": ""}},
		"fed, given a type":      {"FED=c4nary", composed, "  kept      FED: ", map[string]string{"FED/value": "", "FED/type": ""}},
		"retiring, given a type": {"GOING=c4nary", composed, "  kept      GOING: ", map[string]string{"GOING/value": "", "GOING/type": ""}},
		"of its own type":        {"COMPOSED=other", replace, "  replaced  COMPOSED\n", map[string]string{"COMPOSED/value": "other"}},
		"empty":                  {"NEW=", nil, "  left out  NEW: ", map[string]string{"NEW/value": ""}},
		"one that expands":       {"NEW=c4nary$HOME", nil, "  value     NEW: holds a $NAME", map[string]string{"NEW/value": "c4nary$HOME"}},
		"a given type":           {"NEW=c4nary", composed, "  value     NEW\n", map[string]string{"NEW/value": "c4nary", "NEW/type": "env"}},
		"an override":            {"OTHER=c4nary", live, "  kept      OTHER: its override for live", map[string]string{"OTHER/overrides/live": "other"}},
		"an override replaced":   {"OTHER=c4nary", liveReplace, "  replaced  OTHER\n", map[string]string{"OTHER/value": "other", "OTHER/overrides/live": "c4nary"}},
		"an override as it is":   {"SAME=c4nary", live, ": imported nothing, 1 there already.\n", nil},
		"a new override":         {"COMPOSED=c4nary", live, "  value     COMPOSED\n", map[string]string{"COMPOSED/overrides/live": "c4nary"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			draft := edittest.Open(t, shop)
			v := importing.Variables{File: ".env", List: variables(t, test.text+"\n"), Owner: theShop}
			if test.change != nil {
				test.change(&v)
			}
			report, err := importing.FromFile(v, draft)
			if err != nil {
				t.Fatal(err)
			}
			holds(t, "the report", told(t, report, false), test.report)
			values := edittest.Values(t, draft)
			for at, want := range test.values {
				if got := values[path+at]; got != want {
					t.Errorf("%s is %q", at, got)
				}
			}
			if kept := strings.Contains(test.report, "kept") || strings.Contains(test.report, "already"); kept && draft.Changed() {
				t.Error("an entry that stays was changed")
			}
		})
	}
}

func replace(v *importing.Variables)     { v.Replace = true }
func live(v *importing.Variables)        { v.Env = "live" }
func liveReplace(v *importing.Variables) { v.Env, v.Replace = "live", true }
func typed(v *importing.Variables)       { v.Type = secret.EnvType }
func scopedAs(v *importing.Variables)    { v.Scopes = secret.NewScopes(secret.UserScope) }
func defaulted(v *importing.Variables) {
	v.Type, v.Scopes, v.Replace = secret.RuntimeType, secret.NewScopes(secret.WebScope), true
}
func composed(v *importing.Variables) { v.Type, v.Replace = secret.EnvType, true }
func scoped(v *importing.Variables)   { v.Scopes, v.Replace = secret.NewScopes(secret.UserScope), true }

// TestFromFileRefuses: before anything is taken, all that is wrong at once.
func TestFromFileRefuses(t *testing.T) {
	at := func(address string, env secret.Env) func(*importing.Variables) {
		return func(v *importing.Variables) {
			owner, ok := secret.ParseOwner(address)
			if !ok {
				t.Fatal(address)
			}
			v.Owner, v.Env = owner, env
		}
	}
	tests := map[string]struct {
		manifest, text string
		change         func(*importing.Variables)
		err, next      string
	}{
		"no type":                {bare, "A=c4nary", nil, "type", "--type runtime"},
		"no scopes":              {bare, "A=c4nary", func(v *importing.Variables) { v.Type = secret.EnvType }, "scopes", "--scope web"},
		"an owner of SOPS's":     {shop, "A=c4nary", at("org:overrides", ""), "org:overrides", "UUID"},
		"an owner that leaves":   {shop, "A=c4nary", at("site:old-site", ""), "site:old-site has retire: release", "line"},
		"a name of SOPS's":       {shop, "NEW=c4nary\nvalue=c4nary", nil, "value: ", "nothing was written"},
		"a long name":            {shop, strings.Repeat("N", 300) + "=c4nary", nil, "NNN", "nothing was written"},
		"a name that env lacks":  {shop + "", "a.b=c4nary", composed, "a.b: names of type env", "nothing was written"},
		"a large value":          {shop, "NEW=c4nary" + strings.Repeat("x", secret.MaxValueBytes), nil, "NEW: ", "nothing was written"},
		"an override of nothing": {shop, "NEW=c4nary", live, "NEW: site:shop has no such secret", "nothing was written"},
		"an override of hidden":  {shop, "EXT=c4nary", live, "cella set site:shop EXT", "nothing was written"},
		"of a new owner":         {shop, "NEW=c4nary", at("site:new", "live"), "NEW: site:new has no such secret", "nothing was written"},
		"several":                {shop, "value=c4nary\nNEW=a\noverrides=c4nary", nil, "value: ", "nothing was written"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			draft := edittest.Open(t, test.manifest)
			v := importing.Variables{File: ".env", List: variables(t, test.text+"\n"), Owner: theShop}
			if test.change != nil {
				test.change(&v)
			}
			report, err := importing.FromFile(v, draft)
			if report != nil {
				t.Error("there is a report")
			}
			refused(t, draft, err, test.err, test.next)
			if name == "several" && strings.Count(err.Error(), "\n") != 1 {
				t.Errorf("not both are told: %v", err)
			}
		})
	}
}

// TestFromFileWarns: of what a person should look at, by name.
func TestFromFileWarns(t *testing.T) {
	many := strings.Repeat("R=c4nary\n", 10)
	tests := map[string]struct {
		text   string
		change func(*importing.Variables)
		want   []string // one warning each
	}{
		"nothing":         {"A=x\n", nil, nil},
		"tracked":         {"A=x\n", func(v *importing.Variables) { v.Tracked = true }, []string{"git rm --cached $'a file'"}},
		"stdin":           {"A=x\n", func(v *importing.Variables) { v.File, v.Tracked = "-", true }, nil},
		"repeated":        {"A=x\nB=c4nary\nA=y\nA=z\n", nil, []string{"A is in lines 1, 3 and 4"}},
		"often":           {many, nil, []string{"R is in lines 1, 2, 3, 4, 5, 6, 7, 8 and 2 more"}},
		"a typing error":  {"A=x\n", func(v *importing.Variables) { v.Owner.Name = "shopp" }, []string{"site:shopp is new in the manifest"}},
		"a far new owner": {"A=x\n", func(v *importing.Variables) { v.Owner.Name = "something" }, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			v := importing.Variables{File: "a file", List: variables(t, test.text), Owner: theShop}
			if test.change != nil {
				test.change(&v)
			}
			report, err := importing.FromFile(v, edittest.Open(t, shop))
			if err != nil {
				t.Fatal(err)
			}
			told(t, report, false)
			if len(report.Warnings) != len(test.want) {
				t.Fatalf("warnings %q", report.Warnings)
			}
			for i, want := range test.want {
				holds(t, "the warning", report.Warnings[i], want)
			}
		})
	}
}

// TestReportOfAFile: it ends in what to type, and a dry run in that nothing was
// written.
func TestReportOfAFile(t *testing.T) {
	draft := edittest.Open(t, bare+"fingerprint_key: "+edittest.FingerprintKey+"\n"+defaults)
	report, err := importing.FromFile(importing.Variables{File: ".env", List: variables(t, "A=c4nary\nB=c4nary\nC=\n"), Owner: theShop}, draft)
	if err != nil {
		t.Fatal(err)
	}
	said := told(t, report, false)
	holds(t, "the report", said,
		"site:shop\n", ": imported 2, left out 1.\n", "added record: site:shop", "Next: cella plan --file "+draft.Name, "commit "+draft.Name)
	if edittest.Values(t, draft)["/record"] != "site:shop" {
		t.Error("the record has no place")
	}
	said = told(t, report, true)
	holds(t, "the report of a dry run", said, "Nothing was written (--dry-run).\n")
	if strings.Contains(said, "Next:") || strings.Contains(said, "record:") {
		t.Errorf("a dry run says what comes next:\n%s", said)
	}
}

// TestFromFileOfNothing: where every variable is empty, the manifest stays as it was.
func TestFromFileOfNothing(t *testing.T) {
	draft := edittest.Open(t, bare+defaults)
	report, err := importing.FromFile(importing.Variables{File: ".env", List: variables(t, "A=\n"), Owner: theShop}, draft)
	if err != nil {
		t.Fatal(err)
	}
	holds(t, "the report", told(t, report, false), ": imported nothing, left out 1.\n")
	if draft.Changed() {
		t.Error("the manifest was changed")
	}
}
