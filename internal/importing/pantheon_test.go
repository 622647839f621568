package importing_test

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/importing"
	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/pantheon"
	"github.com/cella-secrets/cella/pantheon/emulator"
	"github.com/cella-secrets/cella/pantheon/emulator/emulatortest"
	"github.com/cella-secrets/cella/schema/edit/edittest"
	"github.com/cella-secrets/cella/secret"
)

// world is an account with an organization and three sites, of which blog has none.
func world() emulator.State {
	readable := func(value string) emulator.Secret {
		return emulator.Secret{Type: "runtime", Scopes: []string{"user", "web"}, Value: value}
	}
	return emulator.State{
		Organizations: []emulator.Organization{{Name: "agency", Secrets: map[string]emulator.Secret{"SHARED": readable("c4nary shared")}}},
		Sites: []emulator.Site{
			{Name: "shop", Organization: "agency", Secrets: map[string]emulator.Secret{
				"SHOWN": readable("c4nary"), "HIDDEN": {Type: "runtime", Scopes: []string{"web"}, Value: "c4nary"}, "OTHER": readable("c4nary"),
			}},
			{Name: "blog", Organization: "agency"},
			{Name: "wiki", Secrets: map[string]emulator.Secret{"SHOWN": readable("c4nary")}},
		},
	}
}

// id is that of an owner of world, such as site:shop.
func id(address string) string {
	kind, name, _ := strings.Cut(address, ":")
	return emulator.DerivedID(kind, name)
}

const empty = bare + defaults

// TestFromPantheon: what is there is declared, what is hidden as external, and what
// the manifest has stays.
func TestFromPantheon(t *testing.T) {
	withOther := empty + "sites: {shop: {secrets: {OTHER: {scopes: [user, web], value: other}}}}\n"
	tests := map[string]struct {
		manifest string
		source   importing.Source
		replace  bool
		report   []string
		values   map[string]string
	}{
		"a site": {
			empty, importing.Source{Sites: []string{"shop"}}, false,
			[]string{"site:shop\n", "  value     SHOWN\n", "  external  HIDDEN\n", "  left out  SHARED: ", "imported 2 readable and 1 external, left out 1."},
			map[string]string{"/sites/shop/secrets/SHOWN/value": "c4nary", "/sites/shop/secrets/HIDDEN/value": "", "/sites/shop/id": id("site:shop")},
		},
		"an entry that differs": {
			withOther, importing.Source{Sites: []string{"shop"}}, false, []string{"  kept      OTHER: ", "kept 1 that differ", "--replace"},
			map[string]string{"/sites/shop/secrets/OTHER/value": "other"},
		},
		"replaced": {
			withOther, importing.Source{Sites: []string{"shop"}}, true, []string{"  replaced  OTHER\n", "replaced 1"},
			map[string]string{"/sites/shop/secrets/OTHER/value": "c4nary"},
		},
		"an organization": {
			empty, importing.Source{Organizations: []string{"agency"}}, false, []string{"org:agency\n  value     SHARED\n", "imported 1 readable."},
			map[string]string{"/organizations/agency/secrets/SHARED/value": "c4nary shared"},
		},
		"with all sites": {
			empty, importing.Source{Organizations: []string{"agency"}, AllSites: true}, false, []string{"org:agency\n", "site:shop\n"},
			map[string]string{
				"/organizations/agency/secrets/SHARED/value": "c4nary shared", "/sites/shop/secrets/SHOWN/value": "c4nary",
				"/sites/blog/id": id("site:blog"),
			},
		},
		"one of them twice": {
			empty, importing.Source{Organizations: []string{"agency"}, Sites: []string{"shop", "shop"}, AllSites: true}, false,
			[]string{"imported 3 readable and 1 external"}, nil,
		},
		"nothing there": {
			empty, importing.Source{Sites: []string{"blog"}}, false, []string{"imported nothing, left out 1."}, map[string]string{"/sites/blog/id": id("site:blog")},
		},
		"an organization by UUID": {
			empty, importing.Source{Organizations: []string{strings.ToUpper(id("org:agency"))}}, false, []string{"  value     SHARED\n"}, nil,
		},
		"declared by UUID": {
			empty + "organizations: {" + id("org:agency") + ": {secrets: {}}}\n", importing.Source{Organizations: []string{"agency"}}, false,
			[]string{"org:" + id("org:agency") + "\n"},
			map[string]string{"/organizations/" + id("org:agency") + "/secrets/SHARED/value": "c4nary shared", "/organizations/agency/secrets/SHARED/value": ""},
		},
		"declared by name": {
			empty + "organizations: {agency: {secrets: {}}}\n", importing.Source{Organizations: []string{id("org:agency")}}, false,
			[]string{"org:agency\n"},
			map[string]string{"/organizations/agency/secrets/SHARED/value": "c4nary shared", "/organizations/" + id("org:agency") + "/secrets/SHARED/value": ""},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			server, client := emulatortest.Serve(t, world())
			draft := edittest.Open(t, test.manifest)
			before := server.State()
			report, err := importing.FromPantheon(t.Context(), client, test.source, draft, test.replace)
			if err != nil {
				t.Fatal(err)
			}
			holds(t, "the report", told(t, report, false), test.report...)
			values := edittest.Values(t, draft)
			for at, want := range test.values {
				if values[at] != want {
					t.Errorf("%s is %q", at, values[at])
				}
			}
			after := server.State()
			same := func(a, b emulator.Site) bool {
				return maps.EqualFunc(a.Secrets, b.Secrets, func(a, b emulator.Secret) bool { return a.Value == b.Value && a.ValueDigest == b.ValueDigest })
			}
			if !slices.EqualFunc(before.Sites, after.Sites, same) {
				t.Error("something was written to Pantheon")
			}
		})
	}
}

