package checkout_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/internal/checkout"
	"github.com/cella-secrets/cella/internal/files"
	"github.com/cella-secrets/cella/internal/hint"
)

// TestReadVersion: a file, or what git has, byte for byte, and no more than the
// limit.
func TestReadVersion(t *testing.T) {
	r := newRepository(t)
	t.Chdir(r.folder)
	r.write(".gitattributes", "*.yaml text eol=crlf\n")
	r.write("secrets.yaml", "old\n")
	r.write("large.yaml", strings.Repeat("x", 100))
	r.commit("1700000000")
	r.write("secrets.yaml", "new\n")
	r.write("HEAD:secrets.yaml", "a file of that name\n")
	r.git("tag", "odd")

	tests := map[string]struct {
		name, want string
		err, next  string
	}{
		"a file":             {"secrets.yaml", "new\n", "", ""},
		"no file":            {os.DevNull, "", "", ""},
		"a version":          {"odd:secrets.yaml", "old\n", "", ""},
		"from here":          {"HEAD:./secrets.yaml", "old\n", "", ""},
		"a file comes first": {"HEAD:secrets.yaml", "a file of that name\n", "", ""},
		"not there":          {"none.yaml", "", "there is no file none.yaml", "REV:PATH"},
		"not in git":         {"HEAD:none.yaml", "", "read HEAD:none.yaml", "git log --oneline"},
		"no such commit":     {"nothing:secrets.yaml", "", "read nothing:secrets.yaml", "git log --oneline"},
		"a flag":             {"--textconv", "", "--textconv begins with a hyphen", "./"},
		"too large":          {"large.yaml", "", "large.yaml", ""},
		"too large in git":   {"odd:large.yaml", "", "odd:large.yaml", ""},
		"a folder":           {".git", "", ".git", ""},
		"a hostile name":     {"\x1b[31m:x", "", `\x1b[31m`, "git log"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			data, err := checkout.ReadVersion(t.Context(), plain, test.name, 50)
			if test.err != "" {
				next := strings.Join(hint.Next(err), "\n")
				if err == nil || data != nil || !strings.Contains(err.Error(), test.err) || !strings.Contains(next, test.next) || strings.Contains(err.Error(), "\x1b") {
					t.Errorf("%q, %v, next %q", data, err, next)
				}
				return
			}
			if err != nil || string(data) != test.want || (data == nil) != (test.name == os.DevNull) {
				t.Errorf("%q, %v", data, err)
			}
		})
	}
	for _, name := range []string{"large.yaml", "odd:large.yaml"} {
		if _, err := checkout.ReadVersion(t.Context(), plain, name, 50); !errors.Is(err, files.ErrTooLarge) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestReadVersionWithout: the cause is told, not that there is no such version.
func TestReadVersionWithout(t *testing.T) {
	r := newRepository(t)
	r.write("secrets.yaml", "old\n")
	r.commit("1700000000")
	t.Chdir(r.folder)
	ended, end := context.WithCancel(t.Context())
	end()
	if _, err := checkout.ReadVersion(ended, plain, "HEAD:secrets.yaml", 50); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted, the error is %v", err)
	}
	t.Setenv("PATH", t.TempDir())
	_, err := checkout.ReadVersion(t.Context(), plain, "HEAD:secrets.yaml", 50)
	if err == nil || !strings.Contains(err.Error(), "git is not installed") || !strings.Contains(strings.Join(hint.Next(err), ""), "install git") {
		t.Errorf("without git, the error is %v, next %q", err, hint.Next(err))
	}
}

func TestReadFile(t *testing.T) {
	if data, err := checkout.ReadFile(os.DevNull, 50); data != nil || err != nil {
		t.Errorf("%q, %v", data, err)
	}
	// A version that git has is none of its files.
	if _, err := checkout.ReadFile("HEAD:go.mod", 50); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
}
