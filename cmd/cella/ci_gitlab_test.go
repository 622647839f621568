package main

import (
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/internal/forge/forgetest"
	"github.com/cella-secrets/cella/plan/view"
)

func TestTemplatePlans(t *testing.T) {
	t.Parallel()
	p := newPipeline(t)
	log, code := p.run("cella-plan")
	if code != 0 {
		t.Fatalf("exit code %d\n%s", code, log)
	}
	says(t, log, "Plan: 1 replace, 4 update, 3 new")
	p.artifacts("cella-plan")
	says(t, p.file("cella-report.json"), `{"create":4,"update":6,"delete":1}`)
	says(t, p.file("cella.env"), "cella_planned=true\n", "cella_has_changes=true\n", "cella_create=3\n")
	if len(p.stubs.Requests()) > 0 {
		t.Error("without a token for notes a note is tried")
	}
}

// TestTemplateNote: written once, updated on a later page, never another's.
func TestTemplateNote(t *testing.T) {
	t.Parallel()
	p := newPipeline(t)
	p.env["CELLA_NOTE_TOKEN"] = noteToken
	marker := view.Marker("secrets.yaml") + "\n"
	const aPage = 100
	var others []forgetest.Comment
	for range aPage {
		others = append(others, forgetest.Comment{Author: "mallory", Body: marker + "not the bot's"})
	}
	others[0] = mine(view.Marker("another.yaml") + "\n")
	p.stubs.SetComments(others...)
	for range 2 {
		if log, code := p.run("cella-plan"); code != 0 || strings.Contains(log, "warning") {
			t.Fatalf("exit code %d\n%s", code, log)
		}
		noted := p.stubs.Comments()
		if len(noted) != aPage+1 || noted[aPage].Body != p.file("cella-plan.md") || !slices.Equal(noted[:aPage], others) {
			t.Fatalf("%d notes", len(noted))
		}
	}
	says(t, p.file("cella-plan.md"), marker, "Commit `"+strings.Repeat("ab", 6)+"`, [the run that wrote this](https://gitlab.example/agency/site/-/jobs/3), ")
	p.stubs.Refuse("read", http.StatusForbidden)
	log, code := p.run("cella-plan")
	if code != 0 {
		t.Errorf("a note that cannot be written fails the job with %d", code)
	}
	says(t, log, "cella: error: GitLab says that this token may not read or write comments here (403 Forbidden)", "project access token",
		"cella: warning: the note was not written or updated; the plan is an artifact of this job")
}

// TestTemplateDoesNotPlan: what was not looked at is a warning or a failure,
// and its report has no zeros.
func TestTemplateDoesNotPlan(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		env          map[string]string
		code         int
		comment, log string
	}{
		"neither token nor key": {map[string]string{"CELLA_API": "", "SOPS_AGE_KEY_FILE": "", "CELLA_KEY_SOURCES": "aws"}, 78,
			"This job has no token: pipelines of forks get none", "cella: not planned."},
		"a wrong key": {map[string]string{"SOPS_AGE_KEY_FILE": "nowhere.txt"}, exitCredentials,
			"**Not planned.** The manifest was not compared", "cella: error:"},
		"an invalid manifest": {map[string]string{"CELLA_FILE": "live.seed.json"}, exitError, "**Not planned.** The manifest has", "not encrypted"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPipeline(t)
			maps.Copy(p.env, tc.env)
			log, code := p.run("cella-plan")
			if code != tc.code {
				t.Fatalf("exit code = %d, want %d\n%s", code, tc.code, log)
			}
			says(t, log, tc.log)
			says(t, p.file("cella-plan.md"), tc.comment)
			says(t, p.file("cella-report.json"), "{}")
			says(t, p.file("cella.env"), "cella_planned=false\n", "cella_has_changes=unknown\n")
			p.artifacts("cella-plan", "cella-plan.json")
			if strings.Contains(strings.ToLower(log+p.file("cella-plan.md")), "no changes") {
				t.Error("it says that there are no changes")
			}
		})
	}
	allowed, _ := readTemplate(t).Jobs["cella-plan"].AllowFailure["exit_codes"].([]any)
	if len(allowed) != 1 || allowed[0] != 78 {
		t.Errorf("exit codes that are warnings: %v, want only that of not planned", allowed)
	}
}

