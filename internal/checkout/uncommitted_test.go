package checkout_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/internal/checkout"
	"github.com/cella-secrets/cella/internal/words"
)

// read is a file as a run read it.
func read(path, text string) checkout.File {
	sum := sha256.Sum256([]byte(text))
	return checkout.File{Path: path, SHA256: hex.EncodeToString(sum[:])}
}

// TestUncommitted: a line for each file that a pipeline will not have as it was
// read.
func TestUncommitted(t *testing.T) {
	r := newRepository(t)
	file := r.write("a b/secrets.yaml", "one\ntwo\n")
	id := r.commit("1700000000")
	added := r.write("added.yaml", "x\n")
	r.git("add", "added.yaml")
	linked := r.path("link.yaml")
	fresh := newRepository(t)
	first := fresh.write("secrets.yaml", "one\n")
	damaged := newRepository(t)
	unanswered := damaged.write("secrets.yaml", "one\n")
	damaged.commit("1700000000")
	outside := filepath.Join(t.TempDir(), "secrets.yaml")
	for _, err := range []error{
		os.Symlink("a b/secrets.yaml", linked), os.WriteFile(outside, nil, 0o600),
		os.WriteFile(damaged.path(".git/HEAD"), []byte("nonsense\n"), 0o600),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	tests := map[string]struct {
		file checkout.File
		says string // empty for nothing
	}{
		"as committed":            {read(file, "one\ntwo\n"), ""},
		"with Windows' line ends": {read(file, "one\r\ntwo\r\n"), ""},
		"through a link":          {read(linked, "one\ntwo\n"), ""},
		"edited":                  {read(file, "one\nthree\n"), "differs from the commit that is checked out (" + id[:10] + ")"},
		"edited behind a link":    {read(linked, "one\nthree\n"), "differs"},
		"only added":              {read(added, "x\n"), "is not in the commit that is checked out (" + id[:10] + ")"},
		"before the first commit": {read(first, "one\n"), "no commit yet"},
		"in a damaged repository": {read(unanswered, "one\n"), "git does not say"},
		"outside":                 {read(outside, ""), ""},
		"gone meanwhile":          {read(r.path("gone.yaml"), "x"), ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := checkout.Uncommitted(t.Context(), plain, []checkout.File{test.file})
			switch {
			case test.says == "":
				if len(got) > 0 {
					t.Errorf("it says %q", got)
				}
			case len(got) != 1 || !strings.HasPrefix(got[0], words.Quote(test.file.Path)+" ") || !strings.Contains(got[0], test.says):
				t.Errorf("it says %q", got)
			}
		})
	}
	both := []checkout.File{read(added, "x\n"), read(file, "one\ntwo\n"), read(file, "other"), read(first, "one\n")}
	got := checkout.Uncommitted(t.Context(), plain, both)
	if len(got) != 3 || !strings.Contains(got[0], "added.yaml") || !strings.Contains(got[1], "differs") || !strings.Contains(got[2], "no commit yet") {
		t.Errorf("of several it says %q", got)
	}
}
