package view

import (
	"strings"
	"testing"
)

func TestProse(t *testing.T) {
	tests := map[string]struct{ text, want, reason string }{
		"words":         {"not live yet, or (perhaps) it's as-is; see: 503.", "not live yet, or (perhaps) it's as-is; see: `503`.", "503. could begin a list"},
		"a number":      {"3 of 11, 1000000 at most", "3 of 11, `1000000` at most", "a long number may be a commit"},
		"a place":       {"list secrets of site:my-site: 503 after 9", "list secrets of `site:my-site`: 503 after 9", "colons inside make emoji"},
		"backticks":     {"add `replace: true`, or `retire: delete`.", "add `replace: true`, or `retire: delete`.", "it is code already"},
		"parentheses":   {"(with `external: true`) (a.b)", "(with `external: true`) (`a.b`)", "only the middle is code"},
		"one backtick":  {"a` b c", "`` a` `` b c", "it would begin code"},
		"spaced":        {"a ` b `", "a ` b `", "it is code already"},
		"two backticks": {"``a`b``", "``` ``a`b`` ```", "a longer fence holds them"},
		"glued":         {"x`a`y", "``x`a`y``", "code stands apart from words"},
		"quoted":        {`named "a @b", so`, "named `\"a @b\"`, so", "a quoted name is one piece"},
		"mention":       {"ask @octocat", "ask `@octocat`", "it would call somebody"},
		"commit":        {"since deadbeef now", "since `deadbeef` now", "it would become a link"},
		"punctuation":   {": , ) -", "`:` `,` `)` `-`", "it is no word"},
		"spaces":        {"    a  b", "a b", "four would begin a block of code"},
		"nothing":       {"", "", ""},
	}
	for name, test := range tests {
		if got := prose(test.text); got != test.want {
			t.Errorf("%s: %s, want %s: %s", name, got, test.want, test.reason)
		}
	}
}

// TestProseLosesNothing: without fences and spaces the text is as it was.
func TestProseLosesNothing(t *testing.T) {
	bare := strings.NewReplacer("`", "", " ", "").Replace
	for _, text := range []string{"a `b` \"c d\" e.f, (`g h`); i`j k`l", "```", "\"unended a", "`unended b", "(.)", "((a))"} {
		if got := prose(text); bare(got) != bare(text) {
			t.Errorf("%s became %s", text, got)
		}
	}
}
