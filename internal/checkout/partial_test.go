package checkout_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/internal/checkout"
	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/source"
	"github.com/cella-secrets/cella/internal/words"
)

// partial is a clone of three versions of a file that lacks what the filter says:
// older texts, or folders too. Where it came from is there, and served by a
// program that a setting of the clone names.
func partial(t *testing.T, filter string) (part repository, served string) {
	t.Helper()
	r := newRepository(t)
	r.git("config", "uploadpack.allowFilter", "true")
	r.git("config", "uploadpack.allowAnySHA1InWant", "true")
	for _, text := range []string{"one\n", "two\n", "three\n"} {
		r.write("a b/secrets.yaml", text)
		r.commit("1700000000")
	}
	part = r.clone("--filter=" + filter)
	served = filepath.Join(t.TempDir(), "served")
	for setting, value := range map[string]string{
		"protocol.allow": "always", "remote.origin.url": "ext::sh -c touch% " + served + ";git-upload-pack% " + r.folder,
	} {
		part.git("config", setting, value)
	}
	return part, served
}

// unfetched fails the test where do fetches what the clone lacks.
func unfetched(t *testing.T, filter string, do func(part repository)) {
	t.Helper()
	part, served := partial(t, filter)
	do(part)
	if _, err := os.Stat(served); err == nil {
		t.Error("it asked where the clone came from")
	}
	// The clone does fetch, where git is asked as people ask it.
	if got := part.git("show", "HEAD~2:a b/secrets.yaml"); got != "one" {
		t.Errorf("git show says %q", got)
	}
	if _, err := os.Stat(served); err != nil {
		t.Errorf("git show asked nobody: %v", err)
	}
}

// TestPartialHead: what a clone lacks is unknown to what only asks about commits.
func TestPartialHead(t *testing.T) {
	unfetched(t, "blob:none", func(part repository) {
		file := part.path("a b/secrets.yaml")
		head := checkout.Head(t.Context(), plain, file, none)
		got := checkout.Related(t.Context(), plain, file, head, source.Commit{ID: strings.Repeat("1", 40), Time: 5})
		if want := (checkout.Ancestry{HeadTime: 1700000000, OtherTime: 5}); got != want {
			t.Errorf("Related = %+v, want %+v", got, want)
		}
	})
}

// TestPartialHistory: a version that the clone lacks is none that there isn't,
// and the error says what fetches it.
func TestPartialHistory(t *testing.T) {
	tests := map[string]struct {
		filter string
		most   int
		want   []string
		says   string
	}{
		"the newest is enough":  {"blob:none", 1, []string{"three\n"}, ""},
		"an older one":          {"blob:none", 9, []string{"three\n"}, "git knows of versions"},
		"not even their folder": {"tree:0", 9, nil, "does not say which versions it has"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			unfetched(t, test.filter, func(part repository) {
				h := checkout.History{Git: plain, File: part.path("a b/secrets.yaml")}
				if got := texts(t.Context(), &h, test.most); !slices.Equal(got, test.want) {
					t.Errorf("versions %q", got)
				}
				if test.says == "" {
					if h.Err != nil {
						t.Error(h.Err)
					}
					return
				}
				next := "git -C " + words.Argument(part.path("a b")) + " log -p -- ./secrets.yaml"
				if h.Err == nil || !strings.Contains(h.Err.Error(), test.says) || !strings.Contains(strings.Join(hint.Next(h.Err), ""), next) {
					t.Errorf("error %v, next %q", h.Err, hint.Next(h.Err))
				}
			})
		})
	}
}

