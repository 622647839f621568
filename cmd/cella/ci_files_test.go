package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rhysd/actionlint"

	"github.com/cella-secrets/cella/internal/testkit"
)

// TestScriptsOfTheAction: every run of the action is one of its scripts, with
// nothing put into its text; every variable that a script reads without a
// default comes from the runner or from the step.
func TestScriptsOfTheAction(t *testing.T) {
	a := readAction(t)
	runs := regexp.MustCompile(`^exec bash "\$GITHUB_ACTION_PATH/(ci/github/[a-z]+\.sh)"$`)
	read := regexp.MustCompile(`\$\{?((?:IN|PR|HEAD|EXIT|CELLA|DEFAULT|DOWNLOAD|ACTION)_[A-Z_0-9]+|GH_TOKEN)(?:\}|[^:A-Z_0-9]|:[^-])`)
	var used []string
	for _, step := range a.Runs.Steps {
		found := runs.FindStringSubmatch(step.Run)
		if found == nil || step.Shell != "bash" {
			t.Errorf("step %q runs %q in %q", step.Name, step.Run, step.Shell)
			continue
		}
		used = append(used, filepath.Base(found[1]))
		script := readPage(t, filepath.Join(actionRoot, found[1]))
		if !strings.HasPrefix(script, "#!/usr/bin/env bash\n") || !strings.Contains(script, "\nset -euo pipefail\n") {
			t.Errorf("%s does not begin as a script that stops at errors", found[1])
		}
		if strings.Contains(script, "common.sh") && strings.Contains(script, "common_flags") {
			script += readPage(t, filepath.Join(actionRoot, "ci/github/common.sh"))
		}
		if strings.Contains(script, "label.sh") {
			script += readPage(t, filepath.Join(actionRoot, "ci/github/label.sh"))
		}
		for _, match := range read.FindAllStringSubmatch(script, -1) {
			if _, given := step.Env[match[1]]; !given {
				t.Errorf("%s reads %s, which step %q does not set", found[1], match[1], step.Name)
			}
		}
		for name, value := range step.Env {
			if !strings.Contains(script, name) {
				t.Errorf("step %q sets %s, which %s does not read", step.Name, name, found[1])
			}
			if name == "GH_TOKEN" && step.Name != "Comment" && step.Name != "Report" || strings.Contains(value, "secrets.") {
				t.Errorf("step %q gets %s", step.Name, name)
			}
		}
	}
	scripts, err := filepath.Glob(filepath.Join(actionRoot, "ci/github/*.sh"))
	if err != nil || len(scripts) <= len(used) || len(used) == 0 {
		t.Fatalf("%d scripts, of which %d run and two are sourced: %v", len(scripts), len(used), err)
	}
	for _, path := range scripts {
		if name := filepath.Base(path); name != "common.sh" && name != "label.sh" && !slices.Contains(used, name) {
			t.Errorf("no step runs %s", name)
		}
	}
}

// TestShellcheck lints the scripts of the action, of the template and of bash's
// completion.
func TestShellcheck(t *testing.T) {
	testkit.Need(t, "shellcheck")
	scripts, err := filepath.Glob(filepath.Join(actionRoot, "ci/*/*.sh"))
	if err != nil || len(scripts) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for i, path := range scripts {
		if scripts[i], err = filepath.Rel(actionRoot, path); err != nil {
			t.Fatal(err)
		}
	}
	file := readTemplate(t)
	for name, job := range file.Jobs {
		if len(job.Script.Content) > 0 && !strings.HasPrefix(name, ".") {
			path := filepath.Join(t.TempDir(), name+".bash")
			script := "#!/usr/bin/env bash\n" + strings.Join(file.lines(t, job.Script), "\n") + "\n"
			if err := os.WriteFile(path, []byte(script), 0o600); err != nil {
				t.Fatal(err)
			}
			scripts = append(scripts, path)
		}
	}
	scripts = append(scripts, "internal/completion/scripts/cella.bash")
	command := testkit.Command(t, "shellcheck", append([]string{"--external-sources"}, scripts...)...)
	command.Dir = actionRoot
	if printed, err := command.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, printed)
	}
}

// workflow is a workflow of GitHub, as far as the tests look at it.
type workflow struct {
	On          map[string]any
	Permissions map[string]string
	Jobs        map[string]struct {
		If          string
		Environment string
		Permissions map[string]string
		Concurrency any
		Steps       []struct {
			Uses, Run string
			With, Env map[string]string
		}
	}
}

