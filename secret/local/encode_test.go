package local_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/secret"
	"github.com/cella-secrets/cella/secret/local"
)

func one(name secret.Name, value string) []local.Secret {
	return []local.Secret{{Name: name, Type: secret.RuntimeType, Scopes: secret.NewScopes("web", "user"), Value: secret.NewValue(value)}}
}

func TestDotenvForms(t *testing.T) {
	tests := map[string]struct {
		value  string
		want   string // the form for all readers
		next   string // for Next.js alone
		refuse string // part of the reason, for all readers
		never  string // part of the reason, for Next.js too
		reason string
	}{
		"plain":             {value: "a b", want: "'a b'", next: "'a b'", reason: "single quotes change nothing"},
		"apostrophe":        {value: "it's", want: "`it's`", next: "`it's`", reason: "backticks are next"},
		"two kinds":         {value: "it's `x`", want: "\"it's `x`\"", next: "\"it's `x`\"", reason: "double quotes are last, because they change escapes"},
		"three kinds":       {value: "a'\"`", want: "a'\"`", next: "a'\"`", reason: "one line needs no quotes"},
		"three kinds first": {value: "'\"`", refuse: "have no form", never: "have no form", reason: "a quote that comes first opens a text"},
		"three kinds, lines": {value: "a'\"`\nb", refuse: "have no form", never: "have no form",
			reason: "without quotes a line ends the value"},
		"escape":           {value: "it's `a\\nb`", want: "it's `a\\nb`", next: "it's `a\\nb`", reason: "double quotes would make a line break of it"},
		"last backslash":   {value: `a\`, want: `a\`, next: `a\`, reason: "it would escape the closing quote"},
		"lines":            {value: "a\nb\n", want: "'a\nb\n'", next: "'a\nb\n'", reason: "quotes hold line breaks"},
		"lines, backslash": {value: "a\nb\\", refuse: "have no form", never: "have no form", reason: "no quote can close it, and no line can hold it"},
		"dollar":           {value: "a$b", refuse: "dollar", next: `'a\$b'`, reason: "dotenv-expand takes it for a name"},
		"brace":            {value: "${", refuse: "dollar", next: `'\${'`, reason: "newer ones take more than names"},
		"escaped dollar":   {value: `\$`, refuse: "dollar", next: `'\\$'`, reason: "dotenv-expand takes the backslash away"},
		"lone dollar":      {value: "5 $ a", want: "'5 $ a'", next: `'5 \$ a'`, reason: "nobody takes it for a name"},
		"CRLF":             {value: "a\r\nb", refuse: "carriage return", next: "\"a\\r\nb\"", reason: "only double quotes of dotenv know it"},
		"CR and quote":     {value: "\"\r", refuse: "carriage return", never: "have no form", reason: "double quotes are taken"},
		"NUL":              {value: "a\x00b", refuse: "NUL", never: "NUL", reason: "no environment variable holds it"},
		"not UTF-8":        {value: "a\xff", refuse: "UTF-8", never: "UTF-8", reason: "JavaScript would replace it"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			for format, want := range map[local.Format]struct{ form, refuse string }{
				local.Dotenv: {test.want, test.refuse}, local.DotenvNext: {test.next, test.never},
			} {
				file, err := local.Encode(format, site, one("A", test.value))
				if err != nil {
					t.Fatal(err)
				}
				if want.refuse != "" {
					if len(file.Refused) != 1 || !strings.Contains(file.Refused[0].Reason, want.refuse) || file.Content != nil || file.Count != 0 {
						t.Errorf("%s: %+v, want a refusal for %q: %s", format, file, want.refuse, test.reason)
					}
					continue
				}
				_, got, _ := strings.Cut(string(file.Content), "\n")
				if diff := cmp.Diff("A="+want.form+"\n", got); diff != "" {
					t.Errorf("%s: %s (-want +got):\n%s", format, test.reason, diff)
				}
			}
		})
	}
}

// TestPHPForms: double quotes with the escapes that phpdotenv knows.
func TestPHPForms(t *testing.T) {
	for value, want := range map[string]string{
		"a b": `"a b"`, "pa$word": `"pa\$word"`, "${X}": `"\${X}"`, `\$`: `"\\\$"`, `say "hi"`: `"say \"hi\""`,
		"it's": `"it's"`, "a\r\nb\n": `"a\r\nb\n"`, `a\`: `"a\\"`, "#": `"#"`,
	} {
		file, err := local.Encode(local.DotenvPHP, site, one("A", value))
		if _, got, _ := strings.Cut(string(file.Content), "\n"); err != nil || got != "A="+want+"\n" {
			t.Errorf("%q is written as %s, %v; want %s", value, got, err, want)
		}
	}
	if file, err := local.Encode(local.DotenvPHP, site, one("A", "a\x00b")); err != nil || len(file.Refused) != 1 {
		t.Errorf("a NUL is written: %+v, %v", file, err)
	}
}

func TestDotenvNames(t *testing.T) {
	for name, want := range map[secret.Name]int{
		"A_1": 0, "_a": 0, "github-oauth.github.com": 1, "1A": 1, "A.B": 1, "A B": 1, "A\nB": 1, "é": 1, "A=B": 1, "__proto__": 1,
	} {
		file, err := local.Encode(local.Dotenv, site, one(name, "x"))
		if err != nil || len(file.Skipped) != want || file.Count != 1-want || strings.Count(string(file.Content), "\n") != 2-want {
			t.Errorf("%q: %+v, %v: want %d skipped", name, file, err, want)
		}
	}
}

// TestSDKShape holds the shape that the SDK reads: what is missing there is
// fatal, and "0" counts as no value.
func TestSDKShape(t *testing.T) {
	file, err := local.Encode(local.SDK, site, append(one("A", `a<"é`), one("ZERO", "0")...))
	if err != nil {
		t.Fatal(err)
	}
	const want = `{
  "SiteID": "s1",
  "Count": 2,
  "Version": "cella local [86ffd652]",
  "Scopes": [
    "user",
    "ic",
    "web",
    "ops"
  ],
  "Secrets": {
    "A": {
      "Type": "runtime",
      "Scopes": [
        "user",
        "web"
      ],
      "Value": "a<\"é"
    },
    "ZERO": {
      "Type": "runtime",
      "Scopes": [
        "user",
        "web"
      ],
      "Value": "0",
      "OrgValues": {
        "default": "0"
      }
    }
  }
}
`
	if diff := cmp.Diff(want, string(file.Content)); diff != "" {
		t.Errorf("the shape changed (-want +got):\n%s", diff)
	}
	if empty, err := local.Encode(local.SDK, site, nil); err != nil || !strings.Contains(string(empty.Content), `"Secrets": {}`) {
		t.Errorf("without secrets: %s, %v: PHP needs an object", empty.Content, err)
	}
}

func TestJSON(t *testing.T) {
	file, err := local.Encode(local.JSON, site, append(one("B", "2"), one("A.x", "1\n")...))
	if want := "{\n  \"A.x\": \"1\\n\",\n  \"B\": \"2\"\n}\n"; err != nil || string(file.Content) != want {
		t.Errorf("%s, %v, want %s", file.Content, err, want)
	}
	if file, err := local.Encode(local.JSON, site, one("A", "\xff")); err != nil || len(file.Refused) != 1 {
		t.Errorf("%+v, %v: JSON holds UTF-8 only, and would replace the rest", file, err)
	}
	if _, err := local.Encode("yaml", site, nil); err == nil {
		t.Error("an unknown format is encoded")
	}
}

// TestWritten: what Encode writes is known again, and what others write or edit
// is not.
func TestWritten(t *testing.T) {
	const mark = `"Version": "cella local [00000000]"`
	for _, format := range local.Formats() {
		file, err := local.Encode(format, site, one("A", "x "+mark))
		if err != nil || local.Written(format, file.Content) != (format != local.JSON) {
			t.Errorf("%s: its own file is not known again, or plain JSON is: %v", format, err)
		}
		for name, edited := range map[string][]byte{
			"a line added":   append(slices.Clone(file.Content), "MINE=1\n"...),
			"a value edited": bytes.Replace(file.Content, []byte("x "), []byte("y "), 1),
			"another mark":   bytes.Replace(file.Content, []byte("cella local"), []byte("cella lokal"), 1),
			"cut":            file.Content[:len(file.Content)-2],
		} {
			if local.Written(format, edited) {
				t.Errorf("%s: %s would be lost", format, name)
			}
		}
		for _, other := range []string{
			"A=b\n", "# my own\nA=b\n", `{"name":"shop","require":{}}`, `{"SiteID":"x","Version":"","Secrets":{"A":{"Value":"edited"}}}`,
			`{"Version":"cella local"}`, "{" + mark + "}", `{"A":"b"}`, "null", "[]", "",
		} {
			if local.Written(format, []byte(other)) {
				t.Errorf("%s: %q passes for one of its files", format, other)
			}
		}
	}
}
