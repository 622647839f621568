package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/internal/forge"
	"github.com/cella-secrets/cella/pantheon/emulator"
	"github.com/cella-secrets/cella/plan/view"
)

// hostileNames are those of live secrets that nobody's manifest names: what
// anybody with access to a site can put into a plan.
var hostileNames = []string{
	"A|B", "`", "```", "<script>alert(1)</script>", "-->", "<!--cella:quickstart-->", "::error::owned",
	"##[set-output,name=has_changes;]false", "##[add-mask]a", "%0A::error::owned", "has_changes=false", "@everyone", "$(touch${IFS}owned)",
}

// hostileJob is a run against live state with those names.
func hostileJob(t *testing.T) *job {
	t.Helper()
	j := quickstartJob(t)
	path := filepath.Join(j.temp, "live.seed.json")
	var seed emulator.State
	if err := json.Unmarshal([]byte(j.read(path)), &seed); err != nil {
		t.Fatal(err)
	}
	for _, name := range hostileNames {
		seed.Sites[0].Secrets[name] = emulator.Secret{Type: "runtime", Scopes: []string{"web"}, Value: "x"}
	}
	encoded, err := json.Marshal(seed)
	if err != nil {
		t.Fatal(err)
	}
	j.stubs.write(t, path, string(unlimited(encoded)), 0o600)
	return j
}

// TestActionWithHostileNames: names are read, and do nothing: no command in the
// log, no output of their own, no way out of the comment's code.
func TestActionWithHostileNames(t *testing.T) {
	t.Parallel()
	j := hostileJob(t)
	j.pullRequest("agency/site")
	j.run().ends(false)
	if commands := workflowCommands(j.log); len(commands) > 0 {
		t.Errorf("the log has commands: %q", commands)
	}
	if !strings.Contains(j.log, `"##\x5bset-output,name=has_changes;]false"`) {
		t.Error("the log does not show the name, so that this proves nothing")
	}
	if got := j.outputs["has_changes"]; got != "true" {
		t.Errorf("has_changes = %q", got)
	}
	body := j.stubs.Comments()[0].Body
	outside := outsideCode(body)
	for _, name := range hostileNames {
		if len(name) > 3 && strings.Contains(outside, name) {
			t.Errorf("%s stands outside of code:\n%s", name, outside)
		}
	}
}

// outsideCode takes the code spans out of a text: from a run of backticks to the
// next of the same length.
func outsideCode(text string) string {
	runs := regexp.MustCompile("`+").FindAllStringIndex(text, -1)
	var outside strings.Builder
	at := 0
	for i := 0; i < len(runs); i++ {
		for j := i + 1; j < len(runs); j++ {
			if runs[j][1]-runs[j][0] == runs[i][1]-runs[i][0] {
				outside.WriteString(text[at:runs[i][0]])
				at, i = runs[j][1], j
				break
			}
		}
	}
	return outside.String() + text[at:]
}

// TestActionWithManyErrors: GitHub gets ten annotations and the rest as a
// number; a name in the manifest cannot begin a command of its own.
func TestActionWithManyErrors(t *testing.T) {
	t.Parallel()
	j := quickstartJob(t)
	j.pullRequest("mallory/site")
	var text strings.Builder
	text.WriteString("version: 1\nproject: shop\ndefaults: {type: runtime, scopes: [web]}\nsites:\n  shop:\n    secrets:\n")
	for i := range 20 {
		fmt.Fprintf(&text, "      \"%d\\n::set-output name=planned::true\\n##[add-mask]\": {value: x}\n", i)
	}
	j.manifest(text.String())
	j.run().ends(true)
	annotations := 0
	for _, command := range workflowCommands(j.log) {
		switch {
		case strings.HasPrefix(command, "::error file=secrets.yaml,line="):
			annotations++
		case strings.HasPrefix(command, "::notice file=secrets.yaml,title=cella::"), strings.HasPrefix(command, "::error title=cella::the manifest is not valid"):
		default:
			t.Errorf("an unexpected command: %s", command)
		}
	}
	if annotations != forge.MaxAnnotations {
		t.Errorf("%d annotations, want %d", annotations, forge.MaxAnnotations)
	}
	if got := j.outputs["planned"]; got != "false" {
		t.Errorf("planned = %q", got)
	}
}

