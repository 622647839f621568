package sopsconfig

import (
	"testing"

	"gopkg.in/yaml.v3"
)

// TestAzureOnly: SOPS asks Azure at whatever address stands in a .sops.yaml, so all
// of them have to be Azure's own. What other kinds of key say is no address.
func TestAzureOnly(t *testing.T) {
	const good = "https://a.vault.azure.net/keys/a"
	tests := map[string]struct {
		text   string
		want   bool
		reason string
	}{
		"azure":               {"azure_keyvault: " + good, true, ""},
		"two":                 {"azure_keyvault: '" + good + ", https://b.vault.azure.net/keys/b'", true, "a list in one text"},
		"beside a KMS ARN":    {"{kms: 'arn:aws:kms:eu-west-1:123456789012:key/a', azure_keyvault: '" + good + "'}", true, "an ARN has colons, and is no address"},
		"elsewhere":           {"azure_keyvault: https://evil.example/keys/a", false, ""},
		"elsewhere, second":   {"azure_keyvault: '" + good + ",https://evil.example/keys/a'", false, ""},
		"in a group":          {"key_groups: [{azure_keyvault: [{vaultUrl: 'https://evil.example', key: a}]}]", false, "as SOPS spells it there"},
		"in upper case":       {"AZURE_KEYVAULT: https://evil.example/keys/a", false, "SOPS takes keys in any case"},
		"by an alias":         {"{a: &a 'https://evil.example/keys/a', azure_keyvault: *a}", false, "it may spell anything"},
		"in another encoding": {"azure_keyvault: !!binary aHR0cHM6Ly9ldmlsLmV4YW1wbGU=", false, "it spells an address"},
	}
	for name, test := range tests {
		var document yaml.Node
		if err := yaml.Unmarshal([]byte(test.text), &document); err != nil {
			t.Fatal(err)
		}
		if got := azureOnly(&document, false); got != test.want {
			t.Errorf("%s: %v, want %v: %s", name, got, test.want, test.reason)
		}
	}
}
