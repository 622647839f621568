package recipients

import (
	"maps"
	"slices"
	"strconv"
	"strings"

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

// named is a key with its name, which costs something to make.
type named struct {
	keys.MasterKey
	name string
}

// set is a policy's keys, so that they can be looked for. Files may have a thousand.
type set struct {
	Policy
	groups [][]named
	all    []named // of all groups, each once, by name
	has    map[string]named
	// uses are how the keys of a name are used, where that is said: a file may have
	// one key in several ways.
	uses map[string][]map[string]string
}

func newSet(p Policy) *set {
	s := &set{Policy: p, has: map[string]named{}, uses: map[string][]map[string]string{}}
	for _, group := range p.Groups {
		var list []named
		for _, key := range group {
			one := named{key, Name(key)}
			list = append(list, one)
			if use := uses(key); use != nil && !slices.ContainsFunc(s.uses[one.name], func(other map[string]string) bool { return maps.Equal(use, other) }) {
				s.uses[one.name] = append(s.uses[one.name], use)
			}
			if _, twice := s.has[one.name]; !twice {
				s.has[one.name] = one
				s.all = append(s.all, one)
			}
		}
		s.groups = append(s.groups, list)
	}
	slices.SortStableFunc(s.all, func(a, b named) int { return strings.Compare(a.name, b.name) })
	return s
}

// find is the key of that name, under any of its names.
func (s *set) find(name string) (named, bool) {
	if one, exactly := s.has[name]; exactly {
		return one, true
	}
	if !hasOthers(name) {
		return named{}, false
	}
	i := slices.IndexFunc(s.all, func(one named) bool { return SameName(one.name, name) })
	if i < 0 {
		return named{}, false
	}
	return s.all[i], true
}

// without are the names of keys that other lacks, sorted.
func (s *set) without(other *set) []string {
	var names []string
	for _, one := range s.all {
		if _, found := other.find(one.name); !found {
			names = append(names, one.name)
		}
	}
	return names
}
