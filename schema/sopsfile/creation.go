package sopsfile

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/age"
	"github.com/getsops/sops/v3/config"
	"github.com/getsops/sops/v3/version"
	"gopkg.in/yaml.v3"

	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/schema/sopsfile/keyring"
)

// Creation says how a file that does not exist yet is encrypted: for whom, and
// which of its keys.
type Creation struct {
	// Config is the .sops.yaml that says so, empty where none does.
	Config string
	Rules  Rules
	meta   sops.Metadata
	indent int // of what SOPS adds to the file, in spaces
}

// ConfigError says that a .sops.yaml cannot be used for a manifest. Remedy says
// what to write in it.
type ConfigError struct {
	path, What, Remedy string
}

// Hint returns the remedy.
func (e *ConfigError) Hint() *hint.Error { return &hint.Error{Err: e, Next: []string{e.Remedy}} }

// Error names the file and what is wrong with it.
func (e *ConfigError) Error() string { return fmt.Sprintf("%s: %s", words.Quote(e.path), e.What) }

// FindCreation returns what the nearest .sops.yaml says of file, or nil where
// there is none. As SOPS does, it looks in the folder of file and in those
// above it. The error is a *ConfigError where there is one that cannot be used.
//
// SOPS asks Azure for the versions of keys that are named without one. That
// happens only where keys allow it and every address is Azure's own.
func FindCreation(file string, rules Rules, keys *keyring.Keyring) (*Creation, error) {
	SilenceLibraries()
	absolute, err := filepath.Abs(file)
	if err != nil {
		return nil, fmt.Errorf("find .sops.yaml: %w", err)
	}
	found, err := config.LookupConfigFile(absolute)
	if err != nil {
		return nil, nil // it has no other error than that there is none
	}
	wrong := func(what, remedy string) error { return &ConfigError{found.Path, what, remedy} }
	rule, err := ruleToCreate(found.Path, absolute, keys)
	switch {
	case errors.Is(err, errNeedsNetwork):
		return nil, wrong("it names Azure keys, and not all of them may be contacted",
			"add azure to --key-sources, and name keys in Azure's own key-vault domains only")
	case errors.As(err, new(*ConfigError)):
		return nil, err
	case err != nil:
		return nil, wrong("SOPS cannot use it: "+words.Quote(err.Error()), "give it a rule for this file, with a path_regex that matches it")
	case rule == nil:
		return nil, wrong("it has no creation_rules", "add one for this file")
	}
	c := newCreation(found.Path, rules, rule)
	if len(c.Recipients()) == 0 {
		return nil, wrong("its rule for this file has no keys", "add the public keys of those who may decrypt, such as age: age1…")
	}
	if what := c.leavesClear(); what != "" {
		return nil, wrong("in its rule for this file, "+what, "write in that rule: encrypted_regex: "+rules.Standard)
	}
	return c, nil
}

func newCreation(path string, rules Rules, rule *config.Config) *Creation {
	c := &Creation{Config: path, Rules: rules, indent: sopsIndent, meta: sops.Metadata{
		KeyGroups: rule.KeyGroups, ShamirThreshold: rule.ShamirThreshold,
		UnencryptedSuffix: rule.UnencryptedSuffix, EncryptedSuffix: rule.EncryptedSuffix,
		UnencryptedRegex: rule.UnencryptedRegex, EncryptedRegex: rule.EncryptedRegex,
		UnencryptedCommentRegex: rule.UnencryptedCommentRegex, EncryptedCommentRegex: rule.EncryptedCommentRegex,
		MACOnlyEncrypted: rule.MACOnlyEncrypted, Version: version.Version,
	}}
	if m := &c.meta; m.EncryptedRegex+m.EncryptedSuffix+m.UnencryptedRegex+m.UnencryptedCommentRegex+m.EncryptedCommentRegex == "" && m.UnencryptedSuffix == "" {
		m.UnencryptedSuffix = sops.DefaultUnencryptedSuffix // as the sops command does
	}
	if stores, err := config.LoadStoresConfig(path); err == nil && stores.YAML.Indent > 0 {
		c.indent = stores.YAML.Indent
	}
	return c
}

// leavesClear says why the rule is not one for manifests, or nothing.
func (c *Creation) leavesClear() string {
	r := &problem.Reporter{}
	keys := c.Rules.Rule(c.meta, problem.Place{}, r)
	if keys == nil {
		return r.Problems[0].Message
	}
	for _, key := range c.Rules.Encrypted {
		if !keys.Matches(key) {
			return "encrypted_regex does not match " + key + ", which would stay plaintext"
		}
	}
	return ""
}

// sopsIndent is SOPS's own indent where its configuration names none.
const sopsIndent = 4

// ruleToCreate is creationRule for files that are about to be encrypted, for
// which Azure may have to be asked.
func ruleToCreate(path, file string, keys *keyring.Keyring) (*config.Config, error) {
	rule, err := creationRule(path, file)
	if !errors.Is(err, errNeedsNetwork) || !keys.AllowsAzure() {
		return rule, err
	}
	node, err := readSopsConfig(path)
	if err != nil {
		return nil, err
	}
	if !azureOnly(node, false) {
		return nil, errNeedsNetwork
	}
	return sopsRule(path, file)
}

// azureOnly reports whether every address of an Azure key below node is one of
// Azure's own. What may spell an address in another way counts as one that is
// not.
func azureOnly(node *yaml.Node, inside bool) bool {
	if node.Kind == yaml.AliasNode || strings.Contains(node.Tag, "binary") || node.Tag == "!!merge" {
		return false
	}
	if inside && node.Kind == yaml.ScalarNode {
		return !slices.ContainsFunc(strings.Split(node.Value, ","), func(text string) bool {
			text = strings.TrimSpace(text)
			vault, _, _ := strings.Cut(text, "/keys/")
			return strings.Contains(text, ":") && !keyring.AzureVault(vault)
		})
	}
	for i, child := range node.Content {
		below := inside
		if node.Kind == yaml.MappingNode && i%2 == 1 {
			below = inside || strings.EqualFold(node.Content[i-1].Value, "azure_keyvault")
		}
		if !azureOnly(child, below) {
			return false
		}
	}
	return true
}

// CreateForAge says that a file is encrypted for age recipients as a .sops.yaml
// that says nothing but the standard encrypted_regex and mac_only_encrypted
// would have it. An error names the recipient that is none.
func CreateForAge(recipients []string, rules Rules) (*Creation, error) {
	var group sops.KeyGroup
	var seen []string
	for _, recipient := range recipients {
		recipient = strings.TrimSpace(recipient)
		if slices.Contains(seen, recipient) {
			continue
		}
		seen = append(seen, recipient)
		if strings.HasPrefix(strings.ToUpper(recipient), "AGE-SECRET-KEY-") {
			return nil, errors.New("read age recipient: this is a private key; give the public one, which begins with age1")
		}
		key, err := age.MasterKeyFromRecipient(recipient)
		if err != nil {
			return nil, fmt.Errorf("read age recipient: %s is not one", words.Quote(recipient))
		}
		group = append(group, key)
	}
	return &Creation{Rules: rules, indent: 2, meta: sops.Metadata{
		KeyGroups: []sops.KeyGroup{group}, EncryptedRegex: rules.Standard, MACOnlyEncrypted: true, Version: version.Version,
	}}, nil
}

// Recipients are those who will be able to decrypt, sorted and quoted for
// display.
func (c *Creation) Recipients() []string { return RecipientNames(c.meta.KeyGroups) }
