package sopsconfig

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/age"
	"github.com/getsops/sops/v3/azkv"
	"github.com/getsops/sops/v3/gcpkms"
	"github.com/getsops/sops/v3/hcvault"
	"github.com/getsops/sops/v3/keys"
	"github.com/getsops/sops/v3/kms"
	"github.com/getsops/sops/v3/pgp"
	"gopkg.in/yaml.v3"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/schema/internal/yamltext"
	"github.com/cella-secrets/cella/schema/recipients"
)

// change makes one step after the other. Each is tried in the ways in which lists of
// keys are written, and taken where the rule then says what it is to say.
func (e *editing) change(file string, at int, change Change) (*Edited, error) {
	failed := fmt.Errorf("change %s: %w", words.Quote(e.path), ErrByHand)
	current := e
	var all *Edited
	step := func(want recipients.Policy, tries [][]string) error {
		after := slices.Clone(current.before)
		after[at] = nil
		for _, lines := range tries {
			made, ok := current.made(lines, file, at, after, want)
			if !ok {
				continue
			}
			next, err := parse(e.path, made.After)
			if err != nil {
				return err
			}
			current = &editing{path: e.path, text: e.text, lines: lines, crlf: e.crlf, node: next, before: rulesOf(next)}
			all = &Edited{Path: e.path, Before: e.text, After: made.After}
			return nil
		}
		return failed
	}
	for _, name := range change.Remove {
		policy, err := current.policy(at)
		if err != nil {
			return nil, err
		}
		if less, found := without(policy, name); found {
			if err := step(less, current.removals(at, name)); err != nil {
				return nil, err
			}
		}
	}
	for _, key := range change.Add {
		policy, err := current.policy(at)
		if err != nil {
			return nil, err
		}
		if more, fresh := with(policy, key, change.Group); fresh {
			if err := step(more, current.additions(at, key, change)); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

func (e *editing) policy(at int) (recipients.Policy, error) {
	rule, err := offline(e.path, e.before[at])
	if err != nil {
		return recipients.Policy{}, fmt.Errorf("change %s: %w", words.Quote(e.path), ErrByHand)
	}
	return policyOf(rule), nil
}

func without(p recipients.Policy, name string) (recipients.Policy, bool) {
	less, found := p, false
	less.Groups = nil
	for _, group := range p.Groups {
		kept := slices.DeleteFunc(slices.Clone(group), func(key keys.MasterKey) bool { return recipients.SameName(recipients.Name(key), name) })
		found = found || len(kept) < len(group)
		less.Groups = append(less.Groups, kept)
	}
	return less, found
}

func with(p recipients.Policy, key keys.MasterKey, group int) (recipients.Policy, bool) {
	if group >= len(p.Groups) {
		return p, false
	}
	if slices.ContainsFunc(p.Groups[group], func(other keys.MasterKey) bool { return recipients.Same(key, other) }) {
		return p, false
	}
	more := p
	more.Groups = slices.Clone(p.Groups)
	more.Groups[group] = append(slices.Clone(p.Groups[group]), key)
	return more, true
}

// region is the lines of a node: from its own to where less indented text follows.
func (e *editing) region(at int) (from, to int) {
	node := e.before[at]
	from = node.Line - 1
	for to = from + 1; to < len(e.lines); to++ {
		if line := e.lines[to]; !yamltext.IsBlank(line) && yamltext.IndentOf(line) < node.Column-1 {
			break
		}
	}
	return from, to
}

// removals are the ways to take a key out of a rule.
func (e *editing) removals(at int, name string) [][]string {
	from, to := e.region(at)
	if e.before[at].Style&yaml.FlowStyle != 0 {
		to = from + 1
	}
	var tries [][]string
	for _, text := range e.spellings(e.before[at], name) {
		quoted := `['"]?` + regexp.QuoteMeta(text) + `['"]?`
		bare := regexp.QuoteMeta(text)
		for i := from; i < min(to, len(e.lines)); i++ {
			line := e.lines[i]
			if !strings.Contains(line, text) {
				continue
			}
			if regexp.MustCompile(`^\s*(- )?(\w+: )?` + quoted + `\s*,?\s*(#.*)?$`).MatchString(line) {
				first := i
				for first > from && yamltext.IsComment(e.lines[first-1]) && about(e.before[at], e.lines[first-1], name) {
					first--
				}
				cut := slices.Delete(slices.Clone(e.lines), first, i+1)
				if above := strings.TrimRight(e.lines[max(first-1, 0)], " "); first > from && strings.HasSuffix(above, ":") {
					tries = append(tries, slices.Delete(slices.Clone(e.lines), first-1, i+1)) // the only one of its list
				} else if first > from && !strings.HasSuffix(strings.TrimRight(line, " "), ",") {
					cut[first-1] = strings.TrimSuffix(above, ",") // the last one of a text with commas
				}
				tries = append(tries, cut)
			}
			for _, form := range []string{`\s*,\s*` + quoted, quoted + `\s*,\s*`, `\s*,\s*` + bare, bare + `\s*,\s*`} {
				if place := regexp.MustCompile(form).FindStringIndex(line); place != nil {
					lines := slices.Clone(e.lines)
					lines[i] = line[:place[0]] + line[place[1]:]
					tries = append(tries, lines)
				}
			}
		}
	}
	return tries
}

// about reports whether a comment stands above the item of a key, alone.
func about(rule *yaml.Node, line, name string) bool {
	found := false
	var look func(*yaml.Node)
	look = func(node *yaml.Node) {
		if node.Kind == yaml.ScalarNode && recipients.SameName(strings.ToUpper(node.Value), strings.ToUpper(name)) || node.Value == name {
			found = found || strings.TrimSpace(node.HeadComment) == strings.TrimSpace(line)
		}
		for _, child := range node.Content {
			look(child)
		}
	}
	look(rule)
	return found
}

// spellings are how a key is written in a rule: as it is called, in another case, or
// by an alias.
func (e *editing) spellings(node *yaml.Node, name string) []string {
	var all []string
	if node.Kind == yaml.AliasNode {
		if recipients.SameName(node.Alias.Value, name) {
			all = append(all, "*"+node.Value)
		}
		return all
	}
	if node.Kind == yaml.ScalarNode {
		for part := range strings.SplitSeq(node.Value, ",") {
			part = strings.TrimSpace(part)
			plain, _, _ := strings.Cut(part, "+arn:")
			if recipients.SameName(part, name) || recipients.SameName(strings.ToUpper(strings.ReplaceAll(part, " ", "")), name) || plain == name {
				all = append(all, part)
			}
		}
	}
	for _, child := range node.Content {
		all = append(all, e.spellings(child, name)...)
	}
	return all
}

// additions are the ways to write a key into a rule.
func (e *editing) additions(at int, key keys.MasterKey, change Change) [][]string {
	rule := e.before[at]
	name, inGroup := fieldFor(key)
	holder := rule
	if groups := resolved(field(rule, "key_groups")); groups != nil {
		if change.Group >= len(groups.Content) {
			return nil
		}
		holder, name = resolved(groups.Content[change.Group]), inGroup
	}
	list := field(holder, name)
	switch {
	case list == nil:
		return e.newField(holder, name, key, holder != rule)
	case list.Kind == yaml.SequenceNode && len(list.Content) > 0 && list.Style&yaml.FlowStyle == 0:
		return e.intoList(list.Content[len(list.Content)-1], key, change.Label)
	case list.Kind == yaml.SequenceNode && len(list.Content) > 0:
		return e.intoBrackets(list.Content[len(list.Content)-1], key)
	case list.Style&(yaml.FoldedStyle|yaml.LiteralStyle) != 0:
		return e.intoFolded(list, holder.Content[0].Column, textOf(key))
	}
	return e.intoText(list, textOf(key))
}

// textOf is a key as a configuration has it.
func textOf(key keys.MasterKey) string {
	if k, ok := key.(*age.MasterKey); ok {
		return k.Recipient // with the comment of an SSH key
	}
	return recipients.Name(key)
}

// intoList adds an item below the last one of a list.
func (e *editing) intoList(last *yaml.Node, key keys.MasterKey, label string) [][]string {
	end := last.Line - 1
	if end >= len(e.lines) {
		return nil
	}
	indent := yamltext.IndentOf(e.lines[end])
	for last.Kind == yaml.MappingNode && end+1 < len(e.lines) && yamltext.IndentOf(e.lines[end+1]) > indent {
		end++
	}
	var tries [][]string
	for _, item := range []string{e.item(key, last), Quoted(textOf(key))} { // a colon needs quotes
		line := strings.Repeat(" ", indent) + "- " + item
		if label != "" {
			line += " # " + label
		}
		tries = append(tries, slices.Insert(slices.Clone(e.lines), end+1, line))
	}
	return tries
}

// intoBrackets adds an item behind the last one of a list in brackets.
func (e *editing) intoBrackets(last *yaml.Node, key keys.MasterKey) [][]string {
	var tries [][]string
	for i := last.Line - 1; i < min(last.Line+1, len(e.lines)); i++ {
		line := e.lines[i]
		for column := strings.LastIndexByte(line, ']'); column > 0; column = strings.LastIndexByte(line[:column], ']') {
			lines := slices.Clone(e.lines)
			lines[i] = line[:column] + ", " + e.item(key, last) + line[column:]
			tries = append(tries, lines)
		}
	}
	return tries
}

// intoFolded adds a line to a text of several, whose key stands in a column.
func (e *editing) intoFolded(text *yaml.Node, column int, name string) [][]string {
	end := text.Line - 1
	for end+1 < len(e.lines) && !yamltext.IsBlank(e.lines[end+1]) && yamltext.IndentOf(e.lines[end+1]) >= column {
		end++
	}
	if end >= len(e.lines) {
		return nil
	}
	lines := slices.Clone(e.lines)
	lines[end] = strings.TrimSuffix(strings.TrimRight(lines[end], " "), ",") + ","
	return [][]string{slices.Insert(lines, end+1, strings.Repeat(" ", yamltext.IndentOf(lines[end]))+name)}
}

// intoText adds a name to a text with commas. In braces, a comma needs quotes.
func (e *editing) intoText(text *yaml.Node, name string) [][]string {
	i := text.Line - 1
	if i >= len(e.lines) || text.Value == "" {
		return nil
	}
	line := e.lines[i]
	column := strings.LastIndex(line, text.Value)
	if column < 0 {
		return nil
	}
	behind := column + len(text.Value)
	var tries [][]string
	for _, changed := range []string{
		line[:behind] + "," + name + line[behind:],
		line[:column] + Quoted(text.Value+","+name) + line[behind:],
	} {
		lines := slices.Clone(e.lines)
		lines[i] = changed
		tries = append(tries, lines)
	}
	return tries
}

// item is a key as an item of a list, quoted like the last one.
func (e *editing) item(key keys.MasterKey, like *yaml.Node) string {
	text := textOf(key)
	if like.Kind == yaml.MappingNode {
		var node yaml.Node
		g := groupFor(sops.KeyGroup{key})
		var value any = g.KMS
		switch key.(type) {
		case *gcpkms.MasterKey:
			value = g.GCP
		case *azkv.MasterKey:
			value = g.Azure
		}
		if err := node.Encode(value); err != nil || len(node.Content) != 1 {
			return ""
		}
		flow(node.Content[0])
		spelled, err := yamltext.Spell(node.Content[0], 2)
		if err != nil {
			return ""
		}
		return strings.TrimSpace(string(spelled))
	}
	switch {
	case like.Style&yaml.SingleQuotedStyle != 0:
		return Quoted(text)
	case like.Style&yaml.DoubleQuotedStyle != 0:
		return `"` + text + `"`
	}
	return text
}

// newField writes a field that the rule, or its key group, does not have yet, above
// its first one.
func (e *editing) newField(holder *yaml.Node, name string, key keys.MasterKey, list bool) [][]string {
	if holder == nil || holder.Kind != yaml.MappingNode || holder.Style&yaml.FlowStyle != 0 || len(holder.Content) == 0 {
		return nil
	}
	first, place := holder.Content[0], holder.Line-1
	column := first.Column - 1
	if place >= len(e.lines) || column > len(e.lines[place]) {
		return nil
	}
	value := Quoted(textOf(key))
	if list {
		like := &yaml.Node{Kind: yaml.ScalarNode, Style: yaml.SingleQuotedStyle}
		switch key.(type) {
		case *kms.MasterKey, *gcpkms.MasterKey, *azkv.MasterKey:
			like = &yaml.Node{Kind: yaml.MappingNode}
		}
		value = "[" + e.item(key, like) + "]"
	}
	lines := slices.Clone(e.lines)
	rest := strings.Repeat(" ", column) + lines[place][column:]
	lines[place] = lines[place][:column] + name + ": " + value
	return [][]string{slices.Insert(lines, place+1, rest)}
}

// fieldFor is the field of a rule that lists keys like this one, and that of a key
// group.
func fieldFor(key keys.MasterKey) (rule, group string) {
	switch key.(type) {
	case *age.MasterKey:
		return "age", "age"
	case *pgp.MasterKey:
		return "pgp", "pgp"
	case *kms.MasterKey:
		return "kms", "kms"
	case *gcpkms.MasterKey:
		return "gcp_kms", "gcp_kms"
	case *azkv.MasterKey:
		return "azure_keyvault", "azure_keyvault"
	case *hcvault.MasterKey:
		return "hc_vault_transit_uri", "hc_vault"
	}
	return "", ""
}
