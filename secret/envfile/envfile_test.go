package envfile

import (
	"fmt"
	"strings"
	"testing"
)

// parsed is one line about what was read: NAME=VALUE, quoted, with spaces between.
func parsed(variables []Variable) string {
	var got []string
	for _, v := range variables {
		got = append(got, fmt.Sprintf("%s=%q", v.Name, v.Value.Reveal()))
	}
	return strings.Join(got, " ")
}

// reads are texts that all readers read alike.
var reads = map[string]struct{ text, want, reason string }{
	"plain":                   {"A=one\nB=two", `A="one" B="two"`, ""},
	"spaces":                  {"  A = one  \n", `A="one"`, "around names and bare values they mean nothing"},
	"export":                  {"export NAME=one", `NAME="one"`, "files that shells read too"},
	"comments":                {"# c\n\nA=one # c\nB=two\nC='x # y' # c\n# c", `A="one" B="two" C="x # y"`, ""},
	"a comment after nothing": {"A=   # note\nB=# note\nC= #\n", `A="" B="" C=""`, "the value is empty"},
	"# without a space":       {"A=two#2\nB=#2\n", `A="two" B=""`, "it begins a comment all the same"},
	"# in quotes":             {"A='two#2'\nB=\"#2\"\n", `A="two#2" B="#2"`, ""},
	"single quotes":           {`A='x "y" \n $z \$ ${z}'`, `A="x \"y\" \\n $z \\$ ${z}"`, "everything stands for itself"},
	"double quotes":           {`A="x 'y' \n z"`, `A="x 'y' \n z"`, "line ends are the one escape that all know"},
	"several lines":           {"A=\"one\ntwo\n\"\nB=3", `A="one\ntwo\n" B="3"`, "keys and certificates"},
	"a PEM":                   {"A=\"-----BEGIN X-----\nabc+/=\n-----END X-----\"\n", `A="-----BEGIN X-----\nabc+/=\n-----END X-----"`, ""},
	"Windows":                 {"A=one\r\nB=\"x\r\ny\"\r\n", `A="one" B="x\ny"`, "line ends are the file's, not the value's"},
	"empty":                   {"A=\nB=''\nC=\"\"", `A="" B="" C=""`, "whether that is a secret is not decided here"},
	"no file to speak of":     {"\n\n# c\n", ``, ""},
	"nothing":                 {"", ``, ""},
	"dollar":                  {"A=pa$word\nB='pa$word ${x}'\nC=$\nD=\"$$x\"", `A="pa$word" B="pa$word ${x}" C="$" D="$$x"`, "never expanded"},
	"escaped dollar, bare":    {`A=pa\$word`, `A="pa\\$word"`, "outside of double quotes a backslash is one"},
	"backslash and dollar, '": {`A='x\\$y'`, `A="x\\\\$y"`, ""},
	"backslashes, bare":       {`A=c:\new\table`, `A="c:\\new\\table"`, ""},
	"control character":       {"A=\x01$x", `A="\x01$x"`, ""},
	"equals sign":             {"A=a=b==", `A="a=b=="`, "base64"},
	"equals signs":            {"A='='\nB=\"==\"\nC=//x", `A="=" B="==" C="//x"`, ""},
	"the last counts":         {"A=1\nA=2", `A="2"`, "as for every reader"},
	"the empty last":          {"A=1\nA=", `A=""`, ""},
	"JSON":                    {`A={"a":"b"}` + "\n" + `B='{"a": "b"}'`, `A="{\"a\":\"b\"}" B="{\"a\": \"b\"}"`, ""},
	"unicode":                 {"A=é→😀", `A="é→😀"`, ""},
	"quote inside":            {`A=it's`, `A="it's"`, ""},
	"dots":                    {"a.b=x", `a.b="x"`, "which names will do is not decided here"},
	"base64 on one line":      {"A=QUJDREVGR0g=\nB=QUJDREVGRw==\n", `A="QUJDREVGR0g=" B="QUJDREVGRw=="`, ""},
	"empty after a long value": {
		"A=sk_test_0123456789abcdefghijklmnop\nDB_PREFIX=\nDEBUG=\n", `A="sk_test_0123456789abcdefghijklmnop" DB_PREFIX="" DEBUG=""`, "no piece",
	},
	"empty after a word": {
		"A=production\nB=\nREGION=us-east-1\nPREFIX=\nENV=Production\nDEBUG=\nPORT=80808080\nFOO=\n",
		`A="production" B="" DEBUG="" ENV="Production" FOO="" PORT="80808080" PREFIX="" REGION="us-east-1"`, "no piece",
	},
	"a long line": {
		"A=" + strings.Repeat("x", 5000) + "\nB='" + strings.Repeat("é ", 3000) + "'",
		`A="` + strings.Repeat("x", 5000) + `" B="` + strings.Repeat("é ", 3000) + `"`, "",
	},
	"a quote in a comment": {"# it's\nA=1 # it's \"\n# =\"\n", `A="1"`, "it is lost with the comment alone"},
}