// TestTemplateLeavesWhatItMade: files and links of the commit are neither artifacts nor
// written through, and the folder of the program goes with the job.
func TestTemplateLeavesWhatItMade(t *testing.T) {
	t.Parallel()
	p := newPipeline(t)
	p.env["TMPDIR"] = t.TempDir()
	p.env["CELLA_API"], p.env["SOPS_AGE_KEY_FILE"] = "", "" // so that there is no plan
	p.stubs.write(t, filepath.Join(p.dir, "cella-plan.json"), "committed", 0o600)
	p.stubs.write(t, filepath.Join(p.dir, "kept"), "kept", 0o600)
	for _, name := range []string{"cella-plan.md", "cella.env", "cella-outputs", "cella-report.json"} {
		if err := os.Symlink("kept", filepath.Join(p.dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if log, code := p.run("cella-plan"); code != 78 {
		t.Fatalf("exit code %d\n%s", code, log)
	}
	p.artifacts("cella-plan", "cella-plan.json")
	if got := p.file("kept"); got != "kept" {
		t.Errorf("a link of the commit was written through: %s", got)
	}
	if left, err := os.ReadDir(p.env["TMPDIR"]); err != nil || len(left) > 0 {
		t.Errorf("the job leaves %v, %v", left, err)
	}
}

// TestTemplateWithATokenAndNoKey compares the structure.
func TestTemplateWithATokenAndNoKey(t *testing.T) {
	t.Parallel()
	p := newPipeline(t)
	p.env["SOPS_AGE_KEY_FILE"] = ""
	log, code := p.run("cella-plan")
	if code != 0 {
		t.Fatalf("exit code %d\n%s", code, log)
	}
	says(t, log, "cella: warning: there is no key to decrypt with")
	says(t, p.file("cella.env"), "cella_complete=false\n")
	p.artifacts("cella-plan", "cella-plan.json")
}

func TestTemplateValidates(t *testing.T) {
	t.Parallel()
	p := newPipeline(t)
	log, code := p.run("cella-validate")
	if code != 0 {
		t.Fatalf("exit code %d\n%s", code, log)
	}
	p.artifacts("cella-validate")
	p.env["CELLA_FILE"] = "live.seed.json"
	if _, code := p.run("cella-validate"); code != exitError {
		t.Errorf("exit code %d for a file that is no manifest", code)
	}
	says(t, p.file("cella-codequality.json"), `"path": "live.seed.json"`)
}

func TestTemplateApplies(t *testing.T) {
	t.Parallel()
	p := newPipeline(t)
	delete(p.env, "CI_MERGE_REQUEST_IID")
	p.env["CI_PIPELINE_SOURCE"] = "push"
	p.env["CI_COMMIT_BRANCH"] = "feature"
	if log, code := p.run("cella-apply"); code != 1 || strings.Contains(log, "Plan:") {
		t.Fatalf("exit code %d on another branch\n%s", code, log)
	}
	p.env["CI_COMMIT_BRANCH"] = "main"
	if log, code := p.run("cella-apply"); code != 0 {
		t.Fatalf("exit code %d\n%s", code, log)
	}
	p.artifacts("cella-apply")
	says(t, p.file("cella-apply.md"), "**Applied.**")
}

// TestTemplateInstalls: from an archive with a known checksum; else from a
// commit, by its full hash.
func TestTemplateInstalls(t *testing.T) {
	t.Parallel()
	p := newPipeline(t)
	p.withoutCella()
	p.env["CELLA_ARCHIVE"] = "https://example.com/cella.tar.gz"
	p.env["CELLA_ARCHIVE_SHA256"] = p.stubs.archive(t)
	if log, code := p.run("cella-validate"); code != 0 || !strings.Contains(log, "secrets.yaml: valid") {
		t.Errorf("exit code %d\n%s", code, log)
	}
	p.env["CELLA_ARCHIVE_SHA256"] = strings.Repeat("a", 64)
	if log, code := p.run("cella-validate"); code != 1 || !strings.Contains(log, "nothing of it was used") {
		t.Errorf("exit code %d with a wrong checksum\n%s", code, log)
	}
	p.env["CELLA_ARCHIVE"], p.env["CELLA_COMMIT"] = "", "main"
	if log, code := p.run("cella-validate"); code != 1 || !strings.Contains(log, "the full hash of a commit") {
		t.Errorf("exit code %d with a branch\n%s", code, log)
	}
}

// TestTemplateBuildsACommit builds just the commit that it was told.
func TestTemplateBuildsACommit(t *testing.T) {
	t.Parallel()
	p := newPipeline(t)
	source := t.TempDir()
	git(t, source, "init", "--quiet")
	git(t, source, "-c", "user.name=me", "-c", "user.email=me@example.com", "commit", "--quiet", "--allow-empty", "--message", "one")
	p.withoutCella()
	p.stubs.builder(t)
	p.env["PANTHEON_MACHINE_TOKEN"] = "machine-token"
	p.env["CELLA_SOURCE"], p.env["CELLA_COMMIT"] = source, strings.TrimSpace(git(t, source, "rev-parse", "HEAD"))
	if log, code := p.run("cella-validate"); code != 0 || !strings.Contains(log, "go build -o") || !strings.Contains(log, "secrets.yaml: valid") {
		t.Errorf("exit code %d\n%s", code, log)
	}
	p.env["CELLA_COMMIT"] = strings.Repeat("a", 40)
	if log, code := p.run("cella-validate"); code == 0 || strings.Contains(log, "go build") {
		t.Errorf("exit code %d for a commit that is not there\n%s", code, log)
	}
}

// TestTemplateIsGuarded: what keeps applies apart, and what they hold.
func TestTemplateIsGuarded(t *testing.T) {
	file := readTemplate(t)
	apply, plan := file.Jobs["cella-apply"], file.Jobs["cella-plan"]
	if apply.ResourceGroup == "" || apply.Environment["name"] == "" || plan.Environment["name"] == "" || plan.Environment["name"] == apply.Environment["name"] {
		t.Errorf("apply: group %q, environment %v; plan: environment %v", apply.ResourceGroup, apply.Environment, plan.Environment)
	}
	if depth := file.Jobs[apply.Extends].Variables["GIT_DEPTH"]; depth != "0" {
		t.Errorf("with %q commits an old one can't be told", depth)
	}
	if apply.Rules[0]["when"] != "never" || !strings.Contains(apply.Rules[0]["if"], "$CI_COMMIT_BRANCH != $CI_DEFAULT_BRANCH") {
		t.Errorf("the first rule of apply is %v", apply.Rules[0])
	}
	if len(view.OutputKeys()) > 20 && !strings.Contains(readPage(t, templatePath), "grep -E '^(planned|") {
		t.Error("more variables are passed on than an instance may take")
	}
	for name, job := range file.Jobs {
		if !strings.HasPrefix(name, ".") && (job.Extends != ".cella" || job.Artifacts.When != "always") {
			t.Errorf("job %s extends %q and leaves artifacts %q", name, job.Extends, job.Artifacts.When)
		}
	}
}
