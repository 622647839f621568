package sopsconfig

import (
	"fmt"

	"github.com/getsops/sops/v3"

	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/schema/sopsfile"
)

// RuleError says that a .sops.yaml has no rule for a manifest, or one that would leave
// values in clear. Neither is mended in a rule that is there: it may be for other
// files too, whose values would then stay in clear. What helps is a rule of its own
// above; see AddRule.
type RuleError struct {
	path, file, what string
	rules            sopsfile.Rules
	groups           []sops.KeyGroup // of the rule that there is
	threshold        int
}

// Error names the configuration and what is wrong with it.
func (e *RuleError) Error() string { return fmt.Sprintf("%s: %s", words.Quote(e.path), e.what) }

// Hint is the rule to write.
func (e *RuleError) Hint() *hint.Error {
	return &hint.Error{Err: e, Next: []string{
		fmt.Sprintf("give the manifest a rule of its own, first in creation_rules, so that other files keep theirs: %s", e.Rule().OneLine()),
	}}
}

// Config is the configuration's path.
func (e *RuleError) Config() string { return e.path }

// Keyed reports whether it is known who is to decrypt.
func (e *RuleError) Keyed() bool { return len(e.groups) > 0 && len(e.groups[0]) > 0 }

// For gives the rule to write other keys than those of the rule that there is.
func (e *RuleError) For(group sops.KeyGroup) { e.groups, e.threshold = []sops.KeyGroup{group}, 0 }

// Creation is what the rule to write says of the manifest.
func (e *RuleError) Creation() *sopsfile.Creation {
	c := sopsfile.CreateFor(nil, e.rules)
	c.Config, c.Meta.KeyGroups, c.Meta.ShamirThreshold = e.path, e.groups, e.threshold
	return c
}

// Rule is the rule to write: with the keys of the one that there is.
func (e *RuleError) Rule() Rule {
	rule := Rule{PathRegex: pathRegexIn(e.path, e.file), Standard: e.rules.Standard, Threshold: e.threshold}
	if e.Keyed() {
		rule.Groups = e.groups
	}
	if node, err := read(e.path); err == nil {
		rule.Labels = labelsIn(node)
	}
	return rule
}
