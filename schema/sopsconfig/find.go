package sopsconfig

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cella-secrets/cella/schema/recipients"
	"github.com/cella-secrets/cella/schema/sopsfile/keyring"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/config"
	"github.com/getsops/sops/v3/version"
	"gopkg.in/yaml.v3"

	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/schema/sopsfile"
)

// Error says that a .sops.yaml cannot be used for a manifest. Remedy says what to
// do about it.
type Error struct {
	path, What, Remedy string
}

// Hint returns the remedy.
func (e *Error) Hint() *hint.Error { return &hint.Error{Err: e, Next: []string{e.Remedy}} }

// Error names the file and what is wrong with it.
func (e *Error) Error() string { return fmt.Sprintf("%s: %s", words.Quote(e.path), e.What) }

// Variable names the configuration in place of the search for one, as for SOPS.
const Variable = "SOPS_CONFIG"

const (
	usual = ".sops.yaml"
	// ignored is a name that SOPS warns of and does not read.
	ignored = ".sops.yml"
	// maxFolders is in how many folders SOPS looks.
	maxFolders = 100
)

// found is what the search for a configuration came to.
type found struct {
	path    string // empty where there is none
	ignored string // a file that looks like one
}

// lookUp finds the configuration for a file, by its absolute path: the one that
// SOPS_CONFIG names, or the nearest .sops.yaml in its folder and those above it.
// SOPS begins in the working directory.
func lookUp(file string) (found, error) {
	if named := os.Getenv(Variable); named != "" {
		path, err := filepath.Abs(named)
		return found{path: path}, err
	}
	var f found
	folder := filepath.Dir(file)
	for range maxFolders {
		if path := filepath.Join(folder, usual); exists(path) {
			f.path = path
			return f, nil
		}
		if path := filepath.Join(folder, ignored); f.ignored == "" && exists(path) {
			f.ignored = path
		}
		folder = filepath.Dir(folder)
	}
	return f, nil
}

