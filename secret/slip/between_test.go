package slip_test

import (
	"testing"

	"github.com/cella-secrets/cella/secret"
	"github.com/cella-secrets/cella/secret/slip"
)

func TestBetween(t *testing.T) {
	tests := map[string]struct {
		a, b string
		want slip.Difference
	}{
		"equal":              {"canary", "canary", ""},
		"another":            {"canary", "cuckoo", ""},
		"another case":       {"canary", "Canary", ""},
		"a line end":         {"canary", "canary\n", slip.InLineEnds},
		"Windows":            {"one\r\ntwo\r\n", "one\ntwo", slip.InLineEnds},
		"line ends within":   {"one\ntwo", "one\n\ntwo", slip.InSpace},
		"a space":            {"canary", " canary\t", slip.InSpace},
		"spaces within":      {"one two", "one  two", slip.InSpace},
		"no-break space":     {"one two", "one\u00a0two", slip.InSpace},
		"a mark":             {"canary", "\uFEFFcanary", slip.InSpace},
		"a NUL":              {"canary", "canary\x00", slip.InSpace},
		"composed otherwise": {"caf\u00e9", "cafe\u0301", slip.InForm},
		"wide letters":       {"canary", "\uff43anary", slip.InForm},
		"both":               {"caf\u00e9\n", "cafe\u0301", slip.InForm},
		"another accent":     {"café", "cafe", ""},
		"nothing shows":      {" ", "\t", slip.InSpace},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			for _, pair := range [][2]string{{test.a, test.b}, {test.b, test.a}} {
				if got := slip.Between(secret.NewValue(pair[0]), secret.NewValue(pair[1])); got != test.want {
					t.Errorf("%q and %q: %q, want %q", pair[0], pair[1], got, test.want)
				}
			}
		})
	}
	if got := slip.Between(secret.Value{}, secret.NewValue("")); got != "" {
		t.Errorf("a value that is not known differs in %q", got)
	}
}
