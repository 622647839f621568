package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"

	"github.com/cella-secrets/cella/internal/checkup"
	"github.com/cella-secrets/cella/internal/completion"
	"github.com/cella-secrets/cella/internal/testkit"
)

// completedManifest holds names that mean something to a shell.
const completedManifest = `
version: 1
project: keyed
defaults: {type: runtime, scopes: [web]}
organizations: {agency: {secrets: {MAIL: {value: a}}}}
sites:
  blue-news: {secrets: {}}
  blue-shop:
    secrets:
      API_KEY: {value: a, overrides: {pr-12: b}}
      api.github.com: {value: a}
      "$(touch${IFS}ran)": {value: a}
      "` + "`touch${IFS}ran`" + `": {value: a}
      "a;touch${IFS}ran": {value: a}
      "it's": {value: a}
      "a\\": {value: a}
      "a\tb": {value: a}
      "a\n:end": {value: a}
      "-x": {value: a}
      "a[1]:b": {value: a}
`

// TestCompletionInShells types into real shells. What they offer is compared
// without what was typed before it on the same word.
func TestCompletionInShells(t *testing.T) {
	startsPrograms(t)
	t.Parallel()
	tests := map[string]struct {
		line string
		want []string
	}{
		"command":              {"cella val", []string{"validate"}},
		"flag":                 {"cella plan --det", []string{"--detailed-exitcode"}},
		"flag of this command": {"cella apply --auto", []string{"--auto-approve"}},
		"not of another":       {"cella plan --auto", nil},
		"help":                 {"cella version --he", []string{"--help"}},
		"words":                {"cella plan --color ", []string{"always", "auto", "never"}},
		"words, begun":         {"cella plan --color a", []string{"always", "auto"}},
		"words after equals":   {"cella plan --color=a", []string{"always", "auto"}},
		"nothing after equals": {"cella plan --color=", []string{"always", "auto", "never"}},
		"list":                 {"cella plan --key-sources a", []string{"age", "aws", "azure"}},
		"list, begun":          {"cella plan --key-sources age,p", []string{"pgp"}},
		"file":                 {"cella plan --file s", []string{"secrets.yaml"}},
		"file, by the letter":  {"cella plan -f s", []string{"secrets.yaml"}},
		"file, after equals":   {"cella plan --file=s", []string{"secrets.yaml"}},
		"file, of a format":    {"cella plan --format json=p", []string{"plan file.json"}},
		"no words known":       {"cella plan --rate ", nil},
		"argument":             {"cella schema ma", []string{"manifest"}},
		"argument, a command":  {"cella help val", []string{"validate"}},
		"argument, a file":     {"cella apply p", []string{"plan file.json"}},
		"no argument":          {"cella version s", nil},
		"one more file":        {"cella validate a s", []string{"secrets.yaml"}},
		"behind other flags":   {"cella plan --strict -f x --color n", []string{"never"}},
		"unknown command":      {"cella frobnicate --f", nil},
		"owner":                {"cella set site:bl", []string{"blue-news", "blue-shop"}},
		"owner, by its kind":   {"cella set site:", []string{"blue-news", "blue-shop"}},
		"owner, quoted":        {"cella set \"site:blue-s", []string{"blue-shop"}},
		"environment":          {"cella set site:blue-shop.p", []string{"blue-shop.pr-12"}},
		"secret":               {"cella set site:blue-shop A", []string{"API_KEY"}},
		"secrets, inert ones":  {"cella unset site:blue-shop ", []string{"API_KEY", "api.github.com"}},
		"target":               {"cella plan --target site:blue-shop/A", []string{"API_KEY"}},
		"site":                 {"cella explain blue-s", []string{"blue-shop"}},
		"organization":         {"cella local --org ", []string{"agency", "none"}},
		"another manifest":     {"cella set -f below/other.yaml site:", []string{"red"}},
		"in the home folder":   {"cella set --file ~/below/other.yaml site:", []string{"red"}},
		"a name with a space":  {`cella set --file below/a\ b.yaml site:`, []string{"red"}},
		"no manifest":          {"cella set --file none.yaml site:", nil},
		"nothing typed runs":   {"cella plan --file $(touch${IFS}ran)`touch${IFS}ran` --color n", []string{"never"}},
	}
	for _, shell := range []string{"bash", "zsh", "fish"} {
		t.Run(shell, func(t *testing.T) {
			t.Parallel()
			testkit.Need(t, shell)
			dir := completedFolder(t)
			script := scriptOf(t, shell)
			for name, test := range tests {
				t.Run(name, func(t *testing.T) {
					if diff := cmp.Diff(test.want, offered(t, shell, script, dir, test.line)); diff != "" {
						t.Errorf("%q (-want +offered):\n%s", test.line, diff)
					}
				})
			}
			if _, err := os.Stat(filepath.Join(dir, "ran")); err == nil {
				t.Error("a name of the manifest, or what was typed, ran as a command")
			}
		})
	}
}

