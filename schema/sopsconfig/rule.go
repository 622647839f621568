package sopsconfig

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/cella-secrets/cella/internal/crash"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/age"
	"github.com/getsops/sops/v3/azkv"
	"github.com/getsops/sops/v3/config"
	"github.com/getsops/sops/v3/gcpkms"
	"github.com/getsops/sops/v3/hckms"
	"github.com/getsops/sops/v3/hcvault"
	"github.com/getsops/sops/v3/kms"
	"github.com/getsops/sops/v3/pgp"
	"gopkg.in/yaml.v3"

	"github.com/cella-secrets/cella/schema/sopsfile"
)

var (
	errNeedsNetwork = errors.New("read .sops.yaml: it names Azure keys")
	errNoRule       = errors.New("read .sops.yaml: no rule is for this file")
)

// creationRule is the rule of a .sops.yaml for a file, or nil. SOPS's own
// reader asks Azure for the version of keys without one, at whatever address
// the configuration names; so it is not let near a configuration with Azure
// keys, and errNeedsNetwork is returned. One that cannot be read, or is beyond
// the limits, is an *Error.
func creationRule(path, file string) (*config.Config, error) {
	node, err := read(path)
	if err != nil {
		return nil, err
	}
	if rules := rulesOf(node); rules != nil {
		if at, err := matching(rules, path, file); err == nil && at < 0 {
			return nil, errNoRule
		}
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
	if err == nil && rule != nil {
		err = fewEnough(path, rule.KeyGroups)
	}
	return rule, err
}

func fewEnough(path string, groups []sops.KeyGroup) error {
	n := 0
	for _, group := range groups {
		n += len(group)
	}
	if n > sopsfile.MaxRecipients {
		return beyondLimits(path, "the rule for this file has more than %d recipients", sopsfile.MaxRecipients)
	}
	return nil
}

// mentionsAzure looks for the key that names Azure's keys. Binary scalars count
// as one, because they may spell it.
func mentionsAzure(node *yaml.Node) bool {
	return strings.EqualFold(node.Value, "azure_keyvault") || strings.Contains(node.Tag, "binary") ||
		slices.ContainsFunc(node.Content, mentionsAzure)
}

// rulesOf are the creation rules of a configuration, nil where it has none.
func rulesOf(document *yaml.Node) []*yaml.Node {
	list := field(top(document), "creation_rules")
	if list = resolved(list); list == nil || list.Kind != yaml.SequenceNode {
		return nil
	}
	return list.Content
}

func top(document *yaml.Node) *yaml.Node {
	if document.Kind == yaml.DocumentNode && len(document.Content) == 1 {
		return document.Content[0]
	}
	return document
}

// field is the value of a key of a mapping, or nil.
func field(mapping *yaml.Node, name string) *yaml.Node {
	if mapping = resolved(mapping); mapping == nil || mapping.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == name {
			return mapping.Content[i+1]
		}
	}
	return nil
}

func resolved(node *yaml.Node) *yaml.Node {
	if node != nil && node.Kind == yaml.AliasNode {
		return node.Alias
	}
	return node
}

// matching is the index of the first rule for a file, or -1. As for SOPS, the path
// counts from the folder of the configuration, where the file is below it.
func matching(rules []*yaml.Node, path, file string) (int, error) {
	relative := inFolder(path, file)
	for i, rule := range rules {
		var r struct {
			PathRegex string `yaml:"path_regex"`
		}
		if err := rule.Decode(&r); err != nil {
			return -1, err
		}
		fits, err := regexp.MatchString(r.PathRegex, relative) // an empty one matches all
		if err != nil {
			return -1, err
		}
		if fits {
			return i, nil
		}
	}
	return -1, nil
}

// inFolder is the path of a file as the rules of a configuration see it.
func inFolder(path, file string) string {
	return strings.TrimPrefix(file, filepath.Dir(path)+string(filepath.Separator))
}

// fields is a rule as SOPS reads it.
type fields struct {
	KMS        any      `yaml:"kms"`
	AWSProfile string   `yaml:"aws_profile"`
	Age        any      `yaml:"age"`
	PGP        any      `yaml:"pgp"`
	GCP        any      `yaml:"gcp_kms"`
	Huawei     []string `yaml:"hckms"`
	Azure      any      `yaml:"azure_keyvault"`
	Vault      any      `yaml:"hc_vault_transit_uri"`
	Groups     []group  `yaml:"key_groups"`
	Threshold  int      `yaml:"shamir_threshold"`

	UnencryptedSuffix       string `yaml:"unencrypted_suffix"`
	EncryptedSuffix         string `yaml:"encrypted_suffix"`
	UnencryptedRegex        string `yaml:"unencrypted_regex"`
	EncryptedRegex          string `yaml:"encrypted_regex"`
	UnencryptedCommentRegex string `yaml:"unencrypted_comment_regex"`
	EncryptedCommentRegex   string `yaml:"encrypted_comment_regex"`
	MACOnlyEncrypted        bool   `yaml:"mac_only_encrypted"`
}

