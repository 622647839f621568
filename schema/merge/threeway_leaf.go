package merge

import (
	"slices"
	"strings"

	"github.com/cella-secrets/cella/schema/internal/yamltext"
)

// whole merges a value that is no mapping, or not one on both sides: its
// content comes from one side, as a whole.
func (m *threeWay) whole(base old, a, b *yamltext.Stanza) outcome {
	from, other := a, b
	switch {
	case yamltext.SameNode(a.Value, b.Value), m.sameContent(b, base):
	case m.sameContent(a, base):
		from, other = b, a
	case m.guess:
		return m.conflict(a, b, "the sides differ, and the common version of both is not known")
	case !slices.ContainsFunc(base, func(b *yamltext.Stanza) bool { return b != nil }):
		return m.conflict(a, b, "both sides added it, and differ")
	default:
		return m.conflict(a, b, "both sides changed it, and differ")
	}
	body, ok := beside(base, from, other)
	if !ok {
		return m.conflict(a, b, "one side changed it, the other one a comment beside it")
	}
	lead := mergeComments(base.lead(), a.Lead, b.Lead)
	return outcome{parts: []part{agreed(lead...), agreed(body...)}, node: from.Value, stays: true}
}

// beside is the body of from, with the changes of comments that other made
// beside its own content. It fails where a comment would be lost.
func beside(base old, from, other *yamltext.Stanza) ([]string, bool) {
	if len(from.Body) == 1 && len(other.Body) == 1 {
		own := yamltext.CommentOf(from)
		comment, ok := pick(base.comment(), own, yamltext.CommentOf(other))
		return []string{recommented(from.Body[0], own, comment)}, ok
	}
	for _, line := range other.Body {
		known := slices.Contains(from.Body, line) || len(base) > 0 && base[0] != nil && slices.Contains(base[0].Body, line)
		if strings.Contains(line, "#") && !known && !strings.Contains(other.Value.Value, "#") {
			return nil, false
		}
	}
	return from.Body, true
}

// recommented is a line with another comment at its end.
func recommented(line, own, comment string) string {
	if own == comment {
		return line // with as many spaces as it has
	}
	return strings.TrimRight(strings.TrimSuffix(line, own), " ") + comment
}

// pick is the one of two texts that changed, or either where they are equal.
func pick(base, ours, theirs string) (string, bool) {
	switch {
	case ours == theirs, theirs == base:
		return ours, true
	case ours == base:
		return theirs, true
	}
	return "", false
}

// lead is what stood above the key in the base.
func (o old) lead() []string {
	if len(o) == 0 || o[0] == nil {
		return nil
	}
	return o[0].Lead
}

// comment is what stood behind the key in the base.
func (o old) comment() string {
	if len(o) == 0 || o[0] == nil {
		return ""
	}
	return yamltext.CommentOf(o[0])
}

// mergeComments merges what stands above a key. Where both sides changed it,
// nothing that is new on either side is lost.
func mergeComments(base, ours, theirs []string) []string {
	switch {
	case slices.Equal(ours, base):
		return theirs
	case slices.Equal(theirs, base):
		return ours
	}
	merged := slices.Clone(ours)
	for _, line := range theirs {
		if !slices.Contains(ours, line) && !slices.Contains(base, line) {
			merged = append(merged, line)
		}
	}
	return merged
}