// TestCompletionIsTyped presses TAB and Enter in an interactive bash, which takes
// part of a word for the whole behind a colon or an equals sign.
func TestCompletionIsTyped(t *testing.T) {
	startsPrograms(t)
	t.Parallel()
	for _, shell := range []string{"bash", "zsh"} {
		testkit.Need(t, shell)
	}
	tests := map[string]struct{ line, want string }{
		"a colon":               {"cella set site:blue-n", "<set><site:blue-news>"},
		"a space behind":        {"cella set site:blue-s\tAPI", "<set><site:blue-shop><API_KEY>"},
		"in quotes":             {`cella set "site:blue-n`, "<set><site:blue-news>"},
		"none where more comes": {"cella local blue-n\td", "<local><blue-news.dev>"},
		"an environment":        {"cella set site:blue-shop.pr", "<set><site:blue-shop.pr-12>"},
		"behind an equals sign": {"cella plan --target=site:blue-shop/API", "<plan><--target=site:blue-shop/API_KEY>"},
		"a file with a space":   {"cella apply pl", "<apply><plan file.json>"},
		"a file behind equals":  {"cella plan --format=json=pl", "<plan><--format=json=plan file.json>"},
		"a list":                {"cella plan --key-sources age,az", "<plan><--key-sources><age,azure>"},
		"a file in a folder":    {"cella apply bel\tother", "<apply><below/other.yaml>"},
		"at home, with a space": {"cella apply ~/pl", "<apply><HOME/plan file.json>"},
		"a file in quotes":      {`cella apply "pl`, "<apply><plan file.json>"},
	}
	dir := completedFolder(t)
	for shell, before := range map[string]string{"as it is": "", "as bash 3.2, which has no compopt": "enable -n compopt 2>/dev/null\n"} {
		t.Run(shell, func(t *testing.T) {
			script := filepath.Join(t.TempDir(), "completion")
			if err := os.WriteFile(script, []byte(before+completion.Script("bash")), 0o600); err != nil {
				t.Fatal(err)
			}
			for name, test := range tests {
				t.Run(name, func(t *testing.T) {
					shown := typed(t, "typed.zsh", script, dir, test.line)
					if want := strings.Replace(test.want, "HOME", dir, 1); !strings.Contains(shown, want+"END") {
						t.Errorf("%q and TAB: want %s, got\n%q", test.line, want, shown)
					}
				})
			}
		})
	}
}

// typed types a line in a terminal by a script of testdata.
func typed(t *testing.T, by, script, dir, line string) string {
	t.Helper()
	by, err := filepath.Abs(filepath.Join("testdata", "completion", by))
	if err != nil {
		t.Fatal(err)
	}
	return inFolder(t, dir, "zsh", "-f", by, script, line)
}

// inFolder is what a program prints that was started in dir.
func inFolder(t *testing.T, dir, program string, args ...string) string {
	t.Helper()
	command := testkit.Command(t, program, args...)
	command.Dir, command.Env = dir, append(os.Environ(), "HOME="+dir, "TERM=dumb")
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", program, err, out)
	}
	return strings.ReplaceAll(string(out), "\r", "")
}

// scriptOf writes the script for a shell.
func scriptOf(t *testing.T, shell string) string {
	t.Helper()
	script := filepath.Join(t.TempDir(), "completion")
	if err := os.WriteFile(script, []byte(completion.Script(shell)), 0o600); err != nil {
		t.Fatal(err)
	}
	return script
}

