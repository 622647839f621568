package schema

import (
	"slices"

	"github.com/cella-secrets/cella/schema/sopsfile"
)

// standardRegex is the encrypted_regex that a manifest needs at least, and the
// one to recommend.
const standardRegex = `^(value|overrides|fingerprint_key|previous_fingerprint_key)$`

// valueKeys are the keys whose content must be encrypted.
var valueKeys = []string{"value", "overrides", "fingerprint_key", "previous_fingerprint_key"}

// EncryptionRules are those of a manifest: names, types and scopes stay readable,
// values do not.
var EncryptionRules = sopsfile.Rules{Standard: standardRegex, Encrypted: valueKeys, Clear: clearKeys()}

// clearKeys are the keys that must stay readable in every encrypted file. What
// says where values come from has to as well, but only where it is there:
// a rule such as ^value, which covers it too, is good for other files.
func clearKeys() []string {
	keys := slices.Concat(topKeys, defaultsKeys, policyKeys, siteKeys, secretKeys)
	slices.Sort(keys)
	return slices.DeleteFunc(slices.Compact(keys), func(key string) bool {
		return key == sopsfile.SopsKey || key == "value_from" || key == "override_from" || slices.Contains(valueKeys, key)
	})
}

// Reserved reports whether key cannot be the name of an owner or a secret:
// everything under it would be encrypted, type and scopes too. The standard
// names are reserved in plain files too, so that they can be encrypted later.
func Reserved(r *sopsfile.Rule, key string) bool {
	return slices.Contains(valueKeys, key) || r.Matches(key)
}
