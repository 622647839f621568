package main

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestNoValueLeavesAPipeline drives known values through the action and the
// template, and searches logs, summaries, outputs, comments, every file that
// they write, and the arguments and variables of the programs they call. The
// token is in none of them but the sign-in.
func TestNoValueLeavesAPipeline(t *testing.T) {
	b := newBench(t, canaryState())
	token := b.env["PANTHEON_MACHINE_TOKEN"]
	encrypted, err := encryptManifest([]byte(canaryManifest(t)))
	if err != nil {
		t.Fatal(err)
	}
	credentials := map[string]string{"CELLA_API": b.url, "PANTHEON_MACHINE_TOKEN": token, "SOPS_AGE_KEY_FILE": absDemoKey, canaryVariable: canaries["FED"]}
	file, err := encryptWhole([]byte(canaries["FED live"]))
	if err != nil {
		t.Fatal(err)
	}
	look := func(where, text string) {
		search(t, where, text)
		if strings.Contains(text, token) {
			t.Errorf("%s holds the token", where)
		}
	}

	j := newJob(t)
	maps.Copy(j.env, credentials)
	j.manifest(string(encrypted))
	j.stubs.write(t, filepath.Join(j.workspace, canaryFile), string(file), 0o600)
	j.pullRequest("agency/site")
	j.run().ends(false)
	j.github["event_name"], j.github["ref"] = "push", "refs/heads/main"
	delete(j.event, "pull_request")
	applied := j.again("apply")
	applied.ends(false)
	for i, run := range []*job{j, applied} {
		look(fmt.Sprintf("run %d: log", i), run.log)
		look(fmt.Sprintf("run %d: summary", i), run.summary)
		look(fmt.Sprintf("run %d: outputs", i), fmt.Sprint(run.outputs))
	}

	p := newPipeline(t)
	maps.Copy(p.env, credentials)
	p.env["CELLA_NOTE_TOKEN"] = noteToken
	p.stubs.write(t, filepath.Join(p.dir, "secrets.yaml"), string(encrypted), 0o600)
	p.stubs.write(t, filepath.Join(p.dir, canaryFile), string(file), 0o600)
	jobs := []string{"cella-validate", "cella-plan", "cella-apply"}
	for _, name := range jobs {
		if name == "cella-apply" {
			p.env["CI_COMMIT_BRANCH"], p.env["CI_PIPELINE_SOURCE"], p.env["CI_MERGE_REQUEST_IID"] = "main", "push", ""
		}
		log, code := p.run(name)
		if code != 0 {
			t.Fatalf("%s: exit code %d\n%s", name, code, log)
		}
		look(name+": log", log)
	}
	for _, dir := range []string{j.temp, j.stubs.dir, j.workspace, p.dir, p.stubs.dir} {
		searchFiles(t, dir)
	}
	for line := range strings.Lines(j.stubs.calls(t)) {
		look("a call of the action", line)
	}
	for _, c := range append(j.stubs.Comments(), p.stubs.Comments()...) {
		look("a comment", c.Body)
	}
	if len(j.stubs.Comments()) != 2 || len(p.stubs.Comments()) != 1 {
		t.Error("nothing was posted, so that this proves little")
	}
	searchTraffic(t, b)
}

// TestOnlyCommentsGetTheCommentToken: no other step of the action has it, and
// the programs that download and comment have no other credential.
func TestOnlyCommentsGetTheCommentToken(t *testing.T) {
	t.Parallel()
	j := quickstartJob(t)
	j.pullRequest("agency/site")
	for _, name := range []string{
		"PANTHEON_MACHINE_TOKEN", "PANTHEON_TOKEN", "TERMINUS_TOKEN", "CELLA_VALUE_X", "SOPS_AGE_KEY", "VAULT_TOKEN", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
		"GOOGLE_CREDENTIALS", "GOOGLE_OAUTH_ACCESS_TOKEN", "AZURE_CLIENT_SECRET", "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
	} {
		j.env[name] = "machine-token"
	}
	j.run().ends(false)
	for call := range strings.Lines(j.stubs.calls(t)) { // the download
		if strings.Contains(call, "ghs_jobtoken") || strings.Contains(call, "machine-token") {
			t.Error("what downloads has a credential")
		}
	}
	if len(j.stubs.Comments()) != 1 {
		t.Error("nothing was posted, so that this proves little")
	}

	// Where cella is not there, gh comments, without a credential of cella.
	j.inputs["archive-sha256"] = strings.Repeat("0", 64)
	j.again("plan").ends(true)
	calls := slices.Collect(strings.Lines(j.stubs.calls(t)))
	for i, call := range calls[2:] {
		if !strings.Contains(call, "GH_TOKEN=ghs_jobtoken") || strings.Contains(call, "machine-token") {
			t.Errorf("call %d has other credentials", i)
		}
	}
	if len(calls) != 4 {
		t.Fatalf("%d calls, want two downloads, a list and an update", len(calls))
	}
}