// rename is what to do about a configuration that SOPS does not read.
func (f found) rename() string {
	return "rename it: git mv " + words.Argument(f.ignored) + " " + words.Argument(filepath.Join(filepath.Dir(f.ignored), usual))
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// Find returns what the configuration for file says of it, or nil where there is
// none. As in SOPS, keys that the environment names (see FromEnvironment) take the
// place of those of the rule. The error is an *Error where there is a configuration
// that cannot be used, a *RuleError where it leaves in clear what a manifest needs
// encrypted, or has no rule for the file.
//
// SOPS asks Azure for the versions of keys that are named without one. That
// happens only where keys allow it and every address is Azure's own.
func Find(file string, rules sopsfile.Rules, keys *keyring.Keyring) (*sopsfile.Creation, error) {
	sopsfile.SilenceLibraries()
	absolute, err := filepath.Abs(file)
	if err != nil {
		return nil, fmt.Errorf("find .sops.yaml: %w", err)
	}
	f, err := lookUp(absolute)
	if err != nil {
		return nil, fmt.Errorf("find .sops.yaml: %w", err)
	}
	group, err := FromEnvironment(keys)
	switch {
	case err != nil:
		return nil, err
	case f.path == "" && f.ignored != "":
		return nil, hint.New(fmt.Errorf("SOPS does not read %s, because of its name", words.Quote(f.ignored)), f.rename())
	case f.path == "" && group != nil:
		return sopsfile.CreateFor(group, rules), nil
	case f.path == "":
		return nil, nil
	}
	return create(f.path, absolute, group, rules, keys)
}

// RuleFor is the rule for a file that is encrypted already; who can decrypt new files
// by variables does not matter there. The error has next steps.
func RuleFor(file string, keys *keyring.Keyring) (*config.Config, error) {
	absolute, err := filepath.Abs(file)
	if err != nil {
		return nil, fmt.Errorf("find .sops.yaml: %w", err)
	}
	f, err := lookUp(absolute)
	if err != nil {
		return nil, fmt.Errorf("find .sops.yaml: %w", err)
	}
	if f.path == "" {
		return nil, hint.New(fmt.Errorf("no .sops.yaml says who is to decrypt %s", words.Quote(file)),
			"add and remove keys one by one: cella keys add KEY, cella keys remove KEY")
	}
	rule, err := ruleToCreate(f.path, absolute, keys)
	if rule == nil || err != nil {
		return nil, unusable(f.path, rule, err)
	}
	if len(recipients.Names(rule.KeyGroups)) == 0 || slices.ContainsFunc(rule.KeyGroups, func(group sops.KeyGroup) bool { return len(group) == 0 }) {
		return nil, &Error{f.path, "its rule for " + words.Quote(file) + " has no keys, or a key group without any",
			"add the public keys of those who may decrypt, such as age: age1…"}
	}
	return rule, nil
}

// unusable says why there is no rule.
func unusable(path string, rule *config.Config, err error) error {
	wrong := func(what, remedy string) error { return &Error{path, what, remedy} }
	switch {
	case errors.Is(err, errNeedsNetwork):
		return wrong("it names Azure keys, and not all of them may be contacted",
			"add azure to --key-sources, and name keys in Azure's own key-vault domains only")
	case errors.As(err, new(*Error)):
		return err
	case errors.Is(err, errNoRule), err == nil && rule == nil:
		return wrong("it has no rule for this file", "give it one, with a path_regex that matches the file")
	}
	return wrong("SOPS cannot use it: "+words.Quote(err.Error()), "give it a rule for this file, with a path_regex that matches it")
}

// create is the creation that the rule for a file asks for. group, where there is
// one, takes the place of the rule's.
func create(path, file string, group sops.KeyGroup, rules sopsfile.Rules, keys *keyring.Keyring) (*sopsfile.Creation, error) {
	rule, err := ruleToCreate(path, file, keys)
	switch {
	case errors.Is(err, errNoRule):
		return nil, &RuleError{path: path, file: file, what: "it has no rule for this file", rules: rules, groups: withGroup(nil, group)}
	case err == nil && rule == nil:
		return nil, &RuleError{path: path, file: file, what: "it has no creation_rules", rules: rules, groups: withGroup(nil, group)}
	case err != nil:
		return nil, unusable(path, rule, err)
	}
	rule.KeyGroups = withGroup(rule.KeyGroups, group)
	c := newCreation(path, rules, rule)
	if len(c.Recipients()) == 0 {
		return nil, &Error{path, "its rule for this file has no keys", "add the public keys of those who may decrypt, such as age: age1…"}
	}
	if what := c.LeavesClear(); what != "" {
		return nil, &RuleError{path: path, file: file, what: "in its rule for this file, " + what, rules: rules,
			groups: rule.KeyGroups, threshold: rule.ShamirThreshold}
	}
	return c, nil
}

// withGroup is a group that was asked for in place of those of a rule.
func withGroup(groups []sops.KeyGroup, group sops.KeyGroup) []sops.KeyGroup {
	if group == nil {
		return groups
	}
	return []sops.KeyGroup{group}
}

func newCreation(path string, rules sopsfile.Rules, rule *config.Config) *sopsfile.Creation {
	c := &sopsfile.Creation{Config: path, Rules: rules, Indent: sopsfile.SopsIndent, Meta: sops.Metadata{
		KeyGroups: rule.KeyGroups, ShamirThreshold: rule.ShamirThreshold,
		UnencryptedSuffix: rule.UnencryptedSuffix, EncryptedSuffix: rule.EncryptedSuffix,
		UnencryptedRegex: rule.UnencryptedRegex, EncryptedRegex: rule.EncryptedRegex,
		UnencryptedCommentRegex: rule.UnencryptedCommentRegex, EncryptedCommentRegex: rule.EncryptedCommentRegex,
		MACOnlyEncrypted: rule.MACOnlyEncrypted, Version: version.Version,
	}}
	if m := &c.Meta; m.EncryptedRegex+m.EncryptedSuffix+m.UnencryptedRegex+m.UnencryptedCommentRegex+m.EncryptedCommentRegex == "" && m.UnencryptedSuffix == "" {
		m.UnencryptedSuffix = sops.DefaultUnencryptedSuffix // as the sops command does
	}
	if stores, err := config.LoadStoresConfig(path); err == nil && stores.YAML.Indent > 0 {
		c.Indent = stores.YAML.Indent
	}
	return c
}

// ruleToCreate is creationRule for files that are about to be encrypted, for
// which Azure may have to be asked.
func ruleToCreate(path, file string, keys *keyring.Keyring) (*config.Config, error) {
	rule, err := creationRule(path, file)
	if !errors.Is(err, errNeedsNetwork) || !keys.AllowsAzure() {
		return rule, err
	}
	node, err := read(path)
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
