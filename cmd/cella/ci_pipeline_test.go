package main

import (
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/cella-secrets/cella/internal/testkit"
)

// template is a file for GitLab: variables, and jobs by name.
type template struct {
	Variables map[string]string
	Jobs      map[string]templateJob `yaml:",inline"`
}

type templateJob struct {
	Extends       string
	Variables     map[string]string
	Script        yaml.Node
	Rules         []map[string]string
	Environment   map[string]string
	ResourceGroup string         `yaml:"resource_group"`
	AllowFailure  map[string]any `yaml:"allow_failure"`
	Artifacts     struct {
		When    string
		Access  string
		Paths   []string
		Reports map[string]string
	}
}

const templatePath = actionRoot + "/ci/gitlab/cella.yml"

func readTemplate(t *testing.T) template {
	t.Helper()
	var file template
	readYAML(t, templatePath, &file)
	if len(file.Jobs) == 0 || len(file.Variables) == 0 {
		t.Fatalf("the template is not read: %+v", file)
	}
	return file
}

// lines are the lines of a script, !reference tags resolved.
func (f template) lines(t *testing.T, script yaml.Node) []string {
	t.Helper()
	var lines []string
	for _, item := range script.Content {
		if item.Tag != "!reference" {
			lines = append(lines, item.Value)
			continue
		}
		referred, there := f.Jobs[item.Content[0].Value]
		if !there || item.Content[1].Value != "script" {
			t.Fatalf("line %d refers to nothing", item.Line)
		}
		lines = append(lines, f.lines(t, referred.Script)...)
	}
	return lines
}

// noteToken is what the service of a pipeline takes.
const noteToken = "glpat-notetoken"

// pipeline is a checkout that jobs of the template run in.
type pipeline struct {
	*testing.T
	dir   string
	env   map[string]string
	stubs *stubs
}

func newPipeline(t *testing.T) *pipeline {
	t.Helper()
	testkit.Need(t, "bash")
	p := &pipeline{T: t, dir: t.TempDir(), stubs: newStubs(t, noteToken), env: map[string]string{
		"CI": "true", "GITLAB_CI": "true", "CI_PIPELINE_SOURCE": "merge_request_event", "CI_MERGE_REQUEST_IID": "7",
		"CI_MERGE_REQUEST_PROJECT_ID": "12", "CI_DEFAULT_BRANCH": "main", "CI_COMMIT_SHA": strings.Repeat("ab", 20),
		"CI_JOB_URL": "https://gitlab.example/agency/site/-/jobs/3",
	}}
	p.env["CI_API_V4_URL"] = p.stubs.URL
	if err := copyQuickstart(p.dir); err != nil {
		t.Fatal(err)
	}
	p.env["CI_PROJECT_DIR"] = p.dir
	p.env["SOPS_AGE_KEY_FILE"] = absDemoKey
	p.env["CELLA_API"] = "emulator:live.json"
	return p
}

// run runs a job as GitLab's runner would, and returns its log and exit code.
func (p *pipeline) run(name string) (log string, code int) {
	p.Helper()
	file := readTemplate(p.T)
	env := map[string]string{
		"PATH": p.stubs.bin + string(os.PathListSeparator) + os.Getenv("PATH"), "HOME": p.TempDir(), "STUB_DIR": p.stubs.dir,
	}
	maps.Copy(env, file.Variables)
	maps.Copy(env, p.env)
	command := testkit.Command(p.T, "bash", "-c", "set -eo pipefail\n"+strings.Join(file.lines(p.T, file.Jobs[name].Script), "\n"))
	command.Dir = p.dir
	for _, name := range slices.Sorted(maps.Keys(env)) {
		command.Env = append(command.Env, name+"="+env[name])
	}
	printed, err := command.CombinedOutput()
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		return string(printed), exit.ExitCode()
	} else if err != nil {
		p.Fatal(err)
	}
	return string(printed), 0
}

func (p *pipeline) file(name string) string {
	p.Helper()
	data, err := os.ReadFile(filepath.Join(p.dir, name))
	if err != nil {
		p.Fatal(err)
	}
	return string(data)
}

// artifacts fails the test where a job does not leave what it promises.
func (p *pipeline) artifacts(job string, but ...string) {
	p.Helper()
	promised := readTemplate(p.T).Jobs[job].Artifacts
	for _, name := range append(promised.Paths, slices.Collect(maps.Values(promised.Reports))...) {
		_, err := os.Stat(filepath.Join(p.dir, name))
		if missing := slices.Contains(but, name); (err != nil) != missing {
			p.Errorf("artifact %s: %v", name, err)
		}
	}
}

// withoutCella takes cella from the path, so that it has to be installed.
func (p *pipeline) withoutCella() {
	p.Helper()
	if err := os.Remove(filepath.Join(p.stubs.bin, "cella")); err != nil {
		p.Fatal(err)
	}
	for _, name := range []string{"curl"} {
		real, err := exec.LookPath("stub-" + name)
		if err != nil {
			p.Fatal(err)
		}
		p.stubs.write(p.T, filepath.Join(p.stubs.bin, name), "#!/bin/sh\nexec '"+real+"' \"$@\"\n", 0o700)
	}
	p.env["PATH"] = p.stubs.bin + ":/usr/local/bin:/usr/bin:/bin"
}
