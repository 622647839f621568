package main

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/internal/forge/forgetest"
	"github.com/cella-secrets/cella/plan/view"
)

// quickstartJob is a run in a checkout of the quickstart, with its key and an
// emulator.
func quickstartJob(t *testing.T) *job {
	t.Helper()
	j := newJob(t)
	if err := copyQuickstart(j.workspace); err != nil {
		t.Fatal(err)
	}
	j.env["SOPS_AGE_KEY_FILE"] = absDemoKey
	j.env["CELLA_API"] = "emulator:" + filepath.Join(j.temp, "live.json")
	seedAt(t, j, "live.json")
	return j
}

// seedAt puts the quickstart's live state where the job's emulator finds it,
// outside of the checkout.
func seedAt(t *testing.T, j *job, state string) {
	t.Helper()
	seed := j.read(filepath.Join(j.workspace, "live.seed.json"))
	j.stubs.write(t, filepath.Join(j.temp, strings.TrimSuffix(state, ".json")+".seed.json"), seed, 0o600)
}

func TestActionPlansAndComments(t *testing.T) {
	t.Parallel()
	j := quickstartJob(t)
	j.pullRequest("agency/site")
	j.run().ends(false)
	posted := j.stubs.Comments()
	if len(posted) != 1 || posted[0].Body != j.summary {
		t.Fatalf("posted %+v; the summary is\n%s", posted, j.summary)
	}
	says(t, posted[0].Body, view.Marker("secrets.yaml")+"\n### What `cella apply` will do on Pantheon: `quickstart`\n\n**Replaces 1 secret, updates 4, creates 3",
		"Commit `"+strings.Repeat("cd", 6)+"`, [the run that wrote this](https://github.com/agency/site/actions/runs/12), ")
	for key, want := range map[string]string{"planned": "true", "has_changes": "true", "complete": "true", "create": "3", "refused": "0", "applied": ""} {
		if got := j.outputs[key]; got != want {
			t.Errorf("output %s = %q, want %q", key, got, want)
		}
	}
	if len(j.outputs["plan_digest"]) != 64 || !strings.Contains(posted[0].Body, j.outputs["plan_digest"]) {
		t.Errorf("plan_digest = %q, which the comment does not show", j.outputs["plan_digest"])
	}
	says(t, j.read(j.outputs["plan_file"]), `"project": "quickstart"`)
	says(t, j.log, "secrets.yaml: valid", "Plan: 1 replace, 4 update, 3 new")
	if commands := workflowCommands(j.log); len(commands) > 0 {
		t.Errorf("the log has commands: %q", commands)
	}
}

// TestActionUpdatesItsComment: found on a later page, among comments of others
// that begin with the same marker, of another project, and that quote it.
func TestActionUpdatesItsComment(t *testing.T) {
	t.Parallel()
	j := quickstartJob(t)
	j.pullRequest("agency/site")
	marker := view.Marker("secrets.yaml") + "\n"
	others := []forgetest.Comment{
		{Author: "mallory", Body: marker + "not its own"}, mine(view.Marker("another.yaml") + "\nanother manifest"), mine("quoted: " + marker),
	}
	j.stubs.SetComments(append(others, mine(marker+"old"), forgetest.Comment{Author: "someone", Body: "thanks"})...)
	j.run().ends(false)
	posted := j.stubs.Comments()
	if len(posted) != 5 || posted[3].Body != j.summary {
		t.Fatalf("posted %+v", posted)
	}
	if !slices.Equal(posted[:3], others) {
		t.Errorf("comments that are not its own were changed: %+v", posted[:3])
	}
}

// TestActionCommentsOncePerManifestAndTarget: the same again updates, whatever way its
// path is written; another manifest, target or label has its own.
func TestActionCommentsOncePerManifestAndTarget(t *testing.T) {
	t.Parallel()
	j := quickstartJob(t)
	j.pullRequest("agency/site")
	if err := copyQuickstart(filepath.Join(j.workspace, "sites")); err != nil {
		t.Fatal(err)
	}
	for _, run := range []struct {
		inputs  []string
		heading string
	}{
		{nil, "`quickstart`\n"},
		{[]string{"file", "./secrets.yaml"}, "`quickstart`\n"},
		{[]string{"target", "site:blue-shop"}, "`quickstart` (`\"secrets.yaml site:blue-shop\"`)\n"},
		{[]string{"file", "sites/secrets.yaml"}, "`quickstart` (`sites/secrets.yaml`)\n"},
		{[]string{"working-directory", "sites"}, "`quickstart` (`sites/secrets.yaml`)\n"},
		{[]string{"label", "Blue & Co."}, "`quickstart` (`\"Blue & Co.\"`)\n"},
	} {
		next := j.again("plan", run.inputs...).ends(false)
		if heading := "### What `cella apply` will do on Pantheon: " + run.heading; !strings.Contains(next.summary, heading) {
			t.Errorf("%v has not the heading %s but\n%.300s", run.inputs, heading, next.summary)
		}
	}
	if n := len(j.stubs.Comments()); n != 4 {
		t.Errorf("there are %d comments", n)
	}
}

