package diff

import (
	"context"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/cella-secrets/cella/schema"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/schema/recipients"
	"github.com/cella-secrets/cella/schema/sopsfile"
	"github.com/cella-secrets/cella/schema/sopsfile/keyring"
	"github.com/cella-secrets/cella/secret"
)

// Version is one version of a manifest, to be compared with another one.
type Version struct {
	// encrypted is false for a version that was never encrypted.
	encrypted bool
	// decrypted: its values are known, and the MAC of an encrypted version was
	// checked.
	decrypted bool
	// NoKey says why the values are not known, where they are not.
	NoKey *keyring.Error

	policy recipients.Policy
	top    map[string]field
	owners map[secret.Owner]ownerFields // without ids
}

// ownerFields are the fields of an owner, and those of its secrets.
type ownerFields struct {
	fields  map[string]field
	secrets map[string]map[string]field
}

// field is what a key of the manifest says: in clear one word, or those of a list
// sorted, because all lists of a manifest are sets; or else a value, and its
// ciphertext where it has one.
type field struct {
	clear      []string
	isValue    bool
	ciphertext string
	value      secret.Value
}

// Read reads a manifest that has been read from somewhere else than the
// working tree; name is for problems. It decrypts if it can, and takes a file
// that was never encrypted. The Version is nil if and only if there is an error
// among the problems, which hold no warnings; the error is ctx's.
func Read(ctx context.Context, name string, data []byte, keys *keyring.Keyring) (*Version, problem.List, error) {
	file, manifest, problems, err := schema.Read(ctx, name, data, schema.Options{AllowPlaintext: true, Decryption: schema.DecryptIfPossible, Keys: keys})
	if file == nil {
		return nil, problems.Errors(false), err
	}
	v := Of(file)
	v.NoKey = manifest.NoKey
	return v, nil, nil
}

// Of is the version that a file without errors is.
func Of(file *sopsfile.File) *Version {
	v := &Version{encrypted: !file.Plain(), decrypted: file.Values != nil}
	if v.encrypted {
		v.policy = recipients.Of(file.Meta)
	}
	v.collect(file.Doc, file.Values)
	return v
}

// collect takes the fields out of a document without errors.
func (v *Version) collect(doc *sopsfile.Document, values map[*yaml.Node]secret.Value) {
	c := collector{values: values, encrypted: map[*yaml.Node]bool{}}
	for _, leaf := range doc.Leaves {
		if leaf.Encrypted {
			c.encrypted[leaf.Node] = true
		}
	}
	v.top, v.owners = map[string]field{}, map[secret.Owner]ownerFields{}
	kinds := map[string]secret.OwnerKind{"organizations": secret.Organization, "sites": secret.Site}
	for key, value := range doc.Pairs(doc.Root) {
		if kind, ok := kinds[key.Value]; ok {
			for name, owner := range doc.Pairs(value) {
				v.owners[secret.Owner{Kind: kind, Name: name.Value}] = c.owner(doc, owner)
			}
		} else if key.Value != sopsfile.SopsKey {
			c.fields(doc, key.Value, value, v.top)
		}
	}
	for _, owner := range v.owners {
		for _, fields := range owner.secrets {
			v.inherit(fields)
		}
	}
}

// inherit fills in the defaults: what a secret is matters, not where it is
// written.
func (v *Version) inherit(fields map[string]field) {
	for _, name := range []string{"type", "scopes"} {
		if _, own := fields[name]; !own {
			if inherited, ok := v.top["defaults."+name]; ok {
				fields[name] = inherited
			}
		}
	}
}

type collector struct {
	values    map[*yaml.Node]secret.Value
	encrypted map[*yaml.Node]bool
}

func (c collector) owner(doc *sopsfile.Document, node *yaml.Node) ownerFields {
	o := ownerFields{fields: map[string]field{}, secrets: map[string]map[string]field{}}
	for key, value := range doc.Pairs(node) {
		if key.Value != "secrets" {
			c.fields(doc, key.Value, value, o.fields)
			continue
		}
		for name, content := range doc.Pairs(value) {
			fields := map[string]field{}
			for key, value := range doc.Pairs(content) {
				c.fields(doc, key.Value, value, fields)
			}
			o.secrets[name.Value] = fields
		}
	}
	return o
}

// fields adds what stands under a key: one field, or for a mapping one for each
// of its keys.
func (c collector) fields(doc *sopsfile.Document, name string, node *yaml.Node, into map[string]field) {
	switch node.Kind {
	case yaml.MappingNode:
		for key, value := range doc.Pairs(node) {
			c.fields(doc, name+"."+key.Value, value, into)
		}
	case yaml.SequenceNode:
		var items []string
		for _, item := range node.Content {
			items = append(items, item.Value)
		}
		slices.Sort(items)
		into[name] = field{clear: items}
	default:
		into[name] = c.scalar(name, node)
	}
}

func (c collector) scalar(name string, node *yaml.Node) field {
	top, _, _ := strings.Cut(name, ".")
	value, known := c.values[node]
	switch {
	case c.encrypted[node]:
		return field{isValue: true, value: value, ciphertext: node.Value}
	case known && schema.HoldsValue(top):
		return field{isValue: true, value: value} // in clear, so there is no ciphertext
	}
	if day, ok := secret.ParseDay(node.Value); ok && schema.HoldsDay(name) {
		return field{clear: []string{day.String()}}
	}
	return field{clear: []string{node.Value}}
}