func TestParse(t *testing.T) {
	for name, test := range reads {
		t.Run(name, func(t *testing.T) {
			variables, err := Parse([]byte(test.text), Options{})
			if err != nil {
				t.Fatalf("Parse: %v: %s", err, test.reason)
			}
			if got := parsed(variables); got != test.want {
				t.Errorf("got  %s\nwant %s: %s", got, test.want, test.reason)
			}
		})
	}
}

// refusals are texts that not all readers read alike, with all that is told. What is
// secret in them is c4nary.
var refusals = map[string]struct{ text, want string }{
	"open double quote": {"AA=1\nBB=\"c4nary $x \nC=1\n", "line 2: BB: the quote that opens here is not closed: close it"},
	"open single quote": {"A='x'\n\nBB='c4nary", "line 3: BB: the quote that opens here is not closed: close it"},
	"open, and on":      {"A='c4nary\nc4nary\n", "line 1: A: the quote that opens here is not closed"},
	"no equals sign":    {"A=1\nc4nary here\n", "line 2: there is no NAME= on it: if it belongs to the value above"},
	"PEM without quotes": {
		"KEY=-----BEGIN X-----\nc4nary+/c4nary\n-----END X-----\n",
		"line 1: KEY: white space in a value without quotes, which phpdotenv refuses while dotenv and node --env-file take it: put the value in single quotes",
	},
	"a quoted name":      {"A=1\n\n\"c4nary\"=1", "line 3: the readers do not agree that there is a name before the equals sign"},
	"name without value": {"A=1\nc4nary\n", "line 2: there is no NAME= on it"},
	"export alone":       {"\n# c\nexport c4nary", "line 3: there is no NAME= on it"},
	"behind a quote":     {"A='x'c4nary\n", "line 1: A: there is text behind the closing quote, which phpdotenv refuses"},
	"a second quote":     {"A=\"c4nary\"\"b\"", "line 1: A: there is text behind the closing quote, which phpdotenv refuses"},
	"letters of a PEM":   {"A=-----BEGIN-----\nc4nary\n", "line 2: there is no NAME= on it"},
	"base64 in lines":    {"A=c4naryQUJDREVGR0hJ\nc4naryKMTU5PUFFSU1RVVldY\nc4nary0=\n", "line 2: there is no NAME= on it"},
	"the end of base64":  {"A=c4naryQUJDREVGR0hJ\nc4nary==\n", "line 2: it looks like the end of the value above"},
	"one equals sign":    {"A=c4naryQUJDREVGR0hJ\nc4naryX=\n", "line 2: it looks like the end of the value above"},
	"a short beginning":  {"A=C4naryVj\nc4naryy=\n", "line 2: it looks like the end of the value above"},
	"both short":         {"A=c4naryV0dG9r\nZW4=\n", "line 2: it looks like the end of the value above"},
	"in capitals":        {"A=QUJDREVGR0hJQUJDREVG\nC4NARYX=\n", "line 2: it looks like the end of the value above"},
	"the middle too":     {"A=c4naryQUJDREVGR0hJ\n\nc4nary==\n", "line 3: it looks like the end of the value above"},
	"more base64":        {"A=c4naryQUJDREVGR0hJ\nc4nary+/cA==\n", "line 2: the readers do not agree that there is a name before the equals sign"},
	"behind what is broken": {"A='c4nary\nc4nary=x y\nLOUD_NAME=x y\n", "" +
		"line 1: A: the quote that opens here is not closed: close it, or put the value in other quotes\n" +
		"line 2: white space in a value without quotes, which phpdotenv refuses while dotenv and node --env-file take it: put the value in single quotes\n" +
		"line 3: LOUD_NAME: white space in"},
	"a key of SSH": {
		"KEY=ssh-rsa c4naryAAAAB3NzaC1yc2E\nC4naryAAAADAQABx== me@shop\n", "line 1: KEY: white space in a value without quotes, which phpdotenv refuses " +
			"while dotenv and node --env-file take it: put the value in single quotes\nline 2: white space in a value",
	},
	"below a PEM":          {"A=-----BEGIN\nc4nary=x y\n", "line 2: white space in a value"},
	"camels":               {"A='x'\nmailHost=two c4nary\n", "line 2: mailHost: white space in a value"},
	"a name of JavaScript": {"__proto__=c4nary\n", "line 1: __proto__: phpdotenv takes a variable from it, and dotenv and node --env-file do not"},
	"an address":           {"A=one\nB=x\nc4nary://x=y\n", "line 3: the readers do not agree that there is a name before the equals sign"},
	"a colon":              {"A: c4nary\n", "line 1: a colon is an equals sign for dotenv alone: write NAME=value"},
	"a tab":                {"\tA=c4nary\n", "line 1: A: the line begins with white space that some readers take for a part of the name: begin it with the name"},
	"export tab":           {"export\tNAME=c4nary\n", "line 1: NAME: not every reader takes export away here: write the line without export"},
	"short name":           {"export A=c4nary\n", "line 1: A: not every reader takes export away here"},
	"a dash": {
		"a-b=c4nary\n",
		"line 1: a-b: phpdotenv reads names of letters, digits, underscores and dots alone: rename it, or import it from a JSON file",
	},
	"a space": {"A B=c4nary\n", "line 1: the readers do not agree that there is a name"},
	"no name": {"=c4nary\n", "line 1: the readers do not agree that there is a name"},
	"words": {
		"A=two c4nary\n",
		"line 1: A: white space in a value without quotes, which phpdotenv refuses while dotenv and node --env-file take it: " +
			"put the value in single quotes",
	},
	"backquotes": {"A=`c4nary`", "line 1: A: backquotes are no quotes for phpdotenv: put the value in single quotes"},
	"escapes": {
		`A="c4nary\tx"`,
		"line 1: A: a backslash in double quotes, which phpdotenv reads in another way than dotenv and node --env-file: put " +
			"the value in single quotes",
	},
	"escaped": {
		`A="c4nary \"x\""`,
		"line 1: A: a backslash in double quotes, which phpdotenv, dotenv and node --env-file read in different ways: put the " +
			"value in single quotes",
	},
	"unknown":    {`A="c4nary\x"`, "line 1: A: a backslash in double quotes, which phpdotenv refuses while"},
	"dollar":     {`A="c4nary\$x"`, "line 1: A: a backslash in double quotes, which phpdotenv reads in another way than dotenv"},
	"apostrophe": {`A='c4nary\'s'`, "line 1: A: a quote inside the quotes, which phpdotenv refuses, and dotenv and node --env-file read in different ways"},
	"reference": {
		"A=${c4nary}",
		"line 1: A: phpdotenv puts the value of another variable in the place of ${NAME}: " +
			"write that value out, or if ${NAME} is meant as it stands, put the value in single quotes",
	},
	"lines, single": {
		"A='c4nary\nx'\n",
		"line 1: A: phpdotenv does not read several lines in single quotes: put the value in double quotes, with \\n for each line end",
	},
	"a quote in a comment": {
		"# A=\"c4nary\nB=1\n",
		"line 1: phpdotenv takes =\" in this comment for the beginning of a text of several lines, and skips what follows: remove the quotes from the comment",
	},
	"a quote in a value": {"A='c4nary=\"'\nB=1\n", "line 1: A: phpdotenv takes =\" here for the beginning of a text of several lines"},
	"indented comment": {
		"A=1\n  # c4nary\nB=2\n",
		"line 2: node --env-file takes a comment that does not begin its line for a part of the next name: begin the line with #",
	},
	"blanks on a line": {
		"A=1\n   \nB=c4nary\n", "line 2: node --env-file takes white space alone on a line for a part of the next name: leave the line empty",
	},
	"tabs on a line": {"A=1\n\t\nB=c4nary\n", "line 2: node --env-file takes white space alone"},
	"the last comment": {
		"A=1\n# B=c4nary",
		"line 2: node --env-file takes a comment on the last line, where no line end follows, for a variable: end the file " +
			"with a line end",
	},
	"NBSP at an end": {
		"A=c4nary\u00a0\n", "line 1: A: white space at an end of the value, which phpdotenv and node --env-file read in another way than dotenv",
	},
	"byte order mark": {
		"\uFEFFA=c4nary",
		"line 1: the file begins with a byte order mark, which node --env-file takes for a part of the first name: save it as " +
			"UTF-8 without one",
	},
	"lone CR": {"A=1\rB=c4nary\n", "line 1: a carriage return stands alone"},
	"NUL":     {"A=1\nB=c4nary\x00\n", "line 2: it holds a NUL"},
	"U+2028":  {"A='c4nary\u2028x'\n", "line 1: it holds a line end of Unicode"},
	"several": {"A=two c4nary\nB=1\nC=\"\\c4nary\"\n", "" +
		"line 1: A: white space in a value without quotes, which phpdotenv refuses while dotenv and node --env-file take it: put the value in single quotes\n" +
		"line 3: C: a backslash in double quotes, which phpdotenv refuses while dotenv and node --env-file take it: put the value in single quotes"},
	"very many":             {strings.Repeat("A=two c4nary\n", 100), "\n80 more are wrong"},
	"not UTF-8":             {"A=c4nary\xff", "it is not UTF-8"},
	"UTF-16":                {"\xff\xfeA\x00=\x00", "it is not UTF-8"},
	"UTF-16 without a mark": {"A\x00=\x00c\x004\x00", "it is not UTF-8"},
	"too large":             {"A=" + strings.Repeat("x", MaxBytes), "it is larger than 4 MiB"},
}

