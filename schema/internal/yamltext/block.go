package yamltext

import (
	"encoding/json"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/cella-secrets/cella/schema/problem"
)

// Block is one key of a manifest that is being edited, with the lines that
// belong to it as they stand in the file. Every line of the file belongs to one
// block, so whatever is not edited stays as it is, byte for byte.
type Block struct {
	Name   string
	At     *problem.Path
	Indent int      // spaces before the key
	lead   []string // blank lines and comments right above
	// lines are those of the key: all of them for a leaf, the first for a
	// mapping that has kids.
	lines []string
	// Value is what a leaf says, or a mapping that was written in braces. It is
	// nil where there are kids. Its positions count from the first of lines.
	Value *yaml.Node
	Kids  []*Block
	next  int // where kid looks first
}

// BlocksOf cuts lines[from:to], which hold a mapping in block style, into its
// keys. It returns false where StanzasOf does.
func BlocksOf(lines []string, mapping *yaml.Node, from, to int, at *problem.Path) ([]*Block, bool) {
	starts, ok := cut(lines, mapping, from, to)
	if !ok {
		return nil, false
	}
	var blocks []*Block
	for i := range len(starts) - 1 {
		key, value := mapping.Content[2*i], mapping.Content[2*i+1]
		first := key.Line - 1
		b := &Block{Name: key.Value, At: at.Child(key.Value), Indent: key.Column - 1, lead: slices.Clone(lines[starts[i]:first])}
		if value.Kind == yaml.MappingNode && value.Style&yaml.FlowStyle == 0 && len(value.Content) > 0 {
			b.lines = slices.Clone(lines[first : first+1])
			if b.Kids, ok = BlocksOf(lines, value, first+1, starts[i+1], b.At); !ok {
				return nil, false
			}
		} else {
			b.lines = slices.Clone(lines[first:starts[i+1]])
			b.Value = lifted(value, first)
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

// NewBlock writes a key with its value, unit spaces deeper per level.
func NewBlock(name string, value *yaml.Node, at *problem.Path, indent, unit int) (*Block, error) {
	b := &Block{Name: name, At: at.Child(name), Indent: indent}
	head := strings.Repeat(" ", indent) + keySpelling(name) + ":"
	if value.Kind == yaml.MappingNode && len(value.Content) > 0 {
		b.lines = []string{head}
		for i := 0; i+1 < len(value.Content); i += 2 {
			kid, err := NewBlock(value.Content[i].Value, value.Content[i+1], b.At, indent+unit, unit)
			if err != nil {
				return nil, err
			}
			b.Kids = append(b.Kids, kid)
		}
		return b, nil
	}
	text, err := Spell(&yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Content: []*yaml.Node{TextNode("k"), value}}, unit)
	if err != nil {
		return nil, err
	}
	lines, _ := SplitLines(text)
	b.lines = Shift(lines, indent)
	b.lines[0] = head + strings.TrimPrefix(lines[0], "k:")
	b.Value = value
	return b, nil
}

// keySpelling is a key as it can stand before a colon.
func keySpelling(name string) string {
	text, err := Spell(&yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Content: []*yaml.Node{TextNode(name), TextNode("v")}}, 2)
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

func TextNode(text string) *yaml.Node {
	node := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str"}
	node.SetString(text)
	if strings.ContainsAny(text, "\r"+UnicodeBreaks) {
		node.Style = yaml.DoubleQuotedStyle // which escapes them
	}
	return node
}

// Text appends the lines of b.
func (b *Block) Text(to []string) []string {
	to = append(append(to, b.lead...), b.lines...)
	for _, kid := range b.Kids {
		to = kid.Text(to)
	}
	return to
}

// Node is what b says.
func (b *Block) Node() *yaml.Node {
	if b.Value != nil {
		return b.Value
	}
	return MappingOf(b.Kids)
}

func MappingOf(blocks []*Block) *yaml.Node {
	node := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	for _, b := range blocks {
		node.Content = append(node.Content, TextNode(b.Name), b.Node())
	}
	return node
}

// Find returns the block of that name, or nil.
func Find(blocks []*Block, name string) *Block {
	if i := slices.IndexFunc(blocks, func(b *Block) bool { return b.Name == name }); i >= 0 {
		return blocks[i]
	}
	return nil
}

// Kid returns the key of that name below b, or nil. It begins behind the one that
// it found last: whoever looks for all keys in their order looks at each once.
func (b *Block) Kid(name string) *Block {
	for i := range b.Kids {
		at := (b.next + i) % len(b.Kids)
		if b.Kids[at].Name == name {
			b.next = at
			return b.Kids[at]
		}
	}
	return nil
}

// InBraces returns what stands under a key of a mapping in braces, or nil.
func (b *Block) InBraces(name string) *yaml.Node {
	if b.Value == nil || b.Value.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(b.Value.Content); i += 2 {
		if b.Value.Content[i].Value == name {
			return b.Value.Content[i+1]
		}
	}
	return nil
}

// Has reports whether there is such a key below b, in braces or not.
func (b *Block) Has(name string) bool {
	return b != nil && (b.Kid(name) != nil || b.InBraces(name) != nil)
}

// Names lists the keys below b, in braces or not.
func (b *Block) Names() []string {
	var names []string
	node := b.Node()
	for i := 0; node.Kind == yaml.MappingNode && i+1 < len(node.Content); i += 2 {
		names = append(names, node.Content[i].Value)
	}
	return names
}

// Open makes blocks of what b holds in braces, unit spaces deeper per level. It
// returns false where b is no mapping. One without keys is not to be left so.
func (b *Block) Open(unit int) bool {
	if b.Value == nil {
		return true
	}
	if b.Value.Kind != yaml.MappingNode {
		return false
	}
	key := &yaml.Node{Kind: yaml.ScalarNode, Value: b.Name, Line: 1, Column: b.Indent + 1}
	flow := &Stanza{Key: key, Value: b.Value, At: b.At, Body: Shift(b.lines, -b.Indent)}
	if len(b.Value.Content) > 0 {
		text, err := Spell(blockStyle(b.Value), unit)
		if err != nil {
			return false
		}
		lines, _ := SplitLines(text)
		spelled, _, err := Decode(text)
		if err != nil || spelled == nil {
			return false
		}
		kids, ok := BlocksOf(lines, spelled.Content[0], 0, len(lines), b.At)
		if !ok {
			return false
		}
		for _, kid := range kids {
			kid.move(b.Indent + unit)
		}
		b.Kids = kids
	}
	head := strings.Repeat(" ", b.Indent) + flow.Head()
	b.lines = append([]string{head}, trailing(b.lines, b.Indent)...)
	b.Value = nil
	return true
}

// move shifts b to the right.
func (b *Block) move(by int) {
	b.Indent += by
	b.lead, b.lines = Shift(b.lead, by), Shift(b.lines, by)
	if b.Value != nil {
		b.Value = lifted(b.Value, 0)
		moveColumns(b.Value, by)
	}
	for _, kid := range b.Kids {
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
	for from > 1 && (IsBlank(lines[from-1]) || IsComment(lines[from-1]) && IndentOf(lines[from-1]) <= indent) {
		from--
	}
	return slices.Clone(lines[from:])
}
