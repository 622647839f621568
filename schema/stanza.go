package schema

import (
	"bytes"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/secret"
)

// stanza is one key of a mapping with all the lines that belong to it. Its
// lines are moved to the left, so that the key begins the first line of body:
// equal stanzas have equal lines wherever they stand.
type stanza struct {
	key, value *yaml.Node
	at         *problem.Path
	lead       []string // blank lines and comments right above
	body       []string
	// inside is how far the keys of value are indented; kids are its stanzas,
	// where value is a mapping in block style. See open.
	inside int
	kids   []*stanza
}

func (b *stanza) mapping() bool { return b.value.Kind == yaml.MappingNode }

// flow reports whether value is a mapping in braces, the empty one included.
func (b *stanza) flow() bool {
	return b.mapping() && (b.value.Style&yaml.FlowStyle != 0 || len(b.value.Content) == 0)
}

// stanzasOf cuts lines[from:to], which hold a mapping in block style, into its
// keys. It returns false for a mapping that is written in another way than one
// key per line, one below the other.
func stanzasOf(lines []string, mapping *yaml.Node, from, to int, at *problem.Path) ([]*stanza, bool) {
	starts, ok := cut(lines, mapping, from, to)
	if !ok {
		return nil, false
	}
	var stanzas []*stanza
	column := mapping.Content[0].Column
	for i := range len(starts) - 1 {
		key, value := mapping.Content[2*i], mapping.Content[2*i+1]
		b := &stanza{key: key, value: value, at: at.Child(key.Value)}
		b.lead = shift(lines[starts[i]:key.Line-1], 1-column)
		b.body = shift(lines[key.Line-1:starts[i+1]], 1-column)
		if b.mapping() && !b.flow() {
			var ok bool
			if b.kids, ok = stanzasOf(lines, value, key.Line, starts[i+1], b.at); !ok {
				return nil, false
			}
			b.inside = b.kids[0].key.Column - column
		}
		stanzas = append(stanzas, b)
	}
	return stanzas, true
}

// cut returns where the keys of a mapping in block style begin in
// lines[from:to], blank lines and comments right above included, and at last
// where they end. It returns false where stanzasOf does.
func cut(lines []string, mapping *yaml.Node, from, to int) ([]int, bool) {
	if len(mapping.Content) == 0 || mapping.Style&yaml.FlowStyle != 0 || to > len(lines) {
		return nil, false
	}
	column := mapping.Content[0].Column
	starts := make([]int, 0, len(mapping.Content)/2+1)
	begin := from
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		key := mapping.Content[i]
		line := key.Line - 1
		if key.Column != column || line < begin || line >= to || indentOf(lines[line]) != column-1 {
			return nil, false
		}
		start := line
		for start > begin && (isBlank(lines[start-1]) || isComment(lines[start-1]) && indentOf(lines[start-1]) < column) {
			start--
		}
		if i == 0 {
			start = from
		}
		starts = append(starts, start)
		begin = line + 1
	}
	return append(starts, to), true
}

// open returns the stanzas of a mapping, also of one in braces: that is spelled
// out first. nil is a mapping without keys.
func (b *stanza) open() ([]*stanza, bool) {
	if b == nil || len(b.value.Content) == 0 {
		return nil, true
	}
	if !b.flow() {
		return b.kids, true
	}
	text, err := spell(blockStyle(b.value), 2)
	if err != nil {
		return nil, false
	}
	lines, _ := splitLines(text)
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil || len(document.Content) != 1 {
		return nil, false
	}
	return stanzasOf(lines, document.Content[0], 0, len(lines), b.at)
}

// head is the first line as it would be without a mapping in braces: key,
// colon and comment.
func (b *stanza) head() string {
	if !b.flow() {
		return b.body[0]
	}
	line := b.body[0]
	colon := strings.Index(line, ":")
	if at, ok := byteOffset(line, b.value.Column-b.key.Column); ok && b.value.Line == b.key.Line {
		colon = strings.LastIndex(line[:at], ":")
	}
	return line[:colon+1] + commentOf(b)
}

var commentBehindKey = regexp.MustCompile(`:[ \t]+(#.*)$`)

// commentOf is the comment at the end of the first line, a space before it,
// or nothing.
func commentOf(b *stanza) string {
	if b.mapping() && !b.flow() {
		if found := commentBehindKey.FindStringSubmatch(b.body[0]); found != nil {
			return " " + found[1]
		}
		return ""
	}
	for _, comment := range []string{b.value.LineComment, b.key.LineComment} {
		if comment != "" && strings.HasSuffix(b.body[0], " "+comment) {
			return " " + comment
		}
	}
	return ""
}

// spell writes a mapping out, so many spaces per level.
func spell(node *yaml.Node, unit int) ([]byte, error) {
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(unit)
	if err := encoder.Encode(node); err != nil {
		return nil, err
	}
	return out.Bytes(), encoder.Close()
}

// blockStyle is a copy of node with mappings out of their braces.
func blockStyle(node *yaml.Node) *yaml.Node {
	copied := *node
	if copied.Kind == yaml.MappingNode {
		copied.Style &^= yaml.FlowStyle
	}
	copied.Content = make([]*yaml.Node, len(node.Content))
	for i, child := range node.Content {
		copied.Content[i] = blockStyle(child)
	}
	return &copied
}

// sameText reports whether two stanzas have the same lines; nil is a stanza that
// is not there.
func sameText(a, b *stanza) bool {
	if a == nil || b == nil {
		return a == b
	}
	return slices.Equal(a.lead, b.lead) && slices.Equal(a.body, b.body)
}

// sameNode reports whether two nodes say the same, whatever their style. The
// order of keys says nothing.
func sameNode(a, b *yaml.Node) bool {
	if a.Kind != b.Kind || a.Tag != b.Tag || a.Value != b.Value && !sameDay(a, b) || len(a.Content) != len(b.Content) {
		return false
	}
	if a.Kind != yaml.MappingNode {
		return slices.EqualFunc(a.Content, b.Content, sameNode)
	}
	values := make(map[string]*yaml.Node, len(b.Content)/2)
	for i := 0; i+1 < len(b.Content); i += 2 {
		values[b.Content[i].Value] = b.Content[i+1]
	}
	for i := 0; i+1 < len(a.Content); i += 2 {
		other, ok := values[a.Content[i].Value]
		if !ok || !sameNode(a.Content[i+1], other) {
			return false
		}
	}
	return true
}

// sameDay reports whether two dates without quotes are one day: SOPS writes
// them anew, with the time of midnight, whenever it writes the file.
func sameDay(a, b *yaml.Node) bool {
	first, ok := secret.ParseDay(a.Value)
	second, ok2 := secret.ParseDay(b.Value)
	return a.Tag == "!!timestamp" && b.Tag == "!!timestamp" && ok && ok2 && first == second
}
