package schema

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/getsops/sops/v3"

	"github.com/cella-secrets/cella/internal/testkit"
	"github.com/cella-secrets/cella/schema/internal/sealtest"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/schema/sopsconfig"
	"github.com/cella-secrets/cella/schema/sopsfile/keyring"
)

// TestSopsConfigLimits: SOPS's own reader sees no .sops.yaml that is beyond
// them. Each stands beside a manifest, with a key and without.
func TestSopsConfigLimits(t *testing.T) {
	me := sealtest.NewIdentity(t)
	sealed := sealtest.Encrypt(t, []byte(small), sealtest.Seal{Groups: sealtest.KeyGroups(t, me.Public)})
	good := "creation_rules: [{age: " + me.Public + ", encrypted_regex: '" + standardRegex + "'}]\n"
	text := func(text string) func(string) error {
		return func(path string) error { return os.WriteFile(path, []byte(text), 0o600) }
	}
	link := func(to string) func(string) error { return func(path string) error { return os.Symlink(to, path) } }
	rules := func(rule string, n int) string {
		return "creation_rules:\n" + strings.Repeat("- "+rule+"\n", n) + "- {age: " + me.Public + "}\n"
	}
	doubling := "x0: &x0 [x, x]\n"
	for i := range 30 {
		doubling += fmt.Sprintf("x%d: &x%[1]d [*x%d, *x%[2]d]\n", i+1, i)
	}
	const (
		tooMany = "it has too many keys, values and list items; at most 100000 are read"
		tooDeep = "it is nested more than 32 levels deep"
		tooSlow = "its regular expressions have more than 100000 steps"
	)
	tests := map[string]struct {
		put  func(path string) error
		want string // what is wrong with it; empty where it can be used
	}{
		"good":                 {text(good), ""},
		"a link":               {link("real.yaml"), ""},
		"anchors":              {text("keys: [&me " + me.Public + "]\n" + strings.Replace(good, me.Public, "*me", 1)), ""},
		"many small rules":     {text(rules("{path_regex: '^other/.*$', age: x}", 2000)), ""},
		"an endless device":    {link("/dev/zero"), "it is a device, not a file"},
		"a pipe":               {testkit.Mkfifo, "it is a pipe, not a file"},
		"a folder":             {func(path string) error { return os.Mkdir(path, 0o700) }, "it is a folder, not a file"},
		"no YAML":              {text("creation_rules: [\n"), "it cannot be read as YAML"},
		"a conflict":           {text("<<<<<<< ours\n" + good + "=======\n" + good + ">>>>>>> theirs\n"), "a merge left its conflicts in it"},
		"half of a conflict":   {text(good + "=======\nx: 2\n"), "a merge left its conflicts in it"},
		"too large":            {text(good + strings.Repeat("#", sopsconfig.MaxSize)), "it is larger than 1 MiB"},
		"200,000 rules":        {text("creation_rules: [" + strings.Repeat("{},", 200_000) + "]\n"), tooMany},
		"200,000 recipients":   {text("creation_rules: [{key_groups: [{age: [" + strings.Repeat("a,", 200_000) + "]}]}]\n"), tooMany},
		"recipients in a text": {text("creation_rules: [{pgp: '" + strings.Repeat("a,", 60_000) + "'}]\n"), "the rule for this file has more than 1000 recipients"},
		"aliases multiplied":   {text(doubling + good), tooMany},
		"alias to itself":      {text(good + "x: &x [*x]\n"), "an alias (*) is inside the part that it refers to"},
		"groups within groups": {text("creation_rules: [" + strings.Repeat("{merge: [", 100) + strings.Repeat("]}", 100) + "]\n"), tooDeep},
		"keys of one mapping":  {text(good + "x:\n" + testkit.Numbered(sopsconfig.MaxKeys+1, "  k%d: x\n")), "a mapping has more than 1000 keys"},
		"directives":           {text(testkit.Numbered(1000, "%%TAG !a%d! b\n") + "---\n" + good), "more than 10 lines begin with %"},
		"regular expressions":  {text(rules("{path_regex: '(.{1000}x)', age: x}", 101)), tooSlow},
		"repeated repetition":  {text(rules("{path_regex: '((a{30}){30}b{200})|"+strings.Repeat("c{999}", 100)+"', age: x}", 1)), tooSlow},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			sealtest.WriteFile(t, filepath.Join(folder, "real.yaml"), []byte(good))
			file, config := filepath.Join(folder, "secrets.yaml"), filepath.Join(folder, ".sops.yaml")
			sealtest.WriteFile(t, file, sealed)
			if err := test.put(config); err != nil {
				t.Fatal(err)
			}
			testkit.Ends(t, func() {
				for _, decryption := range []Decryption{DecryptRequired, DecryptIfPossible, DecryptNever} {
					opts := defaultOptions()
					opts.Decryption = decryption
					_, problems, err := Load(t.Context(), file, opts)
					if err != nil || len(problems.Errors(false)) > 0 || (len(problems) > 0) != (test.want != "") {
						t.Fatalf("%v %v", problems, err)
					}
					if test.want != "" && (problems[0].Code != sopsconfig.LintSopsConfig || !strings.HasSuffix(problems[0].Message, ": "+test.want)) {
						t.Errorf("the warning is %s", problems[0])
					}
				}
				_, err := sopsconfig.Find(file, EncryptionRules, keyring.New(keyring.LocalSources()))
				if form := new(sopsconfig.Error); test.want != "" && (!errors.As(err, &form) || form.What != test.want || form.Remedy == "") {
					t.Errorf("to create: %v", err)
				}
			})
		})
	}
}

