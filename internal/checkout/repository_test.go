package checkout_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/internal/git"
	"github.com/cella-secrets/cella/internal/testkit"
)

// plain is git without anything withheld.
var plain git.Git

// repository is a real one in a folder of its own.
type repository struct {
	*testing.T
	folder string
}

// isolate keeps the settings of whoever runs the tests away.
func isolate(t *testing.T) {
	t.Helper()
	for name, value := range map[string]string{
		"HOME": t.TempDir(), "XDG_CONFIG_HOME": t.TempDir(), "GIT_CONFIG_NOSYSTEM": "1",
		"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.com", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.com",
	} {
		t.Setenv(name, value)
	}
}

func newRepository(t *testing.T) repository {
	t.Helper()
	isolate(t)
	r := repository{t, t.TempDir()}
	r.git("init", "--quiet", "--initial-branch=main")
	return r
}

// git runs git in the repository and returns what it printed, trimmed.
func (r repository) git(args ...string) string {
	r.Helper()
	command := testkit.Command(r, "git", append([]string{"-C", r.folder, "-c", "protocol.file.allow=always"}, args...)...)
	out, err := command.CombinedOutput()
	if err != nil {
		r.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

func (r repository) path(name string) string {
	return filepath.Join(r.folder, filepath.FromSlash(name))
}

func (r repository) write(name, text string) string {
	r.Helper()
	path := r.path(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		r.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		r.Fatal(err)
	}
	return path
}

// commit commits everything under a time of its own, and returns its id.
func (r repository) commit(seconds string) string {
	r.Helper()
	r.Setenv("GIT_COMMITTER_DATE", seconds+" +0000")
	r.git("add", "--all")
	r.git("commit", "--quiet", "--allow-empty", "--message", "at "+seconds)
	return r.git("rev-parse", "HEAD")
}

// clone makes another repository of this one.
func (r repository) clone(args ...string) repository {
	r.Helper()
	other := repository{r.T, filepath.Join(r.TempDir(), "clone")}
	r.git(append(append([]string{"clone", "--quiet"}, args...), "file://"+r.folder, other.folder)...)
	return other
}
