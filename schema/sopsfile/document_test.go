package sopsfile

import "testing"

func TestHiddenBreak(t *testing.T) {
	tests := map[string]struct {
		text string
		want int
	}{
		"none":                      {"a\nb\r\n\r\nc", -1},
		"nothing":                   {"", -1},
		"a CR alone":                {"a\r\nb\rc\r\n", 4},
		"a CR at the end":           {"a\r\nb\r", 4},
		"two CR before an LF":       {"a\r\r\n", 1},
		"another one":               {"a\r\n\u2028b\r\n", 3},
		"another one before a CR":   {"a\u0085b\r", 1},
		"another one after a CR":    {"a\rb\u0085", 1},
		"others, the last is first": {"a\u2029b\u2028c\u0085", 1},
		"what begins like one":      {"a\u2027b\u202ac\u0086", -1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := hiddenBreak([]byte(test.text)); got != test.want {
				t.Errorf("hiddenBreak(%q) = %d, want %d", test.text, got, test.want)
			}
		})
	}
}
