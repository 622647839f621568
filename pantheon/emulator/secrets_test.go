package emulator_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/pantheon/emulator"
)

const allScopes = `"Scopes":["user","ic","web","ops"]`

func TestListSite(t *testing.T) {
	p := serve(t, emulator.Options{})
	status, body := p.secrets(http.MethodGet, "site:shop", "/showall", "")
	if status != 200 {
		t.Fatalf("status %d", status)
	}
	// PARTNER_KEY is missing: supporting organizations do not reach the site.
	// SHARED keeps the site's type and scopes; MAIL_KEY and ORG_BANNER have
	// the organization's.
	sameJSON(t, body, `{"SiteID":"`+p.server.ID("site:shop")+`","Count":5,"Version":"",`+allScopes+`,"Secrets":{
		"API_KEY":{"Type":"runtime","Scopes":["web"],"Value":null,"EnvValues":{"live":null},"OrgValues":{}},
		"BANNER":{"Type":"runtime","Scopes":["user","web"],"Value":"banner-value","EnvValues":{"test":"banner-test"},"OrgValues":{}},
		"SHARED":{"Type":"env","Scopes":["ic"],"Value":null,"EnvValues":{},"OrgValues":{"default":"shared-org"}},
		"MAIL_KEY":{"Type":"runtime","Scopes":["web"],"Value":null,"EnvValues":{},"OrgValues":{"default":null,"live":null}},
		"ORG_BANNER":{"Type":"runtime","Scopes":["user","web"],"Value":null,"EnvValues":{},"OrgValues":{"default":"banner-org"}}}}`)
}

func TestListOrganization(t *testing.T) {
	p := serve(t, emulator.Options{})
	_, body := p.secrets(http.MethodGet, "org:agency", "", "")
	sameJSON(t, body, `{"SiteID":"`+p.server.ID("org:agency")+`","Count":3,"Version":"",`+allScopes+`,"Secrets":{
		"MAIL_KEY":{"Type":"runtime","Scopes":["web"],"Value":null,"EnvValues":{"live":null}},
		"ORG_BANNER":{"Type":"runtime","Scopes":["user","web"],"Value":"banner-org","EnvValues":{}},
		"SHARED":{"Type":"runtime","Scopes":["user"],"Value":"shared-org","EnvValues":{}}}}`)
}

func TestEmptyListIsAnObject(t *testing.T) {
	p := serve(t, emulator.Options{})
	_, body := p.secrets(http.MethodGet, "site:commons", "/showall", "")
	sameJSON(t, body, `{"SiteID":"`+p.server.ID("site:commons")+`","Count":0,"Version":"",`+allScopes+`,"Secrets":{}}`)
}

