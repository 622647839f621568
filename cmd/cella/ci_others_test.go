package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/internal/testkit"
)

// pipelineStep is one script of an example for a service, with its job.
type pipelineStep struct {
	job, script string
	secrets     bool // credentials are in its environment
}

// otherExample is how an example for a service is read: its steps in their order.
type otherExample struct {
	file  string
	steps func(t *testing.T, path string) []pipelineStep
	holds []string // what of it protects the credentials, or lets one apply run at a time
}

func otherExamples() map[string]otherExample {
	return map[string]otherExample{
		"circleci": {"config.yml", circleSteps, []string{
			"context: pantheon-plan #", "context: pantheon #", "serial-group: ", "ignore: [main, '/pull\\/.*/']", "only: main",
		}},
		"bitbucket": {"bitbucket-pipelines.yml", bitbucketSteps, []string{
			"depth: full", "environment: pantheon-plan ", "environment: pantheon #", "concurrency-group: ", "\n  pull-requests:\n", "\n    main:\n",
		}},
		"azure-pipelines": {"azure-pipelines.yml", azureSteps, []string{
			"lockBehavior: sequential", "environment: pantheon ", "- group: pantheon-plan ", `fetchDepth: "0"`, `persistCredentials: "false"`,
			"and(succeeded(), ne(variables['System.PullRequest.IsFork'], 'True'))",
			"and(ne(variables['Build.Reason'], 'PullRequest'), eq(variables['Build.SourceBranch'], 'refs/heads/main'))",
		}},
		"buildkite": {"pipeline.yml", buildkiteSteps, []string{
			"concurrency: 1", "concurrency_group: ", "if: build.pull_request.id != null && !build.pull_request.repository.fork",
			"if: build.branch == pipeline.default_branch && build.pull_request.id == null",
		}},
		"jenkins": {"Jenkinsfile", jenkinsSteps, []string{
			"disableConcurrentBuilds()", "changeRequest(); expression { !env.CHANGE_FORK }", "branch 'main'; not { changeRequest() }",
		}},
	}
}

func circleSteps(t *testing.T, path string) []pipelineStep {
	var file struct {
		Jobs      map[string]struct{ Steps []any }
		Workflows map[string]struct{ Jobs []any }
	}
	readYAML(t, path, &file)
	var steps []pipelineStep
	for _, planned := range file.Workflows["secrets"].Jobs {
		name, secrets := "", false
		switch planned := planned.(type) {
		case string:
			name = planned
		case map[string]any:
			for key, how := range planned {
				name, secrets = key, how.(map[string]any)["context"] != nil
			}
		}
		for _, step := range file.Jobs[name].Steps {
			if step, ok := step.(map[string]any); ok && step["run"] != nil {
				steps = append(steps, pipelineStep{name, step["run"].(map[string]any)["command"].(string), secrets})
			}
		}
	}
	return steps
}

func bitbucketSteps(t *testing.T, path string) []pipelineStep {
	type pipeline []struct {
		Step struct {
			Name, Environment string
			Script            []string
		}
	}
	var file struct {
		Pipelines struct {
			PullRequests map[string]pipeline `yaml:"pull-requests"`
			Branches     map[string]pipeline
		}
	}
	readYAML(t, path, &file)
	var steps []pipelineStep
	for _, one := range append(file.Pipelines.PullRequests["**"], file.Pipelines.Branches["main"]...) {
		steps = append(steps, pipelineStep{strings.ToLower(one.Step.Name), strings.Join(one.Step.Script, "\n"), one.Step.Environment != ""})
	}
	return steps
}

func azureSteps(t *testing.T, path string) []pipelineStep {
	type step struct {
		Bash string
		Env  map[string]string
	}
	var file struct {
		Stages []struct {
			Stage string
			Jobs  []struct {
				Steps    []step
				Strategy struct {
					RunOnce struct{ Deploy struct{ Steps []step } } `yaml:"runOnce"`
				}
			}
		}
	}
	readYAML(t, path, &file)
	var steps []pipelineStep
	for _, stage := range file.Stages {
		for _, job := range stage.Jobs {
			for _, one := range append(job.Steps, job.Strategy.RunOnce.Deploy.Steps...) {
				if one.Bash != "" {
					steps = append(steps, pipelineStep{stage.Stage, one.Bash, len(one.Env) > 0})
				}
			}
		}
	}
	return steps
}

func buildkiteSteps(t *testing.T, path string) []pipelineStep {
	var file struct {
		Steps []struct {
			Label            string
			Command, Secrets []string
		}
	}
	readYAML(t, path, &file)
	var steps []pipelineStep
	for _, one := range file.Steps {
		script := strings.Join(one.Command, "\n")
		if strings.Contains(strings.ReplaceAll(script, "$$", ""), "$") {
			t.Errorf("a single $ is read when the pipeline is uploaded:\n%s", script)
		}
		steps = append(steps, pipelineStep{strings.ToLower(one.Label), strings.ReplaceAll(script, "$$", "$"), len(one.Secrets) > 0})
	}
	return steps
}