// completedFolder is one with manifests and a file that has a space in its name.
func completedFolder(t *testing.T) string {
	t.Helper()
	b := &bench{TB: t, dir: t.TempDir()}
	b.manifest(completedManifest)
	b.file("plan file.json", nil)
	if err := os.Mkdir(filepath.Join(b.dir, "below"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"below/other.yaml", "below/a b.yaml"} {
		b.file(name, []byte("sites: {red: {secrets: {}}}"))
	}
	return b.dir
}

// offered asks a shell what it offers at the end of line.
func offered(t *testing.T, shell, script, dir, line string) []string {
	t.Helper()
	var out string
	match := regexp.MustCompile(`(?m)^(.+)$`)
	switch shell {
	case "bash":
		out = inFolder(t, dir, "bash", "--norc", "-uc", fmt.Sprintf(
			`source %s; COMP_LINE=%s COMP_POINT=%d COMP_WORDS=(%s); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _cella; printf '%%s\n' "${COMPREPLY[@]-}"`,
			quoteShell(script), quoteShell(line), len(line), bashWords(line)))
	case "zsh":
		out = typed(t, "capture.zsh", script, dir, line)
		match = regexp.MustCompile(`<([^>]+)>`)
	case "fish":
		out = inFolder(t, dir, "fish", "--no-config", "-c", "source $argv[1]; complete -C $argv[2]", script, line)
		match = regexp.MustCompile(`(?m)^([^\t\n]+)`)
	}
	var words []string
	for _, found := range match.FindAllStringSubmatch(out, -1) {
		word := strings.TrimSuffix(strings.ReplaceAll(found[1], `\`, ""), " ")
		words = append(words, word[strings.LastIndexAny(word, "=,:/")+1:])
	}
	slices.Sort(words)
	return slices.Compact(words)
}

// bashWords are the words of a line as bash splits them, for an array of its own:
// what separates words of a completion stands by itself, but in quotes.
func bashWords(line string) string {
	var quoted []string
	for _, word := range regexp.MustCompile(`"[^"]*|[=:]+|(\\ |[^ =:"])+`).FindAllString(line, -1) {
		quoted = append(quoted, quoteShell(word))
	}
	if strings.HasSuffix(line, " ") {
		quoted = append(quoted, "''")
	}
	return strings.Join(quoted, " ")
}

// quoteShell puts text in single quotes, for bash.
func quoteShell(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// TestCompletionWords holds what shells offer for a flag against what the
// command takes, and makes sure that no list of words is missed.
func TestCompletionWords(t *testing.T) {
	checked := 0
	for _, c := range commands() {
		flags := pflag.NewFlagSet(c.name, pflag.ContinueOnError)
		c.bind(flags)
		flags.VisitAll(func(f *pflag.Flag) {
			if f.NoOptDefVal != "" {
				return
			}
			place, known := flagTakes(c.name, f)
			words := place.Words
			switch {
			case !known:
				t.Errorf("%s --%s: say in valueKinds or namedValues what its value is", c.name, f.Name)
			case takesWords(place.Kind) && len(words) < 2:
				t.Errorf("%s --%s: the usage does not end in the words it takes: %q", c.name, f.Name, f.Usage)
			}
			for _, word := range words {
				if err := f.Value.Set(word); err != nil {
					t.Errorf("%s --%s %s: %v", c.name, f.Name, word, err)
				}
			}
			if len(words) > 0 && f.DefValue != "" && f.DefValue != "[]" && !slices.Contains(words, strings.Split(f.DefValue, ",")[0]) {
				t.Errorf("%s --%s: %v lacks the default %s", c.name, f.Name, words, f.DefValue)
			}
			checked += len(words)
		})
	}
	if checked == 0 {
		t.Error("no words")
	}
}

// TestArgumentsAreDeclared: a command says what each word of its usage line is.
func TestArgumentsAreDeclared(t *testing.T) {
	for _, c := range commands() {
		arguments := strings.Fields(c.argument)
		if len(arguments) != len(c.takes) {
			t.Errorf("%s takes %q, and declares %d places for shells", c.name, c.argument, len(c.takes))
			continue
		}
		for i, argument := range arguments {
			if words := strings.Split(argument, "|"); len(words) > 1 && !slices.Equal(words, c.takes[i].Words) {
				t.Errorf("%s: %s, but shells offer %v", c.name, argument, c.takes[i].Words)
			}
		}
	}
}

// TestNamedValuesAreFlags that there are, and takes the words of formats from where
// they are checked.
func TestNamedValuesAreFlags(t *testing.T) {
	named := namedValues()
	formats := map[string][]string{"plan": planFormats(), "validate": checkup.Formats()}
	for _, c := range commands() {
		flagsOf(c).VisitAll(func(f *pflag.Flag) {
			delete(named, c.name+" --"+f.Name)
			if known := formats[c.name]; f.Name == "format" && known != nil {
				if place, _ := flagTakes(c.name, f); !slices.Equal(place.Words, known) {
					t.Errorf("%s --format takes %v, but shells offer %v", c.name, known, place.Words)
				}
			}
		})
	}
	for flag := range named {
		t.Errorf("there is no %s", flag)
	}
}

// TestCompletionIsQuiet: whatever stands where the manifest is looked for, nothing
// is said but what may follow, and no key is asked for.
func TestCompletionIsQuiet(t *testing.T) {
	manifest := completedFolder(t) + "/secrets.yaml"
	encrypted := readPage(t, manifest)
	tests := map[string]struct {
		text   string
		want   string
		reason string
	}{
		"encrypted":        {encrypted, "site:blue-news site:blue-shop", ""},
		"plain":            {completedManifest, "site:blue-news site:blue-shop", "it may be new"},
		"a wrong checksum": {strings.Replace(encrypted, "mac: ENC[AES256_GCM,data:", "mac: ENC[A,data:", 1), "site:blue-news site:blue-shop", "none is needed"},
		"something to fix": {"version: 7\nfrob: 1\n" + completedManifest, "site:blue-news site:blue-shop", "typing goes on meanwhile"},
		"no YAML":          {"sites: {blue-shop: [", "", ""},
		"no mapping":       {"- blue-shop", "", ""},
		"a conflict":       {"<<<<<<< a\n" + completedManifest, "", ""},
		"too large":        {completedManifest + strings.Repeat("#\n", maxCompleted/2), "", "the shell waits"},
		"empty":            {"", "", ""},
		"aliases":          {"a: &a {blue-shop: {secrets: {}}}\nsites: *a", "", ""},
		"sops is a text":   {"sops: x\nsites: {blue-shop: {secrets: {}}}", "site:blue-shop", ""},
	}
	ran := filepath.Join(t.TempDir(), "ran")
	t.Setenv("SOPS_AGE_KEY_CMD", "touch "+ran)
	t.Setenv("SOPS_GPG_EXEC", "touch "+ran)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			b := &bench{TB: t, dir: t.TempDir()}
			file := b.file("secrets.yaml", []byte(test.text))
			got := completedBy(t, b, "set", "--file", file, "site:")
			if diff := cmp.Diff(strings.Fields(test.want+" :end"), got); diff != "" {
				t.Errorf("(-want +got): %s\n%s", test.reason, diff)
			}
		})
	}
	b := &bench{TB: t, dir: t.TempDir()}
	pipe := filepath.Join(b.dir, "pipe")
	if err := testkit.Mkfifo(pipe); err != nil {
		t.Fatal(err)
	}
	for _, words := range [][]string{
		{}, {""}, {"set", "--file", pipe, "site:"}, {"set", "--file", b.dir, "site:"}, {"set", "--file", "/dev/zero", "site:"},
		{"set", "--file", "\x00", "site:"}, {"set", "--file", "", "site:"}, {"\xff", "\n"}, {"set", "--", "--", "--", "-"}, {"-", "-", "-=", "--="},
	} {
		completedBy(t, b, words...)
	}
	if _, err := os.Stat(ran); err == nil {
		t.Error("a program was asked for a key")
	}
}

// completedBy is what cella answers the scripts, without notes.
func completedBy(t *testing.T, b *bench, words ...string) []string {
	t.Helper()
	got := b.offline(append([]string{"__complete", "--"}, words...)...).must(t, exitOK)
	if got.stderr != "" {
		t.Errorf("%q: stderr: %s", words, got.stderr)
	}
	lines := strings.Split(strings.TrimSuffix(got.stdout, "\n"), "\n")
	for i, line := range lines {
		lines[i], _, _ = strings.Cut(line, "\t")
	}
	return lines
}

// TestCompletionShowsNoValues, of a plain manifest neither.
func TestCompletionShowsNoValues(t *testing.T) {
	b := newBench(t, canaryState())
	plain := b.file("plain.yaml", []byte(canaryManifest(t)))
	for _, file := range []string{plain, b.manifest(canaryManifest(t))} {
		for _, line := range []string{"set ", "set site:shop ", "set site:shop.", "plan --target site:shop/", "local --skip ", "import file --to site:"} {
			words := strings.Split(line, " ")
			at := 1
			if words[0] == "import" {
				at = 2
			}
			words = slices.Insert(words, at, "--file", file)
			got := completedBy(t, b, words...)
			if len(got) < 2 {
				t.Errorf("%q offers nothing", line)
			}
			search(t, line, strings.Join(got, "\n"))
		}
	}
}

func TestEnumerated(t *testing.T) {
	for usage, want := range map[string][]string{
		"FORMAT of the plan: text, markdown (for a comment) or json": {"text", "markdown", "json"},
		"WHEN to use colour: auto, always or never":                  {"auto", "always", "never"},
		"a SCOPE: web or user; may be given several times":           {"web", "user"},
		"kinds of keys: a LIST of age, pgp, aws":                     {"age", "pgp", "aws"},
		"one of a or b":                                              {"a", "b"},
		"write what was done to FILE as JSON":                        nil,
		"no warnings and no hints":                                   nil,
		"such as site:my-site or org:my-agency/A":                    nil,
		"look: here": nil,
	} {
		if diff := cmp.Diff(want, enumerated(usage)); diff != "" {
			t.Errorf("%s: %s", usage, diff)
		}
	}
}

// TestCompletionMistakes names the shells that there are.
func TestCompletionMistakes(t *testing.T) {
	b := &bench{TB: t}
	says(t, b.offline("completion").must(t, exitError).stderr, "the name of the shell is missing", "hint: write `cella completion bash`")
	says(t, b.offline("completion", "tcsh").must(t, exitError).stderr, "there is no completion for tcsh", "hint: write `cella completion bash`")
	says(t, b.offline("completion", "bash", "zsh").must(t, exitError).stderr, "unexpected argument zsh")
}
