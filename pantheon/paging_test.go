package pantheon_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/pantheon"
	"github.com/cella-secrets/cella/pantheon/emulator"
	"github.com/cella-secrets/cella/pantheon/emulator/emulatortest"
	"github.com/cella-secrets/cella/secret"
)

// paged is an account with n sites, all of one organization, and n
// organizations.
type paged struct {
	*testing.T
	server *emulatortest.Server
	client *pantheon.Client
	n      int
}

func startPaged(t *testing.T, n int) paged {
	t.Helper()
	state := emulator.State{Organizations: []emulator.Organization{{Name: "agency"}}}
	for i := range n {
		state.Sites = append(state.Sites, emulator.Site{Name: fmt.Sprintf("site-%04d", i), Organization: "agency"})
	}
	for i := range n - 1 {
		state.Organizations = append(state.Organizations, emulator.Organization{Name: fmt.Sprintf("org-%04d", i)})
	}
	server, err := emulatortest.New(state, emulator.Options{Limit: emulator.Unlimited})
	if err != nil {
		t.Fatal(err)
	}
	client, err := pantheon.New(pantheon.Options{Transport: server.Transport(), MachineToken: secret.NewValue(server.Token())})
	if err != nil {
		t.Fatal(err)
	}
	return paged{t, server, client, n}
}

// whole reads both lists, and fails the test where one lacks anybody. It
// returns how many pages of sites that took.
func (p paged) whole(faults ...emulatortest.Fault) int {
	p.Helper()
	organization := secret.Owner{Kind: secret.Organization, Name: "agency", ID: p.server.ID("org:agency")}
	p.server.Script(faults...)
	before := len(p.server.Log())
	sites, err := p.client.OrganizationSites(p.Context(), organization)
	if err != nil {
		p.Errorf("%d sites: %v", p.n, err)
	}
	took := 0
	for _, request := range p.server.Log()[before:] {
		if request.Operation == emulator.ListOrganizationSites {
			took++
		}
	}
	var want []secret.Owner
	for i := range p.n {
		name := fmt.Sprintf("site-%04d", i)
		want = append(want, secret.Owner{Kind: secret.Site, Name: name, ID: emulator.DerivedID("site", name)})
	}
	if diff := cmp.Diff(want, sites); diff != "" {
		p.Errorf("sites (-want +got):\n%s", diff)
	}
	p.server.Script(faults...)
	organizations, err := p.client.Organizations(p.Context())
	if err != nil || len(organizations) != p.n {
		p.Errorf("%d organizations of %d, %v", len(organizations), p.n, err)
	}
	for i, one := range organizations {
		if i > 0 && one.MachineName <= organizations[i-1].MachineName || one.ID != emulator.DerivedID("org", one.MachineName) {
			p.Errorf("organization %d is %+v", i, one)
		}
	}
	return took
}

// TestListsAreWhole at every size that ends differently: in the page, at its
// end, and at the end of a page of the other size.
func TestListsAreWhole(t *testing.T) {
	for n, pages := range map[int]int{1: 1, 99: 1, 100: 2, 101: 2, 194: 2, 199: 2, 200: 3, 250: 3} {
		if took := startPaged(t, n).whole(); took != pages {
			t.Errorf("%d sites took %d pages, want %d", n, took, pages)
		}
	}
}

func TestPagingThatRestarts(t *testing.T) {
	restarts := func(skip, times int) emulatortest.Fault {
		fault := emulatortest.PagingRestarts()
		fault.Skip, fault.Times = skip, times
		return fault
	}
	tests := map[string]struct {
		reason string
		n      int
		faults []emulatortest.Fault
		pages  int
	}{
		"once, second page":         {"asked again, it comes", 250, []emulatortest.Fault{restarts(0, 1)}, 4},
		"once, last page":           {"asked again, it comes", 250, []emulatortest.Fault{restarts(1, 1)}, 4},
		"once, behind the end":      {"a full page of old rows is no end", 200, []emulatortest.Fault{restarts(1, 1)}, 4},
		"twice, second page":        {"pages of another size settle it", 250, []emulatortest.Fault{restarts(0, 2)}, 3 + 3},
		"twice, last page":          {"pages of another size settle it", 250, []emulatortest.Fault{restarts(1, 2)}, 4 + 3},
		"twice, behind the end":     {"a short last page that fits", 200, []emulatortest.Fault{restarts(1, 2)}, 4 + 3},
		"three times, second page":  {"the second reading asks again too", 250, []emulatortest.Fault{restarts(0, 3)}, 3 + 4},
		"always behind that cursor": {"the other size has other cursors", 200, []emulatortest.Fault{restartsBehind("limit=100", 1)}, 4 + 3},
		"rows repeated":             {"each counts once", 250, []emulatortest.Fault{all(emulatortest.RepeatedRows())}, 0},
		"ids in upper case":         {"they have one form", 250, []emulatortest.Fault{all(emulatortest.UpperCaseIDs())}, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if took := startPaged(t, test.n).whole(test.faults...); test.pages > 0 && took != test.pages {
				t.Errorf("it took %d pages, want %d: %s", took, test.pages, test.reason)
			}
		})
	}
}

func all(fault emulatortest.Fault) emulatortest.Fault {
	fault.Times = -1
	return fault
}

// restartsBehind restarts every page but the first few of those with a limit.
func restartsBehind(limit string, skip int) emulatortest.Fault {
	fault := all(emulatortest.PagingRestarts())
	fault.Query, fault.Skip = limit+"&start=", skip
	return fault
}

// TestPagingWithoutAnEnd: what nobody can tell the end of was not read.
func TestPagingWithoutAnEnd(t *testing.T) {
	const want = "list sites on org:agency: the pages of the list do not fit together"
	tests := map[string]struct {
		faults []emulatortest.Fault
	}{
		"it always restarts":              {[]emulatortest.Fault{all(emulatortest.PagingRestarts())}},
		"in both sizes":                   {[]emulatortest.Fault{restartsBehind("limit=100", 1), restartsBehind("limit=97", 0)}},
		"the second reading ends earlier": {[]emulatortest.Fault{restartsBehind("limit=100", 1), emptied("limit=97&start=")}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := startPaged(t, 250)
			p.server.Script(test.faults...)
			organization := secret.Owner{Kind: secret.Organization, Name: "agency", ID: p.server.ID("org:agency")}
			sites, err := p.client.OrganizationSites(t.Context(), organization)
			if err == nil || err.Error() != want || sites != nil {
				t.Errorf("%d sites and the error %v, want %s", len(sites), err, want)
			}
		})
	}
}

// emptied answers with an empty page.
func emptied(query string) emulatortest.Fault {
	return emulatortest.Fault{Query: query, Edit: func([]byte) []byte { return []byte("[]") }}
}
