package sopsconfig

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/age"
	"github.com/getsops/sops/v3/azkv"
	"github.com/getsops/sops/v3/gcpkms"
	"github.com/getsops/sops/v3/hckms"
	"github.com/getsops/sops/v3/hcvault"
	"github.com/getsops/sops/v3/kms"
	"github.com/getsops/sops/v3/pgp"
	"gopkg.in/yaml.v3"

	"github.com/cella-secrets/cella/schema/internal/yamltext"
	"github.com/cella-secrets/cella/schema/recipients"
)

// Rule is a rule to be written, for manifests.
type Rule struct {
	PathRegex string
	// Standard is its encrypted_regex.
	Standard  string
	Groups    []sops.KeyGroup
	Threshold int
	// Labels are whose keys they are, by their names.
	Labels Labels
}

// PathRegex fits a file in the folder of the configuration, and those of its name
// further below, with the separators of every system.
func PathRegex(file string) string { return `(^|[/\\])` + regexp.QuoteMeta(filepath.Base(file)) + `$` }

// pathRegexIn fits that one file, by its path from the folder of a configuration.
func pathRegexIn(path, file string) string {
	relative := inFolder(path, file)
	if relative == file { // SOPS then looks at the whole path, which is not the same for everybody
		return PathRegex(file)
	}
	parts := strings.Split(filepath.ToSlash(relative), "/")
	for i := range parts {
		parts[i] = regexp.QuoteMeta(parts[i])
	}
	return "^" + strings.Join(parts, `[/\\]`) + "$"
}

// Lines are the rule as an item of creation_rules, without indentation.
func (r Rule) Lines() []string {
	lines := []string{
		"- path_regex: " + Quoted(r.PathRegex),
		"  # What is encrypted. Names, types, scopes and approvals stay readable.",
		"  encrypted_regex: " + Quoted(r.Standard),
		"  # What is readable may be edited by hand.",
		"  mac_only_encrypted: true",
	}
	if r.Threshold > 0 {
		lines = append(lines, fmt.Sprintf("  shamir_threshold: %d", r.Threshold))
	}
	keys, err := r.keys()
	if err != nil {
		return append(lines, "  age: age1…")
	}
	return append(lines, yamltext.Shift(keys, 2)...)
}

// keys are the fields that say who can decrypt: lists of age, or one of key groups.
func (r Rule) keys() ([]string, error) {
	var groups []*yaml.Node
	for _, keys := range r.Groups {
		node := &yaml.Node{}
		if err := node.Encode(groupFor(keys)); err != nil {
			return nil, err
		}
		r.Labels.comment(node)
		groups = append(groups, node)
	}
	var node *yaml.Node
	switch {
	case len(groups) == 0:
		return nil, errNoRule
	case len(groups) == 1 && plain(r.Groups[0]):
		node = groups[0]
	default:
		node = &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Content: []*yaml.Node{
			yamltext.TextNode("key_groups"), {Kind: yaml.SequenceNode, Tag: "!!seq", Content: groups}}}
	}
	text, err := yamltext.Spell(node, 2)
	lines, _ := yamltext.SplitLines(text)
	return lines, err
}

// OneLine is the rule in braces, to be read in a terminal and copied from there.
func (r Rule) OneLine() string {
	var node yaml.Node
	lines := r.Lines()
	if err := yaml.Unmarshal(yamltext.JoinLines(lines, false), &node); err != nil || len(node.Content) != 1 {
		return strings.Join(lines, "\n")
	}
	item := node.Content[0].Content[0]
	flow(item)
	text, err := yamltext.Spell(item, 2)
	if err != nil {
		return strings.Join(lines, "\n")
	}
	return "- " + strings.TrimSpace(string(text))
}

// flow puts all of a node in braces, without comments.
func flow(node *yaml.Node) {
	if node.Kind != yaml.ScalarNode {
		node.Style = yaml.FlowStyle
	}
	node.HeadComment, node.LineComment, node.FootComment = "", "", ""
	for _, child := range node.Content {
		flow(child)
	}
}

// Quoted is a text of printable characters as YAML, on one line.
func Quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// plain reports whether a group can be written as a list of age recipients, or of PGP
// fingerprints, in the rule itself.
func plain(keys sops.KeyGroup) bool {
	for _, key := range keys {
		switch key.(type) {
		case *age.MasterKey, *pgp.MasterKey:
		default:
			return false
		}
	}
	return true
}

// groupFor is a key group as a configuration has it.
func groupFor(keys sops.KeyGroup) group {
	var g group
	for _, key := range keys {
		switch k := key.(type) {
		case *age.MasterKey:
			g.Age = append(g.Age, k.Recipient)
		case *pgp.MasterKey:
			g.PGP = append(g.PGP, recipients.Name(k))
		case *kms.MasterKey:
			g.KMS = append(g.KMS, awsKey{k.Arn, k.Role, k.EncryptionContext, k.AwsProfile})
		case *gcpkms.MasterKey:
			g.GCP = append(g.GCP, gcpKey{k.ResourceID})
		case *hckms.MasterKey:
			g.Huawei = append(g.Huawei, keyID{k.KeyID})
		case *azkv.MasterKey:
			g.Azure = append(g.Azure, azurKey{k.VaultURL, k.Name, k.Version})
		case *hcvault.MasterKey:
			g.Vault = append(g.Vault, recipients.Name(k))
		}
	}
	return g
}
