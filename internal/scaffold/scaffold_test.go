package scaffold_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cella-secrets/cella/internal/git"
	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/scaffold"
	"github.com/cella-secrets/cella/internal/testkit"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/schema"
	"github.com/cella-secrets/cella/schema/sopsfile/keyring"
)

// Public keys of nobody here.
const (
	one = "age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg"
	two = "age1v3l4d962j6k32n3usfg3zdflpsa2rdynp6nrwtvk8v3xyqtp6fmqurvvla"
)

// bench is a folder to begin in, and a home for keys.
type bench struct {
	*testing.T
	folder, home string
}

func newBench(t *testing.T) bench {
	t.Helper()
	b := bench{t, t.TempDir(), t.TempDir()}
	for name, value := range map[string]string{
		"HOME": b.home, "XDG_CONFIG_HOME": b.home, "APPDATA": b.home, "SOPS_AGE_KEY_FILE": "", "SOPS_AGE_KEY": "", "GIT_CONFIG_NOSYSTEM": "1",
	} {
		t.Setenv(name, value)
	}
	return b
}

func (b bench) path(name string) string { return filepath.Join(b.folder, filepath.FromSlash(name)) }

func (b bench) place(name, text string) {
	b.Helper()
	if err := os.WriteFile(b.path(name), []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
}

func (b bench) content(path string) string {
	b.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	return string(text)
}

// keyFile is where a new private key goes, unless a variable says otherwise.
func (b bench) keyFile() string {
	b.Helper()
	file, err := keyring.AgeKeyFile()
	if err != nil {
		b.Fatal(err)
	}
	return file
}

func (b bench) options(file string, age ...string) scaffold.Options {
	return scaffold.Options{
		Project: "storefront", File: b.path(file), Age: age, Git: git.Git{},
		Keys: keyring.New(keyring.LocalSources()), Now: time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC),
	}
}

// begin begins a project and returns what is reported.
func (b bench) begin(opts scaffold.Options) string {
	b.Helper()
	begun, err := scaffold.Begin(b.Context(), opts)
	if err != nil {
		b.Fatalf("%v; next: %q", err, hint.Next(err))
	}
	var out bytes.Buffer
	begun.Report(b.Context(), &out)
	if strings.Contains(out.String(), "AGE-SECRET-KEY-") {
		b.Errorf("the report has the private key:\n%s", &out)
	}
	return out.String()
}

// refuses fails the test unless nothing can begin, for a reason and with a next
// step, and no file is written but what was there.
func (b bench) refuses(opts scaffold.Options, says, next string, there ...string) {
	b.Helper()
	begun, err := scaffold.Begin(b.Context(), opts)
	steps := strings.Join(hint.Next(err), "\n")
	if begun != nil || err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(steps, next) {
		b.Errorf("error %v, next %q; want %q, and a step with %q", err, steps, says, next)
	}
	if left := testkit.Entries(b, b.folder); !slices.Equal(left, there) {
		b.Errorf("in the folder is %q, want %q", left, there)
	}
	if left := testkit.Entries(b, b.home); len(left) > 0 {
		b.Errorf("beside the keys is %q", left)
	}
}

func contains(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("it does not say %q:\n%s", part, text)
		}
	}
}