// TestActionMarksWhatIsOutdated: a run that gets no further says so in the comment
// of the one before, and why; it posts nothing of its own.
func TestActionMarksWhatIsOutdated(t *testing.T) {
	t.Parallel()
	for name, run := range map[string]struct {
		inputs []string
		says   []string
	}{
		"a refused input": {[]string{"strict", "maybe"}, []string{"A later run failed before it could plan; its log says why.", "<details>", "**Replaces 1 secret"}},
		"no cella":        {[]string{"archive-sha256", strings.Repeat("0", 64)}, []string{"In a later run cella could not be installed; its log says why."}},
		"no mode":         {[]string{"archive", "http://example.com"}, []string{"In a later run cella could not be installed"}},
		"no manifest":     {[]string{"file", "./secrets.yaml"}, []string{"**Not planned.** The manifest could not be read."}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := quickstartJob(t)
			j.pullRequest("agency/site")
			j.run().ends(false)
			foreign := []forgetest.Comment{{Author: "mallory", Body: j.stubs.Comments()[0].Body}, {Author: "someone", Body: "thanks"}, mine("another")}
			j.stubs.SetComments(append(slices.Clone(foreign), j.stubs.Comments()...)...)
			if name == "no manifest" {
				if err := os.Remove(filepath.Join(j.workspace, "secrets.yaml")); err != nil {
					t.Fatal(err)
				}
			}
			j.again("plan", run.inputs...).ends(true)
			posted := j.stubs.Comments()
			if len(posted) != 4 || !slices.Equal(posted[:3], foreign) {
				t.Fatalf("posted %+v", posted)
			}
			says(t, posted[3].Body, append(run.says, view.Marker("secrets.yaml")+"\n")...)
			j.stubs.SetComments(foreign...)
			if j.again("plan", run.inputs...).ends(true); len(j.stubs.Comments()) != 3 && name != "no manifest" {
				t.Error("it posts one where there was none")
			}
		})
	}
}

// TestActionWhereNobodyMayComment: a token that may only read costs a warning.
func TestActionWhereNobodyMayComment(t *testing.T) {
	t.Parallel()
	j := quickstartJob(t)
	j.pullRequest("agency/site")
	j.stubs.Refuse("read", http.StatusForbidden)
	j.run().ends(false)
	says(t, j.log, "::warning title=cella::the plan was not posted, and is in the summary of the run: give the job pull-requests: write",
		"cella: error: GitHub says that this token may not read or write comments here (403 Forbidden)")
	says(t, j.summary, "**Replaces 1 secret, updates 4, creates 3")

	off := quickstartJob(t)
	off.pullRequest("agency/site")
	off.inputs["comment"] = "false"
	if off.run().ends(false); len(off.stubs.Requests()) > 0 {
		t.Error("comment: false comments")
	}
}

// TestActionCannotComment: each reason is told, and none fails the job.
func TestActionCannotComment(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		prepare func(*job)
		warning string
		failed  bool
	}{
		"may not write": {func(j *job) { j.stubs.Refuse("write", http.StatusNotFound) }, "the plan was not posted, and is in the summary of the run", false},
		"may not update": {func(j *job) {
			j.stubs.SetComments(mine(view.Marker("secrets.yaml") + "\nold"))
			j.stubs.Refuse("write", http.StatusForbidden)
		}, "the plan was not posted, and is in the summary of the run", false},
		"may not mark": {func(j *job) {
			j.inputs["strict"] = "maybe"
			j.stubs.SetComments(mine(view.Marker("secrets.yaml") + "\nold"))
			j.stubs.Refuse("write", http.StatusForbidden)
		}, "the comment with the plan shows an older one", true},
		"neither cella nor gh": {func(j *job) {
			j.env["PATH"], j.inputs["archive-sha256"] = j.stubs.onlyThese(j.T), strings.Repeat("0", 64)
		}, "this runner has no gh to say so", true},
		"no cella, may not read": {func(j *job) {
			j.inputs["archive-sha256"] = strings.Repeat("0", 64)
			j.stubs.Refuse("read", http.StatusForbidden)
		}, "the comment with an older plan could not be looked for", true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := quickstartJob(t)
			j.pullRequest("agency/site")
			tc.prepare(j)
			j.run().ends(tc.failed)
			says(t, j.log, "::warning title=cella::", tc.warning, ": give the job pull-requests: write")
		})
	}
}

