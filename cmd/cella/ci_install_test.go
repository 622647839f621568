package main

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// released makes the action one that names a release, whose program has the digest;
// without one, it is that of the tests' program.
func (j *job) released(digest string) {
	j.Helper()
	if digest == "" {
		sum := sha256.Sum256([]byte(hurried(j.T)))
		digest = hex.EncodeToString(sum[:])
	}
	root := j.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "ci"), 0o700); err != nil {
		j.Fatal(err)
	}
	scripts, err := filepath.Abs(filepath.Join(actionRoot, "ci/github"))
	if err != nil {
		j.Fatal(err)
	}
	if err := os.Symlink(scripts, filepath.Join(root, "ci/github")); err != nil {
		j.Fatal(err)
	}
	text := "# comment\n1.2.3 plan9/amd64 " + strings.Repeat("0", 64) + "\n1.2.3 " + runtime.GOOS + "/" + runtime.GOARCH + " " + digest + "\n"
	j.stubs.write(j.T, filepath.Join(root, "ci/release.sha256"), text, 0o600)
	j.root = root
	j.github["action_repository"] = "cella-secrets/cella"
	delete(j.inputs, "archive")
	delete(j.inputs, "archive-sha256")
}

// TestActionInstalls: what runs is the release of this commit, by its digest; the
// program on PATH; or this commit, built.
func TestActionInstalls(t *testing.T) {
	t.Parallel()
	asset := "cella_1.2.3_" + runtime.GOOS + "_" + runtime.GOARCH + ".tar.gz"
	tests := map[string]struct {
		prepare func(*job)
		log     string // what the log or a call of a program says
	}{
		"the release": {func(j *job) { j.released("") }, "https://github.com/cella-secrets/cella/releases/download/v1.2.3/" + asset},
		"a private release": {func(j *job) { j.released(""); j.inputs["download-token"] = "ghs_download" },
			`"release","download","v1.2.3","--repo","cella-secrets/cella","--pattern","` + asset + `"`},
		"on PATH":                 {func(j *job) { delete(j.inputs, "archive"); j.inputs["version"] = "path" }, "cella " + cellaVersion()},
		"built":                   {func(j *job) { delete(j.inputs, "archive"); j.inputs["version"] = "source"; j.stubs.builder(j.T) }, "go build -o"},
		"an archive of one's own": {func(*job) {}, "https://example.com/cella.tar.gz"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := quickstartJob(t)
			test.prepare(j)
			j.run().ends(false)
			says(t, j.log, "Plan: 1 replace, 4 update, 3 new")
			says(t, j.log+j.stubs.calls(t), test.log)
		})
	}
}

// TestActionInstallsNothingElse: each refusal says why, and no program has run.
func TestActionInstallsNothingElse(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		prepare func(*job)
		says    string
	}{
		"another program": {func(j *job) { j.released(strings.Repeat("0", 64)) }, "does not have the SHA-256 that this commit of the action names; it was not run"},
		"no release": {func(j *job) { delete(j.inputs, "archive") },
			"this commit of the action names no release of cella for " + runtime.GOOS + "/" + runtime.GOARCH + ": set version to source"},
		"no download": {func(j *job) { j.released(""); j.stubs.write(j.T, filepath.Join(j.stubs.dir, "offline"), "", 0o600) },
			"where the repository of the action is private, set download-token"},
		"a token that may not": {func(j *job) {
			j.released("")
			j.inputs["download-token"] = "ghs_download"
			j.stubs.write(j.T, filepath.Join(j.stubs.dir, "offline"), "", 0o600)
		}, "may download-token read the repository of the action?"},
		"another version": {func(j *job) { j.inputs["version"] = "1.2.3" }, "the input version has to be source or path, or empty"},
		"another archive": {func(j *job) { j.inputs["archive-sha256"] = strings.Repeat("0", 64) }, "nothing of it was used"},
		"no checksum":     {func(j *job) { delete(j.inputs, "archive-sha256") }, "archive needs archive-sha256"},
		"no https":        {func(j *job) { j.inputs["archive"] = "http://example.com/cella.tar.gz" }, "has to be an https URL"},
		"no cella on PATH": {func(j *job) {
			j.inputs["version"], j.env["PATH"] = "path", j.stubs.onlyThese(j.T)
			if err := os.Remove(filepath.Join(j.env["PATH"], "cella")); err != nil {
				j.Fatal(err)
			}
		}, "this runner has no cella on its PATH"},
		"no Go": {func(j *job) { j.inputs["version"], j.env["PATH"] = "source", j.stubs.onlyThese(j.T) }, "set up Go in a step before this one"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := quickstartJob(t)
			j.inputs["comment"] = "false"
			test.prepare(j)
			j.run().ends(true)
			says(t, j.log, "::error title=cella::", test.says)
			if strings.Contains(j.log, "cella "+cellaVersion()) || strings.Contains(j.log, "Plan:") {
				t.Errorf("a program ran:\n%s", j.log)
			}
		})
	}
}

// TestActionUsesNoOtherAction: what runs beside the credentials is what stands in this
// commit.
func TestActionUsesNoOtherAction(t *testing.T) {
	for _, step := range readAction(t).Runs.Steps {
		if step.Uses != "" {
			t.Errorf("step %q uses %s", step.Name, step.Uses)
		}
	}
}
