package checkup_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/civil"

	"github.com/cella-secrets/cella/internal/checkup"
	"github.com/cella-secrets/cella/internal/git"
	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/testkit"
	"github.com/cella-secrets/cella/plan/view"
	"github.com/cella-secrets/cella/schema"
	"github.com/cella-secrets/cella/schema/edit/edittest"
	"github.com/cella-secrets/cella/schema/problem"
)

const (
	head = "version: 1\nproject: storefront\ndefaults: {type: runtime, scopes: [web]}\n"
	// fine has nothing to say of it.
	fine = head + "organizations: {agency: {secrets: {SHARED: {value: c4nary}}}}\n" +
		"sites: {my-site: {secrets: {A: {value: c4nary}, B: {external: true}}}, other: {secrets: {A: {value: c4nary}}}}\n"
	// warned has a value that people may read back.
	warned = head + "sites: {my-site: {secrets: {A: {scopes: [user], value: c4nary}}}}\n"
	// wrong has a type that there is not.
	wrong = head + "sites: {my-site: {secrets: {A: {type: \"od::d\", value: c4nary}}}}\n"
	// late has dates that have passed.
	late = head + "policy: {token_expires: 2027-01-01}\nsites: {my-site: {secrets: {A: {value: c4nary, expires: 2027-01-01}}}}\n"
	// outside has its only value in the environment.
	outside = head + "sites: {my-site: {secrets: {A: {value_from: {env: CELLA_VALUE_A}}}}}\n"
	anID    = "11111111-2222-3333-4444-555555555555"
	// broken is no YAML.
	broken = "version: [c4nary\n"
)

var (
	plain  = schema.Options{AllowPlaintext: true}
	noGit  git.Git
	theDay = civil.Date{Year: 2027, Month: time.March, Day: 1}
)

// write puts a manifest into a folder of its own.
func write(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "secrets.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// rendered is one format of a checkup.
func rendered(t *testing.T, c checkup.Checkup, format string, toFile bool, env map[string]string) string {
	t.Helper()
	var out strings.Builder
	if err := (checkup.List{c}).Render(&out, format, toFile, func(name string) string { return env[name] }, view.Run{}); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "c4nary") {
		t.Errorf("%s shows a value:\n%s", format, &out)
	}
	return out.String()
}

// codes are those of problems.
func codes(problems problem.List) string {
	var all []string
	for _, one := range problems {
		all = append(all, one.Code)
	}
	return strings.Join(all, " ")
}

func TestCheck(t *testing.T) {
	unkeyed := plain
	unkeyed.UnsetVariables = true
	tests := map[string]struct {
		text    string
		options schema.Options
		strict  bool
		codes   string
		usable  bool // there is a Manifest
		outputs string
		reason  string
	}{
		"fine":          {fine, plain, false, "", true, "valid=true\ndecrypted=true\nsavable=false\n", "a plan of a plaintext file cannot be saved"},
		"a warning":     {warned, plain, false, "user-scope-only", true, "valid=true\ndecrypted=true\nsavable=false\n", "a warning is none that fails"},
		"under strict":  {warned, plain, true, "user-scope-only", true, "valid=false\ndecrypted=true\nsavable=false\n", "there it does"},
		"an error":      {wrong, plain, false, "unknown-type", false, "valid=false\ndecrypted=false\nsavable=false\n", "what has errors means nothing"},
		"no YAML":       {broken, plain, false, "syntax", false, "valid=false\ndecrypted=false\nsavable=false\n", "so it is here"},
		"not encrypted": {fine, schema.Options{}, false, "not-encrypted", false, "valid=false\ndecrypted=false\nsavable=false\n", "unless that is allowed"},
		"one id twice": {head + "sites: {a: {id: " + anID + ", secrets: {}}, b: {id: " + anID + ", secrets: {}}}\n",
			plain, false, "same-id", false, "valid=false\ndecrypted=false\nsavable=false\n", "owners are compared with each other"},
		"unset": {outside, unkeyed, false, "", true, "valid=true\ndecrypted=true\nsavable=false\n", "validate does without the environment"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c := checkup.Check(t.Context(), noGit, write(t, test.text), test.options, test.strict)
			if c.Unread != nil || codes(c.Problems) != test.codes || (c.Manifest != nil) != test.usable {
				t.Errorf("%s: unread %v, problems %s, manifest %v", test.reason, c.Unread, c.Problems, c.Manifest != nil)
			}
			if out := rendered(t, c, "outputs", false, nil); !strings.HasSuffix(out, test.outputs) || !strings.HasPrefix(out, "planned=false\n") {
				t.Errorf("%s: outputs\n%s", test.reason, out)
			}
		})
	}
}

