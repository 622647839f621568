package schema

import (
	"encoding/json"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/cella-secrets/cella/schema/problem"
)

// block is one key of a manifest that is being edited, with the lines that
// belong to it as they stand in the file. Every line of the file belongs to one
// block, so whatever is not edited stays as it is, byte for byte.
type block struct {
	name   string
	at     *problem.Path
	indent int      // spaces before the key
	lead   []string // blank lines and comments right above
	// lines are those of the key: all of them for a leaf, the first for a
	// mapping that has kids.
	lines []string
	// value is what a leaf says, or a mapping that was written in braces. It is
	// nil where there are kids. Its positions count from the first of lines.
	value *yaml.Node
	kids  []*block
	next  int // where kid looks first
}

// blocksOf cuts lines[from:to], which hold a mapping in block style, into its
// keys. It returns false where stanzasOf does.
func blocksOf(lines []string, mapping *yaml.Node, from, to int, at *problem.Path) ([]*block, bool) {
	starts, ok := cut(lines, mapping, from, to)
	if !ok {
		return nil, false
	}
	var blocks []*block
	for i := range len(starts) - 1 {
		key, value := mapping.Content[2*i], mapping.Content[2*i+1]
		first := key.Line - 1
		b := &block{name: key.Value, at: at.Child(key.Value), indent: key.Column - 1, lead: slices.Clone(lines[starts[i]:first])}
		if value.Kind == yaml.MappingNode && value.Style&yaml.FlowStyle == 0 && len(value.Content) > 0 {
			b.lines = slices.Clone(lines[first : first+1])
			if b.kids, ok = blocksOf(lines, value, first+1, starts[i+1], b.at); !ok {
				return nil, false
			}
		} else {
			b.lines = slices.Clone(lines[first:starts[i+1]])
			b.value = lifted(value, first)
		}
		blocks = append(blocks, b)
	}
	return blocks, true
}

// lifted is a copy of node, so many lines further up.
func lifted(node *yaml.Node, by int) *yaml.Node {
	moved := *node
	moved.Line -= by
	moved.Content = make([]*yaml.Node, len(node.Content))
	for i, child := range node.Content {
		moved.Content[i] = lifted(child, by)
	}
	return &moved
}

// newBlock writes a key with its value, unit spaces deeper per level.
func newBlock(name string, value *yaml.Node, at *problem.Path, indent, unit int) (*block, error) {
	b := &block{name: name, at: at.Child(name), indent: indent}
	head := strings.Repeat(" ", indent) + keySpelling(name) + ":"
	if value.Kind == yaml.MappingNode && len(value.Content) > 0 {
		b.lines = []string{head}
		for i := 0; i+1 < len(value.Content); i += 2 {
			kid, err := newBlock(value.Content[i].Value, value.Content[i+1], b.at, indent+unit, unit)
			if err != nil {
				return nil, err
			}
			b.kids = append(b.kids, kid)
		}
		return b, nil
	}
	text, err := spell(&yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Content: []*yaml.Node{textNode("k"), value}}, unit)
	if err != nil {
		return nil, err
	}
	lines, _ := splitLines(text)
	b.lines = shift(lines, indent)
	b.lines[0] = head + strings.TrimPrefix(lines[0], "k:")
	b.value = value
	return b, nil
}

// keySpelling is a key as it can stand before a colon.
func keySpelling(name string) string {
	text, err := spell(&yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Content: []*yaml.Node{textNode(name), textNode("v")}}, 2)
	line, spelled := strings.CutSuffix(string(text), ": v\n")
	if err == nil && spelled && !strings.Contains(line, "\n") && !strings.HasPrefix(line, "? ") {
		return line
	}
	quoted, err := json.Marshal(name) // a JSON string is a YAML string
	if err != nil {
		return ""
	}
	return string(quoted)
}

func textNode(text string) *yaml.Node {
	node := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str"}
	node.SetString(text)
	if strings.ContainsAny(text, hiddenBreaks) {
		node.Style = yaml.DoubleQuotedStyle // which escapes them
	}
	return node
}

