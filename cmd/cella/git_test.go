package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/aes"
	"github.com/getsops/sops/v3/age"
	"github.com/getsops/sops/v3/cmd/sops/common"
	"github.com/getsops/sops/v3/config"
	sopsyaml "github.com/getsops/sops/v3/stores/yaml"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/cella-secrets/cella/internal/testkit"
)

// TestGitScripts runs testdata/git: workflows with real git, in a repository
// that is set up as docs/diff-and-merge.md says.
func TestGitScripts(t *testing.T) {
	setUp := setUpCommand(t)
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/git",
		RequireExplicitExec: true,
		UpdateScripts:       *testkit.Update,
		Setup: func(env *testscript.Env) error {
			for _, variable := range gitEnv(env.WorkDir) {
				name, value, _ := strings.Cut(variable, "=")
				env.Setenv(name, value)
			}
			return os.WriteFile(filepath.Join(env.WorkDir, "setup.sh"), []byte(setUp), 0o600)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"encrypt":       encryptCommand,
			"encrypt-whole": encryptWholeCommand,
			"revise":        reviseCommand,
			"resolve":       resolveCommand,
			"holds":         holdsCommand,
			"mode":          modeCommand,
		},
	})
}

// setUpCommand is the one that the documentation tells people to run.
func setUpCommand(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/diff-and-merge.md")
	if err != nil {
		t.Fatal(err)
	}
	for block := range strings.SplitSeq(string(text), "```") {
		if command, isShell := strings.CutPrefix(block, "sh\n"); isShell && strings.Contains(command, "merge-driver") {
			return command
		}
	}
	t.Fatal("docs/diff-and-merge.md does not show the set-up command")
	return ""
}

// gitEnv keeps git away from the settings of whoever runs the tests.
func gitEnv(home string) []string {
	return []string{
		"HOME=" + home, "XDG_CONFIG_HOME=" + home, "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=" + filepath.Join(home, "gitconfig"),
		"GIT_AUTHOR_NAME=A", "GIT_AUTHOR_EMAIL=a@example.org", "GIT_COMMITTER_NAME=A", "GIT_COMMITTER_EMAIL=a@example.org",
		"GIT_EDITOR=true", "SOPS_AGE_KEY_FILE=" + absDemoKey, "DEMO_KEY=" + absDemoKey,
		"GORACE=" + os.Getenv("GORACE"), // see .ci/run
	}
}

// reviseCommand edits a file's clear form, as `sops edit` does: revise FILE OLD
// NEW... In texts, \n is a line end.
func reviseCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args)%2 == 0 {
		ts.Fatalf("usage: revise FILE [OLD NEW]...")
	}
	revised, err := reviseManifest([]byte(ts.ReadFile(args[0])), args[1:]...)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), revised, 0o600))
}

// reviseManifest replaces texts in the clear form of an encrypted manifest and
// keeps the ciphertext of what stays.
func reviseManifest(data []byte, pairs ...string) ([]byte, error) {
	store := sopsyaml.NewStore(&config.YAMLStoreConfig{Indent: 2})
	tree, err := store.LoadEncryptedFile(data)
	if err != nil {
		return nil, err
	}
	dataKey, err := demoDataKey(tree.Metadata)
	if err != nil {
		return nil, err
	}
	cipher := aes.NewCipher()
	if _, err := tree.Decrypt(dataKey, cipher); err != nil {
		return nil, err
	}
	plain, err := store.EmitPlainFile(tree.Branches)
	if err != nil {
		return nil, err
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		lines := strings.NewReplacer(`\n`, "\n")
		old, new := lines.Replace(pairs[i]), lines.Replace(pairs[i+1])
		if !strings.Contains(string(plain), old) {
			return nil, fmt.Errorf("%q is not in the manifest:\n%s", old, plain)
		}
		plain = []byte(strings.Replace(string(plain), old, new, 1))
	}
	if tree.Branches, err = store.LoadPlainFile(plain); err != nil {
		return nil, err
	}
	if err := common.EncryptTree(common.EncryptTreeOpts{Tree: &tree, Cipher: cipher, DataKey: dataKey}); err != nil {
		return nil, err
	}
	return store.EmitEncryptedFile(tree)
}