// TestCheckUnread: what cannot be judged has a next step, and is no error of the
// content.
func TestCheckUnread(t *testing.T) {
	folder := t.TempDir()
	tests := map[string]struct{ file, err, next string }{
		"not there": {filepath.Join(folder, "none.yaml"), "none.yaml", "cella init --project NAME"},
		"a folder":  {folder, folder, "--file " + filepath.Join(folder, "secrets.yaml")},
		"a device":  {os.DevNull, os.DevNull, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c := checkup.Check(t.Context(), noGit, test.file, plain, false)
			if c.Unread == nil || !strings.Contains(c.Unread.Error(), test.err) || !strings.Contains(strings.Join(hint.Next(c.Unread), "\n"), test.next) {
				t.Fatalf("%v, next %q", c.Unread, hint.Next(c.Unread))
			}
			if c.Manifest != nil || len(c.Problems) > 0 {
				t.Errorf("problems %s", c.Problems)
			}
			c.AddDates(theDay, true) // there is none
			if out := rendered(t, c, "outputs", false, nil); !strings.Contains(out, "valid=false\n") {
				t.Errorf("outputs:\n%s", out)
			}
			if out := rendered(t, c, "text", true, nil); out != hint.Told(c.Unread) {
				t.Errorf("in a file stands\n%s", out)
			}
			var document struct {
				Valid bool
				Error string
			}
			if err := json.Unmarshal([]byte(rendered(t, c, "json", false, nil)), &document); err != nil || document.Valid || document.Error != c.Unread.Error() {
				t.Errorf("JSON says %+v, %v", document, err)
			}
			if out := rendered(t, c, "markdown", false, nil); !strings.Contains(out, "could not be read") {
				t.Errorf("the note is\n%s", out)
			}
		})
	}
}

// TestVerdict: it never says more than was looked at.
func TestVerdict(t *testing.T) {
	unset := plain
	unset.UnsetVariables = true
	sealed := edittest.Manifest(t, fine)
	tests := map[string]struct {
		file    string
		options schema.Options
		want    []string
	}{
		"plaintext": {write(t, fine), plain, []string{"valid", "1 organization, 2 sites, 4 secrets", "not encrypted"}},
		"decrypted": {sealed, schema.Options{Keys: edittest.Keys()}, []string{"valid", "1 organization, 2 sites, 4 secrets", "checksum (MAC) checked\n"}},
		"no key":    {sealed, schema.Options{Decryption: schema.DecryptNever}, []string{"valid", "checksum (MAC) not checked"}},
		"outside":   {write(t, outside), unset, []string{"1 site, 1 secret", "1 value from the environment not looked at"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c := checkup.Check(t.Context(), noGit, test.file, test.options, false)
			line := rendered(t, c, "text", false, nil)
			for _, want := range test.want {
				if !strings.Contains(line, want) {
					t.Errorf("%q lacks %q", line, want)
				}
			}
			if strings.Count(line, "\n") != 1 {
				t.Errorf("it is no line: %q", line)
			}
		})
	}
	c := checkup.Check(t.Context(), noGit, sealed, schema.Options{Keys: edittest.Keys()}, false)
	if out := rendered(t, c, "outputs", false, nil); !strings.HasSuffix(out, "valid=true\ndecrypted=true\nsavable=true\n") {
		t.Errorf("outputs of an encrypted one:\n%s", out)
	}
	c = checkup.Check(t.Context(), noGit, write(t, wrong), plain, false)
	if line := rendered(t, c, "text", false, nil); line != "" {
		t.Errorf("of one with errors it says %q", line)
	}
}

