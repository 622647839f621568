package sopsfile_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/schema"
	"github.com/cella-secrets/cella/schema/internal/sealtest"
	"github.com/cella-secrets/cella/schema/internal/yamltext"
	"github.com/cella-secrets/cella/schema/sopsfile"
)

// withComments is a file with a sops section whose values stand in clear, so that a
// reader sees what its comments are.
func withComments(t *testing.T, overrides string) *sopsfile.File {
	t.Helper()
	me := sealtest.NewIdentity(t)
	data := sealtest.Encrypt(t, []byte("version: 1\nnote: x\n"), sealtest.Seal{Groups: sealtest.KeyGroups(t, me.Public)})
	text := strings.Replace(string(data), "note: x\n", overrides, 1)
	file, err := sopsfile.ReadLines(strings.Split(strings.TrimSuffix(text, "\n"), "\n"), schema.EncryptionRules.Rule)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestComments(t *testing.T) {
	tests := map[string]struct {
		text string
		want []string // LINE FRAME TEXT, lines from 2 on
	}{
		"above, behind, below": {
			"a:\n  overrides:\n    # one\n    live: x # two\n    # three\n",
			[]string{"4 a.overrides one", "5 a.overrides two", "6 a.overrides three"},
		},
		"outside":        {"# one\na: # two\n  # three\n  value: x # four\n  type: x # five\n# six\n", nil},
		"behind the key": {"a:\n  overrides: # one\n    live: x\n", nil}, // SOPS has it in the mapping around
		"behind braces":  {"a:\n  overrides: {live: x} # one\n", []string{"3 a.overrides one"}},
		"several lines": {
			"a:\n  overrides:\n    # one\n    # two\n\n    # three\n    live: x\n",
			[]string{"4 a.overrides one", "5 a.overrides two", "7 a.overrides three"},
		},
		"the same twice":        {"a:\n  overrides:\n    # one\n    live: x\n    # one\n    test: x\n", []string{"4 a.overrides one", "6 a.overrides one"}},
		"the same in clear":     {"# one\na:\n  # one\n  overrides:\n    # one\n    live: x\n  # one\n  type: x\n", []string{"6 a.overrides one"}},
		"a number sign in text": {"a:\n  overrides:\n    live: 'x # no' # one\n", []string{"4 a.overrides one"}},
		"a list":                {"a:\n  overrides:\n    # one\n    - x # two\n", []string{"4 a.overrides one", "5 a.overrides two"}},
		"bare signs":            {"a:\n  overrides:\n    #\n    live: x #\n", nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			file := withComments(t, test.text)
			var got []string
			for _, c := range file.Comments() {
				got = append(got, fmt.Sprintf("%d %s %s", c.Span.Line+1, c.Frame, strings.TrimSpace(c.Text)))
				if line := file.Lines[c.Span.Line]; line[c.Span.From:c.Span.To] != c.Text || line[c.Span.From-1] != '#' {
					t.Errorf("%q is not at %+v", c.Text, c.Span)
				}
			}
			slices.Sort(got)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// TestReplaced: a line that only looks like the comment is not changed.
func TestWithComments(t *testing.T) {
	file := withComments(t, "a:\n  overrides:\n    # one\n    live: x\n")
	line := slices.Index(file.Lines, "    live: x")
	same, err := file.WithComments([]yamltext.Change{{Span: yamltext.Span{Line: line, From: 10, To: 11}, Text: "y"}})
	if err != nil || same != file {
		t.Errorf("a value was replaced as a comment: %v", err)
	}
	changed, err := file.WithComments([]yamltext.Change{{Span: yamltext.Span{Line: line - 1, From: 5, To: 9}, Text: " two"}})
	if err != nil || changed == file || changed.Lines[line-1] != "    # two" {
		t.Errorf("the comment was not replaced: %v", err)
	}
}