// TestActionWithManyChanges: the comment and the summary stay within GitHub's
// limits, and keep the totals.
func TestActionWithManyChanges(t *testing.T) {
	t.Parallel()
	j := quickstartJob(t)
	j.pullRequest("agency/site")
	var text strings.Builder
	text.WriteString("version: 1\nproject: shop\ndefaults: {type: runtime, scopes: [web]}\nsites:\n  blue-shop:\n    secrets:\n")
	for i := range 3000 {
		fmt.Fprintf(&text, "      NAME_%d: {value: x}\n", i)
	}
	encrypted, err := encryptManifest([]byte(text.String()))
	if err != nil {
		t.Fatal(err)
	}
	j.manifest(string(encrypted))
	j.run().ends(false)
	body := j.stubs.Comments()[0].Body
	if len(body) > view.MarkdownLimit || len(j.summary) > 1<<20 {
		t.Errorf("the comment has %d bytes, the summary %d", len(body), len(j.summary))
	}
	says(t, body, "Creates 3000 secrets.", "Cut here, to fit into a comment.")
	if got := j.outputs["create"]; got != "3000" {
		t.Errorf("create = %s", got)
	}
}

// TestActionWithATokenAndNoKey: in a run for one's own repository that is a mistake; the
// structure alone is compared for others, and where that is asked for, and nothing more
// is claimed.
func TestActionWithATokenAndNoKey(t *testing.T) {
	t.Parallel()
	mistake := quickstartJob(t)
	mistake.pullRequest("agency/site")
	mistake.env["SOPS_AGE_KEY_FILE"] = ""
	mistake.run().ends(true)
	says(t, mistake.log, "::error title=cella::credentials are missing or rejected, or there is no key to decrypt with")
	says(t, mistake.stubs.Comments()[0].Body, "**Not planned.**", "no key to decrypt with")
	for name, prepare := range map[string]func(*job){
		"asked for": func(j *job) { j.pullRequest("agency/site"); j.inputs["decrypt"] = "false" },
		"a fork":    func(j *job) { j.pullRequest("mallory/site") },
	} {
		j := quickstartJob(t)
		j.env["SOPS_AGE_KEY_FILE"] = ""
		prepare(j)
		j.run().ends(false)
		says(t, j.log, "::warning title=cella::the plan is made without a key, so it compares no values and is not complete")
		for key, want := range map[string]string{"planned": "true", "complete": "false", "plan_digest": "", "plan_file": ""} {
			if got := j.outputs[key]; got != want {
				t.Errorf("%s: output %s = %q, want %q", name, key, got, want)
			}
		}
		if j.outputs["has_changes"] == "false" || strings.Contains(strings.ToLower(j.summary+j.log), "no changes") {
			t.Errorf("%s: it says that there are no changes", name)
		}
	}
}

// TestActionWithAnEventOfTheDefaultBranch: whoever caused it, the run has the credentials;
// nothing but the commit of the event may be checked out.
func TestActionWithAnEventOfTheDefaultBranch(t *testing.T) {
	t.Parallel()
	for _, event := range []string{"workflow_run", "issue_comment", "issues", "discussion_comment"} {
		for _, mode := range []string{"plan", "apply"} {
			j := quickstartJob(t)
			git(t, j.workspace, "init", "--quiet")
			git(t, j.workspace, "-c", "user.name=me", "-c", "user.email=me@example.com", "commit", "--quiet", "--allow-empty", "--message", "one")
			j.github["event_name"] = event
			for name, sha := range map[string]string{"its own": strings.TrimSpace(git(t, j.workspace, "rev-parse", "HEAD")), "another": strings.Repeat("c", 40)} {
				j.github["sha"] = sha
				run := j.again(mode, "comment", "false").ends(name == "another")
				refused := strings.Contains(run.log, "what a pull request holds must not run with them")
				if planned := strings.Contains(run.log, "Plan:"); refused != (name == "another") || refused && planned {
					t.Errorf("%s of %s, %s commit: refused %t\n%s", mode, event, name, refused, run.log)
				}
			}
		}
	}
}