// TestBegin: in an empty folder, all that a project needs, and the manifest can be
// read with the new key.
func TestBegin(t *testing.T) {
	b := newBench(t)
	report := b.begin(b.options("secrets.yaml"))

	if got := testkit.Entries(t, b.folder); !slices.Equal(got, []string{".cella", ".gitattributes", ".gitignore", ".sops.yaml", "secrets.yaml"}) {
		t.Errorf("it wrote %q", got)
	}
	key := b.content(b.keyFile())
	contains(t, key, "# created: 2027-03-01T00:00:00Z, for the cella project storefront\n", "AGE-SECRET-KEY-1")
	_, rest, _ := strings.Cut(key, "# public key: ")
	public, _, _ := strings.Cut(rest, "\n")
	contains(t, b.content(b.path(".sops.yaml")), `path_regex: '(^|[/\\])secrets\.yaml$'`, "mac_only_encrypted: true", "      - "+public+"\n")
	for path, mode := range map[string]os.FileMode{b.keyFile(): 0o600, filepath.Dir(b.keyFile()): 0o700} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s has the mode %v, %v", path, info.Mode(), err)
		}
	}
	text := b.content(b.path("secrets.yaml"))
	if !strings.HasPrefix(text, schema.EditorLine+"\n") || strings.Contains(text, "fingerprint_key: new") {
		t.Errorf("the manifest is\n%s", text)
	}
	if got := b.content(b.path(schema.EditorFile)); got != schema.JSONSchema() {
		t.Error("the schema for editors is another one")
	}
	manifest, problems, err := schema.Load(t.Context(), b.path("secrets.yaml"), schema.Options{Keys: b.options("").Keys})
	if err != nil || len(problems) > 0 || manifest == nil || manifest.Project != "storefront" || !manifest.FingerprintKey.Known() {
		t.Errorf("the manifest reads as %+v, %v\n%s", manifest, err, problems)
	}
	wrote := ""
	for _, name := range []string{".sops.yaml", "secrets.yaml", ".gitignore", ".gitattributes", schema.EditorFile} {
		wrote += "wrote " + words.Quote(b.path(name)) + "\n"
	}
	contains(t, report, wrote+"added a new private key to "+words.Quote(b.keyFile())+", mode 0600; its public key is "+public+"\n",
		"\nNext:\n  1. terminus auth:login ", "  2. cella import site NAME --file "+words.Argument(b.path("secrets.yaml")),
		"  7. so that nothing is lost with one key",
		"git add "+words.Argument(b.path("secrets.yaml"))+" "+words.Argument(b.path(".sops.yaml"))+" "+
			words.Argument(b.path(".gitignore"))+" "+words.Argument(b.path(".gitattributes")),
		"6. cella init --git-config --file "+words.Argument(b.path("secrets.yaml")))
	if strings.Contains(report, "warning") {
		t.Errorf("it warns:\n%s", report)
	}

	b.T.Run("again", func(t *testing.T) {
		_, err := scaffold.Begin(t.Context(), b.options("secrets.yaml"))
		if err == nil || !strings.Contains(err.Error(), "there is a manifest") || len(hint.Next(err)) != 2 {
			t.Errorf("%v", err)
		}
		if b.content(b.path("secrets.yaml")) != text || b.content(b.keyFile()) != key {
			t.Error("something was overwritten")
		}
	})
}

// TestBeginForOthers: with public keys no private one is made, and a manifest that
// cannot be decrypted here is said to be one.
func TestBeginForOthers(t *testing.T) {
	b := newBench(t)
	report := b.begin(b.options("shop's.yml", one, two))
	contains(t, b.content(b.path(".sops.yaml")), `path_regex: '(^|[/\\])shop''s\.yml$'`, "      - "+one+"\n      - "+two+"\n", "cella keys add ")
	contains(t, report, "warning: no key here can decrypt it", "set SOPS_AGE_KEY_FILE")
	for _, not := range []string{"private key to", "second one"} {
		if strings.Contains(report, not) {
			t.Errorf("it says %q:\n%s", not, report)
		}
	}
	if left := testkit.Entries(t, b.home); len(left) > 0 {
		t.Errorf("a key was made: %q", left)
	}
}

// TestBeginByARule: a .sops.yaml that is there stays and decides, from a folder
// above too, and is not among what to commit.
func TestBeginByARule(t *testing.T) {
	b := newBench(t)
	rule := "creation_rules:\n  - encrypted_regex: " + schema.EncryptionRules.Standard + "\n    mac_only_encrypted: true\n    age: " + one + "\n"
	b.place(".sops.yaml", rule)
	if err := os.MkdirAll(b.path("site/.cella"), 0o755); err != nil {
		t.Fatal(err)
	}
	b.place("site/.cella/manifest.schema.json", "by hand")
	b.refuses(b.options("site/secrets.yaml", two), ".sops.yaml says already who can decrypt", "omit --age", ".sops.yaml", "site")
	report := b.begin(b.options("site/secrets.yaml"))
	contains(t, report, "encrypted as "+words.Quote(b.path(".sops.yaml"))+" says, for 1 recipient\n",
		"then run: cella keys add --file "+words.Argument(b.path("site/secrets.yaml")))
	if got := testkit.Entries(t, b.path("site")); !slices.Equal(got, []string{".cella", ".gitattributes", ".gitignore", "secrets.yaml"}) {
		t.Errorf("it wrote %q", got)
	}
	if b.content(b.path(".sops.yaml")) != rule || b.content(b.path("site/.cella/manifest.schema.json")) != "by hand" {
		t.Error("what was there is overwritten")
	}
	if strings.Contains(report, "git add "+words.Argument(b.path("site/secrets.yaml"))+" "+words.Argument(b.path(".sops.yaml"))) {
		t.Errorf("it commits the rule:\n%s", report)
	}
}

