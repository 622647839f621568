package recipients

import (
	"slices"
	"strconv"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/keys"
)

// Policy is who can decrypt a file, and what of it is encrypted: what its sops
// section says, or the rule of a .sops.yaml. The zero Policy is that of a file that
// is not encrypted.
type Policy struct {
	// Groups are the key groups in the order of the file.
	Groups []sops.KeyGroup
	// Needed is of how many groups a key is needed: 1 where there is one group.
	Needed int
	// Settings are the others of the section by name, without those that are unset.
	Settings map[string]string
}

// Of is the policy of a sops section.
func Of(meta sops.Metadata) Policy {
	p := Policy{Groups: meta.KeyGroups, Needed: Needed(meta.KeyGroups, meta.ShamirThreshold), Settings: map[string]string{}}
	for name, text := range map[string]string{
		"encrypted_regex": meta.EncryptedRegex, "unencrypted_regex": meta.UnencryptedRegex,
		"encrypted_suffix": meta.EncryptedSuffix, "unencrypted_suffix": meta.UnencryptedSuffix,
		"encrypted_comment_regex": meta.EncryptedCommentRegex, "unencrypted_comment_regex": meta.UnencryptedCommentRegex,
	} {
		if text != "" {
			p.Settings[name] = text
		}
	}
	if meta.MACOnlyEncrypted {
		p.Settings[macOnly] = strconv.FormatBool(true)
	}
	return p
}

const macOnly = "mac_only_encrypted"

// Needed is of how many groups a key is needed to decrypt. Without a threshold it
// takes one of each.
func Needed(groups []sops.KeyGroup, threshold int) int {
	switch {
	case len(groups) <= 1:
		return len(groups)
	case threshold <= 0:
		return len(groups)
	}
	return min(threshold, len(groups))
}

// keys are those of all groups, each once, in the order of the file.
func (p Policy) keys() []keys.MasterKey {
	var all []keys.MasterKey
	for _, group := range p.Groups {
		for _, key := range group {
			if !contains(all, key) {
				all = append(all, key)
			}
		}
	}
	return all
}

func contains(list []keys.MasterKey, key keys.MasterKey) bool {
	return slices.ContainsFunc(list, func(other keys.MasterKey) bool { return Same(key, other) })
}

// without are the keys of p that other lacks.
func (p Policy) without(other Policy) []keys.MasterKey {
	theirs := other.keys()
	return slices.DeleteFunc(p.keys(), func(key keys.MasterKey) bool { return contains(theirs, key) })
}
