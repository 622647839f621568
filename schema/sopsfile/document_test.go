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

// TestConflictMarker: also what is left of one that somebody began to resolve.
func TestConflictMarker(t *testing.T) {
	for text, want := range map[string]int{
		"a: 1\n<<<<<<< HEAD\n": 5, "<<<<<<< HEAD\r\n": 0, "a\n||||||| base\n": 2, "a\n=======\n": 2, "a\n=======\r\n": 2, "a\n>>>>>>> other\n": 2,
		"a: <<<<<<< HEAD\n": -1, "  =======\n": -1, "a\n<<<<<<<<<< ours\n": 2, "======\n": -1, "<<<<<<<\n": -1, "": -1,
	} {
		if got := ConflictMarker([]byte(text)); got != want {
			t.Errorf("in %q at %d, want %d", text, got, want)
		}
	}
}
