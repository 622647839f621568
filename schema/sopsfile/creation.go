package sopsfile

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/age"
	"github.com/getsops/sops/v3/version"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/schema/recipients"
)

// Creation says how a file that does not exist yet is encrypted: for whom, and
// which of its keys.
type Creation struct {
	// Config is the .sops.yaml that says so, empty where none does.
	Config string
	Rules  Rules
	Meta   sops.Metadata
	Indent int // of what SOPS adds to the file, in spaces
}

// LeavesClear says why that is not how manifests are encrypted, or nothing.
func (c *Creation) LeavesClear() string {
	r := &problem.Reporter{}
	keys := c.Rules.Rule(c.Meta, problem.Place{}, r)
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

// SopsIndent is SOPS's own indent where its configuration names none.
const SopsIndent = 4

// CreateFor says that a file is encrypted for a key group as a .sops.yaml that says
// nothing but the standard encrypted_regex and mac_only_encrypted would have it.
func CreateFor(group sops.KeyGroup, rules Rules) *Creation {
	return &Creation{Rules: rules, Indent: 2, Meta: sops.Metadata{
		KeyGroups: []sops.KeyGroup{group}, EncryptedRegex: rules.Standard, MACOnlyEncrypted: true, Version: version.Version,
	}}
}

// CreateForAge is CreateFor age recipients. An error names the recipient that is
// none.
func CreateForAge(list []string, rules Rules) (*Creation, error) {
	var group sops.KeyGroup
	var seen []string
	for _, recipient := range list {
		recipient = strings.TrimSpace(recipient)
		if slices.Contains(seen, recipient) {
			continue
		}
		seen = append(seen, recipient)
		key, err := AgeRecipient(recipient)
		if err != nil {
			return nil, err
		}
		group = append(group, key)
	}
	return CreateFor(group, rules), nil
}

// AgeRecipient reads the public key of somebody who can decrypt. The error names it
// where it looks like one: other texts may be secret.
func AgeRecipient(recipient string) (*age.MasterKey, error) {
	if IsPrivate(recipient) {
		return nil, errors.New("read age recipient: this is a private key; give the public one, which begins with age1")
	}
	key, err := age.MasterKeyFromRecipient(recipient)
	switch begins := strings.TrimSpace(recipient); {
	case err == nil:
		return key, nil
	case strings.HasPrefix(begins, "age1"), strings.HasPrefix(begins, "ssh-"):
		return nil, fmt.Errorf("read age recipient: %s is not one", words.Quote(recipient))
	}
	return nil, errors.New("read age recipient: it begins with neither age1 nor ssh-")
}

// IsPrivate reports whether a text is meant as a private key.
func IsPrivate(text string) bool {
	upper := strings.ToUpper(text)
	return strings.Contains(upper, "AGE-SECRET-KEY-") || strings.Contains(upper, "PRIVATE KEY")
}

// Recipients are those who will be able to decrypt, sorted and quoted for
// display.
func (c *Creation) Recipients() []string { return recipients.Names(c.Meta.KeyGroups) }