type group struct {
	Merge  []group   `yaml:"merge,omitempty"`
	KMS    []awsKey  `yaml:"kms,omitempty"`
	GCP    []gcpKey  `yaml:"gcp_kms,omitempty"`
	Huawei []keyID   `yaml:"hckms,omitempty"`
	Azure  []azurKey `yaml:"azure_keyvault,omitempty"`
	Vault  []string  `yaml:"hc_vault,omitempty"`
	Age    []string  `yaml:"age,omitempty"`
	PGP    []string  `yaml:"pgp,omitempty"`
}

type awsKey struct {
	ARN     string             `yaml:"arn"`
	Role    string             `yaml:"role,omitempty"`
	Context map[string]*string `yaml:"context,omitempty"`
	Profile string             `yaml:"aws_profile,omitempty"`
}

type gcpKey struct {
	ID string `yaml:"resource_id"`
}

type keyID struct {
	ID string `yaml:"key_id"`
}

type azurKey struct {
	Vault   string `yaml:"vaultUrl"`
	Name    string `yaml:"key"`
	Version string `yaml:"version,omitempty"`
}

// offline is the rule that a node is, without anybody being asked: Azure's keys have
// the versions that stand there. The error quotes nothing.
func offline(path string, node *yaml.Node) (*config.Config, error) {
	var f fields
	var groups []sops.KeyGroup
	err := crash.Library(func() (err error) {
		if node.Decode(&f) != nil {
			return errors.New("read .sops.yaml: a field of the rule has the wrong form")
		}
		groups, err = f.groups()
		return err
	})
	if err != nil {
		return nil, err
	}
	return &config.Config{
		KeyGroups: groups, ShamirThreshold: f.Threshold,
		UnencryptedSuffix: f.UnencryptedSuffix, EncryptedSuffix: f.EncryptedSuffix,
		UnencryptedRegex: f.UnencryptedRegex, EncryptedRegex: f.EncryptedRegex,
		UnencryptedCommentRegex: f.UnencryptedCommentRegex, EncryptedCommentRegex: f.EncryptedCommentRegex,
		MACOnlyEncrypted: f.MACOnlyEncrypted,
	}, fewEnough(path, groups)
}

func (f fields) groups() ([]sops.KeyGroup, error) {
	lists := f.Groups
	if len(lists) == 0 {
		one := group{Age: texts(f.Age), PGP: texts(f.PGP), Vault: texts(f.Vault)}
		for _, id := range texts(f.GCP) {
			one.GCP = append(one.GCP, gcpKey{id})
		}
		for _, id := range f.Huawei {
			one.Huawei = append(one.Huawei, keyID{id})
		}
		for _, address := range texts(f.Azure) {
			vault, rest, _ := strings.Cut(address, "/keys/")
			name, version, _ := strings.Cut(rest, "/")
			one.Azure = append(one.Azure, azurKey{vault, name, version})
		}
		for _, arn := range texts(f.KMS) {
			key := kms.NewMasterKeyFromArn(arn, nil, f.AWSProfile)
			one.KMS = append(one.KMS, awsKey{ARN: key.Arn, Role: key.Role, Profile: key.AwsProfile})
		}
		lists = []group{one}
	}
	var groups []sops.KeyGroup
	for i := range lists {
		made, err := lists[i].keys()
		if err != nil {
			return nil, err
		}
		groups = append(groups, made)
	}
	return groups, nil
}

// texts is a list, or a text with commas.
func texts(value any) []string {
	var list []string
	switch v := value.(type) {
	case string:
		list = strings.Split(v, ",")
	case []any:
		for _, item := range v {
			list = append(list, fmt.Sprint(item))
		}
	}
	for i := range list {
		list[i] = strings.TrimSpace(list[i])
	}
	return slices.DeleteFunc(list, func(text string) bool { return text == "" })
}

func (g group) keys() (sops.KeyGroup, error) {
	var all sops.KeyGroup
	for _, merged := range g.Merge {
		below, err := merged.keys()
		if err != nil {
			return nil, err
		}
		all = append(all, below...)
	}
	var failed []error
	for _, text := range g.Age {
		key, err := age.MasterKeyFromRecipient(text)
		all, failed = append(all, key), append(failed, err)
	}
	for _, text := range g.PGP {
		all = append(all, pgp.NewMasterKeyFromFingerprint(text))
	}
	for _, k := range g.KMS {
		all = append(all, kms.NewMasterKeyWithProfile(k.ARN, k.Role, k.Context, k.Profile))
	}
	for _, k := range g.GCP {
		all = append(all, gcpkms.NewMasterKeyFromResourceID(k.ID))
	}
	for _, k := range g.Huawei {
		key, err := hckms.NewMasterKey(k.ID)
		all, failed = append(all, key), append(failed, err)
	}
	for _, k := range g.Azure {
		all = append(all, azkv.NewMasterKey(k.Vault, k.Name, k.Version))
	}
	for _, text := range g.Vault {
		key, err := hcvault.NewMasterKeyFromURI(text)
		all, failed = append(all, key), append(failed, err)
	}
	if errors.Join(failed...) != nil {
		return nil, errors.New("read .sops.yaml: a recipient is not one")
	}
	return all, nil
}
