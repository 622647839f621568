package importing_test

import (
	"strings"
	"testing"

	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/importing"
	"github.com/cella-secrets/cella/schema/edit/edittest"
	"github.com/cella-secrets/cella/secret"
	"github.com/cella-secrets/cella/secret/envfile"
)

// TestReadTellsTheFormat: by what was asked for, or the name, or the text.
func TestReadTellsTheFormat(t *testing.T) {
	tests := map[string]struct {
		name, text string
		format     importing.Format
		framework  string
		want       string // a name that is read, or a part of the error
		next       string
	}{
		"env":             {name: ".env", text: "A=c4nary\n", want: "A"},
		"env of any name": {name: "x.txt", text: "A=c4nary\n", want: "A"},
		"JSON":            {name: "secrets.json", text: `{"A":"c4nary"}`, want: "A"},
		"JSON, by text":   {name: "stdin", text: "\n {\"A\":\"c4nary\"}", want: "A"},
		"JSON, cut":       {name: "secrets.json", text: `"A":"c4nary"`, want: "read secrets.json: it is not a JSON object", next: "nothing was written"},
		"asked for":       {name: "stdin", text: `A={"a":"c4nary"}`, format: importing.Dotenv, want: "A"},
		"asked for JSON": {
			name: ".env", text: "A=c4nary\n", format: importing.JSON, want: "read .env: line 1: it is not JSON from here on",
			next: "nothing was written",
		},
		"asked for env": {
			name: "secrets.json", text: "{\"A\":\"c4nary\"}\n", format: importing.Dotenv, want: "read secrets.json: line 1: there is no NAME= on it",
			next: "nothing was written",
		},
		"YAML":            {name: "team.yml", text: "A: c4nary\n", want: "A"},
		"YAML, asked for": {name: "stdin", text: "# c4nary\n\"A\": |\n  c4nary\n", format: importing.YAML, want: "A"},
		"YAML of Windows": {name: "team.yaml", text: "\uFEFF---\r\nA: 'c4nary'\r\n", want: "A"},
		"YAML in braces":  {name: "team.yaml", text: `{"A": "c4nary"}`, want: "A"},
		"YAML, empty":     {name: "team.yaml", text: "{}\n", want: "read team.yaml: there is no variable in it", next: "check that it is the right file"},
		"YAML of a command that failed": {
			name: "stdin", format: importing.YAML, want: "read stdin: there is no variable in it", next: "the command before the pipe",
		},
		"YAML, not told":     {name: "stdin", text: "A: c4nary\n", want: "read stdin: line 1: a colon is", next: "if it is YAML: add --format yaml"},
		"YAML, no mapping":   {name: "team.yaml", text: "- c4nary\n", want: "read team.yaml: line 1: the file is not a mapping", next: "nothing was written"},
		"YAML, broken":       {name: "team.yaml", text: "A: 'c4nary\n", want: "read team.yaml: line 1: the file is not valid YAML", next: "nothing was written"},
		"YAML, twice":        {name: "team.yaml", text: "A: c4nary\nA: x\n", want: "read team.yaml: line 2: the key is here twice", next: "nothing was written"},
		"YAML, an alias":     {name: "team.yaml", text: "A: &a c4nary\nB: *a\n", want: "read team.yaml: line 2: aliases", next: "nothing was written"},
		"YAML, documents":    {name: "team.yaml", text: "A: c4nary\n---\nA: x\n", want: "there is a second YAML document", next: "nothing was written"},
		"YAML, a number":     {name: "team.yaml", text: "A: 4242\n", want: "line 1: A: it is a number, and a value is a text: put it in quotes", next: "--skip"},
		"YAML, octal":        {name: "team.yaml", text: "A: 0123\n", want: "line 1: A: it is a number", next: "--skip"},
		"YAML, a float":      {name: "team.yaml", text: "A: 1.10\n", want: "line 1: A: it is a number", next: "--skip"},
		"YAML, a boolean":    {name: "team.yaml", text: "A: true\n", want: "line 1: A: it is true or false", next: "--skip"},
		"YAML, a date":       {name: "team.yaml", text: "A: 2027-01-01\n", want: "line 1: A: it is a date", next: "--skip"},
		"YAML, nothing":      {name: "team.yaml", text: "A:\n", want: "line 1: A: it is null", next: "--skip"},
		"YAML, a word":       {name: "team.yaml", text: "A: yes\n", want: "A"},
		"YAML, a key":        {name: "team.yaml", text: "42: c4nary\n", want: "line 1: a key is read as something other than text", next: "--skip"},
		"YAML, hidden lines": {name: "team.yaml", text: "A: c4nary\rB: x\n", want: "line 1: a character here ends a line for YAML", next: "nothing was written"},
		"YAML, a mapping": {
			name: "team.yaml", text: "live: {A: c4nary}\n",
			want: "read team.yaml: line 1: live: it is a mapping, and a value is a text: import what is in it from a file of its own", next: "nothing was written",
		},
		"YAML, a list in a file": {
			name: "team.yaml", text: "A: [c4nary]\n", want: "line 1: A: it is a list, and a value is a text: set its items one by one with cella set", next: "--skip",
		},
		"YAML, a part, piped": {
			name: "stdin", text: "live: {A: c4nary}\n", format: importing.YAML,
			want: `sops decrypt --extract '…["live"]' FILE | cella import file - --format yaml --to site:NAME`, next: "nothing was written",
		},
		"YAML, a number, piped": {
			name: "stdin", text: "A: 42\n", format: importing.YAML, want: "put it in quotes, as it is meant: sops edit FILE", next: "--skip",
		},
		"YAML, a list": {
			name: "stdin", text: "A: [c4nary]\n", format: importing.YAML,
			want: `sops decrypt --extract '…["A"][0]' FILE | cella set site:NAME SECRET`, next: "nothing was written",
		},
		"YAML, strange keys": {
			name: "stdin", text: "\"a'; c\": {A: c4nary}\n", format: importing.YAML, want: `--extract '…["KEY"]' FILE`, next: "nothing was written",
		},
		"sops in YAML": {
			name: "team.yaml", text: "A: c4nary\nsops:\n  version: 3.9\n", want: "read team.yaml: SOPS encrypted it, and ",
			next: "restore the file from git",
		},
		"sops in YAML, piped": {name: "stdin", text: "A: c4nary\nsops:\n  version: 3.9\n", want: "SOPS encrypted it, and ", next: "restore the file"},
		"for PHP":             {name: ".env", text: "A=two c4nary\n", framework: "wordpress", want: "read .env: line 1: A: white space", next: "--skip NAME"},
		"of whatever": {
			name: ".env", text: "A=two c4nary\n", want: "read .env: line 1: A: white space",
			next: "for a Next.js site, where PHP's reader does not count: add --framework nodejs",
		},
		"for Next.js": {name: ".env", text: "A=two c4nary\n", framework: "nodejs", want: "A"},
		"nothing":     {name: ".env", text: "# c4nary\n", want: "read .env: there is no variable in it", next: "check that it is the right file"},
		"empty JSON":  {name: "a.json", text: "{}", want: "read a.json: there is no variable in it", next: "check that it is the right file"},
		"too large": {
			name: "a.json", text: `{"A":"` + strings.Repeat("x", envfile.MaxBytes) + `"}`, want: "read a.json: it is larger than 4 MiB",
			next: "nothing was written",
		},
		"sops alone": {
			name: "a.json", text: `{"A":"c4nary","sops":"x"}`, want: "read a.json: SOPS encrypted it, and the sops section is not a mapping",
			next: "restore the file from git",
		},
		"sops, deep": {
			name: "a.json", text: `{"A":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `,"sops":{"mac":"x"}}`,
			want: "read a.json: SOPS encrypted it, and ", next: "restore the file from git",
		},
		"sops, very deep": {
			name: "a.json", text: `{"A":` + strings.Repeat("[", 1_000_000) + strings.Repeat("]", 1_000_000) + `,"sops":{"mac":"x"}}`,
			want: "read a.json: line 1: it is not JSON from here on", next: "nothing was written",
		},
		"sops in env, deep": {
			name: ".env", text: "sops" + strings.Repeat("_map_", 500_000) + "=x\nsops_mac=x\n",
			want: "read .env: SOPS encrypted it, and what SOPS added to it is cut or changed", next: "restore the file from git",
		},
		"sops in env": {name: ".env", text: "A=c4nary\nsops_version=3.9\n", want: "read .env: SOPS encrypted it, and ", next: "restore the file from git"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			list, encrypted, err := importing.Read(t.Context(), importing.File{
				Name: test.name, Text: []byte(test.text), Format: test.format, Framework: test.framework,
			}, edittest.Keys())
			if err == nil {
				if len(list) != 1 || list[0].Name != test.want || encrypted || list[0].Value.Len() == 0 {
					t.Errorf("read %v, %v; want %s", list, encrypted, test.want)
				}
				return
			}
			steps := strings.Join(hint.Next(err), "\n")
			right := strings.Contains(err.Error(), test.want) && strings.Contains(steps, test.next) && test.next != ""
			if !right || strings.Contains(err.Error()+steps, "c4nary") {
				t.Errorf("told %v\n%s\nwant %s\n%s", err, steps, test.want, test.next)
			}
		})
	}
}

// TestNextIsSuggested: where that would help alone.
func TestNextIsSuggested(t *testing.T) {
	for text, want := range map[string]bool{"A=two words\n": true, "A: 1\n": false, "A=two words\nB: 1\n": false} {
		_, _, err := importing.Read(t.Context(), importing.File{Name: ".env", Text: []byte(text)}, edittest.Keys())
		if got := strings.Contains(strings.Join(hint.Next(err), "\n"), "--framework nodejs"); got != want {
			t.Errorf("%q: suggested %v", text, got)
		}
	}
}

// TestSkippedNamesNeedNoAgreement: the value of what is left out does not matter.
func TestSkippedNamesNeedNoAgreement(t *testing.T) {
	f := importing.File{Name: ".env", Text: []byte("TERMINUS_TOKEN=two c4nary\nDEBUG_A=two c4nary\nA=1\n")}
	_, _, err := importing.Read(t.Context(), f, edittest.Keys())
	if err == nil || strings.Contains(err.Error(), "TERMINUS") || !strings.Contains(err.Error(), "DEBUG_A") {
		t.Errorf("told %v", err)
	}
	f.Skip = []string{"DEBUG_*"}
	if list, _, err := importing.Read(t.Context(), f, edittest.Keys()); err != nil || len(list) != 3 {
		t.Errorf("read %v, %v", list, err)
	}
	f.Name, f.Text = "a.json", []byte(`{"TERMINUS_TOKEN":7,"DEBUG_A":{"B":"c4nary"},"A":"1"}`)
	if list, _, err := importing.Read(t.Context(), f, edittest.Keys()); err != nil || len(list) != 3 {
		t.Errorf("read %v, %v", list, err)
	}
	f.Name, f.Text = "a.yaml", []byte("TERMINUS_TOKEN: 7\nDEBUG_A: {B: c4nary}\nA: x\n")
	if list, _, err := importing.Read(t.Context(), f, edittest.Keys()); err != nil || len(list) != 3 {
		t.Errorf("read %v, %v", list, err)
	}
	f.Name, f.Text = "a.json", []byte(`{"Secrets":{"DEBUG_A":7,"A":{"Value":"1"}}}`)
	if list, _, err := importing.Read(t.Context(), f, edittest.Keys()); err != nil || len(list) != 2 {
		t.Errorf("read %v, %v", list, err)
	}
}

// TestLeftOut: names that are no secrets of a site, and those that are skipped, are named
// with the reason, and are no entries.
func TestLeftOut(t *testing.T) {
	tests := map[string]struct {
		name   string
		skip   []string
		reason string // empty: it is taken
	}{
		"Terminus's token":       {name: "TERMINUS_TOKEN", reason: "Terminus's own"},
		"its machine token":      {name: "TERMINUS_MACHINE_TOKEN", reason: "Terminus's own"},
		"Pantheon's token":       {name: "PANTHEON_MACHINE_TOKEN", reason: "signs in to Pantheon"},
		"of the new API":         {name: "PANTHEON_TOKEN", reason: "signs in to Pantheon"},
		"what Pantheon sets":     {name: "PANTHEON_ENVIRONMENT", reason: "Pantheon sets names"},
		"SOPS's":                 {name: "SOPS_AGE_KEY", reason: "SOPS's own"},
		"what SOPS adds":         {name: "sops_mac2", reason: "SOPS's own"},
		"cella's":                {name: "CELLA_API", reason: "kept for cella"},
		"AWS":                    {name: "AWS_SECRET_ACCESS_KEY", reason: "opens vaults"},
		"AWS in a container":     {name: "AWS_CONTAINER_CREDENTIALS_FULL_URI", reason: "opens vaults"},
		"Google":                 {name: "GOOGLE_APPLICATION_CREDENTIALS", reason: "opens vaults"},
		"Azure":                  {name: "AZURE_CLIENT_SECRET", reason: "opens vaults"},
		"Vault":                  {name: "VAULT_TOKEN", reason: "opens vaults"},
		"dotenvx":                {name: "DOTENV_PRIVATE_KEY_PRODUCTION", reason: "dotenv's own"},
		"a region":               {name: "AWS_REGION"},
		"a bucket":               {name: "AWS_BUCKET"},
		"in lower case":          {name: "terminus_token"},
		"a longer name":          {name: "MY_TERMINUS_TOKEN"},
		"skipped":                {name: "A", skip: []string{"A"}, reason: "--skip names it"},
		"skipped by a pattern":   {name: "DEBUG_X", skip: []string{"DEBUG_*"}, reason: "--skip names it"},
		"all":                    {name: "a.b/c", skip: []string{"*"}, reason: "--skip names it"},
		"not skipped":            {name: "A", skip: []string{"AA", "a"}},
		"no pattern but a star":  {name: "A", skip: []string{"?", "[A]"}},
		"a question mark, as is": {name: "A?", skip: []string{"A?"}, reason: "--skip names it"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			draft := edittest.Open(t, bare+defaults)
			v := importing.Variables{File: ".env", List: []envfile.Variable{{Name: test.name, Value: c4nary}}, Owner: theShop, Skip: test.skip}
			report, err := importing.FromFile(v, draft)
			if test.reason == "" {
				if err == nil && !draft.Changed() {
					t.Error("it is not taken")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			holds(t, "the report", told(t, report, false), "  left out  ", test.reason, "imported nothing, left out 1.")
			if draft.Changed() {
				t.Error("the manifest was changed")
			}
		})
	}
}

// TestOfAListing: what a file says of its secrets holds, unless flags say otherwise.
func TestOfAListing(t *testing.T) {
	list, err := envfile.ParseJSON([]byte(`{"Secrets":{
		"A":{"Type":"env","Scopes":["ic"],"Value":"c4nary","EnvValues":{"live":"c4nary"}},
		"B":{"Type":"runtime","Scopes":["web"],"Value":null},
		"C":{"Value":"c4nary"}}}`), nil)
	if err != nil {
		t.Fatal(err)
	}
	draft := edittest.Open(t, bare+defaults)
	v := importing.Variables{File: "secrets.json", List: list, Owner: theShop}
	report, err := importing.FromFile(v, draft)
	if err != nil {
		t.Fatal(err)
	}
	holds(t, "the report", told(t, report, false),
		"  value     A: its values for live are not imported: cella set sets overrides\n", "  left out  B: the file has no value of it\n", "  value     C\n")
	values := edittest.Values(t, draft)
	if values["/sites/shop/secrets/A/type"] != "env" || values["/sites/shop/secrets/C/type"] != "" {
		t.Errorf("types %q and %q", values["/sites/shop/secrets/A/type"], values["/sites/shop/secrets/C/type"])
	}
	draft = edittest.Open(t, bare+defaults)
	v.Type = "composer"
	if _, err := importing.FromFile(v, draft); err != nil || edittest.Values(t, draft)["/sites/shop/secrets/A/type"] != "composer" {
		t.Errorf("--type does not win: %v", err)
	}
	// Without defaults, C has no type and no scopes; without C nothing is missing.
	v.Type = ""
	if _, err := importing.FromFile(v, edittest.Open(t, bare)); err == nil || !strings.Contains(err.Error(), "the type of the new secrets is missing") {
		t.Errorf("told %v", err)
	}
	v.Skip = []string{"C"}
	if _, err := importing.FromFile(v, edittest.Open(t, bare)); err != nil {
		t.Errorf("told %v", err)
	}
	v.List = []envfile.Variable{{Name: "A", Value: c4nary, Type: "vcs", Scopes: []secret.Scope{"ops"}}}
	draft = edittest.Open(t, bare+defaults)
	_, err = importing.FromFile(v, draft)
	refused(t, draft, err, "A: secrets of type vcs cannot be created", "import again")
	refused(t, draft, err, "A: secrets of scope ops cannot be created", "import again")
}

// TestNotes: what a person should know of a value, and of names that fit nothing.
func TestNotes(t *testing.T) {
	tests := map[string]struct{ text, want string }{
		"a dollar":          {"A=c4nary$HOME\n", "  value     A: holds a $NAME, which stays as it is written\n"},
		"an escaped dollar": {"A=c4nary\\$HOME\n", "  value     A: holds \\$, which stays as it is written (Next.js alone takes the backslash away)\n"},
		"cut":               {"A=c4nary#c4nary\n", "  value     A: ends before a #, which begins a comment: if it belongs to the value, put that in quotes\n"},
		"cut to nothing":    {"A=#c4nary\n", "  left out  A: it is empty, as # begins a comment: if it belongs to the value, put that in quotes\n"},
		"a database": {
			"DB_PASSWORD=c4nary\n",
			"  value     DB_PASSWORD: Pantheon sets this itself for WordPress and Drupal: keep it only if it is of another server\n",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			report, err := importing.FromFile(importing.Variables{File: ".env", List: variables(t, test.text), Owner: theShop}, edittest.Open(t, bare+defaults))
			if err != nil {
				t.Fatal(err)
			}
			holds(t, "the report", told(t, report, false), test.want)
		})
	}
	dotenvx := variables(t, "DOTENV_PUBLIC_KEY=c4nary\nA=encrypted:c4nary\n")
	draft := edittest.Open(t, bare+defaults)
	_, err := importing.FromFile(importing.Variables{File: ".env", List: dotenvx, Owner: theShop}, draft)
	refused(t, draft, err, "A: dotenvx encrypted its value", "import again")
	report, err := importing.FromFile(importing.Variables{File: ".env", List: variables(t, "A=1\n"), Owner: theShop, Skip: []string{"B"}}, draft)
	if err != nil || len(report.Warnings) != 1 || report.Warnings[0] != "--skip B names nothing in .env" {
		t.Errorf("warnings %v, %v", report.Warnings, err)
	}
}

var c4nary = secret.NewValue("c4nary")