// TestFormatsOfProblems: each says what is wrong, where, and nothing that a CI
// system would take for a command of its own.
func TestFormatsOfProblems(t *testing.T) {
	root := t.TempDir()
	file := filepath.Join(root, "secrets.yaml")
	if err := os.WriteFile(file, []byte(wrong), 0o600); err != nil {
		t.Fatal(err)
	}
	c := checkup.Check(t.Context(), noGit, file, plain, false)
	env := map[string]string{"GITHUB_WORKSPACE": root, "CI_PROJECT_DIR": root}
	tests := map[string]struct {
		toFile bool
		want   []string
	}{
		"text":     {true, []string{file + ":4:", "sites.my-site.secrets.A.type"}},
		"json":     {false, []string{`"valid": false`, `"code": "unknown-type"`, `"severity": "error"`, `"line": 4`, `"path": "sites.my-site.secrets.A.type"`}},
		"markdown": {false, []string{"Not planned", "1 error", "sites.my-site.secrets.A.type", "storefront"}},
		"github":   {false, []string{"::error file=secrets.yaml,line=4"}},
		"gitlab":   {false, []string{`"path": "secrets.yaml"`, `cella: unknown-type"`}},
	}
	for _, format := range checkup.Formats() {
		test, known := tests[format]
		out := rendered(t, c, format, test.toFile, env)
		for _, want := range test.want {
			if !strings.Contains(out, want) {
				t.Errorf("%s lacks %q:\n%s", format, want, out)
			}
		}
		if !known && format != "outputs" { // which TestCheck looks at
			t.Errorf("%s is not tested", format)
		}
	}
}

// TestAddDates: what has passed is a warning, also under strict, unless that is to
// fail; what is only near never fails.
func TestAddDates(t *testing.T) {
	near := strings.ReplaceAll(late, "2027-01-01", "2027-03-05")
	tests := map[string]struct {
		text         string
		strict, fail bool
		codes        string
		valid        bool
	}{
		"passed":      {late, false, false, "token-expired expired", true},
		"strictly":    {late, true, false, "token-expired expired", true},
		"to fail":     {late, false, true, "token-expired expired", false},
		"only near":   {near, false, true, "token-expires-soon expires-soon", true},
		"with errors": {wrong, false, true, "unknown-type", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c := checkup.Check(t.Context(), noGit, write(t, test.text), plain, test.strict)
			c.AddDates(theDay, test.fail)
			valid := strings.Contains(rendered(t, c, "outputs", false, nil), "valid=true\n")
			if codes(c.Problems) != test.codes || valid != test.valid {
				t.Errorf("valid %v, problems %s", valid, c.Problems)
			}
		})
	}
}

// TestExpired: the error says what has expired and, by the class, that it is refused.
func TestExpired(t *testing.T) {
	tests := map[string]struct {
		codes      []string
		text, next string
	}{
		"a secret":    {[]string{"expired", "expires-soon"}, "1 secret", "change the value and the date"},
		"several":     {[]string{"expired", "expired"}, "2 secrets", "change the value and the date"},
		"the token":   {[]string{"token-expired"}, "the token", "policy.token_expires"},
		"both":        {[]string{"token-expired", "expired"}, "1 secret and the token", "change the value and the date"},
		"only near":   {[]string{"expires-soon", "token-expires-soon", "rotation-due"}, "", ""},
		"not a thing": {nil, "", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			err := checkup.Expired(test.codes)
			if test.text == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			next := strings.Join(hint.Next(err), "\n")
			if err == nil || hint.ClassOf(err) != hint.Refused || !strings.Contains(err.Error(), test.text) {
				t.Fatalf("%v, class %d", err, hint.ClassOf(err))
			}
			if !strings.Contains(next, test.next) || !strings.Contains(next, "--fail-on-expired") {
				t.Errorf("next %q", next)
			}
		})
	}
}

