package localfile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/internal/files"
	"github.com/cella-secrets/cella/internal/testkit"
	"github.com/cella-secrets/cella/plan/effective"
	"github.com/cella-secrets/cella/secret"
)

// TestLocalWritesWholeOrNothing: where the file cannot be put in its place, the
// one beside it goes too, and what was there stays.
func TestLocalWritesWholeOrNothing(t *testing.T) {
	dir := t.TempDir()
	taken := filepath.Join(dir, "taken")
	if err := os.MkdirAll(filepath.Join(taken, "full"), 0o755); err != nil {
		t.Fatal(err)
	}
	err := Target{name: "taken", path: taken}.Write(nil, []byte("canary"))
	if err == nil {
		t.Fatal("a folder was replaced")
	}
	if !strings.Contains(err.Error(), "--out taken: it cannot be written") {
		t.Errorf("%v", err)
	}
	if strings.Contains(err.Error(), dir) || strings.Contains(err.Error(), "canary") {
		t.Errorf("the error tells too much: %v", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("%d entries in the folder, want 1: %v", len(entries), err)
	}

	// A file that others could read is none afterwards.
	open := filepath.Join(dir, "open")
	if err := os.WriteFile(open, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := (Target{name: "open", path: open}).Write(nil, []byte("x")); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(open); err != nil || info.Mode().Perm() != files.Private {
		t.Errorf("mode %v, %v, want %04o", info.Mode(), err, files.Private)
	}
}

// TestGitIgnoresWhatLocalLeavesBehind: where a run is killed before the file is
// in its place, `git add` takes nothing of what it had begun.
func TestGitIgnoresWhatLocalLeavesBehind(t *testing.T) {
	dir := t.TempDir()
	run(t, dir, "init", "--quiet")
	workshop, err := openWorkshop(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(workshop, "..env.local123"), []byte("canary"), files.Private); err != nil {
		t.Fatal(err)
	}
	run(t, dir, "add", "--all")
	if added := run(t, dir, "ls-files"); added != "" {
		t.Errorf("git took %s", added)
	}
	if info, err := os.Stat(workshop); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

// TestWantedRefuses holds who reads what.
func TestWantedRefuses(t *testing.T) {
	all := secret.CreatableTypes()
	tests := map[string]struct {
		want   Wanted
		typ    secret.Type
		scopes []secret.Scope
		says   string
		reason string
	}{
		"asked for":         {Wanted{Types: all, Scopes: secret.NewScopes("web")}, "runtime", []secret.Scope{"web"}, "", "type and scope fit"},
		"one scope of many": {Wanted{Types: all, Scopes: secret.NewScopes("ic")}, "env", []secret.Scope{"ic", "web"}, "", "any of its scopes is enough"},
		"other scope": {
			Wanted{Types: all, Scopes: secret.NewScopes("web")}, "env", []secret.Scope{"ic"}, "--scope web,ic",
			"the hint adds to what was asked for",
		},
		"other type": {
			Wanted{Types: all[:1], Scopes: secret.NewScopes("web")}, "env", []secret.Scope{"web"}, "--type runtime,env",
			"the hint adds to what was asked for",
		},
		"composer for web": {
			Wanted{Types: all, Scopes: secret.NewScopes("web")}, "composer", []secret.Scope{"ic", "web"}, "--scope web,ic",
			"no application reads type composer",
		},
		"composer, web alone": {
			Wanted{Types: all, Scopes: secret.NewScopes("web")}, "composer", []secret.Scope{"web"},
			"type composer, scopes web", "nobody reads it, so no flag is offered",
		},
		"composer for builds":   {Wanted{Types: all, Scopes: secret.NewScopes("ic")}, "composer", []secret.Scope{"ic"}, "", "builds do"},
		"a type of others only": {Wanted{Types: all, Scopes: secret.NewScopes("web")}, "vcs", []secret.Scope{"ops"}, "type vcs, scopes ops", "no flag can name it"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			layer := effective.Layer{Type: test.typ, Scopes: secret.NewScopes(test.scopes...)}
			got := test.want.refuses(layer, "")
			if (test.says == "") != test.want.takes(layer) || test.says != "" && !strings.HasSuffix(got, test.says) {
				t.Errorf("refuses = %q, want an end of %q: %s", got, test.says, test.reason)
			}
		})
	}
}

// run runs git in a folder and returns what it printed.
func run(t *testing.T, dir string, args ...string) string {
	t.Helper()
	command := testkit.Command(t, "git", append([]string{"-C", dir}, args...)...)
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}
