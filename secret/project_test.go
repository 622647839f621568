package secret

import (
	"strings"
	"testing"
)

func TestIsProject(t *testing.T) {
	tests := map[string]struct {
		want   bool
		reason string
	}{
		"shop":                  {true, "a word"},
		"shop-2":                {true, "words joined by a hyphen"},
		strings.Repeat("a", 31): {true, "the longest"},
		strings.Repeat("a", 32): {false, "one too long"},
		"":                      {false, "nothing"},
		"Shop":                  {false, "its ledger would have the name of shop's"},
		"2shop":                 {false, "a digit begins it"},
		"-shop":                 {false, "a hyphen begins it"},
		"shop-":                 {false, "a hyphen ends it"},
		"shop--2":               {false, "its ledger would have the name of a further chunk of shop's"},
		"shop_2":                {false, "its ledger would have the name of shop-2's"},
		"shop\n":                {false, "a line end ends it"},
	}
	for name, test := range tests {
		if got := IsProject(name); got != test.want {
			t.Errorf("IsProject(%q) = %t: %s", name, got, test.reason)
		}
	}
}