// TestManyRecipientsAreNotAllNamed: the warning stays one that can be read.
func TestManyRecipientsAreNotAllNamed(t *testing.T) {
	me := sealtest.NewIdentity(t)
	folder := t.TempDir()
	file := filepath.Join(folder, "secrets.yaml")
	sealtest.WriteFile(t, file, sealtest.Encrypt(t, []byte(small), sealtest.Seal{Groups: sealtest.KeyGroups(t, me.Public)}))
	sealtest.WriteFile(
		t, filepath.Join(folder, ".sops.yaml"),
		[]byte("creation_rules: [{pgp: '"+testkit.Numbered(999, "%040d,")+strings.Repeat("F", 100_000)+"'}]\n"),
	)
	_, problems, err := Load(t.Context(), file, defaultOptions())
	if err != nil || len(problems) != 1 || problems[0].Code != sopsconfig.LintRecipientsDiffer {
		t.Fatalf("%.500v %v", problems, err)
	}
	if message := problems[0].Message; !strings.Contains(message, ", 995 more; only here: "+me.Public) || len(message) > 2000 {
		t.Errorf("%d bytes: %.500s", len(message), message)
	}
}

// TestValueFilesUnderALargeConfig: SOPS reads the .sops.yaml anew for each file.
func TestValueFilesUnderALargeConfig(t *testing.T) {
	c, r := &sopsconfig.Configs{}, &problem.Reporter{File: "secrets.yaml"}
	folder := t.TempDir()
	file := filepath.Join(folder, "secrets.yaml")
	sealtest.WriteFile(
		t, filepath.Join(folder, ".sops.yaml"),
		[]byte("creation_rules: []\n"+strings.Repeat("#", sopsconfig.MaxSize-len("creation_rules: []\n"))),
	)
	for range 40 {
		c.Lint(file, file, sops.Metadata{}, problem.Place{}, r)
	}
	told := 0
	for _, problem := range r.Problems {
		if strings.HasSuffix(problem.Message, "it is too large for so many files") {
			told++
		}
	}
	if read := len(r.Problems) - told; told != 1 || read != sopsconfig.MaxBytes/sopsconfig.MaxSize {
		t.Errorf("it was read %d times, and told %d times that it is not", read, told)
	}
}
