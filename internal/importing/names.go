package importing

import (
	"path"
	"slices"
	"strings"

	"github.com/cella-secrets/cella/secret"
)

// credentials are names of what opens vaults and keys, in files of those who deploy.
var credentials = []string{
	"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ROLE_ARN",
	"AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE", "AWS_CONTAINER_CREDENTIALS_*", "AWS_CONTAINER_AUTHORIZATION_TOKEN*",
	"GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_CREDENTIALS", "GOOGLE_OAUTH_ACCESS_TOKEN",
	"AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_*", "AZURE_TENANT_ID", "AZURE_FEDERATED_TOKEN_FILE",
	"VAULT_TOKEN", "VAULT_ADDR", "GNUPGHOME",
}

// foreign are the names that are no secrets of a site, and why. The first that fits
// counts.
var foreign = []struct {
	names  []string
	reason string
}{
	{[]string{"TERMINUS_*"}, "it is Terminus's own, for whoever deploys: a site never needs it"},
	{[]string{"PANTHEON_MACHINE_TOKEN", "PANTHEON_TOKEN"}, "it signs in to Pantheon, for whoever deploys: a site never needs it"},
	{[]string{"PANTHEON_*"}, "Pantheon sets names that begin with PANTHEON_ itself"},
	{[]string{"SOPS_*", "sops_*"}, "it is SOPS's own, for whoever decrypts"},
	{[]string{"DOTENV_KEY", "DOTENV_PUBLIC_KEY*", "DOTENV_PRIVATE_KEY*"}, "it is dotenv's own, for whoever decrypts"},
	{[]string{"CELLA_*"}, "names that begin with CELLA_ are kept for cella itself"},
	{credentials, "it opens vaults and keys, for whoever deploys; if the site needs it too: cella set"},
}

// serverNames are what Pantheon sets on the servers of WordPress and Drupal itself.
var serverNames = []string{
	"DB_HOST", "DB_PORT", "DB_NAME", "DB_USER", "DB_PASSWORD", "CACHE_HOST", "CACHE_PORT", "CACHE_PASSWORD", "DRUPAL_HASH_SALT",
	"FRAMEWORK", "FILEMOUNT", "DOCROOT",
}

// fits reports whether a pattern, in which * is any text, fits a name.
func fits(pattern, name string) bool {
	// Nothing else has a meaning of its own.
	literal := strings.NewReplacer(`\`, `\\`, "?", `\?`, "[", `\[`, "/", "\x00")
	ok, err := path.Match(literal.Replace(pattern), strings.ReplaceAll(name, "/", "\x00"))
	return err == nil && ok
}

func anyFits(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool { return fits(pattern, name) })
}

// leftOutFor is why a name does not become a secret, or empty.
func leftOutFor(name string, skip []string) string {
	if anyFits(skip, name) {
		return "--skip names it"
	}
	for _, one := range foreign {
		if anyFits(one.names, name) {
			return one.reason
		}
	}
	return ""
}

// serverName reports whether WordPress and Drupal read another value of a name there.
func serverName(name string, kind secret.Type) bool {
	return kind == secret.RuntimeType && slices.Contains(serverNames, name)
}
