package schema

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/config"
	"github.com/getsops/sops/v3/kms"
	"github.com/getsops/sops/v3/pgp"
	"gopkg.in/yaml.v3"

	"github.com/cella-secrets/cella/secret"
)

// lintRecipients compares the recipients of the file with those that the
// nearest .sops.yaml would give it. It makes no connection.
func lintRecipients(file string, meta sops.Metadata, at place, r *reporter) {
	absolute, err := filepath.Abs(file)
	if err != nil {
		return // the working directory is gone: there is nothing to compare with
	}
	found, err := config.LookupConfigFile(absolute)
	if err != nil {
		return // there is no .sops.yaml
	}
	rule, err := creationRule(found.Path, absolute)
	if err != nil {
		if !errors.Is(err, errNeedsNetwork) {
			r.warn(at, lintSopsConfig, "check "+secret.Quote(found.Path)+": its rules must be readable, and one must be for this file",
				"the recipients cannot be compared with the nearest .sops.yaml")
		}
		return
	}
	if rule == nil {
		return // it has no creation rules
	}
	have, want := recipientNames(meta.KeyGroups), recipientNames(rule.KeyGroups)
	var parts []string
	if missing := without(want, have); len(missing) > 0 {
		parts = append(parts, "missing here: "+strings.Join(missing, ", "))
	}
	if extra := without(have, want); len(extra) > 0 {
		parts = append(parts, "only here: "+strings.Join(extra, ", "))
	}
	if len(parts) > 0 {
		r.warn(at, lintRecipientsDiffer, "run: sops updatekeys "+secret.Word(file),
			"the recipients are not those of %s (%s)", secret.Quote(found.Path), strings.Join(parts, "; "))
	}
}

var errNeedsNetwork = errors.New("read .sops.yaml: it names Azure keys")

// creationRule is the rule of a .sops.yaml for a file, or nil. SOPS's own
// reader asks Azure for the version of keys without one, at whatever address
// the configuration names; so it is not let near a configuration with Azure
// keys, and errNeedsNetwork is returned.
func creationRule(path, file string) (*config.Config, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var node yaml.Node
	if err := yaml.Unmarshal(data, &node); err != nil {
		return nil, err
	}
	if mentionsAzure(&node) {
		return nil, errNeedsNetwork
	}
	var rule *config.Config
	err = guarded(func() (err error) {
		rule, err = config.LoadCreationRuleForFile(path, file, nil)
		return err
	})
	return rule, err
}

// mentionsAzure looks for the key that names Azure's keys. Binary scalars count
// as one, because they may spell it.
func mentionsAzure(node *yaml.Node) bool {
	return strings.EqualFold(node.Value, "azure_keyvault") || strings.Contains(node.Tag, "binary") ||
		slices.ContainsFunc(node.Content, mentionsAzure)
}

// recipientNames lists recipients in a form that can be compared and shown.
func recipientNames(groups []sops.KeyGroup) []string {
	var names []string
	for _, group := range groups {
		for _, key := range group {
			name := key.ToString()
			switch k := key.(type) {
			case *pgp.MasterKey:
				name = strings.ToUpper(name)
			case *kms.MasterKey:
				name = k.Arn // the context and the profile are not part of who can decrypt
			}
			names = append(names, secret.Quote(name))
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// without returns the names that are not in others. A short PGP fingerprint
// stands for every one that ends with it.
func without(names, others []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		return slices.ContainsFunc(others, func(other string) bool {
			return name == other || isFingerprint(name) && isFingerprint(other) &&
				(strings.HasSuffix(name, other) || strings.HasSuffix(other, name))
		})
	})
}

func isFingerprint(name string) bool {
	return len(name) >= 16 && strings.Trim(name, "0123456789ABCDEF") == ""
}
