package secret_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/secret"
)

func TestNameValidate(t *testing.T) {
	tests := map[string]struct {
		name   secret.Name
		typ    secret.Type
		want   string // part of the error; empty = valid
		reason string
	}{
		"env":                {"API_KEY", secret.EnvType, "", "the documented pattern"},
		"env, underscore":    {"_a1", secret.EnvType, "", "the documented pattern"},
		"env, digit first":   {"1A", secret.EnvType, "type env", "the documented pattern"},
		"env, hyphen":        {"A-B", secret.EnvType, "type env", "the documented pattern"},
		"composer host":      {"github-oauth.github.com", secret.ComposerType, "", "the documented composer names have dots and hyphens"},
		"runtime, query":     {"A?x=1", secret.RuntimeType, "", "it is sent percent-encoded; Pantheon decides"},
		"empty":              {"", secret.RuntimeType, "empty", "no secret has no name"},
		"dot":                {".", secret.RuntimeType, "step in a path", "the request would be for the listing"},
		"two dots":           {"..", secret.RuntimeType, "step in a path", "the request would be for the owner"},
		"three dots":         {"...", secret.RuntimeType, "", "no step, whatever it looks like"},
		"space":              {"A B", secret.RuntimeType, "white space", "no rule can mean to allow it"},
		"newline":            {"A\nB", secret.RuntimeType, "white space", "no rule can mean to allow it"},
		"zero width":         {"A\u200bB", secret.RuntimeType, "unprintable", "it would look like another name"},
		"broken UTF-8":       {"A\xff", secret.RuntimeType, "unprintable", "it cannot be sent as JSON"},
		"128 bytes":          {secret.Name(strings.Repeat("a", 128)), secret.RuntimeType, "", "the longest one"},
		"129 bytes":          {secret.Name(strings.Repeat("a", 129)), secret.RuntimeType, "at most 128", "one too many"},
		"reserved":           {"CELLA_LEDGER__X", secret.RuntimeType, "kept for cella", "cella's own names"},
		"almost reserved":    {"CELLAR", secret.RuntimeType, "", "the prefix ends with an underscore"},
		"reserved, env type": {"CELLA_A", secret.EnvType, "kept for cella", "whatever the type"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			err := test.name.Validate(test.typ)
			switch {
			case test.want == "" && err != nil:
				t.Errorf("Validate = %v, want nil: %s", err, test.reason)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Errorf("Validate = %v, want an error with %q: %s", err, test.want, test.reason)
			}
		})
	}
}

func TestEnvValidate(t *testing.T) {
	tests := map[secret.Env]bool{
		"dev": true, "test": true, "live": true, "my-feature": true, "pr-12345678": true,
		"": false, "Live": false, "pr-123456789": false, "-a": false, "a b": false, "a.b": false, "a\n": false,
	}
	for env, want := range tests {
		if got := env.Validate() == nil; got != want {
			t.Errorf("Env(%q).Validate() == nil is %v, want %v", env, got, want)
		}
	}
}

func TestScopes(t *testing.T) {
	a := secret.NewScopes("web", "ic", "web")
	if want := (secret.Scopes{"ic", "web"}); !slices.Equal(a, want) {
		t.Errorf("NewScopes = %v, want %v: sorted, each once", a, want)
	}
	if !a.Equal(secret.NewScopes("ic", "web")) || a.Equal(secret.NewScopes("ic")) {
		t.Error("Equal does not compare as sets")
	}
	if !a.Has("ic") || a.Has("user") {
		t.Error("Has does not tell members from others")
	}
	if got := secret.NewScopes("web", "a\nb").String(); got != `"a\nb", web` {
		t.Errorf("String = %s: foreign scopes must be quoted", got)
	}
}

