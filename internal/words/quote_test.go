package words_test

import (
	"strings"
	"testing"

	"github.com/cella-secrets/cella/internal/cilog/obeyed"
	"github.com/cella-secrets/cella/internal/words"
)

func TestQuote(t *testing.T) {
	tests := map[string]struct{ in, want, reason string }{
		"plain":         {"my-site.live", "my-site.live", "a plain word needs no quotes"},
		"markup":        {"<b>|`x`", "<b>|`x`", "one line of terminal text; renderers of markup escape on top"},
		"command":       {"::error::x", `":\x3aerror:\x3ax"`, "at the beginning of a line GitHub's runner would obey it"},
		"colons":        {"Foo::bar", "Foo::bar", "elsewhere it would not"},
		"inside":        {"a ::b::c", `"a :\x3ab:\x3ac"`, "a line may be wrapped in between"},
		"bracket":       {"##vso[x]", `"##vso\x5bx]"`, "Azure's agent finds it wherever it stands, in quotes too"},
		"bracket, long": {"a ##teamcity[x 'y']", `"a ##teamcity\x5bx 'y']"`, "so does TeamCity"},
		"an address":    {"arn:aws:iam::1:role/x", "arn:aws:iam::1:role/x", "it can be copied as it is"},
		"empty":         {"", `""`, "nothing must be visible as nothing"},
		"space":         {"a b", `"a b"`, "where it begins and ends must be visible"},
		"newline":       {"a\nb", `"a\nb"`, "it must not start a line"},
		"escape":        {"\x1b[31mred", `"\x1b[31mred"`, "it must not colour a terminal"},
		"right to left": {"a\u202eb", `"a\u202eb"`, "it must not reorder a line"},
		"look-alike":    {"а", `"\u0430"`, "a Cyrillic letter must not pass for a Latin one"},
		"quote":         {`a"b`, `"a\"b"`, "it must not end the quotes"},
		"backslash":     {`a\ b`, `"a\\ b"`, "it must not be taken for an escape"},
		"broken UTF-8":  {"a\xff", `"a\xff"`, "bytes stay distinguishable"},
		"long":          {strings.Repeat("a", 300), strings.Repeat("a", 200) + "…", "a page of text is no name"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := words.Quote(test.in); got != test.want {
				t.Errorf("Quote = %s, want %s: %s", got, test.want, test.reason)
			}
		})
	}
}

// TestKeysAreShownWhole: of two that begin alike, each is told from the other.
func TestKeysAreShownWhole(t *testing.T) {
	long := "ssh-rsa " + strings.Repeat("A", 2700)
	if got := words.QuoteKey(long + "B ann@home"); got != `"`+long+`B ann@home"` {
		t.Errorf("QuoteKey = %s", got)
	}
	if got := words.KeyArgument(long + "B $(ann)"); got != "$'"+long+"B $(ann)'" {
		t.Errorf("KeyArgument = %s", got)
	}
	if got := words.QuoteKey(strings.Repeat("a", 5000)); got != strings.Repeat("a", 4096)+"…" {
		t.Errorf("an endless one has %d bytes", len(got))
	}
}

func FuzzQuote(f *testing.F) {
	f.Add("a\nb")
	f.Add("\u202e")
	for _, order := range []string{"::a::b", "x ::a::b", "a\t##[x]b", "##vso[a.b]c", "##teamcity[a", "###[a]", "travis_fold:a", "section_end:1:a"} {
		f.Add(order)
	}
	f.Fuzz(func(t *testing.T, text string) {
		quoted := strings.TrimSuffix(words.Quote(text), "…")
		for _, r := range quoted {
			if r < ' ' || r > '~' {
				t.Fatalf("Quote lets %U through", r)
			}
		}
		// Wherever a line is broken, and whatever stands before.
		for _, shown := range []string{words.Quote(text), words.Argument(text), strings.ReplaceAll(words.Quote(text), " ", "\n  ")} {
			if commands := obeyed.Commands("site:" + shown + "\n" + shown); len(commands) > 0 {
				t.Fatalf("%s: a CI system would obey %q", shown, commands)
			}
		}
	})
}
