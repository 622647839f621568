package emulator_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/pantheon/emulator"
	"github.com/cella-secrets/cella/pantheon/emulator/emulatortest"
)

// fixture has what the rules tell apart: an owning and a supporting
// organization, a site of each kind of membership, hidden and readable secrets.
func fixture() emulator.State {
	return emulator.State{
		Accounts: []emulator.Account{
			{Email: "ada@example.com", MachineTokens: []string{"ada-token"}},
			{Email: "bob@example.com", MachineTokens: []string{"bob-token"}},
		},
		Organizations: []emulator.Organization{
			{Name: "agency", Label: "The Agency", Members: map[string]string{"ada@example.com": "admin"}, Secrets: map[string]emulator.Secret{
				"MAIL_KEY":   {Type: "runtime", Scopes: []string{"web"}, Value: "mail-org", Overrides: map[string]string{"live": "mail-org-live"}},
				"ORG_BANNER": {Type: "runtime", Scopes: []string{"user", "web"}, Value: "banner-org"},
				"SHARED":     {Type: "runtime", Scopes: []string{"user"}, Value: "shared-org"},
			}},
			{Name: "partner", Members: map[string]string{"bob@example.com": "developer"}, Secrets: map[string]emulator.Secret{
				"PARTNER_KEY": {Type: "runtime", Scopes: []string{"user"}, Value: "partner-value"},
			}},
		},
		Sites: []emulator.Site{
			{Name: "shop", Organization: "agency", Supporting: []string{"partner"}, Tags: []string{"retail"}, Secrets: map[string]emulator.Secret{
				"API_KEY": {Type: "runtime", Scopes: []string{"web"}, Value: "api-value", Overrides: map[string]string{"live": "api-live"}},
				"BANNER":  {Type: "runtime", Scopes: []string{"user", "web"}, Value: "banner-value", Overrides: map[string]string{"test": "banner-test"}},
				"SHARED":  {Type: "env", Scopes: []string{"ic"}, Value: "shared-site"},
			}},
			{Name: "blog", Framework: "wordpress", Members: map[string]string{"bob@example.com": "owner"}},
			{Name: "commons"},
		},
	}
}

// person sends requests as one signed-in account.
type person struct {
	t       *testing.T
	server  *emulatortest.Server
	client  *http.Client
	session string
	id      string
}

// serve makes a server of the fixture without a limit and signs ada in.
func serve(t *testing.T, options emulator.Options) person {
	t.Helper()
	if options.Limit == 0 {
		options.Limit = emulator.Unlimited
	}
	server, err := emulatortest.New(fixture(), options)
	if err != nil {
		t.Fatal(err)
	}
	return signIn(t, server, "ada-token")
}

func signIn(t *testing.T, server *emulatortest.Server, token string) person {
	t.Helper()
	p := person{t: t, server: server, client: &http.Client{Transport: server.Transport()}}
	status, body := p.do(http.MethodPost, "/api/authorize/machine-token", "", `{"machine_token":"`+token+`","client":"terminus"}`)
	var signedIn struct {
		Session string `json:"session"`
		UserID  string `json:"user_id"`
	}
	if err := json.Unmarshal([]byte(body), &signedIn); status != http.StatusOK || err != nil {
		t.Fatalf("sign in: status %d, %v", status, err)
	}
	p.session, p.id = signedIn.Session, signedIn.UserID
	return p
}

func (p person) send(method, path, authorization, body string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(p.t.Context(), method, "http://emulator"+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	if authorization != "" {
		request.Header.Set("Authorization", authorization)
	}
	return p.client.Do(request)
}

func (p person) do(method, path, authorization, body string) (int, string) {
	p.t.Helper()
	response, err := p.send(method, path, authorization, body)
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return response.StatusCode, string(data)
}

// get asks the base API; secrets the secrets service, for an owner given as
// site:NAME or org:NAME and what follows /secrets.
func (p person) get(path string) (int, string) {
	p.t.Helper()
	return p.do(http.MethodGet, path, "Bearer "+p.session, "")
}

func (p person) secrets(method, ref, rest, body string) (int, string) {
	p.t.Helper()
	return p.do(method, secretsPath(p.server, ref)+rest, p.session, body)
}

func secretsPath(server *emulatortest.Server, ref string) string {
	kind, _, _ := strings.Cut(ref, ":")
	segment := map[string]string{"site": "sites", "org": "organizations"}[kind]
	return "/customer-secrets/v1/" + segment + "/" + server.ID(ref) + "/secrets"
}

// parse decodes JSON for comparison.
func parse(t *testing.T, text string) any {
	t.Helper()
	var value any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatalf("not JSON: %v", err)
	}
	return value
}

// sameJSON compares two JSON texts.
func sameJSON(t *testing.T, got, want string) {
	t.Helper()
	if diff := cmp.Diff(parse(t, want), parse(t, got)); diff != "" {
		t.Errorf("reply differs (-want +got):\n%s", diff)
	}
}
