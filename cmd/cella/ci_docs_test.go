package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/internal/testkit"
)

// shownFile is a block of YAML that shows a file of the repository.
var shownFile = regexp.MustCompile("(?s)<!-- file (\\S+) -->\n\n```yaml\n(.*?)\n```\n")

// TestGuidesShowTheFiles: what the guides show to be copied is what the tests
// hold against the rules. Run it with -update to show the files as they are.
func TestGuidesShowTheFiles(t *testing.T) {
	for page, atLeast := range map[string]int{"ci-github.md": 3, "ci-gitlab.md": 3} {
		path := filepath.Join(actionRoot, "docs", page)
		text := readPage(t, path)
		shown := shownFile.FindAllStringSubmatch(text, -1)
		if len(shown) < atLeast || strings.Count(text, "```yaml") != len(shown) {
			t.Errorf("%s: %d of %d blocks of YAML name their file, want %d", page, len(shown), strings.Count(text, "```yaml"), atLeast)
		}
		updated := shownFile.ReplaceAllStringFunc(text, func(block string) string {
			match := shownFile.FindStringSubmatch(block)
			file := strings.TrimSuffix(readPage(t, filepath.Join(actionRoot, match[1])), "\n")
			if file != match[2] && !*testkit.Update {
				t.Errorf("%s does not show %s as it is; show it with: go test ./cmd/cella -run TestGuides -update", page, match[1])
			}
			return strings.Replace(block, match[2], file, 1)
		})
		if *testkit.Update && updated != text {
			if err := os.WriteFile(path, []byte(updated), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestGuidesNameEverything: each input, output and variable has its line.
func TestGuidesNameEverything(t *testing.T) {
	github, gitlab := readPage(t, actionRoot+"/docs/ci-github.md"), readPage(t, actionRoot+"/docs/ci-gitlab.md")
	a := readAction(t)
	for name, input := range a.Inputs {
		if !strings.Contains(github, "\n| `"+name+"` | "+input.Description+" |") {
			t.Errorf("the guide has no line for the input %s", name)
		}
	}
	for name, output := range a.Outputs {
		if !strings.Contains(github, "\n| `"+name+"` | "+output.Description+" |") {
			t.Errorf("the guide has no line for the output %s", name)
		}
	}
	for name := range readTemplate(t).Variables {
		if !strings.Contains(gitlab, "`"+name+"`") {
			t.Errorf("the guide does not explain the variable %s", name)
		}
	}
	examples, err := filepath.Glob(actionRoot + "/examples/git*/*.yml")
	if err != nil || len(examples) < 6 {
		t.Fatalf("%d examples: %v", len(examples), err)
	}
	for _, path := range examples {
		name := filepath.ToSlash(strings.TrimPrefix(path, actionRoot+"/"))
		if !strings.Contains(github+gitlab, name) {
			t.Errorf("no guide leads to %s", name)
		}
	}
}

// TestExamplePipelines: what an example adds to the template are jobs and
// variables of the template, and what signs in runs.
func TestExamplePipelines(t *testing.T) {
	base := readTemplate(t)
	paths, err := filepath.Glob(filepath.Join(actionRoot, "examples/gitlab/*.yml"))
	if err != nil || len(paths) < 3 {
		t.Fatalf("examples/gitlab has %d pipelines: %v", len(paths), err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			var example struct {
				Include  []map[string]string
				Stages   []string
				template `yaml:",inline"`
			}
			readYAML(t, path, &example)
			if len(example.Include) != 1 || len(example.Stages) != 2 {
				t.Errorf("include %v, stages %v", example.Include, example.Stages)
			}
			for name := range example.Jobs {
				if _, there := base.Jobs[name]; !there {
					t.Errorf("the template has no job %s", name)
				}
			}
			for name := range example.Variables {
				if _, there := base.Variables[name]; !there && strings.HasPrefix(name, "CELLA_") {
					t.Errorf("the template has no variable %s", name)
				}
			}
			signIn(t, example.template)
		})
	}
}

// signIn runs what a pipeline does to sign in, with an ID token that must stay
// in a file.
func signIn(t *testing.T, file template) {
	t.Helper()
	credentials, there := file.Jobs[".cella-credentials"]
	if !there {
		return
	}
	dir := t.TempDir()
	script := strings.Join(file.lines(t, credentials.Script), "\n") +
		"\necho \"${AWS_WEB_IDENTITY_TOKEN_FILE:-}${GOOGLE_APPLICATION_CREDENTIALS:-}\""
	testkit.Need(t, "bash")
	command := testkit.Command(t, "bash", "-euo", "pipefail", "-c", script)
	command.Env = []string{"PATH=" + os.Getenv("PATH"), "CELLA_DIR=" + dir, "CELLA_AWS_ID_TOKEN=id-token", "CELLA_GCP_ID_TOKEN=id-token"}
	for name, value := range file.Variables {
		command.Env = append(command.Env, name+"="+value)
	}
	printed, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, printed)
	}
	named := readPage(t, strings.TrimSpace(string(printed)))
	if named == "id-token" {
		return
	}
	var account struct {
		Source struct{ File string } `json:"credential_source"`
	}
	if err := json.Unmarshal([]byte(named), &account); err != nil || readPage(t, account.Source.File) != "id-token" {
		t.Errorf("%v\n%s", err, named)
	}
}
