package pantheon

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/secret"
)

// show writes a listing down, values included, so that tests can compare it.
func show(live secret.Live) string {
	reading := func(r secret.Reading) string {
		if !r.Readable() {
			return "hidden"
		}
		return fmt.Sprintf("%q", r.Value().Reveal())
	}
	var b strings.Builder
	for _, s := range live.Secrets {
		fmt.Fprintf(&b, "%s %s [%s] %s", s.Name, s.Type, s.Scopes, reading(s.Value))
		for _, o := range s.Overrides {
			fmt.Fprintf(&b, " %s=%s", o.Env, reading(o.Value))
		}
		if s.Presence == secret.MayBeInherited {
			b.WriteString(" inherited?")
		}
		if s.Shadows {
			b.WriteString(" shadows")
		}
		b.WriteString("\n")
	}
	if live.Cut {
		b.WriteString("cut?\n")
	}
	return b.String()
}

func TestParseListing(t *testing.T) {
	tests := map[string]struct {
		reason string
		owner  secret.Owner
		body   string
		want   string
	}{
		"the documented shape": {
			"sorted, hidden and readable", site,
			`{"SiteID":"site-id","Count":2,"Version":"","Scopes":["user","ic","web","ops"],"Secrets":{
			  "SENDGRID_API_KEY":{"Type":"runtime","Scopes":["web"],"Value":null,"EnvValues":{"live":null}},
			  "BANNER":{"Type":"runtime","Scopes":["user","web"],"Value":"bar2","EnvValues":{},"OrgValues":{"default":"barorg"}}}}`,
			"BANNER runtime [user, web] \"bar2\" shadows\nSENDGRID_API_KEY runtime [web] hidden live=hidden\n",
		},
		"none":                   {"", site, `{"Secrets":{}}`, ""},
		"none, as PHP writes it": {"an empty map becomes an empty array", site, `{"Secrets": [ ] }`, ""},
		"empty is hidden": {
			"the API does not tell them apart", site, `{"Secrets":{"A":{"Type":"env","Scopes":["ic"],"Value":"","EnvValues":{"dev":""}}}}`,
			"A env [ic] hidden dev=hidden\n",
		},
		"no value at all": {"", site, `{"Secrets":{"A":{"Type":"env","Scopes":["ic"]}}}`, "A env [ic] hidden\n"},
		"no overrides, four ways": {
			"", site,
			`{"Secrets":{"A":{"Type":"env","Scopes":[],"EnvValues":[],"OrgValues":[]},` +
				`"B":{"Type":"env","Scopes":[],"EnvValues":null,"OrgValues":null},` +
				`"C":{"Type":"env","Scopes":[],"EnvValues":{},"OrgValues":{}},"D":{"Type":"env","Scopes":[]}}}`,
			"A env [] hidden\nB env [] hidden\nC env [] hidden\nD env [] hidden\n",
		},
		"overrides are sorted": {
			"", site, `{"Secrets":{"A":{"Type":"env","Scopes":["user"],"Value":"x","EnvValues":{"test":"t","dev":"d","live":null}}}}`,
			"A env [user] \"x\" dev=\"d\" live=hidden test=\"t\"\n",
		},
		"inherited, hidden": {
			"the site may have none of its own", site, `{"Secrets":{"A":{"Type":"env","Scopes":["ic"],"Value":null,"OrgValues":{"default":null}}}}`,
			"A env [ic] hidden inherited?\n",
		},
		"inherited, readable": {
			"the organization's value is not the site's", site,
			`{"Secrets":{"A":{"Type":"env","Scopes":["user"],"Value":"","OrgValues":{"default":"o"}}}}`, "A env [user] hidden inherited?\n",
		},
		"own beside inherited": {
			"a value came back, so it is the site's", site,
			`{"Secrets":{"A":{"Type":"env","Scopes":["user"],"Value":"s","OrgValues":{"default":"o"}}}}`, "A env [user] \"s\" shadows\n",
		},
		"inherited override only": {
			"without a default there is nothing to inherit", site,
			`{"Secrets":{"A":{"Type":"env","Scopes":["ic"],"Value":null,"OrgValues":{"live":null}}}}`, "A env [ic] hidden\n",
		},
		"an organization's list": {
			"it inherits from nobody", org, `{"Secrets":{"A":{"Type":"env","Scopes":["ic"],"Value":null,"OrgValues":{"default":null}}}}`,
			"A env [ic] hidden\n",
		},
		"words nobody knows": {
			"kept as they are", site, `{"Secrets":{"A":{"Type":"quantum","Scopes":["ops","moon","ops"],"Value":null}}}`,
			"A quantum [moon, ops] hidden\n",
		},
		"odd names": {
			"names are data", site,
			`{"Secrets":{"a/b?c#d%2F":{"Type":"composer","Scopes":["ic"]},` +
				`"é\u0000":{"Type":"composer","Scopes":["ic"]},"CELLA_X":{"Type":"runtime","Scopes":["user"]}}}`,
			"CELLA_X runtime [user] hidden\na/b?c#d%2F composer [ic] hidden\né\x00 composer [ic] hidden\n",
		},
		"unknown fields": {
			"a newer API may add some", site, `{"New":[{}],"Secrets":{"A":{"Type":"env","Scopes":["ic"],"New":{"Value":1}}}}`, "A env [ic] hidden\n",
		},
		"a value that looks coded": {
			"exactly what was sent", site, `{"Secrets":{"A":{"Type":"env","Scopes":["user"],"Value":"\u003c\ud83d\ude00\n\u0000é"}}}`,
			"A env [user] " + `"<😀\n\x00é"` + "\n",
		},
		"in upper case":           {"ids are compared in one form", site, `{"SiteID":"SITE-ID","Secrets":{}}`, ""},
		"of nobody":               {"not every reply may say it", site, `{"SiteID":"","Secrets":{}}`, ""},
		"of null":                 {"", site, `{"SiteID":null,"Count":null,"Secrets":{}}`, ""},
		"an organization's id":    {"what stands there is not known", org, `{"SiteID":"elsewhere","Secrets":{}}`, ""},
		"counted whole":           {"", site, `{"Count":1,"Secrets":{"A":{"Type":"env","Scopes":["ic"]}}}`, "A env [ic] hidden\n"},
		"counted less":            {"it means nothing", site, `{"Count":0,"Secrets":{"A":{"Type":"env","Scopes":["ic"]}}}`, "A env [ic] hidden\n"},
		"counted more":            {"the reply may have been cut", site, `{"Count":2,"Secrets":{"A":{"Type":"env","Scopes":["ic"]}}}`, "A env [ic] hidden\ncut?\n"},
		"counted, none came":      {"", org, `{"Count":1,"Secrets":[]}`, "cut?\n"},
		"counted in another form": {"it is a number", org, `{"Count":1e3,"Secrets":{}}`, "cut?\n"},
		"lower-case keys": {
			"keys are compared exactly; this one is unknown", site, `{"Secrets":{"A":{"Type":"env","Scopes":["ic"],"value":"x"}}}`,
			"A env [ic] hidden\n",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			live, err := parseListing(test.owner, []byte(test.body))
			if err != nil {
				t.Fatalf("%v; %s", err, test.reason)
			}
			if diff := cmp.Diff(test.want, show(live)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", test.reason, diff)
			}
			if live.Owner != test.owner {
				t.Errorf("owner %v", live.Owner)
			}
		})
	}
}