// fails answers requests with a status for good.
func fails(operation emulator.Operation, owner string, status int) emulatortest.Fault {
	return emulatortest.Fault{Operation: operation, Owner: owner, Status: status, Times: -1}
}

// TestFromPantheonRefuses: where one owner cannot be read, or is not the one that
// the manifest means, nothing is taken of any.
func TestFromPantheonRefuses(t *testing.T) {
	both, agency := importing.Source{Sites: []string{"shop", "wiki"}}, importing.Source{Organizations: []string{"agency"}}
	none := emulatortest.Fault{Operation: emulator.Unknown}
	tests := map[string]struct {
		manifest string
		source   importing.Source
		fault    emulatortest.Fault
		err      string
		next     string
		is       error
	}{
		"a list that fails": {empty, both, fails(emulator.ListSecrets, "site:wiki", http.StatusNotFound), "site:wiki", "nothing was written", pantheon.ErrNotFound},
		"no such site": {
			empty, importing.Source{Sites: []string{"shop", "nowhere"}}, none, "site:nowhere", "nothing was written", pantheon.ErrNotFound,
		},
		"no such organization": {
			empty, importing.Source{Organizations: []string{"agenzy"}}, none, "org:agenzy", "did you mean agency?", pantheon.ErrNotFound,
		},
		"its sites fail": {
			empty, importing.Source{Organizations: []string{"agency"}, AllSites: true}, fails(emulator.ListOrganizationSites, "", http.StatusNotFound),
			"org:agency", "cella import site NAME…", pantheon.ErrNotFound,
		},
		"the memberships fail": {
			empty, agency, fails(emulator.ListOrganizations, "", http.StatusNotFound), "org", "nothing was written", pantheon.ErrNotFound,
		},
		"another id": {
			empty + "sites: {shop: {id: " + id("site:wiki") + ", secrets: {}}}\n", importing.Source{Sites: []string{"shop"}}, none,
			"site:shop has the id " + id("site:wiki"), "the id in the manifest", nil,
		},
		"another name": {
			empty + "sites: {store: {id: " + id("site:shop") + ", secrets: {}}}\n", importing.Source{Sites: []string{"shop"}}, none,
			"site:shop is site:store", "write shop in place of store", nil,
		},
		"one that leaves by another name": {
			empty + "organizations: {agency: {retire: release}}\nsites: {wiki: {secrets: {}}}\n", importing.Source{Organizations: []string{id("org:agency")}},
			none, "org:agency has retire: release", "line", nil,
		},
		"one that leaves": {
			empty + "sites: {wiki: {retire: release}}\n", both, none, "site:wiki has retire: release", "line", nil,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, client := emulatortest.Serve(t, world(), test.fault)
			draft := edittest.Open(t, test.manifest)
			report, err := importing.FromPantheon(t.Context(), client, test.source, draft, true)
			if report != nil {
				t.Error("there is a report")
			}
			refused(t, draft, err, test.err, test.next)
			if test.is != nil && !errors.Is(err, test.is) {
				t.Errorf("the cause is lost: %v", err)
			}
		})
	}
}

