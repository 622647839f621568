package address_test

import (
	"strings"
	"testing"

	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/secret"
	"github.com/cella-secrets/cella/secret/address"
)

var declared = address.Owners{
	{Kind: secret.Organization, Name: "agency"}, {Kind: secret.Organization, Name: "both"},
	{Kind: secret.Organization, Name: "with.dot"}, {Kind: secret.Site, Name: "both"}, {Kind: secret.Site, Name: "shop"},
}

func TestPlace(t *testing.T) {
	tests := map[string]struct {
		typed string // words with spaces between them
		place string // as Words says it; empty for an error
		known bool
	}{
		"a site":                   {"site:shop KEY", "site:shop KEY", true},
		"a bare name":              {"shop KEY", "site:shop KEY", true},
		"an override":              {"shop.live KEY", "site:shop.live KEY", true},
		"a name with a dot":        {"with.dot KEY", "org:with.dot KEY", true},
		"and an environment":       {"with.dot.pr-1 KEY", "org:with.dot.pr-1 KEY", true},
		"one that is new":          {"site:new KEY", "site:new KEY", false},
		"an organization's":        {"org:new.live KEY", "org:new.live KEY", false},
		"two of one name":          {"both KEY", "", false},
		"nobody":                   {"nobody KEY", "", false},
		"not to be":                {"site:No_Site KEY", "", false},
		"an odd environment":       {"shop.LIVE KEY", "", false},
		"a name missing":           {"shop", "", false},
		"a value behind the name":  {"shop KEY hunter2", "", false},
		"the wrong way round":      {"KEY shop", "", false},
		"nothing behind the colon": {"site: KEY", "", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			place, err := declared.Place(strings.Fields(test.typed))
			if test.place == "" {
				if err == nil || len(hint.Next(err)) == 0 || strings.Contains(err.Error(), "hunter2") {
					t.Errorf("%v, %v, next %q", place, err, hint.Next(err))
				}
				return
			}
			if err != nil || place.Words() != test.place || place.Known != test.known {
				t.Errorf("%q, known %v, %v", place.Words(), place.Known, err)
			}
		})
	}
}

func TestMistakenPlaces(t *testing.T) {
	tests := map[string]struct{ typed, next string }{
		"near":                {"shoq KEY", "did you mean shop?"},
		"the wrong way round": {"KEY shop", "the site or organization comes first: shop KEY"},
		"two of one name":     {"both KEY", "write org:both or site:both"},
		"far":                 {"elsewhere KEY", "say what it is: site:elsewhere or org:elsewhere"},
		"a value was typed":   {"shop KEY hunter2", "a value is never an argument"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := declared.Place(strings.Fields(test.typed))
			if next := strings.Join(hint.Next(err), "\n"); err == nil || !strings.Contains(next, test.next) {
				t.Errorf("%v, next %q", err, next)
			}
		})
	}
}

func TestOrganizationOf(t *testing.T) {
	shop := secret.Owner{Kind: secret.Site, Name: "shop"}
	one := address.Owners{{Kind: secret.Organization, Name: "agency"}, shop}
	tests := map[string]struct {
		owners address.Owners
		flag   string
		want   string // empty for none
		from   address.OwnedBy
		err    string
	}{
		"the only one":       {one, "", "org:agency", address.ByManifest, ""},
		"there is none":      {address.Owners{shop}, "", "", address.ByNobody, ""},
		"none is said":       {one, "none", "", address.ByFlag, ""},
		"named":              {declared, "both", "org:both", address.ByFlag, ""},
		"named with kind":    {declared, "org:both", "org:both", address.ByFlag, ""},
		"several":            {declared, "", "", "", "does not say which organization site:shop belongs to"},
		"one that it lacks":  {one, "agenzy", "", "", "has no organization agenzy"},
		"a site is no owner": {one, "shop", "", "", "has no organization shop"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			owner, from, err := test.owners.OrganizationOf(shop, test.flag)
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) || len(hint.Next(err)) == 0 {
					t.Errorf("%v, next %q", err, hint.Next(err))
				}
				return
			}
			if err != nil || from != test.from || (owner == nil) != (test.want == "") || owner != nil && owner.String() != test.want {
				t.Errorf("%v, %s, %v", owner, from, err)
			}
		})
	}
}

func TestNear(t *testing.T) {
	if near, ok := declared.Near(secret.Owner{Kind: secret.Site, Name: "shopp"}); !ok || near.String() != "site:shop" {
		t.Errorf("a typing error: %s, %v", near, ok)
	}
	if near, ok := declared.Near(secret.Owner{Kind: secret.Site, Name: "shop"}); ok {
		t.Errorf("itself: %s", near)
	}
}
