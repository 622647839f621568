package envfile

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/secret"
)

// TestParseJSON: the two shapes, and what stands in them.
func TestParseJSON(t *testing.T) {
	tests := map[string]struct{ text, want, reason string }{
		"flat":           {`{"B":"2","A":"x\ny"}`, `A="x\ny" B="2"`, "as cella local --format json writes it, and the secrets.json of Pantheon's older plugin"},
		"any name":       {`{"github-oauth.github.com":"x","é":""}`, `github-oauth.github.com="x" é=""`, "which names will do is not decided here"},
		"nothing":        {" {} \n", ``, ""},
		"escapes":        {`{"A":"\u00e9\ud83d\ude00\"\\\/"}`, `A="é😀\"\\/"`, ""},
		"a replacement":  {`{"A":"\ufffd` + "\uFFFD" + `"}`, `A="��"`, "it stands there"},
		"with a mark":    {"\uFEFF{\"A\":\"1\"}", `A="1"`, "it is no part of any name here"},
		"a listing":      {`{"Count":1,"Secrets":{"A":{"Type":"runtime","Scopes":["web"],"Value":"x"}}}`, `A="x"`, "as cella local --format sdk writes it"},
		"a flat Secrets": {`{"Secrets":"x"}`, `Secrets="x"`, "no object, so a name"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			variables, err := ParseJSON([]byte(test.text), nil)
			if got := parsed(variables); err != nil || got != test.want {
				t.Errorf("got  %s, %v\nwant %s: %s", got, err, test.want, test.reason)
			}
		})
	}
}

// TestListing: an entry says its type and scopes, and why it has no value.
func TestListing(t *testing.T) {
	variables, err := ParseJSON([]byte(`{"SiteID":"x","Secrets":{
		"A":{"Type":"env","Scopes":["web","ic"],"Value":"0","OrgValues":{"default":"0"},"EnvValues":{"live":"c4nary","dev":null}},
		"B":{"Type":"runtime","Scopes":["web"],"Value":null,"EnvValues":[]},
		"C":{"Type":"runtime","Scopes":["web"],"Value":null,"OrgValues":{"default":"c4nary"}}}}`), nil)
	if err != nil || len(variables) != 3 {
		t.Fatal(variables, err)
	}
	a, b, c := variables[0], variables[1], variables[2]
	of := fmt.Sprint(a.Value.Reveal(), a.Type, a.Scopes, a.Overrides, a.Without)
	if of != fmt.Sprint("0", secret.EnvType, secret.NewScopes("ic", "web"), []string{"live"}, "") {
		t.Errorf("%+v", a)
	}
	if b.Value.Known() || b.Without != "the file has no value of it" || c.Value.Known() || !strings.Contains(c.Without, "the organization's") {
		t.Errorf("%+v, %+v", b, c)
	}
}

// TestParseJSONErrors: by key, without a value.
func TestParseJSONErrors(t *testing.T) {
	tests := map[string]struct{ text, want string }{
		"a number":           {`{"A":"x","B":4242}`, "B: it is a number, and a value is a text: put it in quotes"},
		"true":               {`{"B":true}`, "B: it is true or false, and a value is a text"},
		"null":               {`{"B":null}`, "B: it is null, and a value is a text: remove it, or give it a text"},
		"nested":             {`{"B":{"c4nary":"c4nary"}}`, `B: it is an object, and a value is a text: put it in quotes, with \" for each quote in it`},
		"a list":             {`{"B":["c4nary"]}`, "B: it is a list"},
		"twice":              {`{"B":"c4nary","B":"c4nary"}`, "B: it is there twice: remove one of them"},
		"all at once":        {`{"B":1,"A":2}`, "B: it is a number, and a value is a text: put it in quotes\nA: it is a number"},
		"half a character":   {`{"B":"c4nary\ud83d"}`, "B: it holds half of a character"},
		"no object":          {`["c4nary"]`, `it is not a JSON object, as in {"NAME": "value"}`},
		"a text":             {`"c4nary"`, "it is not a JSON object"},
		"nothing":            {"", "it is JSON that does not end"},
		"cut":                {`{"A":"c4nary"`, "it is JSON that does not end"},
		"cut in a text":      {`{"A":"c4nary`, "it is JSON that does not end"},
		"a comma":            {"{\n\"A\":\"c4nary\",\n}", "line 3: it is not JSON from here on"},
		"no quotes":          {"{\nA: c4nary}", "line 2: it is not JSON from here on"},
		"more":               {`{"A":"c4nary"} c4nary`, "there is something behind the JSON object"},
		"two":                {`{"A":"c4nary"}{"B":"c4nary"}`, "there is something behind the JSON object"},
		"not UTF-8":          {"{\"A\":\"c4nary\xff\"}", "it is not UTF-8"},
		"too large":          {`{"A":"` + strings.Repeat("x", MaxBytes) + `"}`, "it is larger than 4 MiB"},
		"a listing's text":   {`{"Secrets":{"A":"c4nary"}}`, "Secrets.A: it is a text, and an entry of Secrets is an object"},
		"a listing's value":  {`{"Secrets":{"A":{"Value":7}}}`, "Secrets.A.Value: it is a number"},
		"a listing's scopes": {`{"Secrets":{"A":{"Scopes":"c4nary","Value":"x"}}}`, "Secrets.A.Scopes: it is not a list of texts"},
		"a listing, twice":   {`{"Secrets":{"A":{"Value":"c4nary","Value":"x"}}}`, "Secrets.A.Value: it is there twice"},
		"very many":          {"{" + strings.TrimSuffix(strings.Repeat(`"B":1,`, 100), ",") + "}", "80 more are wrong"},
		"too many": {"{" + strings.TrimSuffix(func() (text string) {
			for i := range MaxVariables + 1 {
				text += fmt.Sprintf(`"A%d":"",`, i)
			}
			return text
		}(), ",") + "}", "it has 5001 variables"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			variables, err := ParseJSON([]byte(test.text), nil)
			if err == nil || variables != nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got %v, want %s", err, test.want)
			}
			if strings.Contains(err.Error(), "c4nary") || strings.Contains(err.Error(), "4242") {
				t.Errorf("the error quotes a value: %v", err)
			}
		})
	}
}
