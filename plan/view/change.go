package view

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/sentence"
	"github.com/cella-secrets/cella/secret"
)

// symbols of the actions; the package comment explains them.
var symbols = map[plan.Action]string{
	plan.Create:  "+",
	plan.Update:  "~",
	plan.Replace: "-/+",
	plan.Delete:  "-",
	plan.Adopt:   "o",
	plan.Release: ">",
	plan.Forget:  "x",
	plan.None:    "=",
}

// states of values in words: see State.
var states = map[plan.ValueState]string{
	plan.Equal:        "equal",
	plan.AsApplied:    "as applied",
	plan.Changed:      "differs",
	plan.Unverifiable: "hidden",
	plan.Absent:       "absent",
}

// refusedActions say what a refused change would do.
var refusedActions = map[plan.Action]string{
	plan.Create:  "refused: would be created",
	plan.Update:  "refused: would be updated",
	plan.Replace: "refused: would be replaced",
	plan.Delete:  "refused: would be deleted",
	plan.Adopt:   "refused: would be adopted",
	plan.Release: "refused: would be released",
	plan.Forget:  "refused: would be forgotten",
	plan.None:    "refused",
}

// change writes one secret: what happens and why, then value by value. A
// secret without overrides has its one value on the first line.
func (t *text) change(c plan.Change) {
	symbol := symbols[c.Action]
	refused := t.refused[name{c.Owner, c.Secret}]
	if refused {
		symbol = "!"
	}
	value := ""
	if len(c.Overrides) == 0 && c.Value != "" {
		value = ", value " + t.state(c, c.Value, c.ChangedBy, c.AppliedAt) + from(c.Source)
	}
	t.line("%s", strings.TrimRight(fmt.Sprintf("  %s %s  %s%s", t.paint.symbol(symbol), words.Quote(string(c.Secret)), attributes(c), value), " "))
	if refused {
		t.line("      %s; see %s", refusedActions[c.Action], t.refusals)
	}
	for _, reason := range c.Reasons {
		t.line("      %s", sentence.Reason(reason))
	}
	if len(c.Overrides) > 0 {
		t.values(c)
	}
}

// values writes a line for each value, the default's first.
func (t *text) values(c plan.Change) {
	width := len("default")
	for _, o := range c.Overrides {
		width = max(width, len(words.Quote(string(o.Env))))
	}
	t.value(c.Default, "default", width, t.state(c, c.Value, c.ChangedBy, c.AppliedAt)+from(c.Source))
	for _, o := range c.Overrides {
		t.value(o.Action, words.Quote(string(o.Env)), width, t.override(c, o))
	}
}

func (t *text) value(action plan.Action, env string, width int, what string) {
	t.line("      %s %-*s  %s", t.paint.symbol(symbols[action]), width, env, what)
}

// from names the source of a value that does not stand in the manifest.
func from(source secret.Source) string {
	if source == "" {
		return ""
	}
	return ", from " + words.Quote(string(source))
}

// override says in what state an override is, and why it changes, unless that
// has been said of its secret.
func (t *text) override(c plan.Change, o plan.OverrideChange) string {
	texts := make([]string, 0, 1+len(o.Reasons))
	if o.Value != "" {
		texts = append(texts, t.state(c, o.Value, o.ChangedBy, o.AppliedAt)+from(o.Source))
	} else if o.Action == plan.Delete {
		texts = append(texts, "removed")
	}
	for _, reason := range o.Reasons {
		told := func(r plan.Reason) bool { return r.Code == reason.Code && r.Facts.ChangedBy == reason.Facts.ChangedBy }
		if !slices.ContainsFunc(c.Reasons, told) {
			texts = append(texts, sentence.Reason(reason))
		}
	}
	return strings.Join(texts, ": ")
}

// attributes writes type and scopes, with an arrow where they differ; nothing
// where the secret is live neither before nor after.
func attributes(c plan.Change) string {
	if c.Type.After == "" {
		c.Type.After, c.Scopes.After = c.Type.Before, c.Scopes.Before
	}
	if c.Type.After == "" && len(c.Scopes.After) == 0 {
		return ""
	}
	before, after := words.Quote(string(c.Type.Before)), words.Quote(string(c.Type.After))
	from, to := scopes(c.Scopes.Before), scopes(c.Scopes.After)
	if c.Type.Before == "" {
		before, from = after, to // not live, or not to be compared
	}
	return fmt.Sprintf("type %s, scopes %s", arrow(before, after), arrow(from, to))
}

func scopes(s secret.Scopes) string {
	if len(s) == 0 {
		return "none"
	}
	return s.String()
}

func arrow(before, after string) string {
	if before == after {
		return after
	}
	return before + " -> " + after
}
