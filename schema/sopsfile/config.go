package sopsfile

import (
	"fmt"
	"regexp/syntax"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/cella-secrets/cella/internal/files"
)

// The limits of a .sops.yaml, which SOPS's own code reads without any. It comes
// with every commit, also with those of forks.
const (
	// MaxConfigSize bounds its size in bytes.
	MaxConfigSize = 1 << 20
	// MaxConfigNodes bounds its keys, values and list items, where an alias
	// counts as much as what it stands for; MaxConfigKeys those keys that one
	// mapping has, which SOPS's reader compares with each other; and
	// MaxConfigDepth how they nest.
	MaxConfigNodes = 100_000
	MaxConfigKeys  = 1_000
	MaxConfigDepth = 32
	// MaxConfigRegex bounds the steps of all its regular expressions; see
	// regexSteps.
	MaxConfigRegex = 100_000
)

// readSopsConfig reads a .sops.yaml before SOPS does. The error is a
// *ConfigError that quotes nothing of it.
func readSopsConfig(path string) (*yaml.Node, error) {
	data, err := files.Read(path, MaxConfigSize)
	if err != nil {
		return nil, &ConfigError{path, files.WithoutPath(err).Error(), "put a readable file in its place, or restore it from git"}
	}
	var node yaml.Node
	switch {
	case directivesEnd(data) >= 0:
		return nil, beyondLimits(path, "more than %d lines begin with %%", MaxDirectives)
	case PartsEnd(data, MaxConfigNodes) >= 0:
		return nil, beyondLimits(path, tooManyNodes, MaxConfigNodes)
	case yaml.Unmarshal(data, &node) != nil:
		return nil, &ConfigError{path, "it cannot be read as YAML", "check its syntax, or restore it from git"}
	}
	m := measure{sizes: map[*yaml.Node]extent{}}
	all := m.extent(&node)
	switch {
	case m.cyclic:
		return nil, &ConfigError{path, "an alias (*) is inside the part that it refers to", "write that part out"}
	case all.nodes > MaxConfigNodes:
		return nil, beyondLimits(path, tooManyNodes, MaxConfigNodes)
	case m.keys > MaxConfigKeys:
		return nil, beyondLimits(path, "a mapping has more than %d keys", MaxConfigKeys)
	case all.depth > MaxConfigDepth:
		return nil, beyondLimits(path, "it is nested more than %d levels deep", MaxConfigDepth)
	case m.regex > MaxConfigRegex:
		return nil, beyondLimits(path, "its regular expressions have more than %d steps", MaxConfigRegex)
	}
	return &node, nil
}

const tooManyNodes = "it has too many keys, values and list items; at most %d are read"

func beyondLimits(path, format string, limit int) *ConfigError {
	return &ConfigError{path, fmt.Sprintf(format, limit), "shorten it, or restore it from git"}
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
		all.nodes = min(all.nodes+below.nodes, MaxConfigNodes+1)
		all.depth = max(all.depth, min(below.depth, MaxConfigDepth+1))
		if node.Kind == yaml.MappingNode && i%2 == 1 && strings.HasSuffix(strings.ToLower(node.Content[i-1].Value), "regex") {
			m.regex = min(m.regex+regexSteps(value(child)), MaxConfigRegex+1)
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

// regexSteps is about how many instructions a regular expression has once its
// repetitions are written out: x{1000} has 1,000. That is what it costs to
// compile, and to match it with one character. One that is none has none.
func regexSteps(expression string) int {
	parsed, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return 0
	}
	return stepsOf(parsed)
}

func stepsOf(parsed *syntax.Regexp) int {
	steps := 1 + len(parsed.Rune)
	for _, part := range parsed.Sub {
		steps += stepsOf(part)
	}
	if parsed.Op == syntax.OpRepeat {
		steps *= max(parsed.Min, parsed.Max, 1)
	}
	return min(steps, 1<<30)
}
