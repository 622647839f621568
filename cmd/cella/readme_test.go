package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// testCommand is what the README says runs the tests; .ci/run calls it too.
const testCommand = "go test ./..."

// TestREADME runs the commands of the README, copied as they are, in a clean
// clone, and compares what they print with what the README shows. Run it with
// -update to show what they print now.
func TestREADME(t *testing.T) {
	clone := cloneTree(t)
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	bin := sopsBin(t)
	env := append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"), "NO_COLOR=1", "SOPS_AGE_KEY_FILE=", "CELLA_API=")
	dir, shown := clone, false
	parts := strings.Split(string(readme), "\n```")
	var script, printed string
	for i, part := range parts {
		kind, body, _ := strings.Cut(part, "\n")
		switch {
		case i%2 == 0:
		case kind == "sh" && body == testCommand:
			shown = true
		case kind == "sh" || kind == "sh fails":
			printed, dir, env = shell(t, dir, env, body, kind == "sh fails")
			script = body
		case kind == "text" && strings.TrimSpace(printed) == "":
			t.Errorf("this prints nothing:\n%s", script)
		case kind == "text":
			if *update {
				parts[i] = "text\n" + strings.TrimSpace(printed)
			} else if got := strings.TrimSpace(printed); got != strings.TrimSpace(body) {
				t.Errorf("the README shows another output of\n%s\nthan\n%s", script, got)
			}
		}
	}
	if !shown {
		t.Errorf("the README does not say %q", testCommand)
	}
	if *update {
		if err := os.WriteFile("../../README.md", []byte(strings.Join(parts, "\n```")), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	unchanged(t, clone)
}

// shell runs a block as a person would who stays in one shell: the folder and
// the exported variables carry over to the next block.
func shell(t *testing.T, dir string, env []string, script string, fails bool) (stdout, nextDir string, nextEnv []string) {
	t.Helper()
	state := filepath.Join(t.TempDir(), "state")
	command := exec.Command("sh", "-c", script+"\ncode=$?; { pwd; env -0; } > '"+state+"'; exit $code")
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
	command := exec.Command("git", args...)
	command.Dir = dir
	out, err := command.Output()
	if err != nil {
		t.Fatalf("git %s: %v", strings.Join(args, " "), err)
	}
	return string(out)
}

// sopsBin builds the sops command that go.mod names, and an editor that makes
// the README's changes one after the other, into a folder for PATH.
func sopsBin(t *testing.T) string {
	t.Helper()
	bin := t.TempDir()
	if out, err := exec.Command("go", "build", "-o", filepath.Join(bin, "sops"), "github.com/getsops/sops/v3/cmd/sops").CombinedOutput(); err != nil {
		t.Fatalf("build sops: %v\n%s", err, out)
	}
	editor := `#!/bin/sh
set -e
if grep -q shipping.example/v2 "$1"; then
	sed s,shipping.example/v2,shipping.example/v3, "$1" > "$1.new"
else
	sed /STRIPE_SECRET_KEY:/,\$d "$1" > "$1.new" # the last one
fi
cat "$1.new" > "$1"
rm "$1.new"
`
	path := filepath.Join(bin, "editor")
	if err := os.WriteFile(path, []byte(editor), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("EDITOR", path)
	t.Setenv("SOPS_EDITOR", "")
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
}

// TestREADMEManifest holds the README's manifest against the decoder.
func TestREADMEManifest(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(readme), "\n```yaml\n")
	manifest, _, found := strings.Cut(after, "\n```")
	if !found {
		t.Fatal("the README shows no manifest")
	}
	manifest = strings.ReplaceAll(manifest, "fingerprint_key: ENC[...]", "fingerprint_key: "+testKey)
	b := newBench(t, threeSites())
	compiled(t, b, strings.ReplaceAll(manifest, "ENC[...]", "in-clear"))
}
