package sentence_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/sentence"
	"github.com/cella-secrets/cella/secret/slip"
)

// unwanted are words of the docs, and words that made readers stop: "live" is an
// environment and nothing else.
var unwanted = regexp.MustCompile(`(?i)\b(is|are|not|the|stays?|leaves? it|undeclared|no longer) live\b|` +
	`\blive (type|value|secret|state|override|with|and|but)|` +
	`\bledger|\bowners?\b|\badopt|\bseals?\b|\banew\b|\bmend|leave away|in clear\b|ways? out\b|took out|nothing says|cannot be believed`)

// TestPlainWords: of what a reviewer reads. What the manifest calls by such a
// word may be named.
func TestPlainWords(t *testing.T) {
	check := func(said string) {
		t.Helper()
		bare := strings.NewReplacer("`reset_ledger`", "", "`reset_ledger: true`", "", "CELLA_LEDGER__", "").Replace(said)
		if word := unwanted.FindString(bare); word != "" {
			t.Errorf("%q stands in: %s", word, said)
		}
	}
	for _, code := range reasonCodes {
		check(sentence.Reason(plan.Reason{Code: code}))
		check(sentence.Brief(plan.Reason{Code: code}, "2 days ago"))
	}
	for _, s := range slices.Concat(warningSamples(), refusalSamples()) {
		check(sentence.Warning(plan.Warning{Code: s.code, Owner: shop, Secret: s.secret, Facts: s.facts, Detail: "detail"}))
		_, remedy := sentence.Refusal(plan.Refusal{Code: s.code, Owner: shop, Secret: s.secret, Facts: s.facts, Detail: "detail"})
		check(remedy)
	}
	for _, s := range driftSamples {
		check(sentence.Drift(plan.Drift{Owner: shop, Secret: s.secret, Env: s.env, Code: s.code, Facts: s.facts}))
	}
	for _, s := range errorSamples {
		check(sentence.Error(plan.OwnerError{Code: s.code, Owner: shop, Secret: s.secret, Facts: s.facts, Detail: "detail"}))
	}
}

// TestSince: the age stands with the apply that it is of, not with the change.
func TestSince(t *testing.T) {
	tests := map[string]struct {
		reason plan.Reason
		when   string
		want   string
	}{
		"on Pantheon": {plan.Reason{Code: plan.ReasonChanged, Facts: plan.ReasonFacts{ChangedBy: plan.ByPantheon}}, "3 days ago",
			"changed on Pantheon since the last apply (3 days ago)"},
		"not known": {plan.Reason{Code: plan.ReasonChanged, Facts: plan.ReasonFacts{ChangedBy: plan.ByBoth}}, "",
			"changed in the manifest and on Pantheon since the last apply"},
		"hidden": {plan.Reason{Code: plan.ReasonNotAsApplied}, "3 days ago",
			"changed in the manifest since the last apply (3 days ago; Pantheon hides the current value)"},
		"by nobody known": {plan.Reason{Code: plan.ReasonChanged}, "3 days ago", "Pantheon's value differs from the manifest's"},
		"a line end": {plan.Reason{Code: plan.ReasonChanged, Facts: plan.ReasonFacts{ChangedBy: plan.ByPantheon, OnlyIn: slip.InLineEnds}}, "3 days ago",
			"changed on Pantheon since the last apply (3 days ago), only in line ends"},
		"a space": {plan.Reason{Code: plan.ReasonChanged, Facts: plan.ReasonFacts{OnlyIn: slip.InSpace}}, "",
			"Pantheon's value differs from the manifest's, only in white space or what does not show"},
		"another": {plan.Reason{Code: plan.ReasonAdopt}, "3 days ago", "already matches; apply only records that cella manages it"},
	}
	for name, test := range tests {
		if got := sentence.Brief(test.reason, test.when); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}
