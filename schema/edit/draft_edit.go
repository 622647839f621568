package edit

import (
	"fmt"

	"gopkg.in/yaml.v3"

	"github.com/cella-secrets/cella/schema"
	"github.com/cella-secrets/cella/schema/internal/yamltext"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/secret"
)

// owner returns the block of an owner, or nil. What holds it in braces is
// spelled out.
func (d *Draft) owner(owner secret.Owner) *yamltext.Block {
	group := yamltext.Find(d.blocks, schema.OwnersKey(owner.Kind))
	if group == nil || !group.Has(owner.Name) || !group.Open(d.unit()) {
		return nil
	}
	return yamltext.Find(group.Kids, owner.Name)
}

// entry returns the block of a secret, and of the mapping that it stands in;
// nil where there is none.
func (d *Draft) entry(owner secret.Owner, name secret.Name) (entry, secrets *yamltext.Block) {
	of := d.owner(owner)
	if of == nil || !of.Has("secrets") || !of.Open(d.unit()) {
		return nil, nil
	}
	secrets = yamltext.Find(of.Kids, "secrets")
	if !secrets.Has(string(name)) || !secrets.Open(d.unit()) {
		return nil, nil
	}
	return yamltext.Find(secrets.Kids, string(name)), secrets
}

// AddOwner writes an owner without secrets, with its id where it is a site and
// has one. An owner that the manifest has already stays as it is.
func (d *Draft) AddOwner(owner secret.Owner) error {
	if d.owner(owner) != nil {
		return nil
	}
	node := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	if owner.Kind == secret.Site && owner.ID != "" {
		node.Content = append(node.Content, yamltext.TextNode("id"), yamltext.TextNode(owner.ID))
	}
	node.Content = append(node.Content, yamltext.TextNode("secrets"), &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Style: yaml.FlowStyle})
	group := yamltext.Find(d.blocks, schema.OwnersKey(owner.Kind))
	if group == nil {
		all := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Content: []*yaml.Node{yamltext.TextNode(owner.Name), node}}
		return d.top(schema.OwnersKey(owner.Kind), all)
	}
	if !group.Open(d.unit()) {
		return d.failed(group.At, yamltext.ErrNoMapping)
	}
	d.changed = true
	return group.Add(owner.Name, node, nil, d.unit())
}

// top writes a new key of the top level.
func (d *Draft) top(name string, value *yaml.Node) error {
	added, err := yamltext.NewBlock(name, value, nil, 0, d.unit())
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	d.blocks = yamltext.Insert(d.blocks, added, schema.TopKeys())
	d.changed = true
	return nil
}

func (d *Draft) failed(at *problem.Path, err error) error { return fmt.Errorf("edit %s: %w", at, err) }

// Insert writes a new secret, and its owner where the manifest has none of that
// name: description, type, scopes, values and whatever else s says. Without
// type or scopes, those of the manifest's defaults hold. It fails where the owner
// has that secret.
func (d *Draft) Insert(owner secret.Owner, s secret.DesiredSecret) error {
	if existing, _ := d.entry(owner, s.Name); existing != nil {
		return d.failed(existing.At, errSecretExists)
	}
	// First what may fail: the owner is not to be left without it.
	node, err := d.secretNode(entryFrame(owner, s.Name), s)
	if err != nil {
		return err
	}
	if err := d.AddOwner(owner); err != nil {
		return err
	}
	of := d.owner(owner)
	if !of.Open(d.unit()) {
		return d.failed(of.At, yamltext.ErrNoMapping)
	}
	secrets := yamltext.Find(of.Kids, "secrets")
	if secrets == nil {
		if err := of.Add("secrets", &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Style: yaml.FlowStyle}, schema.SiteKeys(), d.unit()); err != nil {
			return err
		}
		secrets = yamltext.Find(of.Kids, "secrets")
	}
	if !secrets.Open(d.unit()) {
		return d.failed(secrets.At, yamltext.ErrNoMapping)
	}
	d.changed = true
	return secrets.Add(string(s.Name), node, nil, d.unit())
}