// TestFromPantheonOfOneID: two names that lead to one id are no two owners.
func TestFromPantheonOfOneID(t *testing.T) {
	_, client := emulatortest.Serve(t, world(), emulatortest.Fault{
		Operation: emulator.FindSite, Path: "wiki", Status: http.StatusOK, ContentType: "application/json", Body: `{"id":"` + id("site:shop") + `"}`,
	})
	draft := edittest.Open(t, empty)
	_, err := importing.FromPantheon(t.Context(), client, importing.Source{Sites: []string{"shop", "wiki"}}, draft, false)
	refused(t, draft, err, "site:shop and site:wiki have the same id: "+id("site:shop"), "one of them")
}

// TestFromPantheonWithoutASession: whoever is not let in is told so, once.
func TestFromPantheonWithoutASession(t *testing.T) {
	_, client := emulatortest.Serve(t, world(), emulatortest.TokenRefused(http.StatusUnauthorized))
	draft := edittest.Open(t, empty)
	_, err := importing.FromPantheon(t.Context(), client, importing.Source{Sites: []string{"shop", "wiki"}}, draft, false)
	refused(t, draft, err, "", "")
	if hint.ClassOf(err) != hint.Credentials || strings.Contains(err.Error(), "\n") {
		t.Errorf("class %d: %v", hint.ClassOf(err), err)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	_, client = emulatortest.Serve(t, world())
	if _, err := importing.FromPantheon(ended, client, importing.Source{Sites: []string{"shop"}}, draft, false); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
	unwritten(t, draft)
}

// TestFromPantheonOfACutList: what may be missing is told.
func TestFromPantheonOfACutList(t *testing.T) {
	cut := emulatortest.CutList("HIDDEN")
	cut.Owner, cut.Operation, cut.Times = "site:shop", emulator.ListSecrets, -1
	_, client := emulatortest.Serve(t, world(), cut)
	report, err := importing.FromPantheon(t.Context(), client, importing.Source{Sites: []string{"shop", "wiki"}}, edittest.Open(t, empty), false)
	if err != nil {
		t.Fatal(err)
	}
	told(t, report, false)
	if len(report.Warnings) != 1 {
		t.Fatalf("warnings %q", report.Warnings)
	}
	holds(t, "the warning", report.Warnings[0], "site:shop")
}

// TestFromPantheonOfOtherProjects: what another project's ledger names is not taken
// from it, unless the manifest expects no such project; what this one applied is
// taken with a word.
func TestFromPantheonOfOtherProjects(t *testing.T) {
	keyed := bare + "record: site:wiki\nfingerprint_key: " + edittest.FingerprintKey + "\n" + defaults
	renamed := strings.Replace(keyed, "storefront", "store\nformerly: [storefront]", 1)
	tests := map[string]struct {
		manifest, project string
		report            string
	}{
		"another project's":    {keyed, "blog", "  left out  HIDDEN: "},
		"one that is expected": {keyed + "policy: {projects: [blog]}\n", "blog", "  left out  HIDDEN: "},
		"an unexpected one":    {keyed + "policy: {projects: [other]}\n", "blog", "  external  HIDDEN\n"},
		"its own":              {keyed, "storefront", "  external  HIDDEN: this project applied it"},
		"its own, of before":   {renamed, "storefront", "  external  HIDDEN: this project applied it"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			state := world()
			shop := secret.Owner{Kind: secret.Site, Name: "shop", ID: id("site:shop")}
			for _, write := range ledgerOf(t, test.project, shop, "HIDDEN") {
				state.Sites[0].Secrets[string(write.Name)] = emulator.Secret{
					Type: string(ledger.Type), Scopes: scopeWords(ledger.Scopes()), Value: write.Value.Reveal(),
				}
			}
			_, client := emulatortest.Serve(t, state)
			report, err := importing.FromPantheon(t.Context(), client, importing.Source{Sites: []string{"shop"}}, edittest.Open(t, test.manifest), false)
			if err != nil {
				t.Fatal(err)
			}
			said := told(t, report, false)
			holds(t, "the report", said, test.report, "  value     SHOWN\n")
			if strings.Contains(said, "CELLA_LEDGER") {
				t.Errorf("a ledger is told of:\n%s", said)
			}
		})
	}
}