// TestActionForAFork: nothing is planned, and nothing says "no changes".
func TestActionForAFork(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(*job){
		"a fork":                 func(j *job) { j.pullRequest("mallory/site") },
		"a fork that is no more": func(j *job) { j.pullRequest("") },
		"Dependabot":             func(j *job) { j.pullRequest("agency/site"); j.github["actor"] = "dependabot[bot]" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := quickstartJob(t)
			prepare(j)
			j.env["CELLA_API"], j.env["SOPS_AGE_KEY_FILE"], j.env["PANTHEON_MACHINE_TOKEN"] = "", "", ""
			j.stubs.Refuse("read", http.StatusForbidden)
			j.run().ends(false)
			says(t, j.summary, view.Marker("secrets.yaml"), "**Not planned.** The manifest is valid", "checksum (MAC) not checked",
				"This run has neither token nor key")
			if strings.Contains(strings.ToLower(j.summary+j.log), "no changes") {
				t.Error("it says that there are no changes")
			}
			for key, want := range map[string]string{
				"planned": "false", "has_changes": "unknown", "complete": "false", "create": "", "plan_digest": "",
				"plan_file": "",
			} {
				if got := j.outputs[key]; got != want {
					t.Errorf("output %s = %q, want %q", key, got, want)
				}
			}
			says(t, j.log, "::notice title=cella::not planned")
		})
	}
}

// TestActionFails: the job fails where it has to, after the comment says why.
func TestActionFails(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		prepare          func(*job)
		comment, command string
	}{
		"an invalid manifest": {func(j *job) { j.manifest("version: 1\nproject: shop\nsites: 7\n") },
			"**Not planned.** The manifest has", "::error file=secrets.yaml,line=3,col=8,title=cella%3A "},
		"no token where there should be one": {func(j *job) { j.env["CELLA_API"] = "" },
			"**Not planned.** The manifest was not compared", "::error title=cella::credentials are missing"},
		"a wrong key": {func(j *job) { j.env["SOPS_AGE_KEY_FILE"] = "nowhere.txt" },
			"**Not planned.** The manifest was not compared", "::error title=cella::credentials are missing"},
		"a refusal": {func(j *job) {
			j.manifest(strings.Replace(j.read(filepath.Join(j.workspace, "secrets.yaml")), "replace: true", "replace: false", 1))
		},
			"#### Refused", "::error title=cella::the plan refuses something, or"},
		"a flag that is not known": {func(j *job) { j.inputs["target"] = "site:nowhere" },
			"error: --target: the manifest has no site or organization site:nowhere", "::error title=cella::the manifest is not valid, what is on Pantheon"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := quickstartJob(t)
			j.pullRequest("agency/site")
			tc.prepare(j)
			j.run().ends(true)
			posted := j.stubs.Comments()
			if len(posted) != 1 {
				t.Fatalf("posted %+v\n%s", posted, j.log)
			}
			says(t, posted[0].Body, tc.comment)
			commands := workflowCommands(j.log)
			if !slices.ContainsFunc(commands, func(c string) bool { return strings.HasPrefix(c, tc.command) }) {
				t.Errorf("the commands are %q, want one %s", commands, tc.command)
			}
		})
	}
}