var (
	jenkinsStage  = regexp.MustCompile(`(?s)stage\('(\w+)'\)(.*?)(?:\n\n|\z)`)
	jenkinsScript = regexp.MustCompile(`(?s)sh '''(.*?)'''`)
)

func jenkinsSteps(t *testing.T, path string) []pipelineStep {
	var steps []pipelineStep
	for _, stage := range jenkinsStage.FindAllStringSubmatch(readPage(t, path), -1) {
		for _, script := range jenkinsScript.FindAllStringSubmatch(stage[2], -1) {
			steps = append(steps, pipelineStep{strings.ToLower(stage[1]), script[1], strings.Contains(stage[2], "withCredentials(")})
		}
	}
	return steps
}

// otherRun plays a service: a checkout of the quickstart, folders of the agent, and
// an archive with the cella of these tests, which curl brings.
type otherRun struct {
	*testing.T
	env            []string
	checkout, temp string
	digest         string
}

func newOtherRun(t *testing.T) *otherRun {
	t.Helper()
	startsPrograms(t)
	testkit.Need(t, "bash")
	r := &otherRun{T: t, checkout: t.TempDir(), temp: t.TempDir()}
	if err := copyQuickstart(r.checkout); err != nil {
		t.Fatal(err)
	}
	r.write("live.seed.json", readPage(t, filepath.Join(r.checkout, "live.seed.json")))
	r.write("packed/cella", hurried(t))
	archive := filepath.Join(r.temp, "archive")
	if out, err := testkit.Command(t, "tar", "-czf", archive, "-C", filepath.Join(r.temp, "packed"), "cella").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	sum := sha256.Sum256([]byte(readPage(t, archive)))
	r.digest = hex.EncodeToString(sum[:])
	r.write("bin/curl", "#!/bin/sh\nwhile [ \"$1\" != -o ]; do shift; done\n[ \"$3\" = \"$CELLA_ARCHIVE\" ] && exec cp '"+archive+"' \"$2\"\n")
	r.write("bin/buildkite-agent", "#!/bin/sh\nmkdir -p \"$(dirname \"$3\")\"\nexec cp '"+archive+"' \"$3\"\n")
	r.env = []string{
		"PATH=" + filepath.Join(r.temp, "bin") + string(os.PathListSeparator) + os.Getenv("PATH"), "CI=true",
		"CELLA_API=emulator:" + filepath.Join(r.temp, "live.json"), "HOME=" + r.temp,
		"AGENT_TEMPDIRECTORY=" + filepath.Join(r.temp, "agent"), "WORKSPACE_TMP=" + filepath.Join(r.temp, "agent"),
	}
	return r
}

func (r *otherRun) write(name, text string) {
	r.Helper()
	path := filepath.Join(r.temp, name)
	for _, folder := range []string{filepath.Join(r.temp, "agent"), filepath.Dir(path)} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			r.Fatal(err)
		}
	}
	if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
		r.Fatal(err)
	}
}

// step runs a script as services do: it ends at the first command that fails.
func (r *otherRun) step(step pipelineStep, digest string) (printed string, err error) {
	r.Helper()
	script := strings.ReplaceAll(step.script, strings.Repeat("0", 64), digest)
	script = strings.ReplaceAll(script, "/tmp/", r.temp+"/tmp/") // folders of a container
	command := testkit.Command(r.T, "bash", "-eo", "pipefail", "-c", script)
	command.Dir = r.checkout
	command.Env = slices.Concat(r.env, []string{"CELLA_ARCHIVE=https://example.com/cella_linux_amd64.tar.gz", "CELLA_SHA256=" + digest})
	if step.secrets {
		command.Env = append(command.Env, "PANTHEON_MACHINE_TOKEN=emulated", "SOPS_AGE_KEY="+readPage(r.T, absDemoKey))
	}
	out, err := command.CombinedOutput()
	return string(out), err
}

// TestOtherServices runs what the examples run, in their order: they plan, then
// apply, and what installs cella has no credentials.
func TestOtherServices(t *testing.T) {
	for name, example := range otherExamples() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(actionRoot, "examples", name, example.file)
			r := newOtherRun(t)
			printed := map[string]string{}
			for _, step := range example.steps(t, path) {
				if installs := strings.Contains(step.script, "curl "); installs == step.secrets && (installs || strings.Contains(step.script, " apply ")) {
					t.Errorf("%s: installs %v, credentials %v:\n%s", step.job, installs, step.secrets, step.script)
				}
				out, err := r.step(step, r.digest)
				if err != nil {
					t.Fatalf("%s: %v\n%s", step.job, err, out)
				}
				printed[step.job] += out
			}
			says(t, printed["plan"], "Plan: 1 replace, 4 update, 3 new")
			says(t, printed["apply"], "Applied: 1 replace, 4 update, 3 new")
			says(t, strings.Join([]string{printed["check"], printed["check the manifest"], printed["plan"]}, ""), "secrets.yaml: valid")
			r.kept()
		})
	}
}

