package sopsfile

import (
	"testing"

	"github.com/cella-secrets/cella/schema/internal/sealtest"
)

// TestRegexSteps: repetitions count as often as they are written out.
func TestRegexSteps(t *testing.T) {
	for expression, least := range map[string]int{"a": 1, "a{1000}": 1000, "(a{10}){10}": 100, "a{5,}": 5, "(a|b){1000}": 1000, ".{3}.{4}": 7} {
		if steps := RegexSteps(expression); steps < least || steps > 5*least {
			t.Errorf("%s has %d steps, not some %d", expression, steps, least)
		}
	}
	if steps := RegexSteps(sealtest.Standard); steps > 100 {
		t.Errorf("the usual one has %d steps", steps)
	}
}