// ledgerOf are the writes of a project's ledger that has one secret.
func ledgerOf(t *testing.T, project string, owner secret.Owner, name secret.Name) []ledger.Write {
	t.Helper()
	keys, err := ledger.DeriveKeys(secret.NewValue(edittest.FingerprintKey), secret.Value{})
	if err != nil {
		t.Fatal(err)
	}
	identity := ledger.Identity{Project: project, Owner: owner}
	place := ledger.Place{Name: name, Type: secret.RuntimeType, Scopes: secret.NewScopes(secret.WebScope)}
	made := ledger.EnvFingerprint{Fingerprint: keys.Fingerprint(identity, place, secret.NewValue("c4nary"))}
	revision := ledger.ReadAll(secret.Live{Owner: owner}, identity.Project, nil, keys).Own.Revise()
	revision.Put(ledger.Entry{Name: name, Type: place.Type, Scopes: place.Scopes, Fingerprints: []ledger.EnvFingerprint{made}})
	writes, _, err := revision.Encode(keys, "test", ledger.Origin{})
	if err != nil {
		t.Fatal(err)
	}
	return writes
}

func scopeWords(scopes secret.Scopes) []string {
	var all []string
	for _, scope := range scopes {
		all = append(all, string(scope))
	}
	return all
}

// TestReportOfPantheon: the commands that give external secrets their values are
// spelled out, a few of them.
func TestReportOfPantheon(t *testing.T) {
	state := world()
	for _, name := range []string{"A", "B", "C", "D", "E", "F"} {
		state.Sites[2].Secrets[name] = emulator.Secret{Type: "runtime", Scopes: []string{"web"}, Value: "c4nary"}
	}
	state.Sites[2].Secrets["SHOWN"] = emulator.Secret{Type: "runtime", Scopes: []string{"web"}, Value: "c4nary"}
	_, client := emulatortest.Serve(t, state)
	draft := edittest.Open(t, empty)
	report, err := importing.FromPantheon(t.Context(), client, importing.Source{Sites: []string{"wiki"}}, draft, false)
	if err != nil {
		t.Fatal(err)
	}
	said := told(t, report, false)
	holds(t, "the report", said,
		"imported 7 external.", "  cella set --file "+draft.Name+" site:wiki A\n", "for 2 more\n", "\nNext: cella plan --file "+draft.Name)
	if strings.Contains(said, "site:wiki F") {
		t.Errorf("there are too many commands:\n%s", said)
	}
	said = told(t, report, true)
	holds(t, "the report of a dry run", said, "Nothing was written (--dry-run).\n")
	if strings.Contains(said, "Next:") {
		t.Errorf("a dry run says what comes next:\n%s", said)
	}
}