// TestGitIgnore: lines are added at the end, and only those that are missing.
func TestGitIgnore(t *testing.T) {
	const all = "# plaintext values, such as those of cella local\n.env*\n" +
		"# and those under the name that Pantheon's pages, Lando and DDEV use\n/secrets.json\n" +
		"# names without values, for new people\n!.env.example\n# private keys\n*.agekey\n" +
		"# saved plans hold no values, but belong to one run\nplan.json\n# and so do reports\nreport.json\n"
	_, most, _ := strings.Cut(all, ".env*\n")
	tests := map[string]struct {
		before, want string
		wrote        bool
	}{
		"empty":              {"", all, true},
		"with others":        {"node_modules\n", "node_modules\n\n" + all, true},
		"without a line end": {"node_modules", "node_modules\n\n" + all, true},
		"with one of them":   {".env*\r\n", ".env*\r\n\n" + most, true},
		"with all":           {all, all, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.place(".gitignore", test.before)
			report := b.begin(b.options("secrets.yaml", one))
			if got := b.content(b.path(".gitignore")); got != test.want {
				t.Errorf("it has\n%q\nwant\n%q", got, test.want)
			}
			if strings.Contains(report, "wrote "+words.Quote(b.path(".gitignore"))) != test.wrote {
				t.Errorf("the report is\n%s", report)
			}
			if info, err := os.Stat(b.path(".gitignore")); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("its mode is %v, %v", info.Mode(), err)
			}
		})
	}
}

// TestHiddenManifest: one that git ignores is never committed, which is said.
func TestHiddenManifest(t *testing.T) {
	for name, want := range map[string]bool{"*.yaml\n": true, "*.json\n": false} {
		b := newBench(t)
		if out, err := testkit.Command(t, "git", "init", "--quiet", b.folder).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		b.place(".gitignore", name)
		report := b.begin(b.options("secrets.yaml", one))
		if strings.Contains(report, "warning: git ignores "+words.Quote(b.path("secrets.yaml"))) != want {
			t.Errorf("with %q it says\n%s", name, report)
		}
	}
}

// TestRefusals: nothing is written, and nothing made, unless all can be.
func TestRefusals(t *testing.T) {
	file := func(name, text string) func(bench) { return func(b bench) { b.place(name, text) } }
	link := func(name, to string) func(bench) {
		return func(b bench) {
			if err := os.Symlink(to, b.path(name)); err != nil {
				b.Fatal(err)
			}
		}
	}
	folder := func(name string) func(bench) {
		return func(b bench) {
			if err := os.Mkdir(b.path(name), 0o755); err != nil {
				b.Fatal(err)
			}
		}
	}
	variable := func(name, below string) func(bench) { return func(b bench) { b.Setenv(name, b.path(below)) } }
	tests := map[string]struct {
		before     func(bench)
		change     func(*scaffold.Options)
		says, next string
		there      []string
	}{
		"no project":           {nil, func(o *scaffold.Options) { o.Project = "" }, "--project is missing", "cella init --project storefront", nil},
		"no name of a project": {nil, func(o *scaffold.Options) { o.Project = "My Shop" }, "cannot be the name of a project", "lower-case", nil},
		"unprintable":          {nil, func(o *scaffold.Options) { o.File += "\x1b.yaml" }, "unprintable characters", "another name", nil},
		"not UTF-8":            {nil, func(o *scaffold.Options) { o.File += "\xff.yaml" }, "unprintable characters", "another name", nil},
		"no YAML by its name":  {nil, func(o *scaffold.Options) { o.File += ".json" }, "does not end in .yaml", ".json.yaml", nil},
		"no folder":            {nil, func(o *scaffold.Options) { o.File = filepath.Dir(o.File) + "/a b/secrets.yaml" }, "there is no folder", "mkdir -p ", nil},
		"no public key":        {nil, func(o *scaffold.Options) { o.Age = []string{"age1xyz"} }, "age1xyz is not one", "begins with age1", nil},
		"a dangling link":      {link("secrets.yaml", "nowhere"), nil, "there is a manifest", "--file", []string{"secrets.yaml"}},
		"a folder as manifest": {folder("secrets.yaml"), nil, "there is a manifest", "--file", []string{"secrets.yaml"}},
		"a file as folder": {
			file("site", ""), func(o *scaffold.Options) { o.File = filepath.Dir(o.File) + "/site/secrets.yaml" }, "not a directory", "", []string{"site"},
		},
		"a link as .gitignore": {link(".gitignore", "elsewhere"), nil, "is no regular file", "put a file in its place", []string{".gitignore"}},
		"a large .gitignore":   {file(".gitignore", strings.Repeat("#\n", 1<<20)), nil, ".gitignore", "", []string{".gitignore"}},
		"a rule for another file": {
			file(".sops.yaml", "creation_rules: [{path_regex: other, age: "+one+"}]"), nil,
			"it has no rule for this file", `path_regex: '^secrets\.yaml$'`, []string{".sops.yaml"},
		},
		"a rule that leaves clear": {
			file(".sops.yaml", "creation_rules: [{age: "+one+"}]"), nil, "it is written in a way that only people can edit", "encrypted_regex: ", []string{".sops.yaml"},
		},
		"a key beside the manifest":  {variable("SOPS_AGE_KEY_FILE", "keys.txt"), nil, "it is in the folder of the manifest", "SOPS_AGE_KEY_FILE", nil},
		"a key file that is no file": {variable("SOPS_AGE_KEY_FILE", "../"), nil, "it is", "SOPS_AGE_KEY_FILE", nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			if test.before != nil {
				test.before(b)
			}
			opts := b.options("secrets.yaml")
			if test.change != nil {
				test.change(&opts)
			}
			b.refuses(opts, test.says, test.next, test.there...)
		})
	}
}