// TestPartialUncommitted: what can't be compared is not called the same, nor new.
func TestPartialUncommitted(t *testing.T) {
	unfetched(t, "blob:none", func(part repository) {
		file := part.path("a b/secrets.yaml")
		if got := checkout.Uncommitted(t.Context(), plain, []checkout.File{read(file, "three\n")}); len(got) > 0 {
			t.Errorf("as committed, it says %q", got)
		}
		part.git("reset", "--quiet", "--soft", "HEAD~1")
		got := checkout.Uncommitted(t.Context(), plain, []checkout.File{read(file, "three\n")})
		if len(got) != 1 || !strings.Contains(got[0], "cannot be compared with the commit that is checked out") || !strings.Contains(got[0], "lacks") {
			t.Errorf("of a commit whose texts are not there, it says %q", got)
		}
		part.git("reset", "--quiet", "--soft", "ORIG_HEAD")
	})
}

// TestPartialVersion: the error names the version and the command that fetches it.
func TestPartialVersion(t *testing.T) {
	show := "git show " + words.Argument("HEAD~1:a b/secrets.yaml")
	tests := map[string]struct{ filter, name, says, next string }{
		"not there":               {"blob:none", "HEAD~1:a b/secrets.yaml", "this clone lacks that version", "fetch it: " + show},
		"its folder is not there": {"tree:0", "HEAD~1:a b/secrets.yaml", "git says", "this clone is partial, and cella fetches nothing: `" + show + "` does"},
		"there is none":           {"blob:none", "HEAD:none.yaml", "git says", "`git log --oneline` shows"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			unfetched(t, test.filter, func(part repository) {
				t.Chdir(part.folder)
				data, err := checkout.ReadVersion(t.Context(), plain, test.name, 50)
				if err == nil || data != nil || !strings.Contains(err.Error(), words.Quote(test.name)) || !strings.Contains(err.Error(), test.says) {
					t.Errorf("%q, %v", data, err)
				}
				if next := strings.Join(hint.Next(err), "\n"); !strings.Contains(next, test.next) {
					t.Errorf("next %q", next)
				}
				if data, err := checkout.ReadVersion(t.Context(), plain, "HEAD:a b/secrets.yaml", 50); err != nil || string(data) != "three\n" {
					t.Errorf("of a version that is there: %q, %v", data, err)
				}
			})
		})
	}
}

// TestShallowVersion: the error has the command that fetches the version.
func TestShallowVersion(t *testing.T) {
	r := newRepository(t)
	r.git("checkout", "--quiet", "-b", "main")
	for _, text := range []string{"one\n", "two\n"} {
		r.write("secrets.yaml", text)
		r.commit("1700000000")
	}
	r.git("checkout", "--quiet", "-b", "feature")
	r.write("secrets.yaml", "three\n")
	r.commit("1700000000")
	shallow := r.clone("--depth=1", "--branch=feature")
	t.Chdir(shallow.folder)
	tests := map[string]struct {
		name, step string
		fetch      []string
		want       string
	}{
		"another branch": {
			"origin/main:secrets.yaml", "git fetch --depth=1 origin +refs/heads/main:refs/remotes/origin/main;",
			[]string{"fetch", "--depth=1", "origin", "+refs/heads/main:refs/remotes/origin/main"}, "two\n",
		},
		"an older commit": {"HEAD~2:secrets.yaml", "git fetch --unshallow;", []string{"fetch", "--unshallow"}, "one\n"},
	}
	for _, name := range []string{"another branch", "an older commit"} {
		test := tests[name]
		_, err := checkout.ReadVersion(t.Context(), plain, test.name, 50)
		if next := strings.Join(hint.Next(err), "\n"); err == nil || !strings.Contains(next, test.step) || !strings.Contains(next, "fetch-depth: 0") {
			t.Errorf("%s: %v, next %q", name, err, next)
		}
		shallow.git(test.fetch...)
		if got, err := checkout.ReadVersion(t.Context(), plain, test.name, 50); err != nil || string(got) != test.want {
			t.Errorf("%s: after the step, %q, %v", name, got, err)
		}
	}
	if _, err := checkout.ReadVersion(t.Context(), plain, "nothing:secrets.yaml", 50); strings.Contains(strings.Join(hint.Next(err), "\n"), "shallow") {
		t.Error("a whole clone is called shallow")
	}
}
