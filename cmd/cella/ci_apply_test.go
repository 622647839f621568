package main

import (
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/internal/forge/forgetest"
)

func TestActionApplies(t *testing.T) {
	t.Parallel()
	j := quickstartJob(t)
	j.inputs["mode"] = "apply"
	j.run().ends(false)
	says(t, j.summary, "### cella apply: `quickstart`", "**Applied.**", "Applied: 1 replace, 4 update, 3 new, 2 record; 0 failed")
	for key, want := range map[string]string{"applied": "9", "failed": "0", "not_tried": "0", "apply_complete": "true", "planned": ""} {
		if got := j.outputs[key]; got != want {
			t.Errorf("output %s = %q, want %q", key, got, want)
		}
	}
	// What the quickstart says is live now: a plan has nothing to do.
	next := j.again("plan")
	if got := next.outputs["has_changes"]; got != "false" {
		t.Errorf("has_changes = %q after an apply\n%s", got, next.log)
	}
}

// TestActionAppliesWhatWasApproved: a saved plan is applied as long as it is
// still what is to be done.
func TestActionAppliesWhatWasApproved(t *testing.T) {
	t.Parallel()
	j := quickstartJob(t)
	j.run().ends(false)
	approved := j.outputs["plan_file"]
	second := j.again("apply", "plan-file", approved)
	second.ends(false)
	says(t, second.summary, "**Applied.**")
	stale := j.again("apply", "plan-file", approved)
	stale.ends(true)
	says(t, stale.summary, "**Nothing was applied.**", "the saved plan is stale")
	says(t, stale.log, "::error title=cella::the saved plan is stale: nothing is left to do; nothing was applied\n")

	changed := quickstartJob(t)
	changed.run().ends(false)
	approved = changed.outputs["plan_file"]
	changed.manifest(changed.read(filepath.Join(changed.workspace, "secrets.yaml")) + "# edited\n")
	next := changed.again("apply", "plan-file", approved).ends(true)
	says(t, next.summary, "**Nothing was applied.**", "\nsecrets.yaml: holds something else than was approved\n")
	says(t, next.log, "::error title=cella::secrets.yaml: holds something else than was approved\n")
}

// TestActionReportsAnApply: on the pull request that was merged, once; with what stands
// against it, which the run shows as errors too; and not where nothing was to be done.
func TestActionReportsAnApply(t *testing.T) {
	t.Parallel()
	j := quickstartJob(t)
	j.github["sha"] = forgetest.Merge
	allowed := j.read(filepath.Join(j.workspace, "secrets.yaml"))
	j.manifest(strings.Replace(allowed, "replace: true", "replace: false", 1))
	refused := j.again("apply").ends(true)
	const why = "site:blue-shop/SEARCH_KEY: refused: on Pantheon it has `type: runtime, scopes: [ic]`"
	says(t, refused.summary, "**Nothing was applied.**", why, "to allow it: add `replace: true`")
	if commands := workflowCommands(refused.log); len(commands) != 1 || !strings.HasPrefix(commands[0], "::error title=cella::"+why) {
		t.Errorf("the commands are %q", commands)
	}
	j.manifest(allowed)
	applied := j.again("apply").ends(false)
	posted := j.stubs.Comments()
	if len(posted) != 1 || posted[0].Body != applied.summary {
		t.Fatalf("posted %+v", posted)
	}
	says(t, posted[0].Body, "### cella apply: `quickstart`\n", "**Applied.**")
	j.again("apply").ends(false)
	if now := j.stubs.Comments(); !slices.Equal(now, posted) {
		t.Errorf("an apply with nothing to do says %+v", now)
	}

	silent := quickstartJob(t)
	silent.github["sha"] = strings.Repeat("c", 40)
	if silent.again("apply").ends(false); len(silent.stubs.Comments()) != 0 {
		t.Error("a commit that merged nothing comments")
	}
	silent = quickstartJob(t)
	silent.github["sha"] = forgetest.Merge
	silent.stubs.Refuse("write", http.StatusForbidden)
	says(t, silent.again("apply").ends(false).log, "::warning title=cella::the result was not posted on the pull request that was merged")
	off := quickstartJob(t)
	off.github["sha"] = forgetest.Merge
	if off.again("apply", "comment", "false").ends(false); len(off.stubs.Requests()) != 0 {
		t.Error("comment: false comments")
	}
}

// again is another run in the same checkout, against the same live state.
func (j *job) again(mode string, inputs ...string) *job {
	j.Helper()
	next := *j
	next.log, next.summary, next.failed = "", "", false
	next.outputs, next.inputs = map[string]string{}, map[string]string{"mode": mode}
	for _, name := range []string{"archive", "archive-sha256"} {
		next.inputs[name] = j.inputs[name]
	}
	for i := 0; i < len(inputs); i += 2 {
		next.inputs[inputs[i]] = inputs[i+1]
	}
	return next.run()
}