// text appends the lines of b.
func (b *block) text(to []string) []string {
	to = append(append(to, b.lead...), b.lines...)
	for _, kid := range b.kids {
		to = kid.text(to)
	}
	return to
}

// node is what b says.
func (b *block) node() *yaml.Node {
	if b.value != nil {
		return b.value
	}
	return mappingOf(b.kids)
}

func mappingOf(blocks []*block) *yaml.Node {
	node := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	for _, b := range blocks {
		node.Content = append(node.Content, textNode(b.name), b.node())
	}
	return node
}

// find returns the block of that name, or nil.
func find(blocks []*block, name string) *block {
	if i := slices.IndexFunc(blocks, func(b *block) bool { return b.name == name }); i >= 0 {
		return blocks[i]
	}
	return nil
}

// kid returns the key of that name below b, or nil. It begins behind the one that
// it found last: whoever looks for all keys in their order looks at each once.
func (b *block) kid(name string) *block {
	for i := range b.kids {
		at := (b.next + i) % len(b.kids)
		if b.kids[at].name == name {
			b.next = at
			return b.kids[at]
		}
	}
	return nil
}

// inBraces returns what stands under a key of a mapping in braces, or nil.
func (b *block) inBraces(name string) *yaml.Node {
	if b.value == nil || b.value.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(b.value.Content); i += 2 {
		if b.value.Content[i].Value == name {
			return b.value.Content[i+1]
		}
	}
	return nil
}

// has reports whether there is such a key below b, in braces or not.
func (b *block) has(name string) bool {
	return b != nil && (b.kid(name) != nil || b.inBraces(name) != nil)
}

// names lists the keys below b, in braces or not.
func (b *block) names() []string {
	var names []string
	node := b.node()
	for i := 0; node.Kind == yaml.MappingNode && i+1 < len(node.Content); i += 2 {
		names = append(names, node.Content[i].Value)
	}
	return names
}

// open makes blocks of what b holds in braces, unit spaces deeper per level. It
// returns false where b is no mapping. One without keys is not to be left so.
func (b *block) open(unit int) bool {
	if b.value == nil {
		return true
	}
	if b.value.Kind != yaml.MappingNode {
		return false
	}
	key := &yaml.Node{Kind: yaml.ScalarNode, Value: b.name, Line: 1, Column: b.indent + 1}
	flow := &stanza{key: key, value: b.value, at: b.at, body: shift(b.lines, -b.indent)}
	if len(b.value.Content) > 0 {
		text, err := spell(blockStyle(b.value), unit)
		if err != nil {
			return false
		}
		lines, _ := splitLines(text)
		spelled, _, err := decodeYAML(text)
		if err != nil || spelled == nil {
			return false
		}
		kids, ok := blocksOf(lines, spelled.Content[0], 0, len(lines), b.at)
		if !ok {
			return false
		}
		for _, kid := range kids {
			kid.move(b.indent + unit)
		}
		b.kids = kids
	}
	head := strings.Repeat(" ", b.indent) + flow.head()
	b.lines = append([]string{head}, trailing(b.lines, b.indent)...)
	b.value = nil
	return true
}

// move shifts b to the right.
func (b *block) move(by int) {
	b.indent += by
	b.lead, b.lines = shift(b.lead, by), shift(b.lines, by)
	if b.value != nil {
		b.value = lifted(b.value, 0)
		moveColumns(b.value, by)
	}
	for _, kid := range b.kids {
		kid.move(by)
	}
}

func moveColumns(node *yaml.Node, by int) {
	node.Column += by
	for _, child := range node.Content {
		moveColumns(child, by)
	}
}

// trailing returns the blank lines and comments at the end of lines, the first
// left out, that stand no deeper than indent.
func trailing(lines []string, indent int) []string {
	from := len(lines)
	for from > 1 && (isBlank(lines[from-1]) || isComment(lines[from-1]) && indentOf(lines[from-1]) <= indent) {
		from--
	}
	return slices.Clone(lines[from:])
}
