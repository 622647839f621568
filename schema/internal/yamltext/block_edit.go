package yamltext

import (
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

var ErrNoMapping = errors.New("it is not a mapping")

// SetText gives a key below b a text that needs no quotes outside of braces:
// ciphertext, true, a word. An existing scalar is changed where it stands, in
// its line; where that cannot be, the key is written anew, and what stands in
// braces is spelled out.
func (b *Block) SetText(name, text string, order []string, unit int) error {
	if node := b.InBraces(name); node != nil && b.splice(node, text, true) {
		return nil
	}
	if !b.Open(unit) {
		return ErrNoMapping
	}
	kid := b.Kid(name)
	if kid == nil {
		return b.Add(name, TextNode(text), order, unit)
	}
	if kid.Value != nil && kid.splice(kid.Value, text, false) {
		return nil
	}
	comment := ""
	if kid.Value != nil && kid.Value.Kind == yaml.ScalarNode && kid.Value.LineComment != "" {
		comment = " " + kid.Value.LineComment
	}
	line := strings.Repeat(" ", kid.Indent) + keySpelling(name) + ": " + text + comment
	kid.lines = append([]string{line}, trailing(kid.lines, kid.Indent)...)
	kid.Kids = nil
	kid.Value = TextNode(text)
	kid.Value.Line, kid.Value.Column = 1, utf8.RuneCountInString(line)-utf8.RuneCountInString(text+comment)+1
	return nil
}

// splice puts a text in the place of a scalar that stands on one line.
func (b *Block) splice(node *yaml.Node, text string, braces bool) bool {
	place, ok := SpanOf(b.lines, node)
	if !ok || node.Kind != yaml.ScalarNode {
		return false
	}
	quoted := node.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0
	written := text
	if braces && !quoted {
		written = `"` + text + `"`
	}
	grown := utf8.RuneCountInString(written) - utf8.RuneCountInString(node.Value)
	Splice(b.lines, []Change{{place, written}})
	nudge(b.Value, node, grown)
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

// Add writes a new key below b, which has been opened: behind the keys that
// come before it in order; without an order in its place by the alphabet where
// the others are sorted, else at the end.
func (b *Block) Add(name string, value *yaml.Node, order []string, unit int) error {
	indent := b.Indent + unit
	if len(b.Kids) > 0 {
		indent = b.Kids[0].Indent
	}
	kid, err := NewBlock(name, value, b.At, indent, unit)
	if err != nil {
		return err
	}
	b.Kids = Insert(b.Kids, kid, order)
	return nil
}

// Insert puts a new block among blocks of one mapping; see add.
func Insert(blocks []*Block, kid *Block, order []string) []*Block {
	at := len(blocks)
	switch {
	case slices.Contains(order, kid.Name):
		rank := slices.Index(order, kid.Name)
		for at > 0 && slices.Index(order, blocks[at-1].Name) > rank {
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
	if at > 0 && at == len(blocks) {
		kid.append(blocks[at-1].takeOuter(kid.Indent))
	}
	return slices.Insert(blocks, at, kid)
}

// takeOuter takes the comments off the end of b, and blank lines with them, that stand
// less deep than its mapping: they are about what comes behind that.
func (b *Block) takeOuter(indent int) []string {
	if len(b.Kids) > 0 {
		return b.Kids[len(b.Kids)-1].takeOuter(indent)
	}
	outer := trailing(b.lines, indent-1)
	if !slices.ContainsFunc(outer, IsComment) {
		return nil
	}
	b.lines = b.lines[:len(b.lines)-len(outer)]
	return outer
}

func byName(a, b *Block) int { return strings.Compare(a.Name, b.Name) }

// spaced reports whether blank lines stand between blocks.
func spaced(blocks []*Block) bool {
	return len(blocks) > 1 && !slices.ContainsFunc(blocks[1:], func(b *Block) bool { return len(b.lead) == 0 || !IsBlank(b.lead[0]) })
}

// Remove takes a key below b out, with the comments that belong to it: those
// right above, up to a blank line. Others stay. It returns false where there is
// no such key.
func (b *Block) Remove(name string, unit int) bool {
	if !b.Has(name) || !b.Open(unit) {
		return false
	}
	var left []string
	b.Kids, left = takeOut(b.Kids, name)
	if len(b.Kids) > 0 {
		return true
	}
	// Without keys it is an empty mapping, not nothing.
	line, comment := b.lines[0], ""
	if found := commentBehindKey.FindStringSubmatch(line); found != nil {
		comment = found[1]
		line = strings.TrimSuffix(line, comment)
	}
	line = strings.TrimRight(line, " \t")
	b.lines[0] = line + " {}"
	if comment != "" {
		b.lines[0] += " " + comment
	}
	b.lines = append(b.lines, left...)
	b.Value = &yaml.Node{
		Kind: yaml.MappingNode, Tag: "!!map", Style: yaml.FlowStyle, LineComment: comment,
		Line: 1, Column: utf8.RuneCountInString(line) + 2,
	}
	return true
}

// takeOut takes one block out. What is left of its comments goes to a
// neighbour, or is returned where there is none.
func takeOut(blocks []*Block, name string) ([]*Block, []string) {
	i := slices.IndexFunc(blocks, func(b *Block) bool { return b.Name == name })
	gone := blocks[i]
	lead := gone.lead
	for len(lead) > 0 && !IsBlank(lead[len(lead)-1]) {
		lead = lead[:len(lead)-1]
	}
	left := slices.Concat(lead, gone.tail(gone.Indent))
	blocks = slices.Delete(blocks, i, i+1)
	switch {
	case i < len(blocks):
		next := blocks[i]
		if len(left) > 0 && len(next.lead) > 0 && IsBlank(left[len(left)-1]) && IsBlank(next.lead[0]) {
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
	for len(lines) > 0 && IsBlank(lines[len(lines)-1]) {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// tail is the blank lines and comments at the end of b that stand no deeper
// than indent.
func (b *Block) tail(indent int) []string {
	if len(b.Kids) > 0 {
		return b.Kids[len(b.Kids)-1].tail(indent)
	}
	return trailing(b.lines, indent)
}

// append adds lines to the end of b.
func (b *Block) append(lines []string) {
	if len(b.Kids) > 0 {
		b.Kids[len(b.Kids)-1].append(lines)
		return
	}
	b.lines = append(b.lines, lines...)
}
