package git_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/internal/git"
	"github.com/cella-secrets/cella/internal/testkit"
)

// TestEnvironment: the program sees neither what is withheld from it nor, in a
// folder, where a hook was started.
func TestEnvironment(t *testing.T) {
	for _, name := range []string{"TOKEN", "PLAIN", "GIT_DIR", "GIT_INDEX_FILE", "GIT_LITERAL_PATHSPECS"} {
		t.Setenv(name, "canary")
	}
	g := git.Git{Withheld: func(variable string) bool { return variable == "TOKEN" }}
	names := func(command *exec.Cmd) []string {
		var found []string
		for _, entry := range command.Env {
			if name, value, _ := strings.Cut(entry, "="); value == "canary" {
				found = append(found, name)
			}
		}
		slices.Sort(found)
		return found
	}
	here := []string{"GIT_DIR", "GIT_INDEX_FILE", "GIT_LITERAL_PATHSPECS", "PLAIN"}
	if got := names(g.Command(t.Context(), "version")); !slices.Equal(got, here) {
		t.Errorf("Command sees %q, want %q", got, here)
	}
	if got := names(g.CommandIn(t.Context(), ".", "version")); !slices.Equal(got, []string{"PLAIN"}) {
		t.Errorf("CommandIn sees %q, want PLAIN alone", got)
	}
	if got := names(git.Git{}.Command(t.Context(), "version")); !slices.Contains(got, "TOKEN") {
		t.Errorf("the zero Git withholds TOKEN: %q", got)
	}
}

// TestOffline: what a partial clone lacks is not fetched, by old versions of git
// neither. Package checkout tries it.
func TestOffline(t *testing.T) {
	t.Setenv("GIT_ALLOW_PROTOCOL", "https:ssh")
	for _, command := range []*exec.Cmd{git.Git{}.Command(t.Context()), git.Git{}.CommandHere(t.Context()), git.Git{}.CommandIn(t.Context(), ".")} {
		env := command.Environ()
		for _, entry := range []string{"GIT_ALLOW_PROTOCOL=", "GIT_NO_LAZY_FETCH=1", "GIT_TERMINAL_PROMPT=0"} {
			if !slices.Contains(env, entry) || slices.Contains(env, "GIT_ALLOW_PROTOCOL=https:ssh") {
				t.Errorf("%q runs with %q", command.Args, env)
			}
		}
	}
}

// TestBareAmongFiles: a bare repository in a folder of files, which may have
// come with a commit, is none.
func TestBareAmongFiles(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	top := t.TempDir()
	bare := filepath.Join(top, "files", "innocent")
	for _, args := range [][]string{{"init", "--quiet", top}, {"init", "--quiet", "--bare", bare}} {
		if out, err := testkit.Command(t, "git", args...).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	var g git.Git
	if _, code, err := g.In(t.Context(), bare, "rev-parse", "--git-dir"); err != nil || code == 0 {
		t.Errorf("In answers from a bare repository: %d, %v", code, err)
	}
	if out, code, err := g.In(t.Context(), top, "rev-parse", "--is-inside-work-tree"); err != nil || code != 0 || out != "true\n" {
		t.Errorf("In = %q, %d, %v", out, code, err)
	}
	t.Chdir(bare)
	if g.CommandHere(t.Context(), "rev-parse", "--git-dir").Run() == nil {
		t.Error("CommandHere answers from a bare repository")
	}
}

func TestNotInstalled(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if _, code, err := (git.Git{}).In(t.Context(), t.TempDir(), "version"); err == nil || code != 0 {
		t.Errorf("without git, In = %d, %v", code, err)
	}
}

func TestFolders(t *testing.T) {
	top := t.TempDir()
	inside := filepath.Join(top, "a", "b")
	nested := filepath.Join(top, ".git", "tree", "c")
	for _, folder := range []string{filepath.Join(top, ".git"), inside, nested} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(top, ".git", "tree", ".git"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for folder, want := range map[string]bool{top: true, inside: true, filepath.Dir(top): false} {
		if git.UnderRepository(folder) != want {
			t.Errorf("UnderRepository(%s) is not %v", folder, want)
		}
	}
	for folder, want := range map[string]bool{inside: false, filepath.Join(top, ".git"): true, filepath.Join(top, ".GIT", "hooks"): true, nested: false} {
		if git.InGitFolder(folder) != want {
			t.Errorf("InGitFolder(%s) is not %v", folder, want)
		}
	}
}
