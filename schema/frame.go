package schema

import (
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/cella-secrets/cella/internal/words"
)

// frame is a mapping key on the way from the top of the document to a node.
// The nil frame is the top. Items of lists have the frame of their list, as
// in SOPS's paths.
type frame struct {
	parent *frame
	name   string
}

func (f *frame) child(name string) *frame { return &frame{parent: f, name: name} }

// String joins the keys with dots, each quoted for display where it holds a
// dot or anything unprintable.
func (f *frame) String() string {
	if f == nil {
		return ""
	}
	name := words.Quote(f.name)
	if strings.Contains(f.name, ".") && !strings.HasPrefix(name, `"`) {
		name = `"` + name + `"`
	}
	if f.parent == nil {
		return name
	}
	return f.parent.String() + "." + name
}

// appendAAD appends what SOPS authenticates beside a value: every key of the
// path, each closed by a colon.
func (f *frame) appendAAD(to []byte) []byte {
	if f == nil {
		return to
	}
	to = f.parent.appendAAD(to)
	to = append(to, f.name...)
	return append(to, ':')
}

// at is the place of node under this frame.
func (f *frame) at(node *yaml.Node) place {
	return place{line: node.Line, column: node.Column, frame: f}
}
