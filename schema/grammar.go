package schema

import "slices"

// The keys of each level of a manifest. They are what unknown keys are
// compared with, and what encrypted_regex must not match.
var (
	topKeys = []string{"version", "project", "fingerprint_key", "previous_fingerprint_key", "record", "formerly", "defaults",
		"policy", "organizations", "sites", sopsKey}
	defaultsKeys = []string{"type", "scopes"}
	policyKeys   = []string{"unmanaged", "max_delete_percent", "projects", "moved_from", "reset_record", "token_expires"}
	orgKeys      = []string{"secrets", "max_delete_percent", "retire", "reset_ledger"}
	siteKeys     = append([]string{"id"}, orgKeys...)
	secretKeys   = []string{"description", "type", "scopes", "value", "value_from", "overrides", "override_from", "external", "protect",
		"replace", "drop_overrides", "retire", "expires", "rotate_every", "rotated"}
	fromKeys = []string{"env", "file"}
)

// standardRegex is the encrypted_regex that a manifest needs at least, and the
// one to recommend.
const standardRegex = `^(value|overrides|fingerprint_key|previous_fingerprint_key)$`

// sealedKeys are the keys whose content must be encrypted.
var sealedKeys = []string{"value", "overrides", "fingerprint_key", "previous_fingerprint_key"}

// EncryptionRules are those of a manifest: names, types and scopes stay readable,
// values do not.
var EncryptionRules = Rules{Standard: standardRegex, Sealed: sealedKeys, Clear: clearKeys()}

// clearKeys are the keys that must stay readable in every encrypted file. What
// says where values come from has to as well, but only where it is there:
// a rule such as ^value, which covers it too, is good for other files.
func clearKeys() []string {
	keys := slices.Concat(topKeys, defaultsKeys, policyKeys, siteKeys, secretKeys)
	slices.Sort(keys)
	return slices.DeleteFunc(slices.Compact(keys), func(key string) bool {
		return key == sopsKey || key == "value_from" || key == "override_from" || slices.Contains(sealedKeys, key)
	})
}

// reserved reports whether key cannot be the name of an owner or a secret:
// everything under it would be encrypted, type and scopes too. The standard
// names are reserved in plain files too, so that they can be encrypted later.
func reserved(r *rule, key string) bool {
	return slices.Contains(sealedKeys, key) || r.matches(key)
}
