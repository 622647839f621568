package words_test

import (
	"strings"
	"testing"

	"github.com/cella-secrets/cella/internal/words"
)

func TestClosest(t *testing.T) {
	known := []string{"value", "overrides", "type", "scopes"}
	tests := map[string]struct{ want, reason string }{
		"vlaue": {"value", ""}, "Value": {"value", ""}, "override": {"overrides", ""}, "values": {"value", ""}, "scope": {"scopes", ""},
		"tyep": {"type", "letters that changed places"}, "val": {"value", "its end lacks"}, "tape": {"type", "one letter"},
		"tap": {"", "two letters of a short word"}, "cope": {"", "two letters of a short word"},
		"VALUE": {"value", "case is no difference"}, "TYPES": {"type", ""},
		"value": {"", "it is known"}, "secret": {"", "none is close"}, "": {"", ""}, "xy": {"", ""},
		strings.Repeat("value", 100): {"", "too long to be a typing error"},
	}
	for word, test := range tests {
		if got, ok := words.Closest(word, known); got != test.want || ok != (test.want != "") {
			t.Errorf("Closest(%.20q) = %q, want %q (%s)", word, got, test.want, test.reason)
		}
	}
	if got, _ := words.Closest("ab", []string{"ac", "ad"}); got != "ac" {
		t.Errorf("of equally close words %q, want the first", got)
	}
}
