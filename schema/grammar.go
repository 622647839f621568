package schema

import (
	"github.com/cella-secrets/cella/schema/sopsfile"
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
