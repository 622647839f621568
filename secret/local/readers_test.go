package local_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/internal/testkit"
	"github.com/cella-secrets/cella/secret"
	"github.com/cella-secrets/cella/secret/local"
)

var site = local.Site{ID: "s1", Title: "site:shop.dev"}

// nasty are values that people have, and that parsers trip over.
var nasty = []string{
	"plain", "with space", " leading", "trailing ", "\ttab\t", "two\nlines", "\nnewline first", "newline last\n", "a\n\n\nb",
	"it's", `say "hi"`, "a `tick`", `it's "both"`, "it's `two`", `"tick" and ` + "`",
	`all ' " ` + "`", `'`, `"`, "`", `''`, `""`, `'quoted'`, `"quoted"`, "`quoted`",
	"# not a comment", "a#b", "a # b", "a\n# b\nc", "A=B", "=", "export A=B", "A: b",
	`\`, `\\`, `a\`, `a\\`, `\n`, `a\nb`, `C:\new\report`, `'\'`, `a\'b`, `a\"b`, "a\\`b", `\t`, `line\` + "\nnext", `regex ^\d+\.\w*\b`,
	"$", "$$", "a$", "$ a", "a$.b", "$-", "$(ls)", "100%", "%s", "!", "~", "*", "&|;<>",
	"0", "false", "null", "0123", "1e3", "-", "{}", `{"a":"b"}`, `{"a":"it's\nb"}`, "[]",
	"é ü ß", "日本語", "🔑", "\u00a0nbsp\u00a0", "\ufeffbom", "a\u2028b\u2029c", "\u202eright to left", "\x1b[31mred", "\x07\x0b\x0c", "\x7f",
	"-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ==\n-----END PRIVATE KEY-----\n",
	"postgres://user:p%40ss'word@host:5432/db?sslmode=require#x", "mysql://u:p@h/d?a=b&c=d",
	strings.Repeat("long ", 3000), strings.Repeat("line\n", 3000),
}

// dollars are what only Next.js alone can be given.
var dollars = []string{
	"$HOME", "${HOME}", "${", "pa$$word", "$2y$10$abcdefghijklmnopqrstuv", `\$HOME`, `\\$HOME`, `\\\$x`, "$1",
	"a$b$", "$$a", `$\`, "it's $5", "multi\n$LINE\n", "${A:-b}", `"$x"`,
	"cr\r\nlf\r\n", "\r", "a\rb", `$it's`,
}

