package schema

import (
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

var errNoMapping = errors.New("it is not a mapping")

// setText gives a key below b a text that needs no quotes outside of braces:
// ciphertext, true, a word. An existing scalar is changed where it stands, in
// its line; where that cannot be, the key is written anew, and what stands in
// braces is spelled out.
func (b *block) setText(name, text string, order []string, unit int) error {
	if node := b.inBraces(name); node != nil && b.splice(node, text, true) {
		return nil
	}
	if !b.open(unit) {
		return errNoMapping
	}
	kid := b.kid(name)
	if kid == nil {
		return b.add(name, textNode(text), order, unit)
	}
	if kid.value != nil && kid.splice(kid.value, text, false) {
		return nil
	}
	comment := ""
	if kid.value != nil && kid.value.Kind == yaml.ScalarNode && kid.value.LineComment != "" {
		comment = " " + kid.value.LineComment
	}
	line := strings.Repeat(" ", kid.indent) + keySpelling(name) + ": " + text + comment
	kid.lines = append([]string{line}, trailing(kid.lines, kid.indent)...)
	kid.kids = nil
	kid.value = textNode(text)
	kid.value.Line, kid.value.Column = 1, utf8.RuneCountInString(line)-utf8.RuneCountInString(text+comment)+1
	return nil
}

// splice puts a text in the place of a scalar that stands on one line.
func (b *block) splice(node *yaml.Node, text string, braces bool) bool {
	place, ok := spanOf(b.lines, node)
	if !ok || node.Kind != yaml.ScalarNode {
		return false
	}
	quoted := node.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0
	written := text
	if braces && !quoted {
		written = `"` + text + `"`
	}
	grown := utf8.RuneCountInString(written) - utf8.RuneCountInString(node.Value)
	splice(b.lines, []change{{place, written}})
	nudge(b.value, node, grown)
	node.SetString(text)
	if braces || quoted {
		node.Style = yaml.DoubleQuotedStyle
	}
	return true
}

// nudge moves the nodes behind one that has grown.
func nudge(node, grown *yaml.Node, by int) {
	if node.Line == grown.Line && node.Column > grown.Column {
		node.Column += by
	}
	for _, child := range node.Content {
		nudge(child, grown, by)
	}
}

// add writes a new key below b, which has been opened: behind the keys that
// come before it in order; without an order in its place by the alphabet where
// the others are sorted, else at the end.
func (b *block) add(name string, value *yaml.Node, order []string, unit int) error {
	indent := b.indent + unit
	if len(b.kids) > 0 {
		indent = b.kids[0].indent
	}
	kid, err := newBlock(name, value, b.at, indent, unit)
	if err != nil {
		return err
	}
	b.kids = insert(b.kids, kid, order)
	return nil
}

// insert puts a new block among blocks of one mapping; see add.
func insert(blocks []*block, kid *block, order []string) []*block {
	at := len(blocks)
	switch {
	case slices.Contains(order, kid.name):
		rank := slices.Index(order, kid.name)
		for at > 0 && slices.Index(order, blocks[at-1].name) > rank {
			at--
		}
	case order == nil && slices.IsSortedFunc(blocks, byName):
		for at > 0 && byName(blocks[at-1], kid) > 0 {
			at--
		}
	}
	if spaced(blocks) {
		if at > 0 {
			kid.lead = []string{""}
		} else if len(blocks[0].lead) == 0 {
			blocks[0].lead = []string{""}
		}
	}
	return slices.Insert(blocks, at, kid)
}

func byName(a, b *block) int { return strings.Compare(a.name, b.name) }

// spaced reports whether blank lines stand between blocks.
func spaced(blocks []*block) bool {
	return len(blocks) > 1 && !slices.ContainsFunc(blocks[1:], func(b *block) bool { return len(b.lead) == 0 || !isBlank(b.lead[0]) })
}

// remove takes a key below b out, with the comments that belong to it: those
// right above, up to a blank line. Others stay. It returns false where there is
// no such key.
func (b *block) remove(name string, unit int) bool {
	if !b.has(name) || !b.open(unit) {
		return false
	}
	var left []string
	b.kids, left = takeOut(b.kids, name)
	if len(b.kids) > 0 {
		return true
	}
	// Without keys it is an empty mapping, not nothing.
	line, comment := b.lines[0], ""
	if found := commentBehindKey.FindStringSubmatch(line); found != nil {
		comment = " " + found[1]
		line = strings.TrimRight(strings.TrimSuffix(line, found[1]), " \t")
	}
	b.lines[0] = strings.TrimRight(line, " \t") + " {}" + comment
	b.lines = append(b.lines, left...)
	b.value = &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Style: yaml.FlowStyle, Line: 1, Column: utf8.RuneCountInString(line) + 2}
	return true
}

// takeOut takes one block out. What is left of its comments goes to a
// neighbour, or is returned where there is none.
func takeOut(blocks []*block, name string) ([]*block, []string) {
	i := slices.IndexFunc(blocks, func(b *block) bool { return b.name == name })
	gone := blocks[i]
	lead := gone.lead
	for len(lead) > 0 && !isBlank(lead[len(lead)-1]) {
		lead = lead[:len(lead)-1]
	}
	left := slices.Concat(lead, gone.tail(gone.indent))
	blocks = slices.Delete(blocks, i, i+1)
	switch {
	case i < len(blocks):
		next := blocks[i]
		if len(left) > 0 && len(next.lead) > 0 && isBlank(left[len(left)-1]) && isBlank(next.lead[0]) {
			left = left[:len(left)-1]
		}
		next.lead = slices.Concat(left, next.lead)
	case i > 0:
		blocks[i-1].append(withoutBlankEnd(left))
	default:
		return nil, withoutBlankEnd(left)
	}
	return blocks, nil
}

func withoutBlankEnd(lines []string) []string {
	for len(lines) > 0 && isBlank(lines[len(lines)-1]) {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// tail is the blank lines and comments at the end of b that stand no deeper
// than indent.
func (b *block) tail(indent int) []string {
	if len(b.kids) > 0 {
		return b.kids[len(b.kids)-1].tail(indent)
	}
	return trailing(b.lines, indent)
}

// append adds lines to the end of b.
func (b *block) append(lines []string) {
	if len(b.kids) > 0 {
		b.kids[len(b.kids)-1].append(lines)
		return
	}
	b.lines = append(b.lines, lines...)
}
