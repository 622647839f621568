package sopsconfig

import (
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/cella-secrets/cella/internal/files"
	"github.com/cella-secrets/cella/schema/sopsfile"
)

// The limits of a .sops.yaml, which SOPS's own code reads without any. It comes
// with every commit, also with those of forks.
const (
	// MaxSize bounds its size in bytes.
	MaxSize = 1 << 20
	// MaxNodes bounds its keys, values and list items, where an alias
	// counts as much as what it stands for; MaxKeys those keys that one
	// mapping has, which SOPS's reader compares with each other; and
	// MaxDepth how they nest.
	MaxNodes = 100_000
	MaxKeys  = 1_000
	MaxDepth = 32
	// MaxRegexSteps bounds the steps of all its regular expressions; see
	// sopsfile.RegexSteps.
	MaxRegexSteps = 100_000
)

// read reads a .sops.yaml before SOPS does. The error is a
// *Error that quotes nothing of it.
func read(path string) (*yaml.Node, error) {
	data, err := files.Read(path, MaxSize)
	if err != nil {
		return nil, &Error{path, files.WithoutPath(err).Error(), "put a readable file in its place, or restore it from git"}
	}
	return parse(path, data)
}

// parse is read for a text that is at hand.
func parse(path string, data []byte) (*yaml.Node, error) {
	var node yaml.Node
	switch {
	case sopsfile.DirectivesEnd(data) >= 0:
		return nil, beyondLimits(path, "more than %d lines begin with %%", sopsfile.MaxDirectives)
	case sopsfile.PartsEnd(data, MaxNodes) >= 0:
		return nil, beyondLimits(path, tooManyNodes, MaxNodes)
	case yaml.Unmarshal(data, &node) != nil && sopsfile.ConflictMarker(data) >= 0:
		return nil, &Error{path, "a merge left its conflicts in it", "keep the lines that are to stay, mostly those of both sides, and remove the markers"}
	case yaml.Unmarshal(data, &node) != nil:
		return nil, &Error{path, "it cannot be read as YAML", "check its syntax, or restore it from git"}
	}
	m := measure{sizes: map[*yaml.Node]extent{}}
	all := m.extent(&node)
	switch {
	case m.cyclic:
		return nil, &Error{path, "an alias (*) is inside the part that it refers to", "write that part out"}
	case all.nodes > MaxNodes:
		return nil, beyondLimits(path, tooManyNodes, MaxNodes)
	case m.keys > MaxKeys:
		return nil, beyondLimits(path, "a mapping has more than %d keys", MaxKeys)
	case all.depth > MaxDepth:
		return nil, beyondLimits(path, "it is nested more than %d levels deep", MaxDepth)
	case m.regex > MaxRegexSteps:
		return nil, beyondLimits(path, "its regular expressions have more than %d steps", MaxRegexSteps)
	}
	return &node, nil
}

const tooManyNodes = "it has too many keys, values and list items; at most %d are read"

func beyondLimits(path, format string, limit int) *Error {
	return &Error{path, fmt.Sprintf(format, limit), "shorten it, or restore it from git"}
}

// measure finds out what a document costs those who read it.
type measure struct {
	sizes  map[*yaml.Node]extent // of what has an anchor
	cyclic bool
	keys   int // of the largest mapping
	regex  int
}

// extent is how much there is from a node on, aliases written out.
type extent struct{ nodes, depth int }

// extent stops counting beyond the limits, so that nothing overflows.
func (m *measure) extent(node *yaml.Node) extent {
	if node.Kind == yaml.AliasNode {
		size, known := m.sizes[node.Alias]
		m.cyclic = m.cyclic || !known
		return size
	}
	all := extent{nodes: 1}
	if node.Kind == yaml.MappingNode {
		m.keys = max(m.keys, len(node.Content)/2)
	}
	for i, child := range node.Content {
		below := m.extent(child)
		all.nodes = min(all.nodes+below.nodes, MaxNodes+1)
		all.depth = max(all.depth, min(below.depth, MaxDepth+1))
		if node.Kind == yaml.MappingNode && i%2 == 1 && strings.HasSuffix(strings.ToLower(node.Content[i-1].Value), "regex") {
			m.regex = min(m.regex+sopsfile.RegexSteps(value(child)), MaxRegexSteps+1)
		}
	}
	if node.Kind != yaml.DocumentNode {
		all.depth++
	}
	if node.Anchor != "" {
		m.sizes[node] = all
	}
	return all
}

// value is the text of a scalar, or of the one that an alias stands for.
func value(node *yaml.Node) string {
	if node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	return node.Value
}
