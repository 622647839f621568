package checkout_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/internal/checkout"
	"github.com/cella-secrets/cella/internal/testkit"
)

// saysShop stands for a question about a manifest.
func saysShop(head []byte) bool { return bytes.Contains(head, []byte("project: shop")) }

func (r repository) copies(file string) []string {
	r.Helper()
	found, err := checkout.Copies(r.Context(), plain, file, saysShop)
	if err != nil {
		r.Fatal(err)
	}
	return found
}

func TestCopies(t *testing.T) {
	r := newRepository(t)
	own := r.write("infra/secrets.yaml", "project: shop\n")
	for name, text := range map[string]string{
		"b/secrets.yaml":    "project: shop\n",
		"a space/x.YML":     "project: shop\n",
		"other.yaml":        "project: blog\n",
		"notes.txt":         "project: shop\n", // no YAML by its name
		"removed.yaml":      "project: shop\n",
		"large.yaml":        strings.Repeat("#\n", checkout.MaxHeadBytes/2) + "project: shop\n",
		"empty.yaml":        "",
		"folder/link.yaml":  "project: shop\n",
		"fifo.yaml":         "project: shop\n",
		"made-a-folder.yml": "project: shop\n",
	} {
		r.write(name, text)
	}
	if err := os.Symlink("infra/secrets.yaml", r.path("a-link.yaml")); err != nil {
		t.Fatal(err)
	}
	r.commit("1700000000")
	r.write("untracked.yaml", "project: shop\n")
	for _, gone := range []string{"removed.yaml", "fifo.yaml", "made-a-folder.yml", "folder/link.yaml", "folder"} {
		if err := os.Remove(r.path(gone)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(testkit.Mkfifo(r.path("fifo.yaml")), os.Mkdir(r.path("made-a-folder.yml"), 0o700),
		os.Symlink("/dev", r.path("folder"))); err != nil {
		t.Fatal(err)
	}
	want := []string{"a space/x.YML", "b/secrets.yaml"}
	if got := r.copies(own); !slices.Equal(got, want) {
		t.Errorf("Copies = %q, want %q", got, want)
	}
	if got := r.copies(r.path("a-link.yaml")); !slices.Equal(got, want) {
		t.Errorf("asked by a link, Copies = %q, want %q", got, want)
	}
	if got := r.copies(r.path("untracked.yaml")); len(got) > 0 {
		t.Errorf("asked by a file that is not tracked, Copies = %q, want none", got)
	}
	r.git("add", "untracked.yaml")
	want = append(want, "infra/secrets.yaml")
	if got := r.copies(r.path("untracked.yaml")); !slices.Equal(got, want) {
		t.Errorf("asked by a file that was added, Copies = %q, want %q", got, want)
	}
}

// TestCopiesElsewhere: what another repository tracks is not this one's.
func TestCopiesElsewhere(t *testing.T) {
	r := newRepository(t)
	own := r.write("secrets.yaml", "project: shop\n")
	r.commit("1700000000")
	tree := r.path("trees/one")
	r.git("worktree", "add", "--quiet", "--detach", tree)
	sub := repository{t, t.TempDir()}
	sub.git("init", "--quiet")
	sub.write("secrets.yaml", "project: shop\n")
	sub.commit("1700000000")
	r.git("submodule", "--quiet", "add", sub.folder, "sub")
	r.commit("1700000001")
	for _, file := range []string{own, filepath.Join(tree, "secrets.yaml"), r.path("sub/secrets.yaml"), filepath.Join(t.TempDir(), "x")} {
		if got := r.copies(file); len(got) > 0 {
			t.Errorf("Copies(%s) = %q", file, got)
		}
	}
	if err := os.WriteFile(filepath.Join(t.TempDir(), "s.yaml"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", t.TempDir())
	if got := r.copies(own); len(got) > 0 {
		t.Errorf("without git, Copies = %q", got)
	}
}

// TestCopiesLeftOutOfTheCheckout: a sparse checkout has fewer files than the
// repository, and the others count.
func TestCopiesLeftOutOfTheCheckout(t *testing.T) {
	r := newRepository(t)
	r.write("shop/secrets.yaml", "project: shop\n")
	r.write("old/secrets.yaml", "project: shop\n")
	r.write("old/large.yaml", strings.Repeat("#\n", checkout.MaxHeadBytes)+"project: shop\n")
	r.write("old/other.yaml", "project: blog\n")
	r.write("z/secrets.yaml", "project: shop\n")
	r.git("config", "uploadpack.allowFilter", "true")
	r.commit("1700000000")
	r.git("sparse-checkout", "set", "shop")
	want := []string{"old/secrets.yaml", "z/secrets.yaml"}
	if got := r.copies(r.path("shop/secrets.yaml")); !slices.Equal(got, want) {
		t.Errorf("Copies = %q, want %q", got, want)
	}
	// A clone without those files' contents cannot tell, and does not fetch them.
	part := r.clone("--filter=blob:none", "--sparse")
	part.git("config", "protocol.file.allow", "always")
	part.git("sparse-checkout", "set", "shop")
	if got := part.copies(part.path("shop/secrets.yaml")); len(got) > 0 {
		t.Errorf("in a partial clone, Copies = %q", got)
	}
}

// TestCopiesInAConflict: a path that is being merged is listed once.
func TestCopiesInAConflict(t *testing.T) {
	r := newRepository(t)
	own := r.write("secrets.yaml", "project: shop\n")
	r.write("b.yaml", "project: shop\n")
	first := r.commit("1700000000")
	r.write("b.yaml", "project: shop # ours\n")
	r.commit("1700000001")
	r.git("checkout", "--quiet", "-b", "side", first)
	r.write("b.yaml", "project: shop # theirs\n")
	r.commit("1700000002")
	if _, _, err := plain.In(t.Context(), r.folder, "merge", "--quiet", "main"); err != nil {
		t.Fatal(err)
	}
	if got := r.copies(own); !slices.Equal(got, []string{"b.yaml"}) {
		t.Errorf("Copies = %q", got)
	}
}

func TestCopiesInterrupted(t *testing.T) {
	r := newRepository(t)
	own := r.write("secrets.yaml", "project: shop\n")
	r.commit("1700000000")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := checkout.Copies(ctx, plain, own, saysShop); !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v, want that of the context", err)
	}
}