// generated makes more of them out of the pieces that matter.
func generated(n int) []string {
	random := rand.New(rand.NewPCG(1, 2))
	pieces := []string{"'", `"`, "`", `\`, "\n", "$", "#", "=", " ", "a", "A", "n", "r", "{", "}", "é", "export ", "\r", "0", "\t", ":"}
	values := make([]string, n)
	for i := range values {
		var b strings.Builder
		for range 1 + random.IntN(9) {
			b.WriteString(pieces[random.IntN(len(pieces))])
		}
		values[i] = b.String()
	}
	return values
}

// fitting encodes what can be encoded, under names by number, and returns the
// file and what it has to be read as.
func fitting(t *testing.T, format local.Format, values []string) (content []byte, want map[string]string) {
	t.Helper()
	secrets, texts := secretsOf(values), map[string]string{}
	for i, one := range secrets {
		texts[string(one.Name)] = values[i]
	}
	first, err := local.Encode(format, site, secrets)
	if err != nil {
		t.Fatal(err)
	}
	unfit := map[secret.Name]bool{}
	for _, one := range first.Refused {
		unfit[one.Name] = true
		delete(texts, string(one.Name))
	}
	var fit []local.Secret
	for _, one := range secrets {
		if !unfit[one.Name] {
			fit = append(fit, one)
		}
	}
	file, err := local.Encode(format, site, fit)
	if err != nil || len(file.Refused)+len(file.Skipped) > 0 || file.Count != len(fit) {
		t.Fatalf("encoding what fits: %v, refused %v, skipped %v, count %d of %d", err, file.Refused, file.Skipped, file.Count, len(fit))
	}
	return file.Content, texts
}

func secretsOf(values []string) []local.Secret {
	secrets := make([]local.Secret, len(values))
	for i, value := range values {
		secrets[i] = local.Secret{Name: secret.Name(fmt.Sprintf("S%04d", i)), Type: secret.EnvType, Scopes: secret.NewScopes("web"), Value: secret.NewValue(value)}
	}
	return secrets
}

// node runs read.js, and skips the test where node or what it requires is
// missing.
func node(t *testing.T, module string, args ...string) map[string]string {
	t.Helper()
	testkit.Need(t, "node")
	if module != "" && testkit.Command(t, "node", "-e", "require.resolve('"+module+"')").Run() != nil {
		testkit.Lack(t, "the Node module "+module, "npm install --prefix FOLDER "+module+"; export NODE_PATH=FOLDER/node_modules")
	}
	command := testkit.Command(t, "node", args...)
	command.Env = []string{"PATH=" + os.Getenv("PATH"), "NODE_PATH=" + os.Getenv("NODE_PATH")}
	return output(t, command)
}

func output(t *testing.T, command *exec.Cmd) map[string]string {
	t.Helper()
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%v: %v", command.Args, err)
	}
	var values map[string]string
	if err := json.Unmarshal(out, &values); err != nil {
		t.Fatal(err)
	}
	return values
}

func write(t *testing.T, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), ".env.local")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// compare holds what a reader made of the file against the values.
func compare(t *testing.T, want, got map[string]string) {
	t.Helper()
	for name, value := range want {
		read, found := got[name]
		if !found {
			t.Errorf("%q is not read at all", value)
		} else if diff := cmp.Diff(value, read); diff != "" {
			t.Errorf("%q is read as %q", value, read)
		}
	}
}

// allFit fails the test where one of the first values has no form.
func allFit(t *testing.T, want map[string]string, values []string) {
	t.Helper()
	for i, value := range values {
		if _, fits := want[fmt.Sprintf("S%04d", i)]; !fits {
			t.Errorf("%q does not fit", value)
		}
	}
	if len(want) < len(values)+500 {
		t.Errorf("only %d of the generated values fit", len(want)-len(values))
	}
}

// TestDotenvReaders has every reader give back what was written, byte for byte.
func TestDotenvReaders(t *testing.T) {
	values := append(append(append([]string{}, nasty...), dollars...), generated(1500)...)
	content, want := fitting(t, local.Dotenv, values)
	allFit(t, want, nasty)
	path := write(t, content)
	t.Run("dotenv", func(t *testing.T) { compare(t, want, node(t, "dotenv", "testdata/read.js", "dotenv", path)) })
	t.Run("dotenv-expand", func(t *testing.T) {
		compare(t, want, node(t, "dotenv-expand", "testdata/read.js", "expand", path))
	})
	t.Run("next", func(t *testing.T) {
		compare(t, want, node(t, "@next/env", "testdata/read.js", "next", filepath.Dir(path)))
	})
	t.Run("node", func(t *testing.T) {
		compare(t, want, node(t, "", "--env-file="+path, "testdata/read.js", "node"))
	})
}

// TestDotenvNext: for Next.js alone dollars and carriage returns fit too.
func TestDotenvNext(t *testing.T) {
	values := append(append(append([]string{}, nasty...), dollars...), generated(1500)...)
	content, want := fitting(t, local.DotenvNext, values)
	allFit(t, want, values[:len(nasty)+len(dollars)])
	path := write(t, content)
	compare(t, want, node(t, "@next/env", "testdata/read.js", "next", filepath.Dir(path)))
}

// TestDotenvPHP: for phpdotenv every text has a form.
func TestDotenvPHP(t *testing.T) {
	testkit.Need(t, "php")
	if testkit.Command(t, "php", "-r", "exit(stream_resolve_include_path('Dotenv/autoload.php') ? 0 : 1);").Run() != nil {
		testkit.Lack(t, "the PHP library phpdotenv", "apt-get install php-vlucas-phpdotenv")
	}
	long := []string{strings.Repeat("é", 1500) + "\n" + strings.Repeat("nü", 900), `\` + strings.Repeat("€", 2000), `="`, `a="b`, `\"="\`}
	values := slices.Concat(nasty, dollars, long, generated(1500))
	content, want := fitting(t, local.DotenvPHP, values)
	if len(want) != len(values) {
		t.Errorf("%d of %d values fit", len(want), len(values))
	}
	compare(t, want, output(t, testkit.Command(t, "php", "testdata/read_dotenv.php", write(t, content))))
}

// TestSDKReader has PHP read a file by the rules of the SDK.
func TestSDKReader(t *testing.T) {
	testkit.Need(t, "php")
	content, want := fitting(t, local.SDK, append(append(append([]string{}, nasty...), dollars...), generated(200)...))
	command := testkit.Command(t, "php", "testdata/read.php")
	command.Env = []string{"CUSTOMER_SECRETS_FAKE_FILE=" + write(t, content)}
	compare(t, want, output(t, command))
}
