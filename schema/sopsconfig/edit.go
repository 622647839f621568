package sopsconfig

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/getsops/sops/v3"
	"gopkg.in/yaml.v3"

	"github.com/cella-secrets/cella/internal/files"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/schema/internal/yamltext"
	"github.com/cella-secrets/cella/schema/recipients"
)

// Edited is a configuration with a change that was not written yet.
type Edited struct {
	Path          string
	Before, After []byte
}

// ErrByHand: the configuration is written in a way that is not edited here.
var ErrByHand = errors.New("it is written in a way that only people can edit")

// editing is a configuration that is being changed.
type editing struct {
	path   string
	text   []byte
	lines  []string
	crlf   bool
	node   *yaml.Node
	before []*yaml.Node // its rules
}

func open(path string) (*editing, error) {
	text, err := files.Read(path, MaxSize)
	if err != nil {
		return nil, &Error{path, "it cannot be read", "put a readable file in its place, or restore it from git"}
	}
	node, err := parse(path, text)
	if err != nil {
		return nil, err
	}
	e := &editing{path: path, text: text, node: node, before: rulesOf(node)}
	e.lines, e.crlf = yamltext.SplitLines(text)
	return e, nil
}

// AddRule adds a rule of its own for a manifest, above the one that was for it until
// now, or else at the end. The error is ErrByHand, in its tree, or that of reading.
func (e *RuleError) AddRule() (*Edited, error) {
	config, err := open(e.path)
	if err != nil {
		return nil, err
	}
	failed := fmt.Errorf("add a rule to %s: %w", words.Quote(e.path), ErrByHand)
	at, err := matching(config.before, e.path, e.file)
	if err != nil || len(config.before) == 0 || !e.Keyed() {
		return nil, failed
	}
	place, column, ok := config.place(at)
	if !ok {
		return nil, failed
	}
	rule := e.Rule()
	lines := slices.Insert(slices.Clone(config.lines), place, yamltext.Shift(rule.Lines(), column)...)
	if at < 0 {
		at = len(config.before)
	}
	after := slices.Insert(slices.Clone(config.before), at, nil)
	made, ok := config.made(lines, e.file, at, after, recipients.Policy{
		Groups: e.groups, Needed: recipients.Needed(e.groups, e.threshold),
		Settings: map[string]string{"encrypted_regex": e.rules.Standard, "mac_only_encrypted": "true"},
	})
	if !ok {
		return nil, failed
	}
	return made, nil
}

// place is the line before which a rule is added, so that it comes before the one of
// an index, or last, and the column of its dash.
func (e *editing) place(at int) (line, column int, ok bool) {
	list := field(top(e.node), "creation_rules")
	if list == nil || list.Kind != yaml.SequenceNode || list.Style&yaml.FlowStyle != 0 {
		return 0, 0, false
	}
	some := e.before[max(at, 0)]
	if some.Kind != yaml.MappingNode {
		return 0, 0, false // by an alias
	}
	line = some.Line - 1
	if line >= len(e.lines) {
		return 0, 0, false
	}
	column = yamltext.IndentOf(e.lines[line])
	if at < 0 {
		return e.end(list, column), column, true
	}
	for line > 0 && yamltext.IsComment(e.lines[line-1]) && yamltext.IndentOf(e.lines[line-1]) >= column {
		line-- // what stands right above the rule is about it
	}
	return line, column, true
}

// end is the line behind a list in block style whose dashes stand in a column.
func (e *editing) end(list *yaml.Node, column int) int {
	last := list.Line
	for i := list.Line; i < len(e.lines); i++ {
		switch line := e.lines[i]; {
		case yamltext.IsBlank(line):
		case yamltext.IndentOf(line) > column, line[column:] != "" && line[column] == '-' && yamltext.IndentOf(line) == column:
			last = i + 1
		default:
			return last
		}
	}
	return last
}

// made is the configuration as lines have it, where that says what it is to say: the
// rule at an index is for the file and has a policy; the others are those of after,
// where nil is one that is not compared; and all else is what it was.
func (e *editing) made(lines []string, file string, at int, after []*yaml.Node, want recipients.Policy) (*Edited, bool) {
	text := yamltext.JoinLines(lines, e.crlf)
	node, err := parse(e.path, text)
	if err != nil {
		return nil, false
	}
	rules := rulesOf(node)
	if found, err := matching(rules, e.path, file); err != nil || found != at || len(rules) != len(after) {
		return nil, false
	}
	for i, rule := range after {
		if rule != nil && !sameResolved(rule, rules[i]) {
			return nil, false
		}
	}
	rule, err := offline(e.path, rules[at])
	if err != nil || len(recipients.Compare(want, policyOf(rule))) > 0 || !sameElse(top(e.node), top(node)) {
		return nil, false
	}
	return &Edited{Path: e.path, Before: e.text, After: text}, true
}

// sameElse reports whether two configurations say the same but for their rules.
func sameElse(a, b *yaml.Node) bool {
	if a.Kind != yaml.MappingNode || b.Kind != yaml.MappingNode || len(a.Content) != len(b.Content) {
		return false
	}
	for i := 0; i+1 < len(a.Content); i += 2 {
		name := a.Content[i].Value
		if b.Content[i].Value != name || name != "creation_rules" && !sameResolved(a.Content[i+1], b.Content[i+1]) {
			return false
		}
	}
	return true
}

// sameResolved is yamltext.SameNode that follows aliases. They have been measured.
func sameResolved(a, b *yaml.Node) bool {
	a, b = resolved(a), resolved(b)
	return a.Kind == b.Kind && a.Tag == b.Tag && a.Value == b.Value && slices.EqualFunc(a.Content, b.Content, sameResolved)
}

// Change is who is to become able to decrypt a file, and who no longer.
type Change struct {
	Add    sops.KeyGroup
	Group  int    // to which Add goes, from 0
	Label  string // of those, for a comment
	Remove []string
}

// Edit changes the rule for a file. It is nil where there is no configuration, or
// no rule for the file, or nothing to change. The error is ErrByHand, in its tree, or
// that of reading.
func Edit(file string, change Change) (*Edited, error) {
	absolute, err := filepath.Abs(file)
	if err != nil {
		return nil, fmt.Errorf("find .sops.yaml: %w", err)
	}
	f, err := lookUp(absolute)
	if err != nil || f.path == "" {
		return nil, err
	}
	config, err := open(f.path)
	if err != nil {
		return nil, err
	}
	at, err := matching(config.before, f.path, absolute)
	if err != nil || at < 0 {
		return nil, nil // validate says so
	}
	return config.change(absolute, at, change)
}