func TestOwner(t *testing.T) {
	site := secret.Owner{Kind: secret.Site, Name: "a", ID: "1"}
	org := secret.Owner{Kind: secret.Organization, Name: "b"}
	if site.String() != "site:a" || org.String() != "org:b" {
		t.Errorf("String = %s, %s", site, org)
	}
	if org.Compare(site) >= 0 || site.Compare(org) <= 0 || site.Compare(site) != 0 {
		t.Error("Compare: organizations come before sites")
	}
	encoded, err := json.Marshal(site)
	if want := `{"kind":"site","name":"a","id":"1"}`; err != nil || string(encoded) != want {
		t.Errorf("Marshal = %s, %v, want %s", encoded, err, want)
	}
	var decoded secret.Owner
	if err := json.Unmarshal(encoded, &decoded); err != nil || decoded != site {
		t.Errorf("Unmarshal = %v, %v, want %v", decoded, err, site)
	}
	if err := json.Unmarshal([]byte(`{"kind":"team"}`), &decoded); err == nil {
		t.Error("Unmarshal of an unknown kind succeeds")
	}
	if _, err := json.Marshal(secret.Owner{}); err == nil {
		t.Error("Marshal of an owner without a kind succeeds")
	}
}

func TestOwnerAddress(t *testing.T) {
	for address, want := range map[string]secret.Owner{
		"site:my-site": {Kind: secret.Site, Name: "my-site"},
		"org:agency":   {Kind: secret.Organization, Name: "agency"},
		"site:a.live":  {Kind: secret.Site, Name: "a.live"},
		"site:org:a":   {Kind: secret.Site, Name: "org:a"},
		"org:a b":      {Kind: secret.Organization, Name: "a b"},
	} {
		got, ok := secret.ParseOwner(address)
		if !ok || got != want || got.Address() != address {
			t.Errorf("ParseOwner(%q) = %+v, %v, with the address %q", address, got, ok, got.Address())
		}
	}
	for _, address := range []string{"", "my-site", "site", "site:", "org:", "Site:a", " site:a", "organization:a"} {
		if got, ok := secret.ParseOwner(address); ok {
			t.Errorf("ParseOwner(%q) = %+v", address, got)
		}
	}
}

func TestCreatable(t *testing.T) {
	for typ, want := range map[secret.Type]bool{"runtime": true, "env": true, "composer": true, "file": false, "vcs": false, "": false} {
		if typ.Creatable() != want {
			t.Errorf("Type(%q).Creatable() = %v, want %v", typ, !want, want)
		}
	}
}

func TestLookups(t *testing.T) {
	live := secret.Live{Secrets: []secret.LiveSecret{{Name: "A"}, {Name: "C", Overrides: []secret.LiveOverride{{Env: "live"}}}}}
	if _, found := live.Secret("B"); found {
		t.Error("Secret finds a name that is not there")
	}
	c, found := live.Secret("C")
	if !found || c.Name != "C" {
		t.Errorf("Secret(C) = %v, %v", c, found)
	}
	if _, found := c.Override("live"); !found {
		t.Error("Override(live) is not found")
	}
	if _, found := c.Override("dev"); found {
		t.Error("Override finds an environment that is not there")
	}
	desired := secret.DesiredSecret{Overrides: []secret.DesiredOverride{{Env: "live"}}}
	if _, found := desired.Override("live"); !found {
		t.Error("Override(live) of a desired secret is not found")
	}
}

func TestPos(t *testing.T) {
	if got := (secret.Pos{File: "a b.yaml", Line: 3, Column: 5}).String(); got != `"a b.yaml":3:5` {
		t.Errorf("String = %s", got)
	}
}

// TestUsualEnv: other hosts have other words for Pantheon's environments.
func TestUsualEnv(t *testing.T) {
	for word, want := range map[string]secret.Env{
		"production": "live", "prod": "live", "LIVE": "live", "Staging": "test", "uat": "test", "development": "dev", "master": "dev",
		"live": "", "dev": "", "pr-12": "", "feature": "", "": "",
	} {
		if got, ok := secret.UsualEnv(word); ok != (want != "") || ok && got != want {
			t.Errorf("UsualEnv(%q) = %q, %v; want %q", word, got, ok, want)
		}
	}
}
