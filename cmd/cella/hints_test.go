package main

import (
	"errors"
	"fmt"
	"go/ast"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/cella-secrets/cella/internal/checkup"
	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/pantheon"
	"github.com/cella-secrets/cella/schema"
	"github.com/cella-secrets/cella/secret"
)

// TestFailuresHaveHints: whoever ends a command says what to do next.
func TestFailuresHaveHints(t *testing.T) {
	calls := 0
	eachSourceFile(t, func(path string, file *ast.File) {
		ast.Inspect(file, func(node ast.Node) bool {
			call, ok := node.(*ast.CallExpr)
			if !ok {
				return true
			}
			if isHinted(call) {
				calls++
				if len(call.Args) < 2 {
					t.Errorf("%s: a failure without a hint", path)
				}
			}
			return true
		})
	})
	if calls == 0 {
		t.Error("no failures found")
	}
}

// isHinted reports whether a call is hint.New, or hint.Refused.New and the like.
func isHinted(call *ast.CallExpr) bool {
	called, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || called.Sel.Name != "New" {
		return false
	}
	if class, ok := called.X.(*ast.SelectorExpr); ok {
		called = class
	}
	from, ok := called.X.(*ast.Ident)
	return ok && from.Name == "hint"
}

// TestMistakesEndInANextStep makes the mistakes that every command allows.
func TestMistakesEndInANextStep(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("HOME", t.TempDir())
	setKey(t)
	b := &bench{TB: t}
	for _, c := range commands() {
		mistakes := [][]string{{"--no-such-flag"}, {"one", "two", "three", "four", "five", "six"}, nil}
		for _, line := range mistakes {
			r := b.offline(append(strings.Fields(c.name), line...)...)
			if r.code == exitOK {
				continue // nothing is needed, or anything taken
			}
			if !strings.Contains(r.stderr, "cella: error: ") || !strings.Contains(r.stderr, "cella: hint: ") {
				t.Errorf("cella %s %s: exit code %d without an error and a hint:\n%s", c.name, strings.Join(line, " "), r.code, r.stderr)
			}
		}
	}
}

// TestNextSteps goes from causes to the step that is named.
func TestNextSteps(t *testing.T) {
	site := secret.Owner{Kind: secret.Site, Name: "my-site", ID: "11111111-2222-3333-4444-555555555555"}
	tests := map[string]struct {
		err  error
		code int
		hint string
	}{
		"no token": {&pantheon.MissingTokenError{Dir: "/home"}, exitCredentials, "set PANTHEON_MACHINE_TOKEN"},
		"rejected token": {
			&pantheon.Error{Op: pantheon.OpSignIn, Status: 401, Err: pantheon.ErrCredentials}, exitCredentials,
			"create a personal access token at https://",
		},
		"several tokens":  {&pantheon.AccountError{Accounts: []string{"me@example.com", "you@example.com"}}, exitCredentials, "--account me@example.com"},
		"no saved tokens": {&pantheon.AccountError{Account: "me@example.com"}, exitCredentials, "terminus auth:login"},
		"forbidden":       {&pantheon.Error{Op: pantheon.OpList, Owner: site, Status: 403, Err: pantheon.ErrForbidden}, exitError, "needs a role"},
		"no such site":    {&pantheon.Error{Op: pantheon.OpFindSite, Owner: site, Status: 404, Err: pantheon.ErrNotFound}, exitError, "terminus site:list"},
		"no such id":      {&pantheon.Error{Op: pantheon.OpList, Owner: site, Status: 404, Err: pantheon.ErrNotFound}, exitError, "correct it in the manifest"},
		"outage":          {&pantheon.Error{Op: pantheon.OpList, Owner: site, Status: 503, Err: pantheon.ErrUnavailable}, exitError, "try again later"},
		"odd answer":      {&pantheon.Error{Op: pantheon.OpList, Owner: site, Status: 418}, exitError, "run the command again"},
		"conflict":        {&pantheon.ConflictError{Owner: site, Secret: "A", HaveType: secret.EnvType}, exitError, "cella plan"},
		"no permission":   {fmt.Errorf("write: %w", &fs.PathError{Op: "open", Path: "x", Err: syscall.EACCES}), exitError, "ls -ld"},
		"no file":         {fmt.Errorf("read: %w", fs.ErrNotExist), exitError, "check the path"},
		"no folder":       {fmt.Errorf("read: %w", syscall.ENOTDIR), exitError, "check the path"},
		"a folder":        {fmt.Errorf("read: %w", syscall.EISDIR), exitError, "name a file"},
		"no room":         {fmt.Errorf("write: %w", syscall.ENOSPC), exitError, "make room"},
		"strict":          {warned(t), exitError, "omit --strict"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var stderr strings.Builder
			if code := report(&stderr, test.err); code != test.code {
				t.Errorf("exit code %d, want %d", code, test.code)
			}
			lines := strings.SplitAfter(stderr.String(), "\n")
			if len(lines) < 2 || !strings.HasPrefix(lines[0], "cella: error: ") || !strings.HasPrefix(lines[1], "cella: hint: ") {
				t.Errorf("no error and hint:\n%s", &stderr)
			}
			says(t, strings.Join(lines[1:], ""), test.hint)
		})
	}
}

// warned is the error of a manifest with a warning under --strict.
func warned(t *testing.T) error {
	t.Helper()
	b := &bench{TB: t}
	b.dir = t.TempDir()
	file := b.file("secrets.yaml", []byte("version: 1\nproject: p\nsites: {s: {secrets: {A: {type: runtime, scopes: [user], value: x}}}}\n"))
	_, problems, err := schema.Load(t.Context(), file, schema.Options{AllowPlaintext: true})
	if err != nil || len(problems) == 0 {
		t.Fatal("no warning", err)
	}
	var stderr strings.Builder
	return checkup.Tell(&stderr, file, problems, true, true)
}

// TestManifestMistakes: each says how to go on with the file that was named.
func TestManifestMistakes(t *testing.T) {
	b := newBench(t, threeSites())
	folder := filepath.Join(b.dir, "project")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	plain := b.file("plain.yaml", []byte("version: 1\nproject: p\nsites: {site-1: {secrets: {}}}\n"))
	tests := map[string]struct {
		file, hint string
	}{
		"not there":     {filepath.Join(b.dir, "nowhere.yaml"), "cella init --project NAME"},
		"a folder":      {folder, "--file " + filepath.Join(folder, "secrets.yaml")},
		"not encrypted": {plain, "cella validate --file " + plain},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := b.offline("plan", "--file", test.file, "--api", b.url).must(t, exitError)
			says(t, r.stderr, "cella: hint: ", test.hint)
		})
	}
}

// TestAbandonKeepsHints: git learns of the end of a merge, people of its cause.
func TestAbandonKeepsHints(t *testing.T) {
	var stderr strings.Builder
	if code := report(&stderr, abandon(hint.New(errors.New("no"), "do this"))); code != exitAbandon {
		t.Errorf("exit code %d", code)
	}
	says(t, stderr.String(), "cella: error: no\n", "cella: hint: do this\n", "cella: hint: git stopped the merge")
}
