package merge

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/cella-secrets/cella/schema/internal/yamltext"
	"github.com/cella-secrets/cella/schema/sopsfile"
)

// part is some lines of a merged file: agreed ones, or a conflict.
type part struct {
	ours, theirs []string // equal, and the same slice, where agreed
	conflict     bool
	sops         bool // the sops section, which has to be written anew
}

func agreed(lines ...string) part { return part{ours: lines, theirs: lines} }

// outcome is one merged key, or all of a mapping. node is its value where
// every conflict is decided for ours; nil is a key that is gone. stays: the key,
// or one at least of the mapping, is there for whichever side they are decided.
type outcome struct {
	parts []part
	node  *yaml.Node
	stays bool
}

// threeWay merges mappings by key. What it compares are lines and nodes, so
// equal values have to have equal ciphertexts before.
//
//  1. What only one side changed is taken from that side, gone keys included.
//  2. What both changed in the same way is taken.
//  3. Mappings that both changed are merged key by key; keys keep the order of
//     ours, and those of theirs follow the key that they followed there.
//  4. Everything else that both changed, lists included, is a conflict.
//  5. A change of comments or style alone never stands in the way of a change
//     of content, and is kept beside it where lines allow.
type threeWay struct {
	// guess: the base is not known. What the sides do not agree on is then a
	// conflict, because nobody can say who changed it.
	guess     bool
	conflicts []Conflict
}

// Conflict is a key that both sides changed, each in its own way.
type Conflict struct {
	// Path is such as sites.my-site.secrets.TOKEN.value, quoted for display.
	Path string
	// What says what the sides did, without values.
	What string
}

// old holds a key's stanzas in the versions of the base: one, or two where the
// base is itself a merge with conflicts. nil is a version without the key.
type old []*yamltext.Stanza

func (m *threeWay) unchanged(side *yamltext.Stanza, base old) bool {
	return !m.guess && !slices.ContainsFunc(base, func(b *yamltext.Stanza) bool { return !yamltext.SameText(side, b) })
}

// sameContent reports whether side says what the base said.
func (m *threeWay) sameContent(side *yamltext.Stanza, base old) bool {
	return !m.guess && !slices.ContainsFunc(base, func(b *yamltext.Stanza) bool { return b == nil || !yamltext.SameNode(side.Value, b.Value) })
}

// mapping merges the keys of a mapping.
func (m *threeWay) mapping(bases [][]*yamltext.Stanza, ours, theirs []*yamltext.Stanza) outcome {
	a, b := byKey(ours), byKey(theirs)
	olds := make([]map[string]*yamltext.Stanza, len(bases))
	for i, base := range bases {
		olds[i] = byKey(base)
	}
	merged := outcome{node: &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}}
	for _, key := range m.order(olds, ours, theirs, a, b) {
		base := make(old, len(olds))
		for i := range olds {
			base[i] = olds[i][key]
		}
		one := m.key(base, a[key], b[key])
		merged.parts = append(merged.parts, one.parts...)
		merged.stays = merged.stays || one.stays
		if one.node != nil {
			merged.node.Content = append(merged.node.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: key}, one.node)
		}
	}
	return merged
}

func byKey(stanzas []*yamltext.Stanza) map[string]*yamltext.Stanza {
	keys := make(map[string]*yamltext.Stanza, len(stanzas))
	for _, s := range stanzas {
		keys[s.Key.Value] = s
	}
	return keys
}

// order lists the keys of both sides.
func (m *threeWay) order(olds []map[string]*yamltext.Stanza, ours, theirs []*yamltext.Stanza, a, b map[string]*yamltext.Stanza) []string {
	added := func(key string) bool {
		return b[key] == nil && !slices.ContainsFunc(olds, func(keys map[string]*yamltext.Stanza) bool { return keys[key] != nil })
	}
	// follow holds the keys of theirs alone, under the key of ours that they
	// come after, or under "" before all.
	follow := map[string][]string{}
	after := ""
	for _, s := range theirs {
		if a[s.Key.Value] != nil {
			after = s.Key.Value
		} else {
			follow[after] = append(follow[after], s.Key.Value)
		}
	}
	order := slices.Clone(follow[""])
	var waiting []string
	for _, s := range ours {
		// Behind what ours added in the same place.
		if !added(s.Key.Value) {
			order = append(order, waiting...)
			waiting = follow[s.Key.Value]
		}
		order = append(order, s.Key.Value)
	}
	return append(order, waiting...)
}

func (m *threeWay) key(base old, a, b *yamltext.Stanza) outcome {
	switch {
	case yamltext.SameText(a, b), m.unchanged(b, base):
		return verbatim(a)
	case m.unchanged(a, base):
		return verbatim(b)
	case a == nil || b == nil:
		return m.removed(base, a, b)
	case a.Mapping() && b.Mapping():
		known := len(m.conflicts)
		if merged, ok := m.nested(base, a, b); ok {
			return merged
		}
		m.conflicts = m.conflicts[:known]
	}
	return m.whole(base, a, b)
}

func verbatim(s *yamltext.Stanza) outcome {
	if s == nil {
		return outcome{}
	}
	p := agreed(slices.Concat(s.Lead, s.Body)...)
	p.sops = s.At.Parent == nil && s.Key.Value == sopsfile.SopsKey
	return outcome{parts: []part{p}, node: s.Value, stays: true}
}

