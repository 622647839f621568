package yamltext

import (
	"bytes"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/secret"
)

// Stanza is one key of a mapping with all the lines that belong to it. Its
// lines are moved to the left, so that the key begins the first line of body:
// equal stanzas have equal lines wherever they stand.
type Stanza struct {
	Key, Value *yaml.Node
	At         *problem.Path
	Lead       []string // blank lines and comments right above
	Body       []string
	// Inside is how far the keys of value are indented; kids are its stanzas,
	// where value is a mapping in block style. See open.
	Inside int
	kids   []*Stanza
}

func (b *Stanza) Mapping() bool { return b.Value.Kind == yaml.MappingNode }

// Flow reports whether value is a mapping in braces, the empty one included.
func (b *Stanza) Flow() bool {
	return b.Mapping() && (b.Value.Style&yaml.FlowStyle != 0 || len(b.Value.Content) == 0)
}

// StanzasOf cuts lines[from:to], which hold a mapping in block style, into its
// keys. It returns false for a mapping that is written in another way than one
// Key per line, one below the other.
func StanzasOf(lines []string, mapping *yaml.Node, from, to int, at *problem.Path) ([]*Stanza, bool) {
	starts, ok := cut(lines, mapping, from, to)
	if !ok {
		return nil, false
	}
	var stanzas []*Stanza
	column := mapping.Content[0].Column
	for i := range len(starts) - 1 {
		key, value := mapping.Content[2*i], mapping.Content[2*i+1]
		b := &Stanza{Key: key, Value: value, At: at.Child(key.Value)}
		b.Lead = Shift(lines[starts[i]:key.Line-1], 1-column)
		b.Body = Shift(lines[key.Line-1:starts[i+1]], 1-column)
		if b.Mapping() && !b.Flow() {
			var ok bool
			if b.kids, ok = StanzasOf(lines, value, key.Line, starts[i+1], b.At); !ok {
				return nil, false
			}
			b.Inside = b.kids[0].Key.Column - column
		}
		stanzas = append(stanzas, b)
	}
	return stanzas, true
}

// cut returns where the keys of a mapping in block style begin in
// lines[from:to], blank lines and comments right above included, and at last
// where they end. It returns false where StanzasOf does.
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
		if key.Column != column || line < begin || line >= to || IndentOf(lines[line]) != column-1 {
			return nil, false
		}
		start := line
		for start > begin && (IsBlank(lines[start-1]) || IsComment(lines[start-1]) && IndentOf(lines[start-1]) < column) {
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

// Open returns the stanzas of a mapping, also of one in braces: that is spelled
// out first. nil is a mapping without keys.
func (b *Stanza) Open() ([]*Stanza, bool) {
	if b == nil || len(b.Value.Content) == 0 {
		return nil, true
	}
	if !b.Flow() {
		return b.kids, true
	}
	text, err := Spell(blockStyle(b.Value), 2)
	if err != nil {
		return nil, false
	}
	lines, _ := SplitLines(text)
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil || len(document.Content) != 1 {
		return nil, false
	}
	return StanzasOf(lines, document.Content[0], 0, len(lines), b.At)
}

// Head is the first line as it would be without a mapping in braces: key,
// colon and comment.
func (b *Stanza) Head() string {
	if !b.Flow() {
		return b.Body[0]
	}
	line := b.Body[0]
	colon := strings.Index(line, ":")
	if at, ok := byteOffset(line, b.Value.Column-b.Key.Column); ok && b.Value.Line == b.Key.Line {
		colon = strings.LastIndex(line[:at], ":")
	}
	return line[:colon+1] + CommentOf(b)
}

var commentBehindKey = regexp.MustCompile(`:[ \t]+(#.*)$`)

// CommentOf is the comment at the end of the first line, a space before it,
// or nothing.
func CommentOf(b *Stanza) string {
	if b.Mapping() && !b.Flow() {
		if found := commentBehindKey.FindStringSubmatch(b.Body[0]); found != nil {
			return " " + found[1]
		}
		return ""
	}
	for _, comment := range []string{b.Value.LineComment, b.Key.LineComment} {
		if comment != "" && strings.HasSuffix(b.Body[0], " "+comment) {
			return " " + comment
		}
	}
	return ""
}

// Spell writes a mapping out, so many spaces per level.
func Spell(node *yaml.Node, unit int) ([]byte, error) {
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

// SameText reports whether two stanzas have the same lines; nil is a stanza that
// is not there.
func SameText(a, b *Stanza) bool {
	if a == nil || b == nil {
		return a == b
	}
	return slices.Equal(a.Lead, b.Lead) && slices.Equal(a.Body, b.Body)
}

// SameNode reports whether two nodes say the same, whatever their style. The
// order of keys says nothing.
func SameNode(a, b *yaml.Node) bool {
	if a.Kind != b.Kind || a.Tag != b.Tag || a.Value != b.Value && !sameDay(a, b) || len(a.Content) != len(b.Content) {
		return false
	}
	if a.Kind != yaml.MappingNode {
		return slices.EqualFunc(a.Content, b.Content, SameNode)
	}
	values := make(map[string]*yaml.Node, len(b.Content)/2)
	for i := 0; i+1 < len(b.Content); i += 2 {
		values[b.Content[i].Value] = b.Content[i+1]
	}
	for i := 0; i+1 < len(a.Content); i += 2 {
		other, ok := values[a.Content[i].Value]
		if !ok || !SameNode(a.Content[i+1], other) {
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