func TestRefusals(t *testing.T) {
	for name, test := range refusals {
		t.Run(name, func(t *testing.T) {
			variables, err := Parse([]byte(test.text), Options{})
			first := !strings.HasPrefix(test.want, "line") || strings.HasPrefix(fmt.Sprint(err), test.want)
			if err == nil || variables != nil || !first || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got  %v\nwant %s", err, test.want)
			}
			if strings.Contains(strings.ToLower(err.Error()), "c4nary") {
				t.Errorf("the error quotes the file: %v", err)
			}
		})
	}
}

// TestForms: what is said of how to write a value is how all readers agree on it.
func TestForms(t *testing.T) {
	tests := map[string]struct{ wrong, right, want string }{
		"single quotes":  {`A=two words`, `A='two words'`, "put the value in single quotes"},
		"double quotes":  {"A='it\nis'", `A="it\nis"`, `put the value in double quotes, with \n for each line end`},
		"an apostrophe":  {"A=it's me", `A="it's me"`, `put the value in double quotes, with \n for each line end`},
		"without quotes": {`A="it's\"x\""`, `A=it's"x"`, "write the value without quotes"},
		"no form":        {`A="it's \"two\""`, "", "no form of it is read alike: import it from a JSON file, or set it with cella set"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := Parse([]byte(test.wrong), Options{})
			if test.want != "" && (err == nil || !strings.HasSuffix(err.Error(), test.want)) {
				t.Errorf("got %v, want %s", err, test.want)
			}
			if _, err := Parse([]byte(test.right), Options{}); err != nil {
				t.Errorf("what is recommended is refused: %v", err)
			}
		})
	}
}

