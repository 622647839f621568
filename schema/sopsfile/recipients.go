package sopsfile

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

	"github.com/cella-secrets/cella/internal/crash"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/schema/problem"
)

// The lints of who can decrypt.
const (
	LintRecipientsDiffer = "recipients-differ"
	LintSopsConfig       = "sops-config"
)

// LintRecipients compares the recipients of the file with those that the
// nearest .sops.yaml would give it. It makes no connection.
func (c *Configs) LintRecipients(file string, meta sops.Metadata, at problem.Place, r *problem.Reporter) {
	absolute, err := filepath.Abs(file)
	if err != nil {
		return // the working directory is gone: there is nothing to compare with
	}
	found, err := config.LookupConfigFile(absolute)
	if err != nil {
		return // there is no .sops.yaml
	}
	if !c.affords(found.Path) {
		if !c.told {
			r.Warn(at, LintSopsConfig, "make "+words.Quote(found.Path)+" smaller",
				"the recipients are not compared with the nearest .sops.yaml: it is too large for so many files")
		}
		c.told = true
		return
	}
	rule, err := creationRule(found.Path, absolute)
	if err != nil {
		lintConfig(r, found.Path, at, err)
		return
	}
	if rule == nil {
		return // it has no creation rules
	}
	have, want := RecipientNames(meta.KeyGroups), RecipientNames(rule.KeyGroups)
	var parts []string
	if missing := Without(want, have); len(missing) > 0 {
		parts = append(parts, "missing here: "+words.First(missing))
	}
	if extra := Without(have, want); len(extra) > 0 {
		parts = append(parts, "only here: "+words.First(extra))
	}
	if len(parts) > 0 {
		r.Warn(at, LintRecipientsDiffer, "run: sops updatekeys "+words.Argument(file),
			"the recipients are not those of %s (%s)", words.Quote(found.Path), strings.Join(parts, "; "))
	}
}

// Configs bounds what one run reads of .sops.yaml files, which SOPS's code reads
// anew for every encrypted file.
type Configs struct {
	spent int64 // bytes
	told  bool
}

// MaxConfigBytes is some 8,000 files under a .sops.yaml of 4 KiB.
const MaxConfigBytes = 32 << 20

// affords reports whether a .sops.yaml may be read once more.
func (c *Configs) affords(path string) bool {
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
		c.spent += info.Size()
	}
	return c.spent <= MaxConfigBytes
}

// lintConfig warns of a .sops.yaml that says nothing that could be compared.
func lintConfig(r *problem.Reporter, path string, at problem.Place, err error) {
	if errors.Is(err, errNeedsNetwork) {
		return
	}
	const what = "the recipients cannot be compared with the nearest .sops.yaml"
	if form := new(ConfigError); errors.As(err, &form) {
		r.Warn(at, LintSopsConfig, form.Remedy, what+", %s: %s", words.Quote(path), form.What)
		return
	}
	r.Warn(at, LintSopsConfig, "check "+words.Quote(path)+": its rules must be readable, and one must be for this file", what)
}

var errNeedsNetwork = errors.New("read .sops.yaml: it names Azure keys")

// creationRule is the rule of a .sops.yaml for a file, or nil. SOPS's own
// reader asks Azure for the version of keys without one, at whatever address
// the configuration names; so it is not let near a configuration with Azure
// keys, and errNeedsNetwork is returned. One that cannot be read, or is beyond
// the limits, is a *ConfigError.
func creationRule(path, file string) (*config.Config, error) {
	node, err := readSopsConfig(path)
	if err != nil {
		return nil, err
	}
	if mentionsAzure(node) {
		return nil, errNeedsNetwork
	}
	return sopsRule(path, file)
}

// sopsRule is what SOPS makes of a .sops.yaml that has been looked at.
func sopsRule(path, file string) (rule *config.Config, err error) {
	err = crash.Library(func() (err error) {
		rule, err = config.LoadCreationRuleForFile(path, file, nil)
		return err
	})
	if err == nil && rule != nil && recipients(rule.KeyGroups) > MaxRecipients {
		return nil, beyondLimits(path, "the rule for this file has more than %d recipients", MaxRecipients)
	}
	return rule, err
}

// mentionsAzure looks for the key that names Azure's keys. Binary scalars count
// as one, because they may spell it.
func mentionsAzure(node *yaml.Node) bool {
	return strings.EqualFold(node.Value, "azure_keyvault") || strings.Contains(node.Tag, "binary") ||
		slices.ContainsFunc(node.Content, mentionsAzure)
}

// recipients counts the keys of all groups.
func recipients(groups []sops.KeyGroup) int {
	n := 0
	for _, group := range groups {
		n += len(group)
	}
	return n
}

// RecipientNames lists recipients in a form that can be compared and shown.
func RecipientNames(groups []sops.KeyGroup) []string {
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
			names = append(names, words.Quote(name))
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Without returns the names that are not in others. A short PGP fingerprint
// stands for every one that ends with it.
func Without(names, others []string) []string {
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
