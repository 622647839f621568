package ledger_test

import (
	"maps"
	"testing"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/secret"
)

func TestForeign(t *testing.T) {
	k := keys(t, 'a', 0)
	marketing, shopfront, elsewhere := site, site, site
	marketing.Project, shopfront.Project, elsewhere.Project = "marketing", "shop-front", "elsewhere"
	elsewhere.Owner.ID = "99999999-2222-3333-4444-55555555abcd"
	theirs := keys(t, 'm', 0)

	s := stored(t, k, site, record(k, site, "OURS", "v"))
	s.set("PLAIN", "v")
	maps.Copy(s, stored(t, theirs, marketing, many(theirs, marketing, 100, "v")...))
	maps.Copy(s, stored(t, theirs, shopfront, record(theirs, shopfront, "B", "v"), record(theirs, shopfront, "A", "v")))
	maps.Copy(s, stored(t, theirs, elsewhere, record(theirs, elsewhere, "C", "v")))

	all := []secret.Name{}
	for _, r := range many(k, site, 100, "v") {
		all = append(all, r.Name)
	}
	want := []ledger.Claim{
		{Project: "elsewhere", Names: []secret.Name{"C"}, Reason: "CELLA_LEDGER__ELSEWHERE was written for another site or organization"},
		{Project: "marketing", Names: all, Intact: true},
		{Project: "shop-front", Names: []secret.Name{"A", "B"}, Intact: true},
	}
	if d := diff(want, ledger.Foreign(s.live(site.Owner), "storefront", "shopfront")); d != "" {
		t.Errorf("Foreign:\n%s", d)
	}
	if got := ledger.Foreign(s.live(site.Owner), "storefront", "marketing", "shop-front", "elsewhere"); got != nil {
		t.Errorf("Foreign of no other project = %v", got)
	}

	tests := map[string]struct {
		tamper func(store)
		names  int
		intact bool
		reason string
	}{
		"forged": {func(s store) { s.replace("CELLA_LEDGER__SHOP_FRONT", "A runtime web applied", "A runtime web pending") }, 2, true, ""},
		"junk": {func(s store) { s.set("CELLA_LEDGER__SHOP_FRONT", "junk") }, 0, false,
			"CELLA_LEDGER__SHOP_FRONT does not begin like a ledger"},
		"newer": {func(s store) { s.replace("CELLA_LEDGER__SHOP_FRONT", "ledger 1", "ledger 2") }, 2, false,
			"CELLA_LEDGER__SHOP_FRONT was written in a newer format"},
		"may be inherited": {func(s store) {
			s.change("CELLA_LEDGER__SHOP_FRONT", func(e *secret.LiveSecret) { e.Presence, e.Value = secret.MayBeInherited, secret.Hidden() })
		}, 0, false, "CELLA_LEDGER__SHOP_FRONT cannot be told from a secret of the organization with the same name"},
		"a second chunk without a first": {func(s store) {
			s.set("CELLA_LEDGER__SHOP_FRONT__2", s.text("CELLA_LEDGER__MARKETING__2"))
			delete(s, "CELLA_LEDGER__SHOP_FRONT")
		}, 0, false, "CELLA_LEDGER__SHOP_FRONT is missing"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			changed := maps.Clone(s)
			test.tamper(changed)
			claims := ledger.Foreign(changed.live(site.Owner), "storefront", "marketing", "elsewhere")
			if len(claims) != 1 || claims[0].Project != "shop-front" {
				t.Fatalf("Foreign = %v", claims)
			}
			got := claims[0]
			if got.Intact != test.intact || got.Reason != test.reason || (test.names > 0 && len(got.Names) != test.names) {
				t.Errorf("claim = %+v, want %d names, intact %v, %q", got, test.names, test.intact, test.reason)
			}
		})
	}
}

func TestForeignOrganizationLedger(t *testing.T) {
	k := keys(t, 'm', 0)
	id := ledger.Identity{Project: "marketing", Owner: secret.Owner{Kind: secret.Organization, Name: "my-agency", ID: site.Owner.ID}}
	s := stored(t, k, id, record(k, id, "A", "v"))
	// A site's ledger has no meaning on an organization.
	maps.Copy(s, stored(t, k, site, record(k, site, "B", "v")))
	want := []ledger.Claim{{Project: "marketing", Names: []secret.Name{"A"}, Intact: true}}
	if d := diff(want, ledger.Foreign(s.live(id.Owner), "storefront")); d != "" {
		t.Errorf("Foreign:\n%s", d)
	}
}
