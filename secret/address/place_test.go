package address_test

import (
	"fmt"
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
		"a slash":             {"site:shop/KEY", "write a space in place of the slash: site:shop KEY"},
		"a slash, a value":    {"shop.live/KEY hunter2", "a value is never an argument"},
		"a slash, nobody":     {"nobody/KEY hunter2", "a space before the name of the secret"},
		"the other kind":      {"site:both/KEY", "site:both KEY"},
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
		from   secret.OwnedBy
		err    string
	}{
		"the only one":       {one, "", "org:agency", secret.ByManifest, ""},
		"there is none":      {address.Owners{shop}, "", "", secret.ByNobody, ""},
		"none is said":       {one, "none", "", secret.ByFlag, ""},
		"named":              {declared, "both", "org:both", secret.ByFlag, ""},
		"named with kind":    {declared, "org:both", "org:both", secret.ByFlag, ""},
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
	if near, ok := declared.Near(secret.Owner{Kind: secret.Organization, Name: "shop"}); !ok || near.String() != "site:shop" {
		t.Errorf("the other kind: %s, %v", near, ok)
	}
	if near, ok := declared.Near(secret.Owner{Kind: secret.Site, Name: "shop"}); ok {
		t.Errorf("itself: %s", near)
	}
}

// TestPlaceInWords: what is shown is quoted, what is to be typed is an argument.
func TestPlaceInWords(t *testing.T) {
	site := secret.Owner{Kind: secret.Site, Name: "shop", ID: "11111111-2222-3333-4444-555555555555"}
	tests := map[string]struct {
		place           address.Place
		shown, typed    string
		shownAsADefault string
	}{
		"a default":   {address.Place{Owner: site, Name: "KEY"}, "site:shop KEY", "site:shop KEY", "site:shop KEY"},
		"an override": {address.Place{Owner: site, Env: "live", Name: "KEY"}, "site:shop.live KEY", "site:shop.live KEY", "site:shop KEY"},
		"odd": {
			address.Place{Owner: site, Name: "A B$\x1b"}, `site:shop "A B$\x1b"`, `site:shop $'A B$\x1b'`, `site:shop "A B$\x1b"`,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := test.place.String(); got != test.shown {
				t.Errorf("shown as %s", got)
			}
			if got := test.place.Words(); got != test.typed {
				t.Errorf("typed as %s", got)
			}
			if got := test.place.Whole().String(); got != test.shownAsADefault {
				t.Errorf("its default is %s", got)
			}
		})
	}
}

// TestOwnersNamed: with the kind in front there is at most one.
func TestOwnersNamed(t *testing.T) {
	for text, want := range map[string]string{
		"both": "[org:both site:both]", "site:both": "[site:both]", "shop": "[site:shop]", "org:shop": "[]", "": "[]", "SHOP": "[]", "shop.live": "[]",
	} {
		if got := fmt.Sprint(declared.Named(text)); got != want {
			t.Errorf("%q means %s", text, got)
		}
	}
}

// TestCheck: an owner that Pantheon cannot have is refused with its name.
func TestCheck(t *testing.T) {
	if err := address.Check(secret.Owner{Kind: secret.Site, Name: "shop"}); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"", "No_Site", "a\x1b[31m"} {
		err := address.Check(secret.Owner{Kind: secret.Site, Name: name})
		if err == nil || len(hint.Next(err)) == 0 || strings.Contains(err.Error(), "\x1b") {
			t.Errorf("%q: %v, next %q", name, err, hint.Next(err))
		}
	}
}

// TestOwnerEnvWithoutAManifest: what is to be added needs its kind, and the step
// says both.
func TestOwnerEnvWithoutAManifest(t *testing.T) {
	var none address.Owners
	_, _, err := none.OwnerEnv("shop.live")
	if next := strings.Join(hint.Next(err), "\n"); err == nil || !strings.Contains(next, "site:shop or org:shop") {
		t.Errorf("%v, next %q", err, next)
	}
	few := address.Owners{{Kind: secret.Site, Name: "shop"}, {Kind: secret.Organization, Name: "agency"}}
	_, _, err = few.OwnerEnv("elsewhere")
	if next := strings.Join(hint.Next(err), "\n"); err == nil || !strings.Contains(next, "it has site:shop, org:agency") {
		t.Errorf("%v, next %q", err, next)
	}
	many := append(address.Owners{}, few...)
	for len(many) <= address.MaxListed {
		many = append(many, secret.Owner{Kind: secret.Site, Name: strings.Repeat("z", 9+len(many))})
	}
	_, _, err = many.OwnerEnv("elsewhere")
	if next := strings.Join(hint.Next(err), "\n"); err == nil || strings.Contains(next, "it has") {
		t.Errorf("%v, next %q", err, next)
	}
}

// TestASlashForASpace: what may hold a value is not repeated.
func TestASlashForASpace(t *testing.T) {
	for typed, want := range map[string]string{
		"shop.live/KEY": "site:shop.live KEY", "shop/KEY=hunter2": "a value is never", "shop/KEY=hunter2 x": "a value is never",
	} {
		_, err := declared.Place(strings.Fields(typed))
		next := strings.Join(hint.Next(err), "\n")
		if err == nil || !strings.Contains(next, want) || strings.Contains(err.Error()+next, "hunter2") {
			t.Errorf("%s: %v, next %q", typed, err, next)
		}
	}
}

// TestLacks: an owner that has to be there may be another one.
func TestLacks(t *testing.T) {
	for typed, want := range map[string]string{"site:shopp": "did you mean site:shop?", "org:shop": "did you mean site:shop?", "site:elsewhere": "it has org:"} {
		owner, _ := secret.ParseOwner(typed)
		err := declared.Lacks(owner)
		if next := strings.Join(hint.Next(err), "\n"); !strings.Contains(err.Error(), typed) || !strings.Contains(next, want) {
			t.Errorf("%s: %v, next %q", typed, err, next)
		}
	}
}
