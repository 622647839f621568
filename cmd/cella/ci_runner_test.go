package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rhysd/actionlint"
	"gopkg.in/yaml.v3"

	"github.com/cella-secrets/cella/internal/testkit"
)

// actionFile is what action.yml says.
type actionFile struct {
	Inputs  map[string]struct{ Description, Default string }
	Outputs map[string]struct{ Description, Value string }
	Runs    struct {
		Using string
		Steps []actionStep
	}
}

type actionStep struct {
	ID, Name, If, Uses, Shell, Run string
	WorkingDirectory               string `yaml:"working-directory"`
	With, Env                      map[string]string
}

const actionRoot = "../.."

func readAction(t *testing.T) actionFile {
	t.Helper()
	var a actionFile
	readYAML(t, filepath.Join(actionRoot, "action.yml"), &a)
	if len(a.Inputs) == 0 || len(a.Outputs) == 0 || len(a.Runs.Steps) == 0 {
		t.Fatalf("the action is not read: %+v", a)
	}
	return a
}

func readYAML(t *testing.T, path string, into any) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(data, into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// job runs the action as GitHub's runner would: step by step, each with the
// variables that the runner sets, those of the job and those of the step, and
// nothing else.
type job struct {
	*testing.T
	inputs    map[string]string
	event     map[string]any    // github.event
	github    map[string]string // the other properties of github, also as GITHUB_…
	env       map[string]string // of the job
	workspace string
	temp      string
	stubs     *stubs
	root      string // of the action; empty is that of this tree

	log     string
	summary string
	outputs map[string]string // of the action
	failed  bool
}

func newJob(t *testing.T) *job {
	t.Helper()
	testkit.Need(t, "jq", "bash") // jq plays a part of gh here
	const token = "ghs_jobtoken"
	j := &job{
		T: t, inputs: map[string]string{}, event: map[string]any{}, outputs: map[string]string{},
		workspace: t.TempDir(), temp: t.TempDir(), stubs: newStubs(t, token),
		env: map[string]string{"CI": "true", "GITHUB_ACTIONS": "true"},
	}
	j.github = map[string]string{
		"event_name": "push", "repository": "agency/site", "ref": "refs/heads/main", "actor": "someone", "token": token,
		"server_url": "https://github.com", "api_url": j.stubs.URL, "run_id": "12", "sha": strings.Repeat("ab", 20),
		"event_path": filepath.Join(j.temp, "event.json"),
	}
	j.set("repository", "default_branch", "main")
	j.inputs["archive"] = "https://example.com/cella.tar.gz"
	j.inputs["archive-sha256"] = j.stubs.archive(t)
	return j
}

// pullRequest makes the run one for a pull request from a repository.
func (j *job) pullRequest(from string) {
	j.github["event_name"], j.github["ref"] = "pull_request", "refs/pull/7/merge"
	j.event["pull_request"] = map[string]any{
		"number": json.Number("7"), "head": map[string]any{"repo": map[string]any{"full_name": from}, "sha": strings.Repeat("cd", 20)},
	}
}

func (j *job) set(object, key string, value any) { j.event[object] = map[string]any{key: value} }

// run runs the action's steps and evaluates its outputs.
func (j *job) run() *job {
	j.Helper()
	a := readAction(j.T)
	inputs := map[string]any{}
	for name, input := range a.Inputs {
		inputs[name] = j.expand(input.Default, nil)
	}
	for name, value := range j.inputs {
		if _, declared := a.Inputs[name]; !declared {
			j.Fatalf("the action has no input %s", name)
		}
		inputs[name] = value
	}
	steps := map[string]any{}
	contexts := map[string]any{"inputs": inputs, "steps": steps}
	for _, step := range a.Runs.Steps {
		// Without a function of the status, a step is not for after a failure.
		if j.failed && !strings.Contains(step.If, "cancelled()") || step.If != "" && !truthy(j.evaluate(braced(step.If), contexts)) {
			continue
		}
		steps[step.ID] = map[string]any{"outputs": j.step(step, contexts)}
	}
	for name, output := range a.Outputs {
		j.outputs[name] = j.expand(output.Value, contexts)
	}
	return j
}

// step runs one step and returns its outputs.
func (j *job) step(step actionStep, contexts map[string]any) map[string]any {
	j.Helper()
	file := func(name, content string) string {
		path := filepath.Join(j.temp, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			j.Fatal(err)
		}
		return path
	}
	root, err := filepath.Abs(actionRoot)
	if err != nil {
		j.Fatal(err)
	}
	if j.root != "" {
		root = j.root
	}
	outputFile, summaryFile := file("output", ""), file("summary", "")
	event, err := json.Marshal(j.event)
	if err != nil {
		j.Fatal(err)
	}
	file("event.json", string(event))
	env := map[string]string{
		"PATH": j.stubs.bin + string(os.PathListSeparator) + os.Getenv("PATH"), "HOME": j.temp, "STUB_DIR": j.stubs.dir,
		"RUNNER_TEMP": j.temp, "GITHUB_WORKSPACE": j.workspace, "GITHUB_ACTION_PATH": root,
		"GITHUB_OUTPUT": outputFile, "GITHUB_STEP_SUMMARY": summaryFile,
	}
	for name, value := range j.github {
		if name != "token" { // only what a step is given
			env["GITHUB_"+strings.ToUpper(name)] = value
		}
	}
	maps.Copy(env, j.env)
	for name, value := range step.Env {
		env[name] = j.expand(value, contexts)
	}
	command := testkit.Command(j, "bash", "--noprofile", "--norc", "-eo", "pipefail", file("script.sh", step.Run))
	command.Dir = filepath.Join(j.workspace, j.expand(step.WorkingDirectory, contexts))
	for _, name := range slices.Sorted(maps.Keys(env)) {
		command.Env = append(command.Env, name+"="+env[name])
	}
	printed, err := command.CombinedOutput()
	j.log += string(printed)
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		j.log += fmt.Sprintf("step %q ended with %d\n", step.Name, exit.ExitCode())
		j.failed = true
	} else if err != nil {
		j.Fatal(err)
	}
	j.summary += j.read(summaryFile)
	outputs := map[string]any{}
	for line := range strings.Lines(j.read(outputFile)) {
		key, value, found := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		if !found {
			j.Errorf("step %q writes the output line %q", step.Name, line)
		}
		outputs[key] = value
	}
	return outputs
}