// demoDataKey decrypts a data key with the demo key, whatever the environment
// says.
func demoDataKey(meta sops.Metadata) ([]byte, error) {
	private, err := os.ReadFile(absDemoKey)
	if err != nil {
		return nil, err
	}
	var identities age.ParsedIdentities
	if err := identities.Import(string(private)); err != nil {
		return nil, err
	}
	master, ok := meta.KeyGroups[0][0].(*age.MasterKey)
	if !ok {
		return nil, errors.New("the file is not encrypted for the demo key")
	}
	identities.ApplyToMasterKey(master)
	return master.Decrypt()
}

// resolveCommand keeps one side of every conflict: resolve ours|theirs FILE.
func resolveCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: resolve ours|theirs FILE")
	}
	var kept []string
	within := ""
	for line := range strings.Lines(ts.ReadFile(args[1])) {
		switch {
		case strings.HasPrefix(line, "<<<<<<< "):
			within = "ours"
		case line == "=======\n":
			within = "theirs"
		case strings.HasPrefix(line, ">>>>>>> "):
			within = ""
		case within == "" || within == args[0]:
			kept = append(kept, line)
		}
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(strings.Join(kept, "")), 0o600))
}

// holdsCommand checks texts of the clear form of a file: holds FILE TEXT...
func holdsCommand(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: holds FILE TEXT...")
	}
	for _, text := range args[1:] {
		_, err := reviseManifest([]byte(ts.ReadFile(args[0])), text, text)
		if (err == nil) == neg {
			ts.Fatalf("holds %q: %v", text, err)
		}
	}
}

// TestNoValueInGit drives known values through merges, rebases and diffs, with
// and without a key, and searches outputs, files and all objects of git.
func TestNoValueInGit(t *testing.T) {
	dir := t.TempDir()
	env := append(slices.DeleteFunc(os.Environ(), func(s string) bool { return strings.HasPrefix(s, "SOPS_") || strings.HasPrefix(s, "GIT_") }), gitEnv(dir)...)
	var out bytes.Buffer
	do := func(script string) {
		t.Helper()
		command := testkit.Command(t, "sh", "-c", script)
		command.Dir, command.Env = dir, env
		command.Stdout, command.Stderr = &out, &out
		if err := command.Run(); err != nil {
			t.Fatalf("%s: %v\n%s", script, err, out.String())
		}
	}
	write := func(data []byte, err error) []byte {
		t.Helper()
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, "secrets.yaml"), data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	canary := func(name string) string { return canaries[name] }
	do("git init --quiet --initial-branch main && " + setUpCommand(t))
	base := write(encryptManifest([]byte(canaryManifest(t))))
	do("git add --all && git commit --quiet -m base && git checkout --quiet -b other")
	write(reviseManifest(base, canary("HIDDEN"), canary("live"), "SHARED", "SHARED2"))
	do("git diff; git commit --quiet -am other; git checkout --quiet main")
	write(reviseManifest(base, canary("HIDDEN"), canary("CREATED live"), canary("CHANGED"), canary("live")))
	do("git commit --quiet -am main; ! git merge other")
	do("git diff; git diff --ext-diff HEAD; cella diff HEAD:secrets.yaml other:secrets.yaml --format json; git commit --quiet -am conflicts; git diff HEAD~")
	do("git reset --quiet --hard HEAD~; ! git rebase other; git diff; git add --all; GIT_EDITOR=true git rebase --continue")
	env = append(env, "SOPS_AGE_KEY_FILE=")
	do("git reset --quiet --hard ORIG_HEAD; ! git merge other; git diff; git commit --quiet -am text; ! cella validate; git log -p --ext-diff")
	search(t, "output", out.String())
	searchFiles(t, dir)
	objects := testkit.Command(t, "git", "cat-file", "--batch-all-objects", "--batch")
	objects.Dir = dir
	all, err := objects.Output()
	if err != nil || !bytes.Contains(all, []byte("<<<<<<< ours")) {
		t.Fatalf("list objects: %v", err)
	}
	search(t, "the objects", string(all))
}
