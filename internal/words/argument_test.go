package words_test

import (
	"strings"
	"testing"

	"github.com/cella-secrets/cella/internal/testkit"
	"github.com/cella-secrets/cella/internal/words"
)

func TestArgument(t *testing.T) {
	tests := map[string]struct{ text, want, reason string }{
		"a name":         {"site:my-site.live", "site:my-site.live", "what needs no quotes has none"},
		"a path":         {"../a/b_c.yaml", "../a/b_c.yaml", ""},
		"nothing":        {"", "$''", ""},
		"a command":      {"$(id)", "'$(id)'", "a name from Pantheon or from a pull request must not run"},
		"backquotes":     {"`id`", "'`id`'", ""},
		"a list":         {"a;id", "'a;id'", ""},
		"a home":         {"~/x", "'~/x'", ""},
		"an assignment":  {"=x", "'=x'", "zsh looks for a command of that name"},
		"a quote":        {"it's", `'it'\''s'`, ""},
		"a double quote": {`a"b\`, `$'a"b\\'`, ""},
		"white space":    {"a b", "$'a b'", ""},
		"a line":         {"a\nid", `$'a\nid'`, "it stays on its line"},
		"an escape":      {"a\x1b[31m", `$'a\x1b[31m'`, "it colours no terminal"},
		"quote and line": {"'$(id)\n", `$'\'$(id)\n'`, ""},
		"other letters":  {"é", `$'\u00e9'`, ""},
		"a long command": {strings.Repeat("$(id)", 99), "'" + strings.Repeat("$(id)", 40) + "…'", "cut, and still one word"},
		"a long line":    {strings.Repeat("a\n", 150), "$'" + strings.Repeat(`a\n`, 100) + "…'", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := words.Argument(test.text); got != test.want {
				t.Errorf("Argument(%q) = %s, want %s: %s", test.text, got, test.want, test.reason)
			}
		})
	}
}

// FuzzArgument: a shell makes of it the one word that the text is.
func FuzzArgument(f *testing.F) {
	for _, seed := range []string{"a", "$(id)", "a'b\"c\\d`e`", "a b\nc\td", "é\x1b", "!!", "{a,b}", "*", "#x", "-n"} {
		f.Add(seed)
	}
	testkit.Need(f, "bash")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 200 || strings.ContainsAny(text, "\x00") || strings.ToValidUTF8(text, "") != text {
			t.Skip("no argument, or one that is cut")
		}
		command := testkit.Command(t, "bash", "-c", "set -- "+words.Argument(text)+`; printf '%d:%s' "$#" "$1"`)
		command.Env = []string{"LC_ALL=C.UTF-8"}
		command.Dir = t.TempDir()
		out, err := command.Output()
		if err != nil || string(out) != "1:"+text {
			t.Errorf("bash reads %q as %q (%v)", text, out, err)
		}
	})
}
