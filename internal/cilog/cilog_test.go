package cilog_test

import (
	"bytes"
	"regexp"
	"testing"

	"github.com/cella-secrets/cella/internal/cilog"
	"github.com/cella-secrets/cella/internal/cilog/obeyed"
)

func TestEscape(t *testing.T) {
	tests := map[string]struct{ in, want, reason string }{
		"plain":             {"my-site.live", "my-site.live", "nothing to do"},
		"GitHub":            {"::error::x", ":_error::x", "at the start of a line"},
		"GitHub, spaces":    {" \t::error::x", " \t:_error::x", "the runner trims them"},
		"GitHub, no-break":  {"\u00a0::error::x", "\u00a0:_error::x", "it trims those too"},
		"GitHub, later":     {"Foo::bar::x", "Foo::bar::x", "elsewhere it is none"},
		"GitHub, next line": {"a\n::x::y", "a\n:_x::y", ""},
		"GitHub, after CR":  {"a\r::x::y", "a\r:_x::y", "Azure's agent, and who reads like it, ends the line there"},
		"one colon":         {": :x::", ": :x::", ""},
		"three colons":      {":::x", ":_:x", "two of them are enough"},
		"the old form":      {"a ##[add-mask]b", "a ##_add-mask]b", "anywhere in a line"},
		"Azure":             {"x##vso[task.complete]", "x##vso_task.complete]", "anywhere in a line"},
		"Azure, other case": {"##VSO[a.b]", "##VSO_a.b]", "whoever reads it may not mind the case"},
		"TeamCity":          {"x ##teamcity[a 'b']", "x ##teamcity_a 'b']", "anywhere in a line"},
		"three hashes":      {"###[x]", "###_x]", "the last two begin it"},
		"two in a line":     {"##[a] ##vso[b]", "##_a] ##vso_b]", ""},
		"a heading":         {"## Plan [x]", "## Plan [x]", "a space is between"},
		"a list":            {"##a1[x]", "##a1[x]", "no system has digits there"},
		"an issue":          {"#[x] #1##2", "#[x] #1##2", ""},
		"hash apart":        {"##a#[x]", "##a#[x]", ""},
		"Travis":            {"x travis_fold:start:a", "x travis_fold_start:a", ""},
		"GitLab":            {"section_start:1:a", "section_start_1:a", ""},
		"Buildkite":         {"--- a\n+++ b\n~~~ c\n^^^ +++", "---_a\n+++_b\n~~~_c\n^^^_+++", "a heading of the log"},
		"Buildkite, later":  {" --- a, ---b", " --- a, ---b", "only at the very start, with a space"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := cilog.Escape(test.in, func(byte) string { return "_" }); got != test.want {
				t.Errorf("got %q, want %q: %s", got, test.want, test.reason)
			}
			if cilog.IsCommand(test.in) != (test.in != test.want) {
				t.Errorf("IsCommand is wrong: %s", test.reason)
			}
		})
	}
}

func TestWriter(t *testing.T) {
	var out bytes.Buffer
	w := cilog.NewWriter(&out)
	for _, part := range []string{"a #", "#", "vso", "[x]\n:", ":error::y\n", "##[", "z]\n"} {
		if n, err := w.Write([]byte(part)); n != len(part) || err != nil {
			t.Fatalf("Write = %d, %v", n, err)
		}
	}
	if want := "a ##vso\\[x]\n:\\:error::y\n##\\[z]\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

// Lines that are meant for GitHub's runner reach it, and nothing else does.
func TestCommands(t *testing.T) {
	var out bytes.Buffer
	w := cilog.NewWriter(&out).Commands()
	if _, err := w.Write([]byte("::error file=a::b ##vso[x] travis_fold:start\n")); err != nil {
		t.Fatal(err)
	}
	if want := "::error file=a::b ##vso\\[x] travis_fold\\:start\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

// However a text is cut into writes, it comes out the same, holds no command,
// and loses nothing but what was put in.
func FuzzWriter(f *testing.F) {
	for _, seed := range []string{"::a::b", " ##[x]y", "##vso[a.b c=d;]e", "##teamcity[a 'b']", "--- a\r::b::", "###[##[", ":::a::b", "travis_fold:start:a"} {
		f.Add(seed, uint8(3))
	}
	added := regexp.MustCompile(`\\([\[: ])`)
	f.Fuzz(func(t *testing.T, text string, size uint8) {
		var whole, parts bytes.Buffer
		if _, err := cilog.NewWriter(&whole).Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		w := cilog.NewWriter(&parts)
		for rest := text; rest != ""; {
			n := min(len(rest), int(size)+1)
			if _, err := w.Write([]byte(rest[:n])); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		if whole.String() != parts.String() {
			t.Errorf("cut at %d it is %q, whole %q", size, parts.String(), whole.String())
		}
		if commands := obeyed.Commands(whole.String()); len(commands) > 0 {
			t.Errorf("%q: commands %q", whole.String(), commands)
		}
		if plain := func(s string) string { return added.ReplaceAllString(s, "$1") }; plain(whole.String()) != plain(text) {
			t.Errorf("%q became %q", text, whole.String())
		}
	})
}
