package sopsconfig

import (
	"path/filepath"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/cella-secrets/cella/schema/recipients"
)

// Labels are what a configuration says beside keys, mostly whose they are: a comment
// behind or above a key, or the name of its anchor. They are text for files; quote
// it for display.
type Labels map[string]string

// Of is the label of a key by its name, or nothing.
func (l Labels) Of(name string) string {
	if text, ok := l[name]; ok {
		return text
	}
	for other, text := range l {
		if recipients.SameName(name, other) {
			return text
		}
	}
	return ""
}

// LabelsFor are those of the configuration that is for a file; none where it cannot
// be read.
func LabelsFor(file string) Labels {
	absolute, err := filepath.Abs(file)
	if err != nil {
		return nil
	}
	f, err := lookUp(absolute)
	if err != nil || f.path == "" {
		return nil
	}
	node, err := read(f.path)
	if err != nil {
		return nil
	}
	return labelsIn(node)
}

func labelsIn(document *yaml.Node) Labels {
	labels := Labels{}
	labels.collect(document)
	return labels
}

// collect takes the label of each item of a list, and of each anchor.
func (l Labels) collect(node *yaml.Node) {
	for _, child := range node.Content {
		l.collect(child)
		key := child
		if child.Kind == yaml.MappingNode && len(child.Content) > 1 {
			key = child.Content[1] // {arn: …}, {resource_id: …}
		}
		if key.Kind != yaml.ScalarNode || node.Kind != yaml.SequenceNode && child.Anchor == "" {
			continue
		}
		for _, text := range []string{child.LineComment, key.LineComment, child.HeadComment, child.Anchor} {
			// A comment of several lines is about more than one key.
			if text = strings.TrimSpace(strings.TrimLeft(text, "# \t")); text != "" && !strings.Contains(text, "\n") {
				l[nameIn(child, key.Value)] = text
				break
			}
		}
	}
}

// nameIn is the name of the key that an item of a list stands for.
func nameIn(item *yaml.Node, text string) string {
	if vault, name := field(item, "vaultUrl"), field(item, "key"); vault != nil && name != nil {
		return strings.TrimSuffix(vault.Value+"/keys/"+name.Value+"/"+valueOf(field(item, "version")), "/")
	}
	if len(text) >= 16 && strings.Trim(strings.ToUpper(text), "0123456789ABCDEF ") == "" {
		return strings.ToUpper(strings.ReplaceAll(text, " ", ""))
	}
	return strings.TrimSpace(text)
}

func valueOf(node *yaml.Node) string {
	if node == nil {
		return ""
	}
	return value(node)
}

// comment writes labels behind the keys of a rule that is to be written.
func (l Labels) comment(node *yaml.Node) {
	for _, child := range node.Content {
		l.comment(child)
		key := child
		if child.Kind == yaml.MappingNode && len(child.Content) > 1 {
			key = child.Content[1]
		}
		if node.Kind != yaml.SequenceNode || key.Kind != yaml.ScalarNode {
			continue
		}
		if text := l.Of(nameIn(child, key.Value)); text != "" {
			key.LineComment = "# " + text
		}
	}
}
