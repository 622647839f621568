package sopsfile

import (
	"fmt"
	"strings"
	"time"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/kms"
	"github.com/getsops/sops/v3/logging"
	"github.com/getsops/sops/v3/stores"
	"github.com/sirupsen/logrus"
	"gopkg.in/yaml.v3"

	"github.com/cella-secrets/cella/internal/crash"
	"github.com/cella-secrets/cella/schema/problem"
)

const restoreSops = "restore the sops section from git, or encrypt the file again from its plaintext"

// metadata reads the sops section with SOPS's own code, after the checks that
// this code leaves out: some of what it takes, it crashes on later. It reports
// and returns false where the section is not usable.
func (d *Document) metadata(r *problem.Reporter) (sops.Metadata, bool) {
	at := d.SopsPlace()
	if unfit := unfitSops(d.Sops); unfit != "" {
		r.Fail(at, "sops-section", restoreSops, "%s", unfit)
		return sops.Metadata{}, false
	}
	tree, ok := d.branch(d.Sops)
	if !ok {
		return sops.Metadata{}, false // reported by the walk
	}
	if missing := missingField(tree); missing != "" {
		r.Fail(at, "sops-section", restoreSops, "the sops section has no %s", missing)
		return sops.Metadata{}, false
	}
	var meta sops.Metadata
	err := crash.Library(func() (err error) {
		branches := sops.TreeBranches{{{Key: SopsKey, Value: tree}}}
		_, meta, err = stores.ExtractMetadata(branches, stores.MetadataOpts{Flatten: stores.MetadataFlattenNone})
		return err
	})
	if err != nil || !usableKeys(meta) {
		r.Fail(at, "sops-section", restoreSops, "the sops section is damaged: a field has the wrong form, or there is no key group")
		return sops.Metadata{}, false
	}
	if n := countKeys(meta.KeyGroups); n > MaxRecipients {
		r.Fail(at, "sops-section", "encrypt the file for fewer keys", "the file is encrypted for %d recipients; at most %d are allowed", n, MaxRecipients)
		return sops.Metadata{}, false
	}
	return meta, true
}

// branch converts a node to SOPS's form. It returns false where the walk has
// found the node to be unusable.
func (d *Document) branch(mapping *yaml.Node) (sops.TreeBranch, bool) {
	tree := sops.TreeBranch{}
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		key, value := mapping.Content[i], mapping.Content[i+1]
		if d.Skip[key] || d.Skip[value] {
			return nil, false
		}
		item, ok := d.treeValue(value)
		if !ok {
			return nil, false
		}
		tree = append(tree, sops.TreeItem{Key: key.Value, Value: item})
	}
	return tree, true
}

func (d *Document) treeValue(node *yaml.Node) (any, bool) {
	switch {
	case d.Skip[node]:
		return nil, false
	case node.Kind == yaml.MappingNode:
		return d.branch(node)
	case node.Kind == yaml.SequenceNode:
		items := []any{}
		for _, item := range node.Content {
			value, ok := d.treeValue(item)
			if !ok {
				return nil, false
			}
			items = append(items, value)
		}
		return items, true
	}
	value, err := scalar(node)
	return value, err == nil
}

// scalar is what SOPS makes of a scalar: text, a number, a boolean, a time or
// nil. The error quotes nothing.
func scalar(node *yaml.Node) (any, error) {
	if node.Tag == "!!str" {
		return node.Value, nil
	}
	var value any
	if err := node.Decode(&value); err != nil {
		return nil, fmt.Errorf("decode scalar of line %d: not a %s", node.Line, node.Tag)
	}
	return value, nil
}

func missingField(tree sops.TreeBranch) string {
	for _, name := range []string{"lastmodified", "mac"} {
		found := false
		for _, item := range tree {
			key, _ := item.Key.(string)
			found = found || strings.EqualFold(key, name) && item.Value != nil && item.Value != ""
		}
		if !found {
			return name
		}
	}
	return ""
}

// countKeys counts the keys of all groups.
func countKeys(groups []sops.KeyGroup) int {
	n := 0
	for _, group := range groups {
		n += len(group)
	}
	return n
}

// usableKeys reports whether SOPS's code for keys can work with the groups: it
// follows null pointers in the context of AWS keys.
func usableKeys(meta sops.Metadata) bool {
	for _, group := range meta.KeyGroups {
		for _, key := range group {
			if aws, ok := key.(*kms.MasterKey); ok {
				for _, value := range aws.EncryptionContext {
					if value == nil {
						return false
					}
				}
			}
		}
	}
	return len(meta.KeyGroups) > 0 && meta.ShamirThreshold >= 0
}

// macAAD is what SOPS authenticates beside the MAC.
func macAAD(meta sops.Metadata) []byte {
	return []byte(meta.LastModified.Format(time.RFC3339))
}

// SilenceLibraries keeps SOPS's libraries from logging to the terminal: some of
// what they log quotes the file.
func SilenceLibraries() { logging.SetLevel(logrus.FatalLevel) }
