package words_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/internal/cilog"
	"github.com/cella-secrets/cella/internal/words"
)

func TestWrap(t *testing.T) {
	tests := map[string]struct {
		text         string
		first, width int
		want         []string
		reason       string
	}{
		"nothing":           {"", 10, 10, nil, ""},
		"it fits":           {"one two", 7, 7, []string{"one two"}, ""},
		"it does not":       {"one two", 6, 6, []string{"one", "two"}, "no line is longer"},
		"less at first":     {"one two three", 3, 9, []string{"one", "two three"}, "something stands before it"},
		"a long word":       {"a longerthanthat b", 6, 6, []string{"a", "longerthanthat", "b"}, "a name is copied whole"},
		"clauses":           {"this is; that is so", 15, 15, []string{"this is;", "that is so"}, "a line is one idea where it can be"},
		"a short clause":    {"is; that is so again", 17, 17, []string{"is; that is so", "again"}, "hardly anything would stand on the first line"},
		"a label":           {"dev: this is all of it", 15, 19, []string{"dev: this is", "all of it"}, "a label stands with what it labels"},
		"long clauses":      {"a; b c d e f g h", 8, 8, []string{"a; b c d", "e f g h"}, "no clause takes one line more"},
		"many lines":        {"a; b c d e f g h i", 4, 4, []string{"a; b", "c d", "e f", "g h", "i"}, ""},
		"code":              {"a b `c d` e", 7, 7, []string{"a b", "`c d` e"}, "a command is copied whole"},
		"long code":         {"`a b c d`", 5, 5, []string{"`a b", "c d`"}, "no line is longer"},
		"a quoted name":     {`a "b  \" c" d`, 11, 11, []string{`a "b  \" c"`, "d"}, "its spaces are part of it"},
		"an odd mark":       {"a` b c", 4, 4, []string{"a` b", "c"}, "it begins nothing"},
		"a command":         {"a ::error::b c", 4, 4, []string{"a ::error::b", "c"}, "a CI system would obey it at the start of a line"},
		"the mark of a cut": {"a…b cd", 6, 6, []string{"a…b cd"}, "it takes one column"},
	}
	for name, test := range tests {
		if diff := cmp.Diff(test.want, words.Wrap(test.text, test.first, test.width)); diff != "" {
			t.Errorf("%s: %s\n%s", name, test.reason, diff)
		}
	}
}

// FuzzWrap: no word is lost, and only a word that is longer makes a line longer.
func FuzzWrap(f *testing.F) {
	for _, seed := range []string{"one two; three: four", "::a ::b", "x", "a; b; c", "   "} {
		f.Add(seed, 5, 9)
	}
	f.Fuzz(func(t *testing.T, text string, first, width int) {
		lines := words.Wrap(text, first, width)
		if got, want := strings.Fields(strings.Join(lines, " ")), strings.Fields(text); !slices.Equal(got, want) {
			t.Errorf("%q became %q", want, got)
		}
		for i, line := range lines {
			room := width
			if i == 0 {
				room = first
			}
			if words.Width(line) > room && strings.Contains(line, " ") && !slices.ContainsFunc(strings.Split(line, " "), cilog.IsCommand) {
				t.Errorf("line %d of %q has %d columns, want at most %d", i, text, words.Width(line), room)
			}
		}
	})
}