func (j *job) read(path string) string {
	j.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		j.Fatal(err)
	}
	return string(data)
}

// succeeds fails the test unless the job ended as wanted.
func (j *job) ends(failed bool) *job {
	j.Helper()
	if j.failed != failed {
		j.Fatalf("failed = %t, want %t\n%s", j.failed, failed, j.log)
	}
	return j
}

// braced is a condition without the braces that it may have.
func braced(condition string) string {
	return strings.TrimSuffix(strings.TrimPrefix(condition, "${{"), "}}")
}

var inBraces = regexp.MustCompile(`\$\{\{(.*?)\}\}`)

// expand puts the values of ${{ }} into a text.
func (j *job) expand(text string, contexts map[string]any) string {
	j.Helper()
	return inBraces.ReplaceAllStringFunc(text, func(match string) string {
		value := j.evaluate(inBraces.FindStringSubmatch(match)[1], contexts)
		if value == nil {
			return ""
		}
		return fmt.Sprint(value)
	})
}

// evaluate evaluates as much of GitHub's expressions as the action uses.
func (j *job) evaluate(expression string, contexts map[string]any) any {
	j.Helper()
	node, err := actionlint.NewExprParser().Parse(actionlint.NewExprLexer(expression + "}}"))
	if err != nil {
		j.Fatalf("%s: %v", expression, err)
	}
	github := map[string]any{"event": j.event, "action_path": actionRoot}
	for name, value := range j.github {
		github[name] = value
	}
	all := map[string]any{"github": github}
	maps.Copy(all, contexts)
	return j.value(node, all)
}

func (j *job) value(node actionlint.ExprNode, contexts map[string]any) any {
	j.Helper()
	switch node := node.(type) {
	case *actionlint.VariableNode:
		return contexts[node.Name]
	case *actionlint.ObjectDerefNode:
		object, _ := j.value(node.Receiver, contexts).(map[string]any)
		return object[node.Property]
	case *actionlint.StringNode:
		return node.Value
	case *actionlint.NotOpNode:
		return !truthy(j.value(node.Operand, contexts))
	case *actionlint.FuncCallNode: // cancelled(): no job of these is
		return false
	case *actionlint.CompareOpNode:
		equal := j.value(node.Left, contexts) == j.value(node.Right, contexts)
		return equal == (node.Kind == actionlint.CompareOpNodeKindEq)
	case *actionlint.LogicalOpNode:
		left := j.value(node.Left, contexts)
		if truthy(left) == (node.Kind == actionlint.LogicalOpNodeKindAnd) {
			return j.value(node.Right, contexts)
		}
		return left
	}
	j.Fatalf("the expression has a %T, which this runner does not know", node)
	return nil
}

func truthy(value any) bool { return value != nil && value != "" && value != false }

// workflowCommands returns the commands that GitHub's runner would carry out of
// a log: lines that begin with ::, and, for old ones, ##[ anywhere; none
// between ::stop-commands::TOKEN and ::TOKEN::.
func workflowCommands(log string) []string {
	var found []string
	stopped := ""
	for line := range strings.Lines(log) {
		line = strings.TrimSpace(line)
		if stopped != "" {
			if line == "::"+stopped+"::" {
				stopped = ""
			}
			continue
		}
		if token, ok := strings.CutPrefix(line, "::stop-commands::"); ok {
			stopped = token
		} else if strings.HasPrefix(line, "::") || strings.Contains(line, "##[") {
			found = append(found, line)
		}
	}
	return found
}