// TestNoPlaceForAKey: without a home there is nowhere to put one.
func TestNoPlaceForAKey(t *testing.T) {
	b := newBench(t)
	t.Setenv("HOME", "")
	t.Setenv("XDG_CONFIG_HOME", "")
	b.refuses(b.options("secrets.yaml"), "find age keys", "set SOPS_AGE_KEY_FILE")
}

// TestKeyIsAdded to those that are there, which stay.
func TestKeyIsAdded(t *testing.T) {
	b := newBench(t)
	keys := filepath.Join(b.home, "mine")
	t.Setenv("SOPS_AGE_KEY_FILE", keys)
	if err := os.WriteFile(keys, []byte("# nothing yet"), 0o600); err != nil {
		t.Fatal(err)
	}
	contains(t, b.begin(b.options("secrets.yaml")), words.Quote(keys))
	contains(t, b.content(keys), "# nothing yet\n# created: ", "AGE-SECRET-KEY-1")
	if err := os.Chmod(keys, 0o644); err != nil {
		t.Fatal(err)
	}
	before := b.content(keys)
	b.folder = t.TempDir()
	_, err := scaffold.Begin(t.Context(), b.options("secrets.yaml"))
	if err == nil || !strings.Contains(err.Error(), "others may read it") || !strings.Contains(strings.Join(hint.Next(err), ""), "chmod 600") {
		t.Errorf("error %v", err)
	}
	if b.content(keys) != before {
		t.Error("a key that others may read was added to")
	}
}

// repository makes the folder one, and returns what git says of a setting.
func (b bench) repository() (setting func(key string) string) {
	b.Helper()
	var g git.Git
	if _, code, err := g.In(b.Context(), b.folder, "init", "--quiet"); err != nil || code != 0 {
		b.Fatalf("%d, %v", code, err)
	}
	return func(key string) string {
		value, _, _ := g.In(b.Context(), b.folder, "config", "--local", "--get", key)
		return strings.TrimSuffix(value, "\n")
	}
}

