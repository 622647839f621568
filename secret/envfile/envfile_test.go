package envfile

import (
	"fmt"
	"strings"
	"testing"
)

// TestRepeated: of a name that comes twice, most readers take the last value, so
// whoever edited the first one should hear of it.
func TestRepeated(t *testing.T) {
	tests := map[string]struct{ text, want, reason string }{
		"once":                {"A=1\nB=2", "", ""},
		"twice":               {"A=1\nB=2\nA=3", "A[1 3]", ""},
		"the same value":      {"A=1\nA=1", "A[1 2]", "one of the lines is too many all the same"},
		"every form":          {"\uFEFFA=1\r\nexport A='2'\r\n  A : \"$x\"\r\n", "A[1 2 3]", ""},
		"two names":           {"B=1\nA=1\nB=2\nA=2\nB=3", "A[2 4] B[1 3 5]", ""},
		"in a value":          {"A=1\nPEM=\"x\nA=2\ny\"", "", "a line of a value is none of the file's"},
		"in a value, again":   {"A=1\nPEM='x\nA=2\ny'\nA=3", "A[1 5]", ""},
		"a value in between":  {"PEM=\"x\nPEM=y\n\"\nA=1\nA=2", "A[4 5]", ""},
		"a comment":           {"#A=1\nA=2 # A=3\n# A=4", "", ""},
		"the stand-in's name": {"LINE_=1\nA=1\nA=2", "A[2 3]", "nothing is taken for a name of the file"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			variables, err := Parse([]byte(test.text))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, v := range variables {
				if v.Repeated != nil {
					got = append(got, fmt.Sprint(v.Name, v.Repeated))
				}
			}
			if text := strings.Join(got, " "); text != test.want {
				t.Errorf("got %q, want %q: %s", text, test.want, test.reason)
			}
		})
	}
}

// TestParse: what a line means. Values are what Node's dotenv, PHP's phpdotenv
// and Docker Compose make of them where they agree.
func TestParse(t *testing.T) {
	tests := map[string]struct {
		text, want string // want: NAME=VALUE, quoted, with spaces between
		reason     string
	}{
		"plain":  {"A=one\nB=two", `A="one" B="two"`, ""},
		"spaces": {"  A = one  \n", `A="one"`, "around names and bare values they mean nothing"},
		"export": {"export A=one", `A="one"`, "files that shells read too"},
		"comments": {
			"# c\n\nA=one # c\nB=two#2\nC='x # y' # c\n  # c", `A="one" B="two#2" C="x # y"`,
			"a # begins a comment behind a space, outside of quotes",
		},
		"single quotes":            {`A='x "y" \n $z \$ ${z}'`, `A="x \"y\" \\n $z \\$ ${z}"`, "everything stands for itself"},
		"double quotes":            {`A="x 'y' \n \t \" \\ z"`, `A="x 'y' \n \t \" \\ z"`, ""},
		"several lines, double":    {"A=\"one\ntwo\n\"\nB=3", `A="one\ntwo\n" B="3"`, "keys and certificates"},
		"several lines, single":    {"A='one\n # two\n\nB=x'\nB=3", `A="one\n # two\n\nB=x" B="3"`, "quotes end only where they end"},
		"Windows":                  {"A=one\r\nB=\"x\r\ny\"\r\n", `A="one" B="x\ny"`, "line ends are the file's, not the value's"},
		"byte order mark":          {"\uFEFFA=one", `A="one"`, "Windows editors write one"},
		"empty":                    {"A=\nB=''\nC=\"\"", `A="" B="" C=""`, "whether that is a secret is not decided here"},
		"no file to speak of":      {"\n\n# c\n", ``, ""},
		"dollar":                   {"A=pa$word\nB=\"pa$word ${x}\"\nC=$\nD=\"$$x\"", `A="pa$word" B="pa$word ${x}" C="$" D="$$x"`, "never expanded"},
		"escaped dollar":           {`A="pa\$word"`, `A="pa$word"`, "the escape of readers that expand"},
		"escaped dollar, bare":     {`A=pa\$word`, `A="pa\\$word"`, "outside of double quotes a backslash is one"},
		"escaped dollar, digits":   {`A="\$123"`, `A="$123"`, "the digits are no part of an escape"},
		"backslash and dollar":     {`A="x\\$y"`, `A="x\\$y"`, "the backslash is escaped, not the dollar"},
		"backslash and dollar, '":  {`A='x\\$y'`, `A="x\\\\$y"`, ""},
		"backslashes, bare":        {`A=c:\new\table`, `A="c:\\new\\table"`, ""},
		"control character":        {"A=\x01$x\nB=\"\\0001$x\"", `A="\x01$x" B="\x01$x"`, "what stands in for a dollar is not in the text"},
		"equals sign":              {"A=a=b==", `A="a=b=="`, "base64"},
		"equals signs":             {"A='='\nB=\"==\"\nC=//x", `A="=" B="==" C="//x"`, ""},
		"the last counts":          {"A=1\nA=2", `A="2"`, "as for every reader but one"},
		"JSON":                     {`A={"a":"b"}` + "\n" + `B='{"a": "b"}'`, `A="{\"a\":\"b\"}" B="{\"a\": \"b\"}"`, ""},
		"unicode":                  {"A=é→😀", `A="é→😀"`, ""},
		"quote inside":             {`A=it's`, `A="it's"`, ""},
		"names of other types":     {"github-oauth.github.com=x", `github-oauth.github.com="x"`, "which names will do is not decided here"},
		"a colon for equals sign":  {"A: one", `A="one"`, "as Ruby's reader has it"},
		"escaped quote, in single": {`A='it\'s'`, `A="it's"`, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			variables, err := Parse([]byte(test.text))
			if err != nil {
				t.Fatalf("Parse: %v: %s", err, test.reason)
			}
			var got []string
			for _, v := range variables {
				got = append(got, fmt.Sprintf("%s=%q", v.Name, v.Value.Reveal()))
			}
			if text := strings.Join(got, " "); text != test.want {
				t.Errorf("got  %s\nwant %s: %s", text, test.want, test.reason)
			}
		})
	}
}

