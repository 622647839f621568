package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"

	"github.com/cella-secrets/cella/internal/testkit"
)

// TestCompletionGolden writes the scripts for two commands whose texts hold
// all that shells and their completion read as more than text.
func TestCompletionGolden(t *testing.T) {
	hostile := []completedCommand{
		{
			name: "show-all", summary: `it's [all]: $(HOME) \ "and" more`, arguments: offer{files: true},
			flags: []completedFlag{
				{name: "format", usage: "the `FORMAT`: text or json", placeholder: "FORMAT", value: offer{words: []string{"text", "json"}}},
				{name: "keys", shorthand: "k", usage: `[x]: it's "\" $y`, placeholder: "LIST", value: offer{words: []string{"age", "pgp"}, list: true}},
				{name: "out", usage: "a file", placeholder: "FILE", value: offer{files: true}},
				{name: "rate", shorthand: "r", usage: "a number", placeholder: "NUMBER"},
				{name: "url", usage: "a URL", placeholder: "A[:B]"},
				{name: "quiet", shorthand: "q", usage: "nothing: at all"},
			},
		},
		{name: "bare", summary: "nothing", arguments: offer{words: []string{"one", "two"}}},
	}
	for shell, script := range map[string]string{
		"bash": bashCompletion(hostile), "zsh": zshCompletion(hostile), "fish": fishCompletion(hostile),
	} {
		t.Run(shell, func(t *testing.T) {
			testkit.Golden(t, filepath.Join("testdata", "completion", "golden."+shell), script)
		})
	}
}

// TestCompletionInShells types into real shells. What they offer is compared
// without what was typed before it on the same word.
func TestCompletionInShells(t *testing.T) {
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
		"no words known":       {"cella plan --rate ", nil},
		"argument":             {"cella schema ma", []string{"manifest"}},
		"argument, a command":  {"cella help val", []string{"validate"}},
		"argument, a file":     {"cella apply p", []string{"plan file.json"}},
		"no argument":          {"cella validate s", nil},
		"behind other flags":   {"cella plan --strict -f x --color n", []string{"never"}},
		"unknown command":      {"cella frobnicate --f", nil},
	}
	for _, shell := range []string{"bash", "zsh", "fish"} {
		t.Run(shell, func(t *testing.T) {
			testkit.Need(t, shell)
			dir := t.TempDir()
			for _, file := range []string{"secrets.yaml", "plan file.json"} {
				if err := os.WriteFile(filepath.Join(dir, file), nil, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			text, err := completionScript([]string{shell})
			if err != nil {
				t.Fatal(err)
			}
			script := filepath.Join(t.TempDir(), "completion")
			if err := os.WriteFile(script, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			for name, test := range tests {
				t.Run(name, func(t *testing.T) {
					if diff := cmp.Diff(test.want, offered(t, shell, script, dir, test.line)); diff != "" {
						t.Errorf("%q (-want +offered):\n%s", test.line, diff)
					}
				})
			}
		})
	}
}

// offered asks a shell what it offers at the end of line.
func offered(t *testing.T, shell, script, dir, line string) []string {
	t.Helper()
	var command *exec.Cmd
	match := regexp.MustCompile(`(?m)^(.+)$`)
	switch shell {
	case "bash":
		// The words as bash splits them: the equals sign is one by itself.
		words := regexp.MustCompile(`=|[^ =]+`).FindAllString(line, -1)
		if strings.HasSuffix(line, " ") {
			words = append(words, "")
		}
		for i, word := range words {
			words[i] = quoteShell(word)
		}
		command = testkit.Command(t, "bash", "--norc", "-uc", fmt.Sprintf(
			`source %s; COMP_WORDS=(%s); COMP_CWORD=%d; _cella; printf '%%s\n' "${COMPREPLY[@]}"`, quoteShell(script), strings.Join(words, " "), len(words)-1))
	case "zsh":
		capture, err := filepath.Abs("testdata/completion/capture.zsh")
		if err != nil {
			t.Fatal(err)
		}
		command = testkit.Command(t, "zsh", "-f", capture, script, line)
		match = regexp.MustCompile(`<([^>]+)>`)
	case "fish":
		command = testkit.Command(t, "fish", "--no-config", "-c", "source $argv[1]; complete -C $argv[2]", script, line)
		match = regexp.MustCompile(`(?m)^([^\t\n]+)`)
	}
	command.Dir = dir
	command.Env = append(os.Environ(), "HOME="+dir, "TERM=dumb")
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", shell, err, out)
	}
	var words []string
	for _, found := range match.FindAllStringSubmatch(strings.ReplaceAll(string(out), "\r", ""), -1) {
		word := strings.ReplaceAll(found[1], `\`, "")
		words = append(words, word[strings.LastIndexAny(word, "=,")+1:])
	}
	slices.Sort(words)
	return slices.Compact(words)
}

// TestCompletionWords holds what shells offer for a flag against what the
// command takes, and makes sure that no list of words is missed.
func TestCompletionWords(t *testing.T) {
	checked := 0
	for _, c := range commands() {
		flags := pflag.NewFlagSet(c.name, pflag.ContinueOnError)
		c.bind(flags)
		flags.VisitAll(func(f *pflag.Flag) {
			completed := completedFlagOf(f)
			words := completed.value.words
			if named := slices.Contains([]string{"FORMAT", "WHEN", "LIST", "TYPE", "SCOPE"}, completed.placeholder); named && len(words) < 2 {
				t.Errorf("%s --%s: the usage does not end in the words it takes: %q", c.name, f.Name, completed.usage)
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
	says(t, b.offline("completion").must(t, exitError).stderr, "nothing says for which shell", "hint: write `cella completion bash`")
	says(t, b.offline("completion", "tcsh").must(t, exitError).stderr, "there is no completion for tcsh", "hint: write `cella completion bash`")
	says(t, b.offline("completion", "bash", "zsh").must(t, exitError).stderr, "unexpected argument zsh")
}
