package terminal

import (
	"strings"
	"testing"
)

func TestConfirm(t *testing.T) {
	tests := map[string]struct {
		answer string
		want   bool
	}{
		"yes":           {"yes\n", true},
		"spaces around": {" yes \r\n", true},
		"no newline":    {"yes", true},
		"y":             {"y\n", false},
		"upper case":    {"YES\n", false},
		"no":            {"no\n", false},
		"nothing":       {"\n", false},
		"closed":        {"", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var stderr strings.Builder
			err := Confirm(t.Context(), strings.NewReader(test.answer), &stderr, "Go on?", "nothing was done")
			if got := err == nil; got != test.want {
				t.Errorf("confirm(%q) = %v, want approved: %v", test.answer, err, test.want)
			}
			if !strings.Contains(stderr.String(), `Only "yes" goes on`) {
				t.Errorf("asked: %q", &stderr)
			}
		})
	}
}