func TestParseDoesNotAskTheEnvironment(t *testing.T) {
	t.Setenv("CANARY", "canary")
	for _, text := range []string{"A=$CANARY", "A=${CANARY}", `A="${CANARY:-x}"`, "A=1\nB=$A"} {
		variables, err := Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		last := variables[len(variables)-1]
		if !strings.Contains(last.Value.Reveal(), "$") || !last.Expands {
			t.Errorf("%s: the value was expanded, or is not marked", text)
		}
	}
	if variables, err := Parse([]byte("A=$\nB='5$ 6$7'")); err != nil || variables[0].Expands || variables[1].Expands {
		t.Errorf("a dollar that no reader expands is marked: %v", err)
	}
}

// TestParseErrors: each names the place and quotes no value.
func TestParseErrors(t *testing.T) {
	tests := map[string]struct{ text, want string }{
		"open double quote":   {"A=1\nB=\"canary $x \nC=1\n", "line 2: the quote that opens here is not closed"},
		"open single quote":   {"A='x'\n\nB='canary", "line 3: the quote that opens here is not closed"},
		"no equals sign":      {"A=1\ncanary here\n", "line 2: it is not NAME=VALUE"},
		"PEM without quotes":  {"KEY=-----BEGIN X-----\nc4nary+/canary\n-----END X-----\n", "line 2: it is not NAME=VALUE"},
		"odd name":            {"A=1\n\n\"canary\"=1", "line 3"},
		"name without value":  {"A=1\nB\n", "line 2: there is no equals sign: write NAME="},
		"export alone":        {"\n# c\nexport B", "line 3: there is no equals sign"},
		"behind a quote":      {"A='x'canary\n", "line 1: there is no equals sign"},
		"letters of a PEM":    {"A=-----BEGIN-----\ncanary\n", "line 2: there is no equals sign"},
		"the end of base64":   {"A=-----BEGIN-----\ncanary==\n", "line 2: it looks like a piece of a value"},
		"an address":          {"A=one\nB=x\ncanary://x=y\n", "line 3: it looks like a piece of a value"},
		"backquotes":          {"A=`canary`", "A is written in backquotes"},
		"not UTF-8":           {"A=canary\xff", "it is not UTF-8"},
		"UTF-16":              {"\xff\xfeA\x00=\x00", "it is not UTF-8"},
		"too large":           {"A=" + strings.Repeat("x", MaxBytes), "it is larger than 4 MiB"},
		"every control":       {"A=\x01\x02\x03\x04\x05\x06\x0e\x0f\x10\x11\x12\x13\x14\x15", "too many control characters"},
		"quote behind quotes": {"A=\"canary\"\"b\"", "line 1"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := Parse([]byte(test.text))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("Parse = %v, want an error with %q", err, test.want)
			}
			if strings.Contains(err.Error(), "canary") {
				t.Errorf("the error quotes the file: %v", err)
			}
		})
	}
}

// FuzzParse: no text crashes it, no error quotes more than a name, and what is
// written in single quotes comes back.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"A=1", "A=\"x\n\\$y\"", "export A='b' # c", "A=`x`", "A", "=", "A='x'y", "\\", "$"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := Parse([]byte(text)); err != nil && len(err.Error()) > 1200 {
			t.Errorf("the error is long: %v", err)
		}
		if strings.ContainsAny(text, "'\\\r\x00") || strings.ContainsAny(text, "\x01\x02\x03\x04\x05\x06\x0e\x0f\x10\x11\x12\x13\x14\x15") || !validText(text) {
			return
		}
		variables, err := Parse([]byte("A='" + text + "'"))
		if err != nil || len(variables) != 1 || variables[0].Value.Reveal() != text && !strings.HasPrefix(text, "`") {
			t.Errorf("%q does not come back from single quotes: %v", text, err)
		}
	})
}

func validText(text string) bool {
	return strings.ToValidUTF8(text, "") == text && !strings.HasPrefix(text, "`")
}