// kept fails the test unless the plan and the report were left for the service to keep.
func (r *otherRun) kept() {
	r.Helper()
	found := map[string]string{}
	for _, root := range []string{r.checkout, r.temp} {
		for _, pattern := range []string{"cella-*/*", "*/cella-*/*"} {
			paths, _ := filepath.Glob(filepath.Join(root, pattern)) // the pattern is well formed
			for _, path := range paths {
				found[filepath.Base(path)] = path
			}
		}
	}
	says(r.T, readPage(r.T, found["plan.md"]), "cella apply")
	for _, name := range []string{"plan.json", "report.json"} {
		if !json.Valid([]byte(readPage(r.T, found[name]))) {
			r.Errorf("%s is no JSON", name)
		}
	}
}

// TestOtherServicesRefuseAnotherArchive: what is not the archive that was chosen is
// never run.
func TestOtherServicesRefuseAnotherArchive(t *testing.T) {
	for name, example := range otherExamples() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newOtherRun(t)
			refused := 0
			for _, step := range example.steps(t, filepath.Join(actionRoot, "examples", name, example.file)) {
				out, err := r.step(step, strings.Repeat("12", 32))
				if err == nil || strings.Contains(out, "valid:") || strings.Contains(out, "Plan:") {
					t.Errorf("%s: %v\n%s", step.job, err, out)
				}
				if strings.Contains(out, "checksum did NOT match") {
					refused++
				}
			}
			if refused == 0 {
				t.Error("no step compares the digest")
			}
		})
	}
}

// TestOtherServicesAreProtected: what keeps credentials from pull requests of forks,
// and applies from each other, stands in the examples; every example is tested.
func TestOtherServicesAreProtected(t *testing.T) {
	guide := readPage(t, filepath.Join(actionRoot, "docs", "ci-others.md"))
	for name, example := range otherExamples() {
		text := readPage(t, filepath.Join(actionRoot, "examples", name, example.file))
		if !strings.Contains(guide, "(../examples/"+name+"/"+example.file+")") {
			t.Errorf("the guide does not lead to the example for %s", name)
		}
		for _, want := range example.holds {
			if !strings.Contains(text, want) {
				t.Errorf("%s lacks %q", name, want)
			}
		}
		if strings.Contains(text, "--allow-pull-request") {
			t.Errorf("%s applies in pull requests", name)
		}
	}
	folders, err := os.ReadDir(filepath.Join(actionRoot, "examples"))
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range folders {
		if _, tested := otherExamples()[folder.Name()]; !tested && !slices.Contains([]string{"github", "gitlab", "quickstart"}, folder.Name()) {
			t.Errorf("examples/%s is not tested", folder.Name())
		}
	}
}

// TestPreCommitHooks: what pre-commit runs is a command with flags that it knows, on
// the files that are manifests by their names.
func TestPreCommitHooks(t *testing.T) {
	var hooks []struct {
		ID, Name, Entry, Language, Files string
		RequireSerial                    bool `yaml:"require_serial"`
	}
	readYAML(t, filepath.Join(actionRoot, ".pre-commit-hooks.yaml"), &hooks)
	guide := readPage(t, filepath.Join(actionRoot, "docs", "ci-others.md"))
	languages := map[string]string{"cella-validate": "golang", "cella-validate-system": "system"}
	if len(hooks) != len(languages) {
		t.Fatalf("%d hooks", len(hooks))
	}
	for _, hook := range hooks {
		if hook.Language != languages[hook.ID] || hook.Name == "" || !hook.RequireSerial || !strings.Contains(guide, "`"+hook.ID+"`") {
			t.Errorf("%+v", hook)
		}
		words := strings.Fields(hook.Entry)
		c, rest, err := lookUp(words[1], words[2:])
		if err == nil {
			err = flagsOf(c).Parse(rest)
		}
		if words[0] != "cella" || err != nil || !strings.HasSuffix(c.argument, "…]") {
			t.Errorf("%s runs %q: %v", hook.ID, hook.Entry, err)
		}
		files := regexp.MustCompile(hook.Files)
		for file, want := range map[string]bool{
			"secrets.yaml": true, "shop/secrets.yml": true, "my-secrets.yaml": false, "secrets.yaml.bak": false, "secrets.json": false,
		} {
			if files.MatchString(file) != want {
				t.Errorf("%s: %s is a manifest: %v", hook.ID, file, !want)
			}
		}
	}
}
