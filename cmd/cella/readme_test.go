package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/internal/testkit"
)

// testCommand is what the README says runs the tests; .ci/run calls it too.
const testCommand = "go test ./..."

// fences are the words that a block of code may begin with. What is meant to
// be typed is a "sh" block, which runs here, with "sh fails" where it has to
// fail; a "text" block is what the block before it prints. "console" is for
// what cannot run without Pantheon: TestConsoleBlocks reads those.
var fences = []string{"sh", "sh fails", "text", "yaml", "json", "php", "js", "console"}

// TestDocs runs the commands of the README and of every page in docs, copied
// as they are, each page in a clean clone of its own, and compares what they
// print with what the page shows. Run it with -update to show what they print
// now.
func TestDocs(t *testing.T) {
	startsPrograms(t)
	bin := sopsBin(t)
	built := builtOnce(t) + string(os.PathListSeparator) + bin
	for _, path := range pages(t) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			text := readPage(t, path)
			parts := strings.Split(text, "\n```")
			if strings.Count(text, "```") != len(parts)-1 || len(parts)%2 == 0 {
				t.Fatal("a fence does not begin its line, or is not closed")
			}
			needed(t, parts)
			programs := built
			if filepath.Base(path) == "README.md" {
				programs = bin // one clone is built
			}
			if updated := runPage(t, programs, parts); *testkit.Update && updated != text {
				if err := os.WriteFile(path, []byte(updated), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

var playground = regexp.MustCompile(`(?m)^(?:cp -R examples/quickstart ([a-z-]+)|mkdir ([a-z-]+)\n(?:cp examples/.*|cd \S+))$`)

// TestPagesHaveFoldersOfTheirOwn lets whoever comes from another page go on in the
// same clone, in which git ignores what they make.
func TestPagesHaveFoldersOfTheirOwn(t *testing.T) {
	ignored := readPage(t, "../../.gitignore")
	of := map[string]string{}
	for _, page := range pages(t) {
		for _, made := range playground.FindAllStringSubmatch(readPage(t, page), -1) {
			folder := made[1] + made[2]
			if other := of[folder]; other != "" && other != page {
				t.Errorf("%s and %s both make the folder %s", other, page, folder)
			}
			if of[folder] = page; !strings.Contains(ignored, "\n/"+folder+"/\n") {
				t.Errorf("%s makes the folder %s, which .gitignore lacks", page, folder)
			}
		}
	}
	if len(of) < 5 {
		t.Errorf("only these are found: %v", of)
	}
}

// pages are the README and the pages in docs.
func pages(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob("../../docs/*.md")
	if err != nil || len(found) == 0 {
		t.Fatalf("docs has no pages: %v", err)
	}
	return append([]string{"../../README.md"}, found...)
}

func readPage(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// needed skips a page that was cut at its fences where it runs a program that this
// machine lacks.
func needed(t *testing.T, parts []string) {
	t.Helper()
	for _, name := range testkit.Programs() {
		if slices.ContainsFunc(parts, func(part string) bool { return isScript(part) && strings.Contains(part, "\n"+name+" ") }) {
			testkit.Need(t, name)
		}
	}
}

// isScript reports whether a part of a page is a block of commands that run.
func isScript(part string) bool {
	return strings.HasPrefix(part, "sh\n") || strings.HasPrefix(part, "sh fails\n")
}

// runPage runs a page that was cut at its fences: what is before, between and
// after blocks stands at even places. It returns the page with what the blocks
// print now.
func runPage(t *testing.T, programs string, parts []string) string {
	var clone, dir string
	if slices.ContainsFunc(parts, isScript) {
		clone = cloneTree(t)
		dir = clone
	}
	// Without tables for debuggers, linking takes half the time.
	env := append(asMerged(os.Environ()), "GOFLAGS=-ldflags=-w", "PATH="+programs+string(os.PathListSeparator)+os.Getenv("PATH"), "NO_COLOR=1",
		"SOPS_AGE_KEY_FILE=", "CELLA_API=", "GITHUB_ACTIONS=", "GITLAB_CI=", "XDG_CONFIG_HOME="+t.TempDir(), "SOPS_EDITOR=", "EDITOR=sed-editor")
	var script, printed string
	for i := 1; i < len(parts); i += 2 {
		kind, body, _ := strings.Cut(parts[i], "\n")
		switch {
		case !slices.Contains(fences, kind):
			t.Errorf("the fence %q is none of %q", kind, fences)
		case kind == "sh" && body == testCommand:
		case isScript(parts[i]):
			env = append(env, "EDIT="+editorScript(t, parts[i-1]))
			printed, dir, env = shell(t, dir, env, body, kind == "sh fails")
			script = body
		case kind == "text" && strings.TrimSpace(printed) == "":
			t.Errorf("this prints nothing:\n%s", script)
		case kind == "text" && *testkit.Update:
			parts[i] = "text\n" + strings.TrimSpace(printed)
		case kind == "text":
			if got := strings.TrimSpace(printed); got != strings.TrimSpace(body) {
				t.Errorf("the page shows another output of\n%s\nthan\n%s", script, got)
			}
		}
	}
	if clone != "" {
		unchanged(t, clone)
	}
	return strings.Join(parts, "\n```")
}

// editorScript returns a file with what the editor is to do in the block that follows
// prose: the sed script in a comment there that begins with "edit".
func editorScript(t *testing.T, prose string) string {
	t.Helper()
	_, script, _ := strings.Cut(prose, "<!-- edit\n")
	script, _, _ = strings.Cut(script, "\n-->")
	path := filepath.Join(t.TempDir(), "edit.sed")
	if err := os.WriteFile(path, []byte(script+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// shell runs a block as a person would who stays in one shell: the folder and
// the exported variables carry over to the next block.
func shell(t *testing.T, dir string, env []string, script string, fails bool) (stdout, nextDir string, nextEnv []string) {
	t.Helper()
	state := filepath.Join(t.TempDir(), "state")
	command := testkit.Command(t, "sh", "-c", script+"\ncode=$?; { pwd; env -0; } > '"+state+"'; exit $code")
	command.Dir, command.Env = dir, env
	var out, complaint bytes.Buffer
	command.Stdout, command.Stderr = &out, &complaint
	if err := command.Run(); (err != nil) != fails {
		t.Fatalf("%s\n%v\n%s%s", script, err, &out, &complaint)
	}
	saved, err := os.ReadFile(state)
	if err != nil {
		t.Fatal(err)
	}
	folder, variables, _ := strings.Cut(string(saved), "\n")
	return out.String(), folder, slices.DeleteFunc(strings.Split(variables, "\x00"), func(s string) bool { return s == "" })
}

// cloneTree returns a copy of the files that git tracks or would add, as a
// clone of the finished change would have them.
func cloneTree(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	clone := t.TempDir()
	git(t, clone, "init", "--quiet")
	list := git(t, root, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	for _, file := range strings.Split(strings.TrimSuffix(list, "\x00"), "\x00") {
		data, err := os.ReadFile(filepath.Join(root, file))
		if os.IsNotExist(err) {
			continue // deleted, not yet committed
		}
		if err != nil {
			t.Fatal(err)
		}
		target := filepath.Join(clone, file)
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(target, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	git(t, clone, "add", "--all")
	return clone
}

// unchanged fails the test where running the commands left a trace that git
// sees.
func unchanged(t *testing.T, clone string) {
	t.Helper()
	if changed := git(t, clone, "diff", "--name-only") + git(t, clone, "ls-files", "--others", "--exclude-standard"); changed != "" {
		t.Errorf("the commands changed or left files:\n%s", changed)
	}
}

func git(t *testing.T, dir string, args ...string) string {
	t.Helper()
	command := testkit.Command(t, "git", args...)
	command.Dir = dir
	out, err := command.Output()
	if err != nil {
		t.Fatalf("git %s: %v", strings.Join(args, " "), err)
	}
	return string(out)
}

// builtOnce is a folder for PATH with a go that hands out one cella, built from
// this tree, where a page builds it: linking takes longer than all that pages show.
func builtOnce(t *testing.T) string {
	t.Helper()
	bin := t.TempDir()
	built, real := filepath.Join(bin, "built"), whichProgram(t, "go")
	if out, err := testkit.Command(t, real, "build", "-ldflags=-w", "-o", built, ".").CombinedOutput(); err != nil {
		t.Fatalf("build cella: %v\n%s", err, out)
	}
	script := "#!/bin/sh\n[ \"$*\" = 'build -o cella ./cmd/cella' ] && exec cp '" + built + "' cella\nexec '" + real + "' \"$@\"\n"
	if err := os.WriteFile(filepath.Join(bin, "go"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	return bin
}

func whichProgram(t *testing.T, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// sopsBin builds the sops command that go.mod names, and an editor that runs
// the sed script in the file that EDIT names, into a folder for PATH.
func sopsBin(t *testing.T) string {
	t.Helper()
	bin := t.TempDir()
	if out, err := testkit.Command(t, "go", "build", "-o", filepath.Join(bin, "sops"), "github.com/getsops/sops/v3/cmd/sops").CombinedOutput(); err != nil {
		t.Fatalf("build sops: %v\n%s", err, out)
	}
	editor := `#!/bin/sh
set -e
sed -f "$EDIT" "$1" > "$1.new"
cat "$1.new" > "$1"
rm "$1.new"
`
	if err := os.WriteFile(filepath.Join(bin, "sed-editor"), []byte(editor), 0o700); err != nil {
		t.Fatal(err)
	}
	return bin
}

// TestCIRunsTheTestCommand keeps .ci/run and the README together.
func TestCIRunsTheTestCommand(t *testing.T) {
	script, err := os.ReadFile("../../.ci/run")
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(strings.Split(string(script), "\n"), testCommand) {
		t.Errorf(".ci/run does not call %q", testCommand)
	}
	if !strings.Contains(readPage(t, "../../README.md"), "\n```sh\n"+testCommand+"\n```") {
		t.Errorf("the README does not say %q", testCommand)
	}
}

// TestCITestsEverything: .ci/run installs the programs that tests need, and skips no
// test that lacks one.
func TestCITestsEverything(t *testing.T) {
	script := readPage(t, "../../.ci/run")
	if !strings.Contains(script, "\nexport "+testkit.NeedsAll+"=1\n") {
		t.Errorf(".ci/run does not set %s", testkit.NeedsAll)
	}
	for _, name := range testkit.Programs() {
		asked := slices.Contains([]string{"bash", "node"}, name) // it runs in one, and asks for the other
		if !asked && !strings.Contains(script, "\ncommand -v "+name+" >/dev/null || missing+=(") {
			t.Errorf(".ci/run does not install %s", name)
		}
	}
}

// TestManifestAtAGlance holds the manifest that the reference shows against
// the decoder.
func TestManifestAtAGlance(t *testing.T) {
	_, after, _ := strings.Cut(readPage(t, "../../docs/manifest.md"), "\n## At a glance\n\n```yaml\n")
	manifest, _, found := strings.Cut(after, "\n```")
	if !found {
		t.Fatal("the reference shows no manifest")
	}
	manifest = strings.ReplaceAll(manifest, "fingerprint_key: ENC[...]", "fingerprint_key: "+testKey)
	b := newBench(t, threeSites())
	compiled(t, b, strings.ReplaceAll(manifest, "ENC[...]", "in-clear"))
}
