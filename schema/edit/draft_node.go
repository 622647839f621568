package edit

import (
	"fmt"

	"gopkg.in/yaml.v3"

	"github.com/cella-secrets/cella/schema"
	"github.com/cella-secrets/cella/schema/internal/yamltext"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/secret"
)

// secretNode is a secret as a mapping, its values encrypted for the place that
// at is.
func (d *Draft) secretNode(at *problem.Path, s secret.DesiredSecret) (*yaml.Node, error) {
	node := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	for _, key := range schema.SecretKeys() {
		value, err := d.fieldNode(at, key, s)
		if err != nil {
			return nil, err
		}
		if value != nil {
			node.Content = append(node.Content, yamltext.TextNode(key), value)
		}
	}
	return node, nil
}

// fieldNode is one field of a secret; nil where s does not have it.
func (d *Draft) fieldNode(at *problem.Path, key string, s secret.DesiredSecret) (*yaml.Node, error) {
	switch {
	case key == "description" && s.Description != "":
		return yamltext.TextNode(s.Description), nil
	case key == "type" && s.Type != "":
		return yamltext.TextNode(string(s.Type)), nil
	case key == "scopes" && len(s.Scopes) > 0:
		return listNode(s.Scopes), nil
	case key == "value" && s.Value.Known():
		return d.encryptedNode(at.Child(key), s.Value)
	case key == "overrides" && len(s.Overrides) > 0:
		node := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		for _, override := range s.Overrides {
			value, err := d.encryptedNode(at.Child(key).Child(string(override.Env)), override.Value)
			if err != nil {
				return nil, err
			}
			node.Content = append(node.Content, yamltext.TextNode(string(override.Env)), value)
		}
		return node, nil
	case key == "external" && s.External, key == "replace" && s.Replace, key == "protect" && s.Protect == secret.Protected:
		return boolNode(true), nil
	case key == "protect" && s.Protect == secret.Unprotected:
		return boolNode(false), nil
	case key == "drop_overrides" && len(s.DropOverrides) > 0:
		return listNode(s.DropOverrides), nil
	case key == "retire" && s.Retire != "":
		return yamltext.TextNode(string(s.Retire)), nil
	}
	return nil, nil
}

func (d *Draft) encryptedNode(at *problem.Path, value secret.Value) (*yaml.Node, error) {
	envelope, err := d.encrypt(at, value)
	if err != nil {
		return nil, err
	}
	return yamltext.TextNode(envelope), nil
}

// encrypt makes the ciphertext of a value that Pantheon can store.
func (d *Draft) encrypt(at *problem.Path, value secret.Value) (string, error) {
	if err := value.Validate(); err != nil {
		return "", d.failed(at, fmt.Errorf("%w: %w", errUnfit, err))
	}
	envelope, err := d.DataKey.EncryptValue(value, at)
	if err != nil {
		return "", d.failed(at, err)
	}
	return envelope, nil
}

func boolNode(value bool) *yaml.Node {
	text := "false"
	if value {
		text = "true"
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: text}
}

func listNode[T ~string](texts []T) *yaml.Node {
	node := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Style: yaml.FlowStyle}
	for _, word := range texts {
		node.Content = append(node.Content, yamltext.TextNode(string(word)))
	}
	return node
}