func TestParseListingRefuses(t *testing.T) {
	tests := map[string]struct {
		reason string
		body   string
		want   string
		retry  bool
	}{
		"nothing":          {"a cut connection", ``, "the answer was cut short or is not JSON", true},
		"cut short":        {"a cut connection", `{"Secrets":{"canary":{"Ty`, "the answer was cut short or is not JSON", true},
		"text":             {"", `canary`, "the answer was cut short or is not JSON", true},
		"trailing text":    {"", noSecrets + `canary`, "the answer was cut short or is not JSON", true},
		"no Secrets":       {"never no secrets", `{"Count":0}`, "the answer has no list of secrets", false},
		"secrets":          {"keys are exact", `{"secrets":{}}`, "the answer has no list of secrets", false},
		"null":             {"never no secrets", `{"Secrets":null}`, "the answer has no list of secrets", false},
		"a string":         {"", `"canary"`, "the list is not an object with each key once", false},
		"an array":         {"", `[]`, "the list is not an object with each key once", false},
		"top null":         {"", `null`, "the list is not an object with each key once", false},
		"Secrets twice":    {"neither can be trusted", `{"Secrets":{},"Secrets":{"canary":1}}`, "the list is not an object with each key once", false},
		"Secrets a number": {"", `{"Secrets":7}`, "the list of secrets is not an object with each name once", false},
		"Secrets an array": {
			"only an empty one is an empty object", `{"Secrets":["canary"]}`, "the list of secrets is not an object with each name once", false,
		},
		"Secrets a text": {"", `{"Secrets":"canary"}`, "the list of secrets is not an object with each name once", false},
		"a name twice": {
			"neither can be trusted", `{"Secrets":{"A":{"Type":"env","Scopes":[]},"\u0041":{"Type":"env","Scopes":[]}}}`,
			"the list of secrets is not an object with each name once", false,
		},
		"an empty name": {"", `{"Secrets":{"":{"Type":"env","Scopes":[]}}}`, "entry 1 of the list: it has no name", false},
		"entry null":    {"", `{"Secrets":{"canary":null}}`, "entry 1 of the list: it is not an object with each key once", false},
		"Value twice": {
			"neither can be trusted", `{"Secrets":{"A":{"Type":"env","Scopes":[],"Value":null,"Value":"canary"}}}`,
			"entry 1 of the list: it is not an object with each key once", false,
		},
		"no Type":          {"", `{"Secrets":{"Z":{"Type":"env","Scopes":[]},"canary":{"Scopes":[]}}}`, "entry 2 of the list: its Type is not text", false},
		"Type a number":    {"", `{"Secrets":{"A":{"Type":1,"Scopes":[]}}}`, "entry 1 of the list: its Type is not text", false},
		"no Scopes":        {"", `{"Secrets":{"A":{"Type":"env"}}}`, "entry 1 of the list: its Scopes are not a list of texts", false},
		"Scopes null":      {"", `{"Secrets":{"A":{"Type":"env","Scopes":null}}}`, "entry 1 of the list: its Scopes are not a list of texts", false},
		"a scope null":     {"", `{"Secrets":{"A":{"Type":"env","Scopes":[null]}}}`, "entry 1 of the list: its Scopes are not a list of texts", false},
		"Scopes an object": {"", `{"Secrets":{"A":{"Type":"env","Scopes":{"0":"canary"}}}}`, "entry 1 of the list: its Scopes are not a list of texts", false},
		"Value a number":   {"", `{"Secrets":{"A":{"Type":"env","Scopes":[],"Value":12345}}}`, "entry 1 of the list: its Value is neither text nor null", false},
		"Value an object": {
			"", `{"Secrets":{"A":{"Type":"env","Scopes":[],"Value":{"canary":1}}}}`, "entry 1 of the list: its Value is neither text nor null",
			false,
		},
		"override a bool": {
			"", `{"Secrets":{"A":{"Type":"env","Scopes":[],"EnvValues":{"canary":true}}}}`,
			"entry 1 of the list: its EnvValues are not texts or nulls by environment", false,
		},
		"override twice": {
			"", `{"Secrets":{"A":{"Type":"env","Scopes":[],"EnvValues":{"dev":"canary","dev":null}}}}`,
			"entry 1 of the list: its EnvValues are not texts or nulls by environment", false,
		},
		"override, no name": {
			"it would pass for the default", `{"Secrets":{"A":{"Type":"env","Scopes":[],"EnvValues":{"":"canary"}}}}`,
			"entry 1 of the list: its EnvValues are not texts or nulls by environment", false,
		},
		"overrides a number": {
			"an array with something in it is no empty mapping", `{"Secrets":{"A":{"Type":"env","Scopes":[],"EnvValues":[5]}}}`,
			"entry 1 of the list: its EnvValues are not texts or nulls by environment", false,
		},
		"overrides an array": {
			"", `{"Secrets":{"A":{"Type":"env","Scopes":[],"EnvValues":["canary"]}}}`,
			"entry 1 of the list: its EnvValues are not texts or nulls by environment", false,
		},
		"inherited a number": {
			"", `{"Secrets":{"A":{"Type":"env","Scopes":[],"OrgValues":{"default":1}}}}`,
			"entry 1 of the list: its OrgValues are not texts or nulls by environment", false,
		},
		"inherited a text": {
			"", `{"Secrets":{"A":{"Type":"env","Scopes":[],"OrgValues":"canary"}}}`,
			"entry 1 of the list: its OrgValues are not texts or nulls by environment", false,
		},
		"of another site": {"its secrets are not this one's", `{"SiteID":"canary","Secrets":{}}`, "the list is that of another site", false},
		"SiteID a number": {"", `{"SiteID":7,"Secrets":{}}`, "the list is that of another site", false},
		"SiteID twice":    {"neither can be trusted", `{"SiteID":"site-id","SiteID":"canary"}`, "the list is not an object with each key once", false},
		"Count a text":    {"", `{"Count":"canary","Secrets":{"A":{"Type":"env","Scopes":[]}}}`, "the Count of the list is not a number", false},
		"Count a list":    {"", `{"Count":[1],"Secrets":{}}`, "the Count of the list is not a number", false},
		"bytes that no JSON is": {
			"the decoder would replace them silently", "{\"Secrets\":{\"A\":{\"Type\":\"env\",\"Scopes\":[],\"Value\":\"\xff\"}}}",
			"the list is not UTF-8", false,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			live, err := parseListing(site, []byte(test.body))
			wantError(t, err, test.want, test.reason)
			if failed, ok := err.(*failure); !ok || failed.retry != test.retry {
				t.Errorf("to be repeated: %v, want %v: %s", !test.retry, test.retry, test.reason)
			}
			if len(live.Secrets) != 0 {
				t.Errorf("it returned %d secrets with an error", len(live.Secrets))
			}
		})
	}
}

