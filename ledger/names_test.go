package ledger_test

import (
	"strings"
	"testing"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/secret"
)

func TestName(t *testing.T) {
	tests := map[string]struct {
		project string
		kind    secret.OwnerKind
		number  int
		want    secret.Name
	}{
		"site":                       {"storefront", secret.Site, 1, "CELLA_LEDGER__STOREFRONT"},
		"site, further chunk":        {"storefront", secret.Site, 2, "CELLA_LEDGER__STOREFRONT__2"},
		"organization":               {"storefront", secret.Organization, 1, "CELLA_ORG_LEDGER__STOREFRONT"},
		"organization, last":         {"storefront", secret.Organization, 256, "CELLA_ORG_LEDGER__STOREFRONT__256"},
		"hyphens":                    {"my-shop-2", secret.Site, 1, "CELLA_LEDGER__MY_SHOP_2"},
		"hyphens, further chunk":     {"my-shop-2", secret.Site, 2, "CELLA_LEDGER__MY_SHOP_2__2"},
		"longest project, one digit": {strings.Repeat("a", 31), secret.Site, 9, secret.Name("CELLA_LEDGER__" + strings.Repeat("A", 31) + "__9")},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := ledger.Name(test.project, test.kind, test.number); got != test.want {
				t.Errorf("Name = %s, want %s", got, test.want)
			}
			if !test.want.Reserved() {
				t.Error("a ledger's name is not reserved")
			}
			project, number, ok := ledger.ParseName(test.want, test.kind)
			if project != test.project || number != test.number || !ok {
				t.Errorf("ParseName = %q, %d, %v", project, number, ok)
			}
			other := secret.Site + secret.Organization - test.kind
			if _, _, ok := ledger.ParseName(test.want, other); ok {
				t.Error("the name passes for one of the other kind of owner")
			}
		})
	}
}

func TestParseNameRejects(t *testing.T) {
	tests := map[string]string{
		"CELLA_LEDGER__":                           "there is no project",
		"CELLA_LEDGER_STOREFRONT":                  "one underscore is missing",
		"CELLA_LEDGER__Storefront":                 "names are upper case",
		"CELLA_LEDGER__STORE-FRONT":                "hyphens become underscores",
		"CELLA_LEDGER__A__1":                       "the first chunk has no number",
		"CELLA_LEDGER__A__0":                       "numbers count from 1",
		"CELLA_LEDGER__A__02":                      "no leading zeros",
		"CELLA_LEDGER__A__+2":                      "no signs",
		"CELLA_LEDGER__A__-2":                      "no signs",
		"CELLA_LEDGER__A__257":                     "there are at most 256 chunks",
		"CELLA_LEDGER__A__":                        "the number is missing",
		"CELLA_LEDGER__A__2__2":                    "one number",
		"CELLA_LEDGER__A___2":                      "projects don't end with a hyphen",
		"CELLA_LEDGER___A":                         "projects don't begin with a hyphen",
		"CELLA_LEDGER__2":                          "projects begin with a letter",
		"CELLA_LEDGER__A__99999999999999999999":    "numbers are bounded",
		"CELLA_LEDGER__Ä":                          "projects are ASCII",
		"CELLA_LEDGER__ſ":                          "a letter whose upper case is ASCII is still another letter",
		"CELLA_LEDGER__" + strings.Repeat("A", 32): "projects have at most 31 bytes",
		"cella_ledger__A":                          "the prefix is upper case",
		"XCELLA_LEDGER__A":                         "the prefix comes first",
	}
	for name, reason := range tests {
		if project, number, ok := ledger.ParseName(secret.Name(name), secret.Site); ok {
			t.Errorf("ParseName(%q) = %q, %d: %s", name, project, number, reason)
		}
	}
}

// TestNamesDiffer walks all project names of up to 7 characters over one
// letter, one digit and the hyphen: two projects never share a name, chunks
// included.
func TestNamesDiffer(t *testing.T) {
	owner := map[secret.Name]string{}
	var walk func(project string)
	walk = func(project string) {
		if len(project) == 7 {
			return
		}
		for _, next := range []string{"a", "2", "-"} {
			longer := project + next
			walk(longer)
			first := ledger.Name(longer, secret.Site, 1)
			if project, _, _ := ledger.ParseName(first, secret.Site); project != longer {
				continue // not a project name, such as a--2
			}
			for number := 1; number <= ledger.MaxChunks; number++ {
				name := ledger.Name(longer, secret.Site, number)
				if other, taken := owner[name]; taken {
					t.Fatalf("%s is a chunk of %s and of %s", name, longer, other)
				}
				owner[name] = longer
				if project, n, ok := ledger.ParseName(name, secret.Site); !ok || project != longer || n != number {
					t.Fatalf("ParseName(%s) = %q, %d, %v, want %q, %d", name, project, n, ok, longer, number)
				}
			}
		}
	}
	walk("")
	if len(owner) < 100*ledger.MaxChunks {
		t.Errorf("only %d names were compared", len(owner))
	}
}

func FuzzParseName(f *testing.F) {
	f.Add("CELLA_LEDGER__A__2")
	f.Add("CELLA_ORG_LEDGER__A_B")
	f.Fuzz(func(t *testing.T, text string) {
		for _, kind := range []secret.OwnerKind{secret.Site, secret.Organization} {
			if project, number, ok := ledger.ParseName(secret.Name(text), kind); ok && ledger.Name(project, kind, number) != secret.Name(text) {
				t.Fatalf("%q is read as chunk %d of %q, which is called otherwise", text, number, project)
			}
		}
	})
}
