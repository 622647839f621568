package schema

import (
	"strconv"
	"testing"

	"github.com/getsops/sops/v3"
	"gopkg.in/yaml.v3"

	"github.com/cella-secrets/cella/schema/problem"
)

// TestLongLines: what stands on one line is found and changed in one go over it.
// Every value looked for from its beginning, 200,000 would take many minutes.
func TestLongLines(t *testing.T) {
	const many = 200_000
	line := "{" + numbered(many, "ä%06d: \"v%06[1]d\", ") + "}"
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(line), &document); err != nil {
		t.Fatal(err)
	}
	values := document.Content[0].Content
	ends(t, func() {
		lines := []string{"", line}
		found := &finder{lines: lines}
		var changes []change
		for i := 1; i < len(values); i += 2 {
			moved := *values[i]
			moved.Line++
			place, ok := found.span(&moved)
			if !ok || line[place.from:place.to] != moved.Value {
				t.Fatalf("value %d is not found", i)
			}
			changes = append(changes, change{place, "new"})
		}
		splice(lines, changes)
		if want := "{" + numbered(many, "ä%06d: \"new\", ") + "}"; lines[0] != "" || lines[1] != want {
			t.Errorf("the line is now %.100s", lines[1])
		}
		// In any other order they are found all the same.
		for _, i := range []int{many - 1, 1, many + 1, 3} {
			moved := *values[i]
			moved.Line++
			if _, ok := (&finder{lines: []string{"", line}, line: 1, column: 701, offset: 736}).span(&moved); !ok {
				t.Errorf("value %d is not found", i)
			}
		}
	})
}

// TestWideMappings: nor is a key looked for from the first one on.
func TestWideMappings(t *testing.T) {
	const many = 300_000
	b := &block{}
	for i := range many {
		b.kids = append(b.kids, &block{name: keyName(i)})
	}
	ends(t, func() {
		for i := range many {
			if kid := b.kid(keyName(i)); kid != b.kids[i] {
				t.Fatalf("key %d is not found", i)
			}
		}
	})
	for _, i := range []int{7, 3, many - 1, 0} {
		if kid := b.kid(keyName(i)); kid != b.kids[i] {
			t.Errorf("key %d is not found", i)
		}
	}
	if b.kid("none") != nil || (&block{}).kid("none") != nil {
		t.Error("a key is found that is not there")
	}
}

func keyName(i int) string { return "KEY_" + strconv.Itoa(i) }

// TestCommentsAreNotTriedForEver: no text says where an encrypted comment stands,
// so places are tried; those of a hostile branch up to a limit.
func TestCommentsAreNotTriedForEver(t *testing.T) {
	v, err := newVault(make([]byte, dataKeyBytes))
	if err != nil {
		t.Fatal(err)
	}
	m := &merging{primary: &side{File: &File{vault: v}}, other: &side{File: &File{vault: v}}}
	here := problem.PathOf("here")
	comment, err := v.encrypt(sops.Comment{Value: "a comment"}, here.AppendAAD(nil))
	if err != nil {
		t.Fatal(err)
	}
	in := &places{frames: []*problem.Path{nil, here, problem.PathOf("there")}}
	for range 10 {
		if _, ok := m.resealComment(comment, in); !ok {
			t.Fatal("it does not decrypt")
		}
	}
	if in.tried != 2+9 {
		t.Errorf("%d places were tried", in.tried)
	}
	in = &places{frames: []*problem.Path{nil, nil}, tried: maxTries - 1}
	if _, ok := m.resealComment(comment, in); ok || in.tried != maxTries+1 {
		t.Errorf("%d places were tried", in.tried)
	}
}
