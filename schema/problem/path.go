package problem

import (
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/cella-secrets/cella/internal/words"
)

// Path is a mapping key on the way from the top of a document to a node. The nil
// Path is the top. Items of lists have the path of their list, as in SOPS's own
// paths.
type Path struct {
	Parent *Path
	Name   string
}

// PathOf is the path of a key of the top mapping.
func PathOf(name string) *Path { return (*Path)(nil).Child(name) }

// Child is the path of a key of the mapping that p leads to.
func (p *Path) Child(name string) *Path { return &Path{Parent: p, Name: name} }

// String joins the keys with dots, each quoted for display where it holds a
// dot or anything unprintable.
func (p *Path) String() string {
	if p == nil {
		return ""
	}
	name := words.Quote(p.Name)
	if strings.Contains(p.Name, ".") && !strings.HasPrefix(name, `"`) {
		name = `"` + name + `"`
	}
	if p.Parent == nil {
		return name
	}
	return p.Parent.String() + "." + name
}

// AppendAAD appends what SOPS authenticates beside a value: every key of the
// path, each closed by a colon.
func (p *Path) AppendAAD(to []byte) []byte {
	if p == nil {
		return to
	}
	to = p.Parent.AppendAAD(to)
	to = append(to, p.Name...)
	return append(to, ':')
}

// At is the place of node under this path.
func (p *Path) At(node *yaml.Node) Place {
	return Place{Line: node.Line, Column: node.Column, Path: p}
}