// removed merges a key that only one side still has, and that side changed it.
func (m *threeWay) removed(base old, a, b *yamltext.Stanza) outcome {
	switch {
	case a == nil && m.sameContent(b, base), b == nil && m.sameContent(a, base):
		return outcome{} // no more than a comment was changed
	case m.guess:
		return m.conflict(a, b, "only one side has it, and the common version of both is not known")
	case a == nil:
		return m.conflict(a, b, "ours removed it, theirs changed it")
	}
	return m.conflict(a, b, "theirs removed it, ours changed it")
}

// conflict leaves both sides' lines, without what they agree on above.
func (m *threeWay) conflict(a, b *yamltext.Stanza, what string) outcome {
	result := outcome{stays: a != nil && b != nil}
	var ours, theirs []string
	some := b
	if a != nil {
		some, result.node = a, a.Value
		ours = slices.Concat(a.Lead, a.Body)
	}
	if b != nil {
		theirs = slices.Concat(b.Lead, b.Body)
	}
	m.conflicts = append(m.conflicts, Conflict{Path: some.At.String(), What: what})
	same := 0
	for a != nil && b != nil && same < min(len(a.Lead), len(b.Lead)) && ours[same] == theirs[same] {
		same++
	}
	if same > 0 {
		result.parts = append(result.parts, agreed(ours[:same]...))
	}
	result.parts = append(result.parts, part{ours: ours[same:], theirs: theirs[same:], conflict: true})
	return result
}

// nested merges two mappings key by key.
func (m *threeWay) nested(base old, a, b *yamltext.Stanza) (outcome, bool) {
	ours, fine := a.Open()
	theirs, fine2 := b.Open()
	if !fine || !fine2 {
		return outcome{}, false
	}
	bases := make([][]*yamltext.Stanza, len(base))
	for i, s := range base {
		if s == nil || !s.Mapping() {
			continue // no key of it is in the base
		}
		var ok bool
		if bases[i], ok = s.Open(); !ok {
			return outcome{}, false
		}
	}
	known := len(m.conflicts)
	merged := m.mapping(bases, ours, theirs)
	contested := slices.ContainsFunc(merged.parts, func(p part) bool { return p.conflict })
	if contested && (a.Flow() || !merged.stays) {
		// Braces hold no conflict markers, and a mapping that may end up
		// without keys cannot be written as one.
		inner := m.conflicts[known:]
		m.conflicts = m.conflicts[:known:known]
		whole := m.conflict(a, b, "")
		m.conflicts = append(m.conflicts[:known], inner...)
		return whole, true
	}
	return m.wrap(base, a, b, merged)
}

// wrap writes a merged mapping below its key.
func (m *threeWay) wrap(base old, a, b *yamltext.Stanza, merged outcome) (outcome, bool) {
	head := mergeHeads(base, a, b)
	lead := mergeComments(base.lead(), a.Lead, b.Lead)
	inside := 2
	switch {
	case len(merged.node.Content) == 0:
		merged.node.Style = yaml.FlowStyle
		return outcome{parts: []part{agreed(lead...), agreed(withValue(head, "{}"))}, node: merged.node, stays: true}, true
	case a.Flow() && len(a.Value.Content) > 0:
		text, ok := braces(merged.parts)
		return outcome{parts: []part{agreed(lead...), agreed(withValue(head, text))}, node: merged.node, stays: true}, ok
	case a.Inside > 0:
		inside = a.Inside
	case b.Inside > 0:
		inside = b.Inside
	}
	parts := []part{agreed(lead...), agreed(head)}
	for _, p := range merged.parts {
		moved := part{ours: yamltext.Shift(p.ours, inside), conflict: p.conflict}
		moved.theirs = moved.ours
		if p.conflict {
			moved.theirs = yamltext.Shift(p.theirs, inside)
		}
		parts = append(parts, moved)
	}
	return outcome{parts: parts, node: merged.node, stays: true}, true
}

// mergeHeads merges the first lines of two mappings, which differ in comments
// only. Where both are new, both are kept.
func mergeHeads(base old, a, b *yamltext.Stanza) string {
	comment, ok := pick(base.comment(), yamltext.CommentOf(a), yamltext.CommentOf(b))
	if !ok {
		comment = yamltext.CommentOf(a) + yamltext.CommentOf(b)
	}
	return recommented(a.Head(), yamltext.CommentOf(a), comment)
}

// withValue puts text between the key and the comment of a head.
func withValue(head, text string) string {
	key, comment, found := strings.Cut(head, ": #")
	if found {
		return key + ": " + text + " #" + comment
	}
	return head + " " + text
}

// braces writes merged lines in braces on one line. It fails where comments
// would be lost.
func braces(parts []part) (string, bool) {
	var lines []string
	for _, p := range parts {
		lines = append(lines, p.ours...)
	}
	if slices.ContainsFunc(lines, yamltext.IsComment) {
		return "", false
	}
	var document yaml.Node
	if err := yaml.Unmarshal(yamltext.JoinLines(lines, false), &document); err != nil || len(document.Content) != 1 {
		return "", false
	}
	root := document.Content[0]
	root.Style |= yaml.FlowStyle
	text, err := yamltext.Spell(root, 2)
	line := strings.TrimSuffix(string(text), "\n")
	return line, err == nil && !strings.Contains(line, "\n")
}
