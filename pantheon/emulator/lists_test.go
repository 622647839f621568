package emulator_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/pantheon/emulator"
	"github.com/cella-secrets/cella/pantheon/emulator/emulatortest"
)

// list is what a list of secrets says of itself.
type list struct {
	SiteID  string
	Count   int
	Secrets map[string]any
}

func (p person) list(ref, rest string) list {
	p.t.Helper()
	_, body := p.secrets(http.MethodGet, ref, rest, "")
	var got list
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		p.t.Fatalf("%v: %s", err, body)
	}
	return got
}

func TestFaultsOfLists(t *testing.T) {
	tests := map[string]struct {
		fault   emulatortest.Fault
		siteID  string // of the list; empty for the site's own
		count   int
		missing string
	}{
		"as it is":      {emulatortest.Fault{}, "", 5, ""},
		"cut":           {emulatortest.CutList("BANNER"), "", 5, "BANNER"},
		"wrong count":   {emulatortest.WrongCount(7), "", 7, ""},
		"no count":      {emulatortest.WrongCount(0), "", 0, ""},
		"of another":    {emulatortest.WrongSite("elsewhere"), "elsewhere", 5, ""},
		"in upper case": {emulatortest.UpperCaseIDs(), "SHOP", 5, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := serve(t, emulator.Options{})
			whole := p.list("site:shop", "/showall")
			p.server.Script(test.fault)
			got := p.list("site:shop", "/showall")
			want := whole.SiteID
			switch test.siteID {
			case "":
			case "SHOP":
				want = strings.ToUpper(want)
			default:
				want = test.siteID
			}
			delete(whole.Secrets, test.missing)
			if got.SiteID != want || got.Count != test.count || !cmp.Equal(got.Secrets, whole.Secrets) {
				t.Errorf("list of %s, %d counted, secrets %v; want %s, %d", got.SiteID, got.Count, got.Secrets, want, test.count)
			}
			if again := p.list("site:shop", "/showall"); again.Count != 5 {
				t.Error("the fault hit twice")
			}
		})
	}
}

func TestFaultsOfMemberships(t *testing.T) {
	p := manySites(t, 25)
	all := p.rowIDs("limit=100")
	tests := map[string]struct {
		fault emulatortest.Fault
		want  []string
	}{
		"paging that restarts": {emulatortest.PagingRestarts(), all[:10]},
		"rows repeated":        {emulatortest.RepeatedRows(), slices.Concat(all[10:11], all[10:20])},
	}
	for name, test := range tests {
		p.server.Script(test.fault)
		if diff := cmp.Diff(test.want, p.rowIDs("limit=10&start="+all[9])); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if diff := cmp.Diff(all[10:20], p.rowIDs("limit=10&start="+all[9])); diff != "" {
			t.Errorf("%s hit twice (-want +got):\n%s", name, diff)
		}
	}
	p.server.Script(emulatortest.PagingRestarts())
	if diff := cmp.Diff(all[:10], p.rowIDs("limit=10")); diff != "" {
		t.Errorf("the first page is not to be hit (-want +got):\n%s", diff)
	}
	if got := p.rowIDs("limit=10&start=" + all[9]); got[0] != all[0] {
		t.Error("the first page used the fault up")
	}
}

func TestOneMachineName(t *testing.T) {
	server, err := emulatortest.New(emulator.State{Organizations: []emulator.Organization{{Name: "one"}, {Name: "two"}}}, emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p := signIn(t, server, emulator.DefaultToken)
	server.Script(emulatortest.SameMachineName("one"))
	_, body := p.get("/api/users/" + p.id + "/memberships/organizations")
	if strings.Count(body, `"machine_name":"one"`) != 2 || !strings.Contains(body, server.ID("org:two")) {
		t.Errorf("memberships: %s", body)
	}
}

// TestTakesTooMuch: with the fault a deletion at a site reaches the organization's
// secret too, and without it that is spared.
func TestTakesTooMuch(t *testing.T) {
	for _, faulty := range []bool{false, true} {
		server, err := emulatortest.New(emulator.State{
			Organizations: []emulator.Organization{
				{Name: "agency", Secrets: map[string]emulator.Secret{"KEY": {Type: "runtime", Scopes: []string{"web"}, Value: "above"}}},
			},
			Sites: []emulator.Site{{Name: "shop", Organization: "agency",
				Secrets: map[string]emulator.Secret{"KEY": {Type: "runtime", Scopes: []string{"web"}, Value: "own"}}}},
		}, emulator.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if faulty {
			server.Script(emulatortest.TakesTooMuch())
		}
		p := signIn(t, server, emulator.DefaultToken)
		if status, body := p.secrets(http.MethodDelete, "site:shop", "/KEY", ""); status >= 300 {
			t.Fatalf("%d: %s", status, body)
		}
		if own, above := len(server.Names("site:shop")), len(server.Names("org:agency")); own != 0 || (above == 0) != faulty {
			t.Errorf("with the fault %t: the site has %d, the organization %d", faulty, own, above)
		}
	}
}

// The replies to a sign-in that is refused, as they were recorded.
func TestRefusedSignIns(t *testing.T) {
	tests := map[string]struct {
		fault  emulatortest.Fault
		status int
		text   string
	}{
		"401":       {emulatortest.TokenRefused(http.StatusUnauthorized), 401, "Authorization failed. Please check that your machine token is valid."},
		"500":       {emulatortest.TokenRefused(http.StatusInternalServerError), 500, "Authorization failed. Please check that your machine token is valid."},
		"too often": {emulatortest.TooManySignIns(), 429, "Too Many Requests"},
	}
	for name, test := range tests {
		p := serve(t, emulator.Options{})
		p.server.Script(test.fault)
		for range 2 {
			status, body := p.do(http.MethodPost, "/api/authorize/machine-token", "", `{"machine_token":"ada-token"}`)
			if status != test.status || body != test.text {
				t.Errorf("%s: status %d, %q", name, status, body)
			}
		}
		if status, _ := p.get("/api/users/" + p.id); status != 200 {
			t.Errorf("%s: the session that there was is refused too: status %d", name, status)
		}
	}
	p := serve(t, emulator.Options{})
	p.server.Script(emulatortest.SessionRefused())
	for _, want := range []int{401, 200} {
		if status, _ := p.get("/api/users/" + p.id); status != want {
			t.Errorf("a fresh session: status %d, want %d", status, want)
		}
	}
}