func TestListOfAnOrganization(t *testing.T) {
	s := &script{answers: []answer{says(200, noSecrets)}}
	live, err := newClient(t, s).List(t.Context(), org)
	if err != nil || live.Owner != org {
		t.Fatalf("got %v, %v", live, err)
	}
	if want := "GET /customer-secrets/v1/organizations/org-id/secrets"; s.calls[0].line != want {
		t.Errorf("got %s, want %s", s.calls[0].line, want)
	}
}

func TestListTooLong(t *testing.T) {
	s := &script{answers: []answer{endless}}
	_, err := newClient(t, s).List(t.Context(), site)
	wantError(t, err, "list secrets on site:shop: the answer is too long to be read (status 200)", "memory is bounded")
}

func FuzzParseListing(f *testing.F) {
	f.Add([]byte(noSecrets), true)
	f.Add(
		[]byte(`{"Secrets":{"B":{"Type":"env","Scopes":["user","ic"],"Value":"x","EnvValues":{"live":null,"dev":""},"OrgValues":{"default":null}},`+
			`"A":{"Type":"env","Scopes":[]}}}`),
		true,
	)
	f.Add([]byte(`{"Secrets":[]}`), false)
	f.Fuzz(func(t *testing.T, body []byte, ofSite bool) {
		owner := org
		if ofSite {
			owner = site
		}
		live, err := parseListing(owner, body)
		if err != nil {
			if len(live.Secrets) > 0 {
				t.Fatal("secrets beside an error")
			}
			return
		}
		// Another decoder agrees on the names: none is lost, none is made up.
		var other map[string]json.RawMessage
		var names map[string]json.RawMessage
		if err := json.Unmarshal(body, &other); err != nil {
			t.Fatalf("another decoder refuses it: %v", err)
		}
		if json.Unmarshal(other["Secrets"], &names) != nil && len(live.Secrets) > 0 || len(names) != len(live.Secrets) {
			t.Fatalf("%d secrets, want %d", len(live.Secrets), len(names))
		}
		for i := 1; i < len(live.Secrets); i++ {
			if live.Secrets[i-1].Name >= live.Secrets[i].Name {
				t.Fatal("not sorted by name, each once")
			}
		}
		var count float64
		if json.Unmarshal(other["Count"], &count) == nil && live.Cut != (count > float64(len(names))) {
			t.Fatalf("cut %t, %g counted and %d came", live.Cut, count, len(names))
		}
		for _, s := range live.Secrets {
			if owner.Kind == secret.Organization && s.Presence != secret.Own || s.Value.Readable() && s.Presence != secret.Own {
				t.Fatal("inherited, but it cannot be")
			}
		}
	})
}

// BenchmarkParseListing reads a site with 2,000 secrets, an override each.
func BenchmarkParseListing(b *testing.B) {
	var body bytes.Buffer
	body.WriteString(`{"SiteID":"UUID","Count":2000,"Secrets":{`)
	for i := range 2000 {
		if i > 0 {
			body.WriteByte(',')
		}
		fmt.Fprintf(&body, `"SECRET_%04d":{"Type":"runtime","Scopes":["user","web"],"Value":"value %d","EnvValues":{"live":null},"OrgValues":[]}`, i, i)
	}
	body.WriteString(`}}`)
	b.SetBytes(int64(body.Len()))
	b.ReportAllocs()
	for b.Loop() {
		if live, err := parseListing(site, body.Bytes()); err != nil || len(live.Secrets) != 2000 {
			b.Fatal(len(live.Secrets), err)
		}
	}
}
