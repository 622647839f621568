package sopsfile

import (
	"math/rand/v2"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/cella-secrets/cella/schema/internal/yamltext"
)

// TestPartsBoundNodes: what PartsEnd counts bounds what the YAML library makes
// of a text, whatever the text.
func TestPartsBoundNodes(t *testing.T) {
	pieces := []string{"a", "b ", ": ", ":", "- ", "-\n", "? ", ", ", ",", "[", "]", "{", "}", "\"", "'",
		"\n", "\n  ", " ", "&a ", "*a", "!t ", "# c\n", "|\n", "<<: ",
		"ENC[AES256_GCM,data:YQ==,iv:" + strings.Repeat("A", 43) + "=,tag:" + strings.Repeat("A", 22) + "==,type:str]", "\"a\":b", "\t"}
	random, read := rand.New(rand.NewPCG(1, 2)), 0
	for range 200_000 {
		var text strings.Builder
		for range 1 + random.IntN(14) {
			text.WriteString(pieces[random.IntN(len(pieces))])
		}
		first, _, err := yamltext.Decode([]byte(text.String()))
		if err != nil || first == nil {
			continue
		}
		read++
		parts := 0
		for PartsEnd([]byte(text.String()), parts) >= 0 {
			parts++
		}
		sealed := strings.Count(text.String(), EnvelopeHead) // may hide a few in brackets
		if nodes := nodesOf(first); nodes > 2*parts+3+8*sealed {
			t.Fatalf("%d nodes, but %d parts, in %q", nodes, parts, text.String())
		}
	}
	if read < 1000 {
		t.Errorf("only %d texts are YAML", read)
	}
}

func nodesOf(node *yaml.Node) int {
	n := 1
	for _, child := range node.Content {
		n += nodesOf(child)
	}
	return n
}
