package edit_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/schema/edit"
)

// TestSealedText: what somebody approves of says first what it is compared with,
// and then all that the difference does not show.
func TestSealedText(t *testing.T) {
	tests := map[string]struct {
		sealed edit.Sealed
		inGit  bool
		want   []string // in this order
		never  []string
	}{
		"since a commit":      {edit.Sealed{Base: "0123456789"}, true, []string{"0123456789"}, []string{"all of it"}},
		"no version to trust": {edit.Sealed{Skipped: []string{"a"}}, true, []string{"my\\tfile", "all of it"}, []string{"Since"}},
		"none in git":         {edit.Sealed{}, false, []string{"git has no version of", "all of it"}, []string{"Since"}},
		"all lists": {
			edit.Sealed{
				Base: "b", Encrypted: []string{"sites.a.secrets.NEW.value"}, Foreign: []string{"sites.a.secrets.THEIRS.value"},
				Moved: []edit.Move{{From: "sites.a", To: "sites.b"}, {From: "sites.c", To: "sites.d", Copied: true}},
			}, true,
			[]string{"Encrypted now", "NEW.value\n", "Encrypted again", "sites.b, from sites.a\n", "Copied", "sites.d, from sites.c\n", "THEIRS.value\n"},
			nil,
		},
		"no lists": {edit.Sealed{Base: "b"}, true, nil, []string{"Encrypted", "Copied", "Values that are new"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			if err := test.sealed.Text(&out, "my\tfile", test.inGit); err != nil {
				t.Fatal(err)
			}
			rest := out.String()
			for _, want := range test.want {
				_, after, found := strings.Cut(rest, want)
				if !found {
					t.Errorf("it lacks %q, or has it too early:\n%s", want, &out)
				}
				rest = after
			}
			for _, never := range test.never {
				if strings.Contains(out.String(), never) {
					t.Errorf("it says %q:\n%s", never, &out)
				}
			}
		})
	}
	t.Run("nobody reads", func(t *testing.T) {
		if err := (&edit.Sealed{}).Text(gone{}, "file", false); !errors.Is(err, errGone) {
			t.Errorf("error %v", err)
		}
	})
}

var errGone = errors.New("nobody reads")

type gone struct{}

func (gone) Write([]byte) (int, error) { return 0, errGone }

// TestSealedWarnings: what was exposed is told in any case, what was skipped only
// where something was found behind it.
func TestSealedWarnings(t *testing.T) {
	tests := map[string]struct {
		sealed edit.Sealed
		want   []string
	}{
		"nothing":           {edit.Sealed{Base: "b"}, nil},
		"skipped":           {edit.Sealed{Base: "b", Skipped: []string{"c", "d"}}, []string{"note: 2 versions"}},
		"skipped them all":  {edit.Sealed{Skipped: []string{"c"}}, nil},
		"exposed":           {edit.Sealed{Exposed: []string{"sites.a.secrets.A.value"}}, []string{"warning: git has sites.a.secrets.A.value"}},
		"exposed, and more": {edit.Sealed{Base: "b", Skipped: []string{"c"}, Exposed: []string{"x", "y"}}, []string{"note: 1 version", "warning: ", "warning: "}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := test.sealed.Warnings()
			if len(got) != len(test.want) {
				t.Fatalf("warnings %q", got)
			}
			for i, want := range test.want {
				if !strings.HasPrefix(got[i], want) {
					t.Errorf("%q does not begin with %q", got[i], want)
				}
			}
		})
	}
}