// TestActionRefuses: mistakes in a workflow that would be dangerous.
func TestActionRefuses(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		prepare func(*job)
		message string
	}{
		"pull_request_target":      {func(j *job) { j.github["event_name"] = "pull_request_target" }, "use pull_request"},
		"an unknown mode":          {func(j *job) { j.inputs["mode"] = "aply" }, "has to be plan or apply"},
		"comment yes":              {func(j *job) { j.inputs["comment"] = "yes" }, "comment has to be true or false"},
		"strict yes":               {func(j *job) { j.inputs["strict"] = "yes" }, "strict has to be true or false"},
		"http archive":             {func(j *job) { j.inputs["archive"] = "http://example.com/a.tar.gz" }, "has to be an https URL"},
		"no checksum":              {func(j *job) { j.inputs["archive-sha256"] = "" }, "archive needs archive-sha256"},
		"a wrong checksum":         {func(j *job) { j.inputs["archive-sha256"] = strings.Repeat("a", 64) }, "does not have the SHA-256"},
		"apply on a branch":        {func(j *job) { j.inputs["mode"] = "apply"; j.github["ref"] = "refs/heads/feature" }, "apply runs on one branch only"},
		"apply on a tag":           {func(j *job) { j.inputs["mode"] = "apply"; j.github["ref"] = "refs/tags/main" }, "apply runs on one branch only"},
		"apply for a pull request": {func(j *job) { j.inputs["mode"] = "apply"; j.pullRequest("agency/site") }, "apply is for what has been merged"},
		"apply on pull_request_target": {func(j *job) {
			j.inputs["mode"], j.github["event_name"] = "apply", "pull_request_target"
		}, "apply is for what has been merged"},
		"apply without a branch": {func(j *job) { j.inputs["mode"] = "apply"; delete(j.event, "repository") }, "does not say which branch is the default"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := quickstartJob(t)
			tc.prepare(j)
			j.run().ends(true)
			says(t, j.log, "::error title=cella::", tc.message)
			if strings.Contains(j.log, "Plan:") || strings.Contains(j.log, "Applied:") {
				t.Errorf("it went on:\n%s", j.log)
			}
		})
	}
}

// manifest replaces the checkout's manifest.
func (j *job) manifest(text string) {
	j.Helper()
	j.stubs.write(j.T, filepath.Join(j.workspace, "secrets.yaml"), text, 0o600)
}

// TestActionPassesFlags: what the inputs ask for reaches cella.
func TestActionPassesFlags(t *testing.T) {
	t.Parallel()
	j := quickstartJob(t)
	j.inputs["target"], j.inputs["key-sources"], j.inputs["fail-on-expired"] = "site:blue-shop\nsite:blue-news", "age", "true"
	j.inputs["file"], j.inputs["working-directory"] = "../secrets.yaml", "sub"
	if err := os.Mkdir(filepath.Join(j.workspace, "sub"), 0o700); err != nil {
		t.Fatal(err)
	}
	j.run().ends(false)
	says(t, j.summary, "what `--target` does not name is left out")
	says(t, j.log, "--target limits this plan to site:blue-news, site:blue-shop; everything else is left out")

	strict := quickstartJob(t)
	strict.inputs["strict"] = "true"
	encrypted, err := encryptManifest([]byte("version: 1\nproject: shop\nsites:\n  blue-shop:\n    secrets:\n" +
		"      A: {type: runtime, scopes: [user], value: x, expires: '2020-01-01'}\n"))
	if err != nil {
		t.Fatal(err)
	}
	strict.manifest(string(encrypted))
	strict.run().ends(true)
	says(t, strict.log, "::error file=secrets.yaml,line=6,", "title=cella%3A user-scope-only")

	expired := quickstartJob(t)
	expired.inputs["fail-on-expired"] = "true"
	expired.manifest(string(encrypted))
	expired.run().ends(true)
	says(t, expired.log, "::error title=cella::the plan refuses something, or a secret has expired")
	if got := expired.outputs["planned"]; got != "true" {
		t.Errorf("planned = %q where a secret has expired", got)
	}
}

// TestActionPassesEverythingOn: every output of a plan is one of the action's,
// and every input reaches a script.
func TestActionPassesEverythingOn(t *testing.T) {
	a := readAction(t)
	for _, key := range append(view.OutputKeys(), "applied", "failed", "not_tried", "apply_complete", "plan_file") {
		if _, declared := a.Outputs[key]; !declared {
			t.Errorf("the action has no output %s", key)
		}
	}
	var used strings.Builder
	for _, step := range a.Runs.Steps {
		used.WriteString(step.If + " " + step.WorkingDirectory + " ")
		for _, value := range step.Env {
			used.WriteString(value + " ")
		}
	}
	for name, input := range a.Inputs {
		if !strings.Contains(used.String(), "inputs."+name) {
			t.Errorf("the input %s is not used", name)
		}
		if input.Description == "" {
			t.Errorf("the input %s is not explained", name)
		}
	}
}
