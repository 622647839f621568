package edit

import (
	"fmt"
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/cella-secrets/cella/schema"
	"github.com/cella-secrets/cella/schema/internal/yamltext"
	"github.com/cella-secrets/cella/secret"
)

// RecordChange is what an edit did to the line that says where the project's
// record stands.
type RecordChange struct {
	// Before is where the record stood by the file that was read: where its line
	// said, or on its only owner. Now is where it stands by the draft. Either may
	// be none.
	Before, Now secret.Owner
	// Wrote: the line is new, or names another owner.
	Wrote bool
}

// KeepRecord writes which owner the project's record stands on, where the draft
// has a fingerprint_key and an owner and no such line, and moves the line from an
// organization to a site once one stays; see Home. Where the file had one owner,
// the record stays there if it can. A line that was written for another owner
// stays as it is.
func (d *Draft) KeepRecord() (RecordChange, error) {
	before := d.read.Manifest.Record
	root := &yamltext.Block{Indent: -d.unit(), Kids: d.blocks}
	best := schema.Home(d.standings())
	line := yamltext.Find(d.blocks, "record")
	if !root.Has("fingerprint_key") || best == (secret.Owner{}) {
		return RecordChange{Before: before, Now: before}, nil
	}
	if line == nil {
		if d.stays(before) && (before.Kind == secret.Site || best.Kind == secret.Organization) {
			best = before
		}
		return RecordChange{before, best, true}, d.top("record", yamltext.TextNode(best.Address()))
	}
	named, ok := secret.Owner{}, false
	if line.Value != nil && line.Value.Kind == yaml.ScalarNode {
		named, ok = secret.ParseOwner(line.Value.Value)
	}
	if !ok || named.Kind == secret.Site || best.Kind == secret.Organization || !d.stays(named) {
		return RecordChange{Before: before, Now: named}, nil
	}
	if err := root.SetText("record", best.Address(), schema.TopKeys(), d.unit()); err != nil {
		return RecordChange{}, fmt.Errorf("edit record: %w", err)
	}
	d.blocks, d.changed = root.Kids, true
	return RecordChange{named, best, true}, nil
}

// standings are those of the owners of the draft as it is now, in the order of the
// file.
func (d *Draft) standings() []schema.Standing {
	var found []schema.Standing
	for _, kind := range []secret.OwnerKind{secret.Organization, secret.Site} {
		group := yamltext.Find(d.blocks, schema.OwnersKey(kind))
		if group == nil {
			continue
		}
		node := group.Node()
		for i := 0; node.Kind == yaml.MappingNode && i+1 < len(node.Content); i += 2 {
			o := schema.Standing{Owner: secret.Owner{Kind: kind, Name: node.Content[i].Value}}
			if retire := valueOf(node.Content[i+1], "retire"); retire != nil {
				o.Retire = secret.Retirement(retire.Value)
			}
			found = append(found, o)
		}
	}
	return found
}

func (d *Draft) stays(of secret.Owner) bool {
	return slices.Contains(d.standings(), schema.Standing{Owner: secret.Owner{Kind: of.Kind, Name: of.Name}})
}

// valueOf returns what stands under a key of a mapping, or nil.
func valueOf(mapping *yaml.Node, key string) *yaml.Node {
	for i := 0; mapping.Kind == yaml.MappingNode && i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return mapping.Content[i+1]
		}
	}
	return nil
}
