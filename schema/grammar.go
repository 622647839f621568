package schema

import (
	"slices"

	"github.com/cella-secrets/cella/schema/sopsfile"
	"github.com/cella-secrets/cella/secret"
)

// The keys of each level of a manifest. They are what unknown keys are
// compared with, and what encrypted_regex must not match.
var (
	topKeys = []string{"version", "project", "fingerprint_key", "previous_fingerprint_key", "record", "formerly", "defaults",
		"policy", "organizations", "sites", sopsfile.SopsKey}
	defaultsKeys = []string{"type", "scopes"}
	policyKeys   = []string{"unmanaged", "max_delete_percent", "projects", "moved_from", "reset_record", "token_expires"}
	orgKeys      = []string{"secrets", "max_delete_percent", "retire", "reset_ledger"}
	siteKeys     = append([]string{"id"}, orgKeys...)
	secretKeys   = []string{"description", "type", "scopes", "value", "value_from", "overrides", "override_from", "external", "protect",
		"replace", "drop_overrides", "retire", "expires", "rotate_every", "rotated"}
	fromKeys = []string{"env", "file"}
)

// TopKeys, SiteKeys and SecretKeys are the keys of a manifest, of a site, and of a
// secret, in the order in which they are written.
func TopKeys() []string { return slices.Clone(topKeys) }

// SiteKeys are explained with TopKeys.
func SiteKeys() []string { return slices.Clone(siteKeys) }

// SecretKeys are explained with TopKeys.
func SecretKeys() []string { return slices.Clone(secretKeys) }

// OwnersKey is the key that owners of a kind stand under.
func OwnersKey(kind secret.OwnerKind) string {
	if kind == secret.Organization {
		return "organizations"
	}
	return "sites"
}

// HoldsValue reports whether what stands under a key is encrypted in every
// manifest, HoldsDay whether it is a day.
func HoldsValue(key string) bool { return slices.Contains(valueKeys, key) }

// HoldsDay is explained with HoldsValue.
func HoldsDay(key string) bool { return slices.Contains(dateKeys, key) }
