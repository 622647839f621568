package yamltext

import (
	"strconv"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/cella-secrets/cella/internal/testkit"
)

// TestLongLines: what stands on one line is found and changed in one go over it.
// Every value looked for from its beginning, 200,000 would take many minutes.
func TestLongLines(t *testing.T) {
	const many = 200_000
	line := "{" + testkit.Numbered(many, "ä%06d: \"v%06[1]d\", ") + "}"
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(line), &document); err != nil {
		t.Fatal(err)
	}
	values := document.Content[0].Content
	testkit.Ends(t, func() {
		lines := []string{"", line}
		found := &Finder{Lines: lines}
		var changes []Change
		for i := 1; i < len(values); i += 2 {
			moved := *values[i]
			moved.Line++
			place, ok := found.Span(&moved)
			if !ok || line[place.From:place.To] != moved.Value {
				t.Fatalf("value %d is not found", i)
			}
			changes = append(changes, Change{place, "new"})
		}
		Splice(lines, changes)
		if want := "{" + testkit.Numbered(many, "ä%06d: \"new\", ") + "}"; lines[0] != "" || lines[1] != want {
			t.Errorf("the line is now %.100s", lines[1])
		}
		// In any other order they are found all the same.
		for _, i := range []int{many - 1, 1, many + 1, 3} {
			moved := *values[i]
			moved.Line++
			if _, ok := (&Finder{Lines: []string{"", line}, line: 1, column: 701, offset: 736}).Span(&moved); !ok {
				t.Errorf("value %d is not found", i)
			}
		}
	})
}

// TestWideMappings: nor is a key looked for from the first one on.
func TestWideMappings(t *testing.T) {
	const many = 300_000
	b := &Block{}
	for i := range many {
		b.Kids = append(b.Kids, &Block{Name: keyName(i)})
	}
	testkit.Ends(t, func() {
		for i := range many {
			if kid := b.Kid(keyName(i)); kid != b.Kids[i] {
				t.Fatalf("key %d is not found", i)
			}
		}
	})
	for _, i := range []int{7, 3, many - 1, 0} {
		if kid := b.Kid(keyName(i)); kid != b.Kids[i] {
			t.Errorf("key %d is not found", i)
		}
	}
	if b.Kid("none") != nil || (&Block{}).Kid("none") != nil {
		t.Error("a key is found that is not there")
	}
}

func keyName(i int) string { return "KEY_" + strconv.Itoa(i) }
