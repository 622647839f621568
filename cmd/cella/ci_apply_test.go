package main

import "testing"

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
