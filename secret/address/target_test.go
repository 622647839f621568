package address_test

import (
	"strings"
	"testing"

	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/secret"
	"github.com/cella-secrets/cella/secret/address"
)

func TestTarget(t *testing.T) {
	owners := []secret.Owner{
		{Kind: secret.Organization, Name: "agency"},
		{Kind: secret.Organization, Name: "both"},
		{Kind: secret.Site, Name: "both"},
		{Kind: secret.Site, Name: "shop"},
	}
	tests := map[string]struct {
		owner string
		name  secret.Name
		err   string
		hint  string
	}{
		"site:shop":      {owner: "site:shop"},
		"shop":           {owner: "site:shop"},
		"org:agency":     {owner: "org:agency"},
		"agency/KEY":     {owner: "org:agency", name: "KEY"},
		"site:both/a/b":  {owner: "site:both", name: "a/b"},
		"both":           {err: "is a site and an organization", hint: "org:both or site:both"},
		"site:agency":    {err: "has no site or organization site:agency", hint: "did you mean org:agency?"},
		"site:shp":       {err: "has no site or organization site:shp", hint: "did you mean site:shop?"},
		"shop/":          {err: "ends in a slash", hint: "OWNER/SECRET"},
		"a\x1b[31m/KEY":  {err: `no site or organization "a\x1b[31m"`, hint: "it has org:agency, org:both, site:both, site:shop"},
		"nowhere":        {err: "no site or organization nowhere", hint: "it has org:agency, org:both, site:both, site:shop"},
		"site:shop.live": {err: "names an environment", hint: "write --target site:shop"},
		"shop.live/KEY":  {err: "names an environment", hint: "write --target shop/KEY"},
		"nowhere.live":   {err: "no site or organization nowhere.live", hint: "it has"},
	}
	for text, test := range tests {
		t.Run(text, func(t *testing.T) {
			owner, name, err := address.Owners(owners).Target(text)
			if test.err == "" {
				if err != nil || owner.String() != test.owner || name != test.name {
					t.Errorf("Target = %s, %s, %v, want %s, %s", owner, name, err, test.owner, test.name)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), test.err) {
				t.Fatalf("error = %v, want one with %q", err, test.err)
			}
			if hints := strings.Join(hint.Next(err), "\n"); !strings.Contains(hints, test.hint) {
				t.Errorf("hints = %q, want %q in them", hints, test.hint)
			}
		})
	}
}