// TestTell: a line for each problem, and an error with the step that helps.
func TestTell(t *testing.T) {
	unset := checkup.Check(t.Context(), noGit, write(t, outside), plain, false).Problems
	expired := checkup.Check(t.Context(), noGit, write(t, late), plain, false)
	expired.AddDates(theDay, true)
	warning := checkup.Check(t.Context(), noGit, write(t, warned), plain, false).Problems
	failing := checkup.Check(t.Context(), noGit, write(t, wrong), plain, false).Problems
	both, all := slices.Concat(failing, warning), slices.Concat(failing, expired.Problems)
	tests := map[string]struct {
		problems      problem.List
		strict, quiet bool
		lines         []string
		err, next     string
		class         hint.Class
	}{
		"nothing":            {nil, true, false, nil, "", "", hint.Failed},
		"a warning":          {warning, false, false, []string{"[warning: user-scope-only]"}, "", "", hint.Failed},
		"a warning, quietly": {warning, false, true, nil, "", "", hint.Failed},
		"under strict":       {warning, true, true, []string{"[warning: user-scope-only]"}, "1 error", "--strict", hint.Failed},
		"errors":             {both, true, false, []string{"A.type", "[warning: user-scope-only]"}, "2 errors", "cella validate --file", hint.Failed},
		"unset variables":    {unset, false, false, []string{"CELLA_VALUE_A"}, "1 error", "set the variables", hint.Failed},
		"expired":            {expired.Problems, false, false, []string{"expires", "expires"}, "expired: 1 secret and the token", "--fail-on-expired", hint.Refused},
		"expired and wrong":  {all, false, false, []string{"type", "expires", "expires"}, "3 errors", "cella validate", hint.Failed},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			err := checkup.Tell(&out, "some where.yaml", test.problems, test.strict, test.quiet)
			lines := strings.SplitAfter(out.String(), "\n")
			if len(lines)-1 != len(test.lines) {
				t.Fatalf("the lines are\n%s", &out)
			}
			for i, want := range test.lines {
				if !strings.Contains(lines[i], want) {
					t.Errorf("line %d lacks %q: %s", i+1, want, lines[i])
				}
			}
			if test.err == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			next := strings.Join(hint.Next(err), "\n")
			if err == nil || hint.ClassOf(err) != test.class || !strings.Contains(err.Error(), test.err) || !strings.Contains(next, test.next) {
				t.Errorf("%v, class %d, next %q", err, hint.ClassOf(err), next)
			}
			if strings.Contains(out.String()+err.Error(), "c4nary") {
				t.Errorf("a value is shown:\n%s%v", &out, err)
			}
		})
	}
}

// TestLoadLooksForCopies: a second manifest of the project in the repository is a
// warning, one that is not tracked is not.
func TestLoadLooksForCopies(t *testing.T) {
	folder := t.TempDir()
	run := func(args ...string) {
		t.Helper()
		if out, err := testkit.Command(t, "git", append([]string{"-C", folder}, args...)...).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	for _, name := range []string{"secrets.yaml", "copy.yaml", "untracked.yaml"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(fine), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run("init", "--quiet")
	run("add", "secrets.yaml", "copy.yaml")
	manifest, problems, err := checkup.Load(t.Context(), noGit, filepath.Join(folder, "secrets.yaml"), plain)
	if err != nil || manifest == nil || codes(problems) != schema.CodeSecondManifest {
		t.Fatalf("%v, problems %s", err, problems)
	}
	if said := problems[0].String(); !strings.Contains(said, "copy.yaml") || strings.Contains(said, "untracked.yaml") {
		t.Errorf("it says %s", said)
	}
}