// TestGitConfig: the repository's settings are set where that is asked for, those
// that are there stay, and those of the user are left alone.
func TestGitConfig(t *testing.T) {
	const attribute = "secrets.yaml diff=cella merge=cella\n"
	const command, driver = "cella diff --git", "cella merge-driver %O %A %B %L %P"
	b := newBench(t)
	setting := b.repository()
	report := b.begin(b.options("secrets.yaml", one))
	contains(t, b.content(b.path(".gitattributes")), attribute)
	contains(t, report, "cella init --git-config")
	if setting("diff.cella.command")+setting("merge.cella.driver") != "" {
		t.Error("settings were set unasked")
	}
	for _, want := range []string{"set in this repository's configuration: merge.cella.driver\n", "git now compares and merges"} {
		begun, err := scaffold.SetUpGit(t.Context(), b.options("secrets.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		begun.ReportGit(&out)
		contains(t, out.String(), want)
		if setting("diff.cella.command") != command || setting("merge.cella.driver") != driver || strings.Contains(out.String(), "wrote") {
			t.Errorf("%s", &out)
		}
	}
	if left := testkit.Entries(t, b.home); len(left) > 0 {
		t.Errorf("at home is %q", left)
	}
	for _, file := range []string{"none.yaml", "none/secrets.yaml"} {
		if _, err := scaffold.SetUpGit(t.Context(), b.options(file)); err == nil || !strings.Contains(strings.Join(hint.Next(err), ""), "cella init") {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// TestGitConfigWithoutTheProgram: where git cannot call it, diffs fail from then on.
func TestGitConfigWithoutTheProgram(t *testing.T) {
	const warning = "warning: cella is not on the path: put it there, or `git diff` fails"
	b := newBench(t)
	b.repository()
	b.place("secrets.yaml", "version: 1\n")
	program, err := exec.LookPath("git")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := os.Symlink(program, filepath.Join(folder, "git")); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", folder)
	for _, there := range []bool{false, true} {
		if there {
			if err := os.WriteFile(filepath.Join(folder, "cella"), []byte("#!/bin/sh\n"), 0o700); err != nil {
				t.Fatal(err)
			}
			for _, key := range []string{"diff.cella.command", "merge.cella.driver"} {
				if _, _, err := (git.Git{}).In(t.Context(), b.folder, "config", "--local", "--unset", key); err != nil {
					t.Fatal(err)
				}
			}
		}
		begun, err := scaffold.SetUpGit(t.Context(), b.options("secrets.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if begun.ReportGit(&out); strings.Contains(out.String(), warning) == there {
			t.Errorf("with cella on the path: %v:\n%s", there, &out)
		}
	}
}

// TestBesideAFileOfTheTeam: what is there and no manifest is told apart from one.
func TestBesideAFileOfTheTeam(t *testing.T) {
	for text, another := range map[string]bool{
		"A: c4nary\n": true, "live:\n  A: x\nsops:\n  mac: x\n": true, "{}\n": true,
		"version: 1\n": false, "project: x\nA: x\n": false, "<<<<<<< ours\n": false, "": false,
	} {
		b := newBench(t)
		b.place("secrets.yaml", text)
		says, next := "there is a manifest", "cella import site NAME"
		if another {
			says, next = "which is no manifest of cella", "git mv "
		}
		b.refuses(b.options("secrets.yaml", one), says, next, "secrets.yaml")
	}
}

// TestWhatToCommit: a repository first, where there is none, and the .sops.yaml that got
// a rule.
func TestWhatToCommit(t *testing.T) {
	b := newBench(t)
	contains(t, b.begin(b.options("secrets.yaml", one)), "git init && git add ")
	b = newBench(t)
	b.repository()
	b.place(".sops.yaml", "creation_rules:\n  - age: "+one+"\n")
	opts := b.options("secrets.yaml")
	opts.AddRule = true
	report := b.begin(opts)
	contains(t, report, "  5. git add ", " "+words.Argument(b.path(".sops.yaml"))+" && git commit")
	if strings.Contains(report, "git init") {
		t.Errorf("there is a repository:\n%s", report)
	}
}

// TestGitConfigAtOnce: with a new manifest too, under a name that git needs quoted,
// and what somebody set stays.
func TestGitConfigAtOnce(t *testing.T) {
	b := newBench(t)
	opts := b.options("my [1].yaml", one)
	opts.GitConfig = true
	b.refuses(opts, "is in no git repository", "git init")
	setting := b.repository()
	if _, _, err := (git.Git{}).In(t.Context(), b.folder, "config", "--local", "merge.cella.driver", "mine"); err != nil {
		t.Fatal(err)
	}
	b.place(".gitattributes", "* text=auto")
	report := b.begin(opts)
	contains(t, b.content(b.path(".gitattributes")), "* text=auto\n\n# compared and merged by name", "\n\"my \\\\[1].yaml\" diff=cella merge=cella\n")
	contains(t, report, "configuration: diff.cella.command\n",
		"left as it is in this repository's configuration: merge.cella.driver (see it: git config merge.cella.driver)\n")
	begun, err := scaffold.SetUpGit(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if begun.ReportGit(&out); strings.Contains(out.String(), "git now compares and merges") {
		t.Errorf("that is not so under another driver: %s", &out)
	}
	if setting("merge.cella.driver") != "mine" || strings.Contains(report, "cella init --git-config") {
		t.Errorf("%s", report)
	}
	attribute, _, _ := (git.Git{}).In(t.Context(), b.folder, "check-attr", "merge", "--", "my [1].yaml")
	contains(t, attribute, "merge: cella")
}