// TestReadersThatCount: a Next.js site needs no agreement with PHP.
func TestReadersThatCount(t *testing.T) {
	next := Options{Readers: ReadersOf("nodejs")}
	for text, want := range map[string]string{
		"A=two words\n": `A="two words"`, "a-b=1\n": `a-b="1"`, "A=`x`\n": `A="x"`, "A=${B}\n": `A="${B}"`, "A='1\n2'\n": `A="1\n2"`, "A=\"\\t\"\n": `A="\\t"`,
		"export A=1\n": `A="1"`,
	} {
		if variables, err := Parse([]byte(text), next); err != nil || parsed(variables) != want {
			t.Errorf("%q: %s, %v", text, parsed(variables), err)
		}
		if _, err := Parse([]byte(text), Options{Readers: ReadersOf("wordpress")}); err == nil {
			t.Errorf("%q is read for a PHP site", text)
		}
	}
	for _, text := range []string{"A=\"x\\\"y\"\n", "A: 1\n", "lone\n", "A=1\n  # c\n B=2\n", "A='x' y\n"} {
		if _, err := Parse([]byte(text), next); err == nil || strings.Contains(err.Error(), "phpdotenv") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestSkip: what is to be skipped need not be read alike, as long as it is clear where
// it begins and ends.
func TestSkip(t *testing.T) {
	skip := Options{Unneeded: func(name string) bool { return name == "A" }}
	variables, err := Parse([]byte("A=two words\nB=1\nA=\"\\x\"\n"), skip)
	if err != nil || len(variables) != 2 || variables[0].Value.Known() || fmt.Sprint(variables[0].Repeated) != "[1 3]" || !variables[1].Value.Known() {
		t.Errorf("%v, %v", variables, err)
	}
	for _, text := range []string{"A='1\n2'\n", "A: 1\n", "A\n", "\tA=1\n"} {
		if _, err := Parse([]byte(text), skip); err == nil {
			t.Errorf("%q: where it ends differs", text)
		}
	}
}

func TestParseDoesNotAskTheEnvironment(t *testing.T) {
	t.Setenv("CANARY", "c4nary")
	for _, text := range []string{"A=$CANARY", "A='${CANARY}'", `A="$CANARY"`, "A=1\nB=$A"} {
		variables, err := Parse([]byte(text), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if last := variables[len(variables)-1]; !strings.Contains(last.Value.Reveal(), "$") || !last.Dollar {
			t.Errorf("%s: the value was expanded, or is not marked", text)
		}
	}
	if variables, err := Parse([]byte("A=$\nB='5$ 6$7'"), Options{}); err != nil || variables[0].Dollar || variables[1].Dollar {
		t.Errorf("a dollar that no reader expands is marked: %v", err)
	}
}

// TestCut: of a value that ends before a # it is known.
func TestCut(t *testing.T) {
	for text, want := range map[string]bool{
		"A=x#y": true, "A=#fff": true, "A=x #y": false, "A= # y": false, "A='x#y'": false, "A='x'#y": false, "A=x": false, "A=\"#\"": false,
	} {
		if variables, err := Parse([]byte(text), Options{}); err != nil || variables[0].Cut != want {
			t.Errorf("%q: %v, %v", text, variables[0].Cut, err)
		}
	}
}

// TestRepeated: whoever edited the first one of two lines should hear of it.
func TestRepeated(t *testing.T) {
	tests := map[string]struct{ text, want, reason string }{
		"once":               {"A=1\nB=2", "", ""},
		"twice":              {"A=1\nB=2\nA=3", "A[1 3]", ""},
		"the same value":     {"A=1\nA=1", "A[1 2]", "one of the lines is too many all the same"},
		"every form":         {"NAME=1\r\nexport NAME='2'\r\n  NAME = \"$x\"\r\n", "NAME[1 2 3]", ""},
		"two names":          {"B=1\nA=1\nB=2\nA=2\nB=3", "A[2 4] B[1 3 5]", ""},
		"in a value":         {"A=1\nPEM=\"x\nA=2\ny\"", "", "a line of a value is none of the file's"},
		"in a value, again":  {"A=1\nPEM=\"x\nA=2\ny\"\nA=3", "A[1 5]", ""},
		"a value in between": {"PEM=\"x\nPEM=y\n\"\nA=1\nA=2", "A[4 5]", ""},
		"a comment":          {"#A=1\nA=2 # A=3\n# A=4\n", "", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			variables, err := Parse([]byte(test.text), Options{})
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

// FuzzParse: no text crashes it, no error quotes more than names, and what is written
// in single quotes comes back.
func FuzzParse(f *testing.F) {
	for _, test := range refusals {
		f.Add(test.text)
	}
	for _, test := range reads {
		f.Add(test.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1<<12 {
			return // a name may be as long
		}
		for _, readers := range [][]Reader{AllReaders(), ReadersOf("nodejs")} {
			if _, err := Parse([]byte(text), Options{Readers: readers}); err != nil && len(err.Error()) > (400+len(text))*(maxTold+1) {
				t.Errorf("the error is long: %v", err)
			}
		}
		if strings.ContainsAny(text, "'\\\r\n\x00\u2028\u2029") || strings.Contains(text, `="`) || strings.ToValidUTF8(text, "") != text {
			return
		}
		variables, err := Parse([]byte("A='"+text+"'"), Options{})
		if err != nil || len(variables) != 1 || variables[0].Value.Reveal() != text {
			t.Errorf("%q does not come back from single quotes: %.400v", text, err)
		}
	})
}