func TestShapesOfEmptyMaps(t *testing.T) {
	tests := map[string]struct {
		empty emulator.Empty
		want  string
	}{
		"object": {emulator.EmptyObject, `{"Type":"env","Scopes":["ic"],"Value":null,"EnvValues":{},"OrgValues":{}}`},
		"list":   {emulator.EmptyList, `{"Type":"env","Scopes":["ic"],"Value":null,"EnvValues":[],"OrgValues":[]}`},
		"absent": {emulator.EmptyAbsent, `{"Type":"env","Scopes":["ic"],"Value":null}`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := serve(t, emulator.Options{Empty: test.empty})
			p.secrets(http.MethodPost, "site:commons", "", `{"name":"A","value":"v","type":"env","scopes":["ic"]}`)
			_, body := p.secrets(http.MethodGet, "site:commons", "/showall", "")
			secrets := parse(t, body).(map[string]any)["Secrets"].(map[string]any)
			if diff := cmp.Diff(parse(t, test.want), secrets["A"]); diff != "" {
				t.Errorf("entry differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCreate(t *testing.T) {
	long := strings.Repeat("v", 16384)
	tests := map[string]struct {
		body   string
		status int
		text   string // part of the reply
		reason string
	}{
		"complete":             {`{"name":"NEW","value":"v","type":"env","scopes":["ic","web"]}`, 201, "", ""},
		"composer":             {`{"name":"github-oauth.github.com","value":"v","type":"composer","scopes":["ic"]}`, 201, "", "names of other types may have dots"},
		"slash":                {`{"name":"a/b","value":"v","type":"runtime","scopes":["ic"]}`, 201, "", "and slashes"},
		"exists":               {`{"name":"API_KEY","value":"v","type":"runtime","scopes":["web"]}`, 400, "PATCH", "the word that clients look for"},
		"inherited":            {`{"name":"MAIL_KEY","value":"v","type":"runtime","scopes":["web"]}`, 201, "", "the organization's is not the site's"},
		"largest":              {`{"name":"NEW","value":"` + long + `"}`, 201, "", "16384 bytes are allowed"},
		"too large":            {`{"name":"NEW","value":"` + long + `v"}`, 400, "16384", "16385 are not"},
		"too large in bytes":   {`{"name":"NEW","value":"` + strings.Repeat("é", 8193) + `"}`, 400, "16384", "bytes count, not characters"},
		"largest, escaped":     {`{"name":"NEW","value":"` + strings.Repeat(`\u0001`, 16384) + `"}`, 201, "", "escapes do not count"},
		"empty value":          {`{"name":"NEW","value":""}`, 400, "value is empty", "could not be told from a hidden one"},
		"no value":             {`{"name":"NEW"}`, 400, "value is missing", ""},
		"null value":           {`{"name":"NEW","value":null}`, 400, "value is missing", ""},
		"number":               {`{"name":"NEW","value":1}`, 400, "JSON object", "values are strings"},
		"no name":              {`{"value":"v"}`, 400, "name is empty", ""},
		"env name with dash":   {`{"name":"NEW-1","value":"v","type":"env"}`, 400, "names of env secrets", ""},
		"env name with digit":  {`{"name":"1NEW","value":"v","type":"env"}`, 400, "names of env secrets", "not at the beginning"},
		"env name, newline":    {`{"name":"NEW\n","value":"v","type":"env"}`, 400, "white space", ""},
		"name with space":      {`{"name":"NEW 1","value":"v"}`, 400, "white space", ""},
		"long name":            {`{"name":"` + strings.Repeat("N", 256) + `","value":"v"}`, 400, "longer than", ""},
		"unknown type":         {`{"name":"NEW","value":"v","type":"secret"}`, 400, "type must be", ""},
		"type file":            {`{"name":"NEW","value":"v","type":"file"}`, 400, "type must be", "older help only"},
		"type vcs":             {`{"name":"NEW","value":"v","type":"vcs"}`, 400, "type must be", "older help only"},
		"unknown scope":        {`{"name":"NEW","value":"v","scopes":["everyone"]}`, 400, "scopes must be", ""},
		"scope ops":            {`{"name":"NEW","value":"v","scopes":["ops"]}`, 400, "scopes must be", "replies only"},
		"with env":             {`{"name":"NEW","value":"v","env":"live"}`, 400, "JSON object", "an override is a PATCH"},
		"other letters":        {`{"Name":"NEW","value":"v"}`, 400, "JSON object", "keys are compared exactly"},
		"not UTF-8":            {"{\"name\":\"NEW\",\"value\":\"\xff\"}", 400, "UTF-8", "JSON is UTF-8"},
		"two objects":          {`{"name":"NEW","value":"v"}{}`, 400, "JSON object", ""},
		"not JSON":             {`name=NEW&value=v`, 400, "JSON object", ""},
		"empty":                {``, 400, "JSON object", ""},
		"beyond all bounds":    {`{"name":"NEW","value":"` + strings.Repeat("v", 300<<10) + `"}`, 413, "too large", "nothing reads without end"},
		"quote in the message": {`{"name":"it's","value":"v"}`, 201, "", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := serve(t, emulator.Options{})
			before := p.server.State()
			status, body := p.secrets(http.MethodPost, "site:shop", "", test.body)
			if status != test.status || !strings.Contains(body, test.text) {
				t.Errorf("status %d, reply %s; want %d, %q: %s", status, body, test.status, test.text, test.reason)
			}
			if status >= 400 {
				if _, isString := parse(t, body).(string); !isString {
					t.Errorf("reply %s, want a JSON string", body)
				}
				if diff := cmp.Diff(before, p.server.State()); diff != "" {
					t.Errorf("a refused create changed the state:\n%s", diff)
				}
			}
		})
	}
}

func TestCreateKeeps(t *testing.T) {
	tests := map[string]struct {
		body       string
		secretType string
		scopes     []string
		reason     string
	}{
		"as given":        {`{"name":"NEW","value":"v","type":"env","scopes":["web","ic"]}`, "env", []string{"ic", "web"}, ""},
		"left out":        {`{"name":"NEW","value":"v"}`, "runtime", []string{"user"}, "the documented defaults"},
		"no scopes":       {`{"name":"NEW","value":"v","scopes":[]}`, "runtime", []string{"user"}, "as if left out"},
		"repeated scopes": {`{"name":"NEW","value":"v","scopes":["ic","ic"]}`, "runtime", []string{"ic"}, "a set"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := serve(t, emulator.Options{})
			p.secrets(http.MethodPost, "org:agency", "", test.body)
			secretType, scopes, envs, exists := p.server.Attributes("org:agency", "NEW")
			if !exists || secretType != test.secretType || len(envs) != 0 {
				t.Errorf("exists %t, type %q, overrides %v: %s", exists, secretType, envs, test.reason)
			}
			if diff := cmp.Diff(test.scopes, scopes); diff != "" {
				t.Errorf("scopes differ (-want +got), %s:\n%s", test.reason, diff)
			}
			if !p.server.Holds("org:agency", "NEW", "", "v") || p.server.Holds("org:agency", "NEW", "", "w") {
				t.Error("it holds another value")
			}
		})
	}
}

func TestPatch(t *testing.T) {
	const missing = "does not exist. You should create the default secret value first."
	tests := map[string]struct {
		name, body string
		status     int
		text       string
		holds      map[string]string // by environment, "" for the default; "-" for no override
		reason     string
	}{
		"default":          {"API_KEY", `{"value":"new"}`, 200, "", map[string]string{"": "new", "live": "api-live"}, "overrides stay"},
		"readable default": {"BANNER", `{"value":"new"}`, 200, "", map[string]string{"": "new", "test": "banner-test"}, ""},
		"override":         {"API_KEY", `{"env":"test","value":"new"}`, 200, "", map[string]string{"": "api-value", "live": "api-live", "test": "new"}, ""},
		"override again":   {"API_KEY", `{"env":"live","value":"new"}`, 200, "", map[string]string{"": "api-value", "live": "new"}, ""},
		"multidev":         {"API_KEY", `{"env":"pr-12","value":"new"}`, 200, "", map[string]string{"pr-12": "new"}, ""},
		"remove":           {"API_KEY", `{"env":"live","value":null}`, 200, "", map[string]string{"": "api-value", "live": "-"}, ""},
		"remove none": {
			"API_KEY", `{"env":"test","value":null}`, 200, "", map[string]string{"": "api-value", "live": "api-live"},
			"any 2xx, also where there was none",
		},
		"no default":         {"NONE", `{"env":"live","value":"new"}`, 404, missing, nil, "the documented words"},
		"inherited only":     {"MAIL_KEY", `{"env":"live","value":"new"}`, 404, missing, nil, "the site has no value of its own"},
		"default of none":    {"NONE", `{"value":"new"}`, 404, missing, nil, ""},
		"remove of none":     {"NONE", `{"env":"live","value":null}`, 404, missing, nil, ""},
		"type":               {"API_KEY", `{"value":"new","type":"env"}`, 400, "JSON object", map[string]string{"": "api-value"}, "never changes"},
		"same type":          {"API_KEY", `{"value":"new","type":"runtime"}`, 400, "JSON object", map[string]string{"": "api-value"}, "not even to the same"},
		"scopes":             {"API_KEY", `{"value":"new","scopes":["web"]}`, 400, "JSON object", map[string]string{"": "api-value"}, "never change"},
		"other letters":      {"API_KEY", `{"Value":"new"}`, 400, "JSON object", map[string]string{"": "api-value"}, "keys are compared exactly"},
		"no value":           {"API_KEY", `{}`, 400, "missing", map[string]string{"": "api-value"}, ""},
		"null default":       {"API_KEY", `{"value":null}`, 400, "missing", map[string]string{"": "api-value"}, "a default is removed with its secret"},
		"no value, env":      {"API_KEY", `{"env":"live"}`, 400, "missing", map[string]string{"live": "api-live"}, "left out is not null"},
		"number":             {"API_KEY", `{"value":7}`, 400, "no string", map[string]string{"": "api-value"}, ""},
		"empty value":        {"API_KEY", `{"value":""}`, 400, "empty", map[string]string{"": "api-value"}, ""},
		"too large":          {"API_KEY", `{"value":"` + strings.Repeat("v", 16385) + `"}`, 400, "16384", map[string]string{"": "api-value"}, ""},
		"too large override": {"API_KEY", `{"env":"live","value":"` + strings.Repeat("v", 16385) + `"}`, 400, "16384", map[string]string{"live": "api-live"}, ""},
		"empty env":          {"API_KEY", `{"env":"","value":"v"}`, 400, "environments", map[string]string{"": "api-value"}, "not the default"},
		"bad env":            {"API_KEY", `{"env":"Live","value":"v"}`, 400, "environments", nil, ""},
		"long env":           {"API_KEY", `{"env":"twelve-chars","value":"v"}`, 400, "environments", nil, "11 at most"},
		"not JSON":           {"API_KEY", `value`, 400, "JSON object", map[string]string{"": "api-value"}, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := serve(t, emulator.Options{})
			status, body := p.secrets(http.MethodPatch, "site:shop", "/"+test.name, test.body)
			if status != test.status || !strings.Contains(body, test.text) {
				t.Errorf("status %d, reply %s; want %d, %q: %s", status, body, test.status, test.text, test.reason)
			}
			_, _, envs, _ := p.server.Attributes("site:shop", test.name)
			for env, value := range test.holds {
				if value == "-" {
					if len(envs) != 0 {
						t.Errorf("overrides %v, want none", envs)
					}
				} else if !p.server.Holds("site:shop", test.name, env, value) {
					t.Errorf("environment %q: another value than wanted: %s", env, test.reason)
				}
			}
		})
	}
}

func TestDelete(t *testing.T) {
	p := serve(t, emulator.Options{})
	if status, _ := p.secrets(http.MethodDelete, "site:shop", "/API_KEY", ""); status != 204 {
		t.Errorf("status %d", status)
	}
	if status, body := p.secrets(http.MethodDelete, "site:shop", "/API_KEY", ""); status != 404 || !strings.Contains(body, "does not exist") {
		t.Errorf("deleted already: status %d, %s", status, body)
	}
	if status, _ := p.secrets(http.MethodDelete, "site:shop", "/MAIL_KEY", ""); status != 404 {
		t.Errorf("inherited: status %d, the site has none of its own", status)
	}
	p.secrets(http.MethodPost, "site:shop", "", `{"name":"API_KEY","value":"again","scopes":["web"]}`)
	if _, _, envs, _ := p.server.Attributes("site:shop", "API_KEY"); len(envs) != 0 {
		t.Errorf("overrides %v survived their secret", envs)
	}
	if diff := cmp.Diff([]string{"API_KEY", "BANNER", "SHARED"}, p.server.Names("site:shop")); diff != "" {
		t.Errorf("names differ (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"MAIL_KEY", "ORG_BANNER", "SHARED"}, p.server.Names("org:agency")); diff != "" {
		t.Errorf("the organization's names differ (-want +got):\n%s", diff)
	}
}
