package checkout_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/internal/checkout"
	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
)

// texts are the versions of a file, newest first, at most n of them.
func texts(ctx context.Context, h *checkout.History, n int) []string {
	var found []string
	for version := range h.Versions(ctx) {
		if found = append(found, string(version.Data)); len(found) == n {
			break
		}
	}
	return found
}

// TestHistory: the versions of one file, newest first, under names that git knows.
func TestHistory(t *testing.T) {
	r := newRepository(t)
	file := r.write("infra/secrets.yaml", "one\n")
	first := r.commit("1700000000")
	r.write("other.yaml", "not about it\n")
	r.commit("1700000001")
	r.git("rm", "--quiet", "infra/secrets.yaml")
	r.commit("1700000002")
	r.write("infra/secrets.yaml", "two\r\n")
	r.commit("1700000003")
	r.write("infra/secrets.yaml", "of the work tree\n")
	if err := os.Symlink("infra/secrets.yaml", r.path("link.yaml")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{file, r.path("link.yaml")} {
		h := checkout.History{Git: plain, File: name}
		if got := texts(t.Context(), &h, 9); !slices.Equal(got, []string{"two\r\n", "one\n"}) || !h.Found || h.Err != nil {
			t.Errorf("%s: versions %q, found %v, %v", name, got, h.Found, h.Err)
		}
	}
	h := checkout.History{Git: plain, File: file}
	var oldest string
	for version := range h.Versions(t.Context()) {
		oldest = version.Name
	}
	if len(oldest) < 7 || !strings.HasPrefix(first, oldest) {
		t.Errorf("the oldest is called %q, not like %s", oldest, first)
	}
	h = checkout.History{Git: plain, File: file}
	if got := texts(t.Context(), &h, 1); !slices.Equal(got, []string{"two\r\n"}) {
		t.Errorf("whoever stops at one has %q", got)
	}
}

// TestHistoryWithout: that there is none, and that it cannot be told, are two
// things: only one of them lets a file be sealed as new.
func TestHistoryWithout(t *testing.T) {
	r := newRepository(t)
	fresh := r.write("secrets.yaml", "one\n")
	committed := newRepository(t)
	committed.write("other.yaml", "x\n")
	committed.commit("1700000000")
	untracked := committed.write("a b/secrets.yaml", "one\n")
	damaged := newRepository(t)
	unanswered := damaged.write("a b/secrets.yaml", "one\n")
	damaged.commit("1700000000")
	if err := os.WriteFile(damaged.path(".git/HEAD"), []byte("nonsense\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	outside := filepath.Join(t.TempDir(), "secrets.yaml")
	if err := os.WriteFile(outside, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	tests := map[string]struct {
		ctx        context.Context
		file       string
		err        string
		next       string
		reasonable error
	}{
		"before the first commit": {t.Context(), fresh, "", "", nil},
		"not tracked":             {t.Context(), untracked, "", "", nil},
		"outside":                 {t.Context(), outside, "", "", nil},
		"gone":                    {t.Context(), filepath.Join(t.TempDir(), "none"), "", "", nil},
		"a damaged repository":    {t.Context(), unanswered, words.Quote(unanswered), "git -C " + words.Argument(damaged.path("a b")) + " log", nil},
		"interrupted":             {ended, untracked, "", "", context.Canceled},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			h := checkout.History{Git: plain, File: test.file}
			if got := texts(test.ctx, &h, 9); len(got) > 0 || h.Found {
				t.Errorf("versions %q, found %v", got, h.Found)
			}
			switch {
			case test.err != "":
				if h.Err == nil || !strings.Contains(h.Err.Error(), test.err) || !strings.Contains(strings.Join(hint.Next(h.Err), ""), test.next) {
					t.Errorf("error %v, next %q", h.Err, hint.Next(h.Err))
				}
			case !errors.Is(h.Err, test.reasonable):
				t.Errorf("error %v", h.Err)
			}
		})
	}
	t.Run("without git", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		h := checkout.History{Git: plain, File: untracked}
		if got := texts(t.Context(), &h, 9); len(got) > 0 || h.Err == nil {
			t.Errorf("versions %q, %v", got, h.Err)
		}
	})
}

// TestTracks: a file counts as tracked once it was added, whatever its name means
// to git.
func TestTracks(t *testing.T) {
	r := newRepository(t)
	for _, name := range []string{"a/.env", ":(top)x", "*.env", "new.env"} {
		r.write(name, "A=1\n")
	}
	r.git("add", "a", "--", ":(literal):(top)x")
	outside := filepath.Join(t.TempDir(), ".env")
	if err := os.WriteFile(outside, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	tests := map[string]bool{
		r.path("a/.env"): true, r.path(":(top)x"): true, r.path("*.env"): false, r.path("new.env"): false,
		r.path("none"): false, r.path("none/.env"): false, outside: false,
	}
	for file, want := range tests {
		if got := checkout.Tracks(t.Context(), plain, file); got != want {
			t.Errorf("Tracks(%s) = %v", file, got)
		}
	}
	t.Chdir(r.path("a"))
	if !checkout.Tracks(t.Context(), plain, ".env") {
		t.Error("here, it does not count")
	}
}

// TestHistoryOfAFolder: a folder that had the name is no version, and no missing one.
func TestHistoryOfAFolder(t *testing.T) {
	r := newRepository(t)
	r.write("secrets.yaml/x", "one\n")
	r.commit("1700000000")
	r.git("rm", "--quiet", "-r", "secrets.yaml")
	h := checkout.History{Git: plain, File: r.write("secrets.yaml", "two\n")}
	r.commit("1700000001")
	if got := texts(t.Context(), &h, 9); !slices.Equal(got, []string{"two\n"}) || h.Err != nil {
		t.Errorf("versions %q, %v", got, h.Err)
	}
}
