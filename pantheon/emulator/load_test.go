package emulator_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/pantheon/emulator"
	"github.com/cella-secrets/cella/pantheon/emulator/emulatortest"
)

func TestRefusedStates(t *testing.T) {
	site := func(name string, s emulator.Secret) []emulator.Site {
		return []emulator.Site{{Name: "s", Secrets: map[string]emulator.Secret{name: s}}}
	}
	tests := map[string]struct {
		state emulator.State
		want  string
	}{
		"site without name":   {emulator.State{Sites: []emulator.Site{{}}}, `sites[0] "": its name is empty or taken`},
		"two sites of a name": {emulator.State{Sites: []emulator.Site{{Name: "s"}, {Name: "s", ID: "other"}}}, "sites[1] s: its name is empty or taken"},
		"two sites of an id":  {emulator.State{Sites: []emulator.Site{{Name: "s", ID: "1"}, {Name: "t", ID: "1"}}}, "sites[1] t: its id is taken"},
		"two organizations": {
			emulator.State{Organizations: []emulator.Organization{{Name: "o"}, {Name: "o"}}}, "organizations[1] o: its name is empty or taken",
		},
		"unknown organization": {
			emulator.State{Sites: []emulator.Site{{Name: "s", Organization: "o"}}}, "sites[0] s: organization o: there is no such organization",
		},
		"unknown supporter": {
			emulator.State{Sites: []emulator.Site{{Name: "s", Supporting: []string{"o"}}}},
			"sites[0] s: organization o: there is no such organization",
		},
		"unknown member": {
			emulator.State{Sites: []emulator.Site{{Name: "s", Members: map[string]string{"x": "admin"}}}},
			"sites[0] s: member x: there is no such account",
		},
		"bad environment": {
			emulator.State{Sites: []emulator.Site{{Name: "s", Environments: []string{"Dev"}}}},
			"sites[0] s: environment Dev: environments must match",
		},
		"account without email": {emulator.State{Accounts: []emulator.Account{{MachineTokens: []string{"t"}}}}, "accounts[0]: it has no email"},
		"accounts of one id":    {emulator.State{Accounts: []emulator.Account{{Email: "a"}, {Email: "a"}}}, "accounts[1]: its id is taken"},
		"accounts of one token": {
			emulator.State{Accounts: []emulator.Account{{Email: "a", MachineTokens: []string{"tok"}}, {Email: "b", MachineTokens: []string{"tok"}}}},
			"accounts[1]: a machine token is empty or taken",
		},
		"secret without value":   {emulator.State{Sites: site("A", emulator.Secret{})}, "site:s: secret A: the value is empty"},
		"secret of unknown type": {emulator.State{Sites: site("A", emulator.Secret{Type: "x", Value: "v"})}, "site:s: secret A: the type must be one of"},
		"secret of unknown scope": {
			emulator.State{Sites: site("A", emulator.Secret{Scopes: []string{"x"}, Value: "v"})}, "site:s: secret A: the scopes must be among",
		},
		"env secret of a bad name": {emulator.State{Sites: site("A-B", emulator.Secret{Type: "env", Value: "v"})}, "site:s: secret A-B: names of env secrets"},
		"name with an escape":      {emulator.State{Sites: site("A\x1b[2J", emulator.Secret{Value: "v"})}, `site:s: secret "A\x1b[2J": the name has`},
		"large value": {
			emulator.State{Sites: site("A", emulator.Secret{Value: strings.Repeat("v", 16385)})}, "site:s: secret A: the value has 16385 bytes",
		},
		"empty override": {
			emulator.State{Sites: site("A", emulator.Secret{Value: "v", Overrides: map[string]string{"live": ""}})},
			"site:s: secret A: override live: the value is empty",
		},
		"override of bad name": {
			emulator.State{Sites: site("A", emulator.Secret{Value: "v", Overrides: map[string]string{"Live": "v"}})},
			"site:s: secret A: override Live: environments must match",
		},
		"digest without salt": {
			emulator.State{Sites: site("A", emulator.Secret{ValueDigest: "aa"})}, "site:s: secret A: it has a digest, but the state has no salt",
		},
		"bad salt":   {emulator.State{Salt: "xyz"}, "salt: must be at least 16 bytes in hex"},
		"short salt": {emulator.State{Salt: "aabb"}, "salt: must be at least 16 bytes in hex"},
		"organization without value": {
			emulator.State{Organizations: []emulator.Organization{{Name: "o", Secrets: map[string]emulator.Secret{"A": {}}}}},
			"org:o: secret A: the value is empty",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := emulatortest.New(test.state, emulator.Options{})
			if err == nil || !strings.Contains(err.Error(), "load emulator state: "+test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}

func TestAllFaultsOfAStateAtOnce(t *testing.T) {
	_, err := emulatortest.New(emulator.State{Sites: []emulator.Site{{}, {Name: "s", Organization: "o"}}}, emulator.Options{})
	if err == nil || !strings.Contains(err.Error(), "sites[0]") || !strings.Contains(err.Error(), "sites[1]") {
		t.Errorf("error %v, want both faults", err)
	}
}

func TestSeedsMayHoldWhatCreatesMayNot(t *testing.T) {
	_, err := emulatortest.New(emulator.State{Sites: []emulator.Site{{Name: "s", Secrets: map[string]emulator.Secret{
		"A": {Type: "file", Scopes: []string{"ops"}, Value: "v"},
		"B": {Type: "vcs", Scopes: []string{"ic"}, Value: "v"},
	}}}}, emulator.Options{})
	if err != nil {
		t.Error(err)
	}
}

func TestNewCopiesItsState(t *testing.T) {
	state := fixture()
	if _, err := emulatortest.New(state, emulator.Options{}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(fixture(), state); diff != "" {
		t.Errorf("the caller's state has changed:\n%s", diff)
	}
}

func TestStateGoesRound(t *testing.T) {
	first := serve(t, emulator.Options{}).server
	second, err := emulatortest.New(first.State(), emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first.State(), second.State()); diff != "" {
		t.Errorf("state differs (-first +second):\n%s", diff)
	}
	if !second.Holds("site:shop", "API_KEY", "live", "api-live") || second.Holds("site:shop", "API_KEY", "live", "api-value") {
		t.Error("digests say something else after a round trip")
	}
}

func TestEqualValuesHaveUnequalDigests(t *testing.T) {
	server, err := emulatortest.New(emulator.State{Sites: []emulator.Site{{Name: "s", Secrets: map[string]emulator.Secret{
		"A": {Scopes: []string{"web"}, Value: "same", Overrides: map[string]string{"live": "same"}},
		"B": {Scopes: []string{"web"}, Value: "same"},
	}}}}, emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	secrets := server.State().Sites[0].Secrets
	if a, b := secrets["A"], secrets["B"]; a.ValueDigest == b.ValueDigest || a.ValueDigest == a.OverrideDigests["live"] {
		t.Error("digests show which values are equal")
	}
}

func TestInspectingNobody(t *testing.T) {
	server := serve(t, emulator.Options{}).server
	for _, ref := range []string{"site:nowhere", "org:shop", "shop", ""} {
		_, _, _, exists := server.Attributes(ref, "API_KEY")
		if exists || server.ID(ref) != "" || server.Names(ref) != nil || server.Holds(ref, "API_KEY", "", "api-value") {
			t.Errorf("%q names somebody", ref)
		}
	}
	if !server.Holds("site:"+server.ID("site:shop"), "API_KEY", "", "api-value") {
		t.Error("an id stands for the name")
	}
	if server.Holds("site:shop", "API_KEY", "test", "") || server.Holds("site:shop", "NONE", "", "") {
		t.Error("an absent value is held")
	}
}

func TestToken(t *testing.T) {
	for name, test := range map[string]struct {
		accounts []emulator.Account
		want     string
	}{
		"default": {nil, emulator.DefaultToken},
		"first":   {[]emulator.Account{{Email: "a"}, {Email: "b", MachineTokens: []string{"x", "y"}}}, "x"},
		"none":    {[]emulator.Account{{Email: "a"}}, ""},
	} {
		server, err := emulatortest.New(emulator.State{Accounts: test.accounts}, emulator.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if token := server.Token(); token != test.want {
			t.Errorf("%s: token %q, want %q", name, token, test.want)
		}
	}
}