// TestExampleWorkflows holds examples/github against GitHub's rules, which
// actionlint knows, and against what the guide promises of them.
func TestExampleWorkflows(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(actionRoot, "examples/github/*.yml"))
	if err != nil || len(paths) < 4 {
		t.Fatalf("examples/github has %d workflows: %v", len(paths), err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			lintWorkflow(t, path)
			var w workflow
			readYAML(t, path, &w)
			if len(w.Permissions) != 0 || !strings.Contains(readPage(t, path), "\npermissions: {}\n") {
				t.Error("the workflow as a whole has permissions; give them to jobs")
			}
			if _, dangerous := w.On["pull_request_target"]; dangerous {
				t.Error("it runs on pull_request_target")
			}
			a := readAction(t)
			calls := 0
			for name, job := range w.Jobs {
				if job.Permissions["contents"] != "read" || job.Environment == "" {
					t.Errorf("job %s: permissions %v, environment %q", name, job.Permissions, job.Environment)
				}
				for _, step := range job.Steps {
					if step.Run != "" && strings.Contains(step.Run, "${{") {
						t.Errorf("job %s puts an expression into a script", name)
					}
					if strings.HasPrefix(step.Uses, "actions/checkout@") && step.With["persist-credentials"] != "false" {
						t.Errorf("job %s leaves its token in the checkout", name)
					}
					if strings.HasPrefix(step.Uses, "actions/checkout@") && step.With["fetch-depth"] != "0" {
						t.Errorf("job %s can't tell an old commit", name)
					}
					if !strings.HasPrefix(step.Uses, "cella-secrets/cella@") {
						continue
					}
					calls++
					for input := range step.With {
						if _, declared := a.Inputs[input]; !declared {
							t.Errorf("job %s sets %s, which is no input of the action", name, input)
						}
					}
					if step.With["mode"] == "apply" && job.Concurrency == nil {
						t.Errorf("job %s applies without concurrency", name)
					}
				}
			}
			if calls == 0 {
				t.Error("no step uses the action")
			}
		})
	}
}

func lintWorkflow(t *testing.T, path string) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	linter, err := actionlint.NewLinter(&out, &actionlint.LinterOptions{Shellcheck: "", Pyflakes: ""})
	if err != nil {
		t.Fatal(err)
	}
	if found, err := linter.Lint(path, content, nil); err != nil || len(found) > 0 {
		t.Errorf("%v\n%s", err, &out)
	}
}

// TestBothServicesKnowTheSameCredentials: what counts as a key, and what is kept
// from other programs, is written down for GitHub and for GitLab.
func TestBothServicesKnowTheSameCredentials(t *testing.T) {
	action := readPage(t, filepath.Join(actionRoot, "ci/github/common.sh")) + readPage(t, filepath.Join(actionRoot, "ci/github/plan.sh"))
	template := readPage(t, filepath.Join(actionRoot, "ci/gitlab/cella.yml"))
	names := func(text string, list *regexp.Regexp, but ...string) []string {
		var found []string
		for _, part := range list.FindAllString(text, -1) {
			found = append(found, regexp.MustCompile(`[A-Z][A-Z_]{4,}`).FindAllString(part, -1)...)
		}
		slices.Sort(found)
		return slices.DeleteFunc(slices.Compact(found), func(name string) bool { return slices.Contains(but, name) })
	}
	keys := regexp.MustCompile(`\[ -[nz] "(\$\{(SOPS|AWS|GOOGLE|AZURE)_[A-Z_]+:-\})[^"]*"`)
	kept := regexp.MustCompile(`(?s)\bunset PANTHEON.*?CELLA_VALUE_@`)
	for what, pair := range map[string][2][]string{
		"keys": {names(action, keys), names(template, keys)},
		"credentials": {
			names(action, kept, "ACTIONS_ID_TOKEN_REQUEST_TOKEN"),
			names(template, kept, "CELLA_NOTE_TOKEN", "CELLA_AWS_ID_TOKEN", "CELLA_GCP_ID_TOKEN"),
		},
	} {
		if len(pair[0]) < 10 || !slices.Equal(pair[0], pair[1]) {
			t.Errorf("%s: the action has %v, the template %v", what, pair[0], pair[1])
		}
	}
}
