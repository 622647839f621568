package sopsfile

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/cella-secrets/cella/schema/internal/yamltext"
)

// keyFields are the fields of a sops section that say who can decrypt. SOPS leaves
// out those that say nothing.
var keyFields = []string{"kms", "gcp_kms", "hckms", "azure_kv", "hc_vault", "age", "pgp", "key_groups", "shamir_threshold"}

// replaceSection puts a sops section that SOPS wrote in the place of the one in lines,
// whose mapping root is. What says the same stays as it is written, comments
// included, and in its place: fields, and in lists of keys each of them.
func replaceSection(lines []string, root *yaml.Node, fresh []string) ([]string, bool) {
	document, _, err := yamltext.Decode(yamltext.JoinLines(fresh, false))
	if err != nil || document == nil {
		return nil, false
	}
	all, ok := yamltext.StanzasOf(lines, root, 0, len(lines), nil)
	made, ok2 := yamltext.StanzasOf(fresh, document.Content[0], 0, len(fresh), nil)
	if !ok || !ok2 || len(made) != 1 {
		return nil, false
	}
	var text []string
	for _, s := range all {
		if s.Key.Value != SopsKey {
			text = append(append(text, s.Lead...), s.Body...)
			continue
		}
		section, ok := mergeSections(s, made[0])
		if !ok {
			return nil, false
		}
		text = append(append(text, s.Lead...), section...)
	}
	return text, true
}

// mergeSections are the lines of old that say what fresh does, and those of fresh
// for the rest.
func mergeSections(old, fresh *yamltext.Stanza) ([]string, bool) {
	if old.Flow() || !old.Mapping() {
		return nil, false
	}
	olds, ok := old.Open()
	news, ok2 := fresh.Open()
	if !ok || !ok2 || len(olds) == 0 {
		return nil, false
	}
	// What stands below the section is not of its last field.
	last := olds[len(olds)-1]
	tail := len(old.Body)
	below := func(line string) bool {
		return yamltext.IsBlank(line) || yamltext.IsComment(line) && yamltext.IndentOf(line) == 0
	}
	for tail > 1 && len(last.Body) > 1 && below(old.Body[tail-1]) {
		tail, last.Body = tail-1, last.Body[:len(last.Body)-1]
	}
	var order []string // of fields
	for _, s := range olds {
		name := strings.ToLower(s.Key.Value)
		empty := s.Value.Kind == yaml.SequenceNode && len(s.Value.Content) == 0 // as earlier versions write it
		if named(news, name) != nil || empty || !slices.Contains(keyFields, name) {
			order = append(order, name)
		}
	}
	after := ""
	for _, s := range news {
		if !slices.Contains(order, s.Key.Value) {
			order = slices.Insert(order, slices.Index(order, after)+1, s.Key.Value)
		}
		after = s.Key.Value
	}
	lines := []string{old.Body[0]}
	for _, name := range order {
		lines = append(lines, yamltext.Shift(fieldLines(named(olds, name), named(news, name)), old.Inside)...)
	}
	return append(lines, old.Body[tail:]...), true
}

func named(stanzas []*yamltext.Stanza, name string) *yamltext.Stanza {
	for _, s := range stanzas {
		if strings.EqualFold(s.Key.Value, name) { // as SOPS compares them
			return s
		}
	}
	return nil
}

// fieldLines are those of one field.
func fieldLines(old, fresh *yamltext.Stanza) []string {
	switch {
	case old == nil:
		return fresh.Body
	case fresh == nil, yamltext.SameNode(old.Value, fresh.Value):
		return append(slices.Clone(old.Lead), old.Body...)
	}
	was, ok := itemsOf(old)
	is, ok2 := itemsOf(fresh)
	if !ok || !ok2 {
		return append(slices.Clone(old.Lead), fresh.Body...)
	}
	lines := append(slices.Clone(old.Lead), old.Body[0])
	for _, one := range is {
		if i := slices.IndexFunc(was, func(o item) bool { return yamltext.SameNode(o.node, one.node) }); i >= 0 {
			lines = append(lines, was[i].lines...)
			continue
		}
		lines = append(lines, yamltext.Shift(one.lines, was[0].dash-one.dash)...)
	}
	return lines
}

// item is one of a list in block style, with the comments right above.
type item struct {
	node  *yaml.Node
	lines []string
	dash  int // spaces before its dash
}

// itemsOf cuts a list, an item per line or more.
func itemsOf(s *yamltext.Stanza) ([]item, bool) {
	list := s.Value
	if list.Kind != yaml.SequenceNode || list.Style&yaml.FlowStyle != 0 || len(list.Content) == 0 {
		return nil, false
	}
	var items []item
	from := 1
	for i, node := range list.Content {
		end := len(s.Body)
		if i+1 < len(list.Content) {
			end = list.Content[i+1].Line - s.Key.Line
			for end > node.Line-s.Key.Line+1 && yamltext.IsComment(s.Body[end-1]) {
				end--
			}
		}
		first := node.Line - s.Key.Line
		if first < from || first >= len(s.Body) || end <= first {
			return nil, false
		}
		line := s.Body[first]
		dash := len(line) - len(strings.TrimLeft(line, " "))
		if !strings.HasPrefix(line[dash:], "-") {
			return nil, false
		}
		items = append(items, item{node, s.Body[from:end], dash})
		from = end
	}
	return items, true
}
