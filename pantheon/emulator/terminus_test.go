package emulator_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/pantheon/emulator"
)

// What Terminus 3.6 with its secrets plugin 1.3 sends for each command, read
// from their source [client]: the order of the requests, their headers, their
// bodies, and which fields of the replies the code goes on with. SITE, ORG and
// USER stand for ids. %VALUE stands for a value, which Terminus puts into a
// header of every request of its command.
type terminusRequest struct {
	method string
	path   string
	body   string
	status int
	reads  []string // paths into the reply; "a.b=c" also wants the value c
}

type terminusCommand struct {
	line     string
	requests []terminusRequest
}

func terminusTrack() terminusRequest {
	return terminusRequest{"POST", "/api/track",
		`{"exit_code":0,"duration":"00:00:01","time_start":"2026-01-01 00:00:00","time_end":"2026-01-01 00:00:01"}`, 204, nil}
}

func terminusSite() []terminusCommand {
	const secrets = "/customer-secrets/v1/sites/SITE/secrets"
	name := terminusRequest{"GET", "/api/site-names/shop", "", 200, []string{"id=SITE"}}
	site := terminusRequest{"GET", "/api/sites/SITE?site_state=true", "", 200, []string{"id=SITE", "name=shop", "framework"}}
	environments := terminusRequest{"GET", "/api/sites/SITE/environments", "", 200, []string{"dev.php_version=83", "live.php_version=83"}}
	track := terminusTrack()
	return []terminusCommand{
		{"auth:login --machine-token=ada-token", []terminusRequest{
			{"POST", "/api/authorize/machine-token", `{"machine_token":"ada-token","client":"terminus"}`, 200, []string{"session", "user_id=USER", "expires_at"}},
			{"GET", "/api/users/USER", "", 200, []string{"id=USER", "email=ada@example.com", "profile.full_name"}},
			track,
		}},
		{"secret:site:list shop", []terminusRequest{
			name, site,
			{"GET", secrets + "/showall", "", 200, []string{"Secrets.BANNER.Type=runtime", "Secrets.BANNER.Scopes.0=user", "Secrets.BANNER.Value=banner-value",
				"Secrets.BANNER.EnvValues.test=banner-test", "Secrets.ORG_BANNER.OrgValues.default=banner-org"}},
			track,
		}},
		{"secret:site:set shop NEW %VALUE --type=runtime --scope=user,web", []terminusRequest{
			name, site, environments,
			{"POST", secrets, `{"name":"NEW","value":"%VALUE","type":"runtime","scopes":["user","web"]}`, 201, nil},
			track,
		}},
		{"secret:site:set shop NEW %VALUE2", []terminusRequest{
			name, site, environments,
			{"POST", secrets, `{"name":"NEW","value":"%VALUE2"}`, 400, []string{"~PATCH"}},
			{"PATCH", secrets + "/NEW", `{"value":"%VALUE2"}`, 200, nil},
			track,
		}},
		{"secret:site:set shop.live NEW %VALUE3", []terminusRequest{
			name, site, environments,
			{"PATCH", secrets + "/NEW", `{"value":"%VALUE3","env":"live"}`, 200, nil},
			track,
		}},
		{"secret:site:list shop.live", []terminusRequest{
			name, site,
			{"GET", secrets + "/showall", "", 200, []string{"Secrets.NEW.Value=%VALUE2", "Secrets.NEW.EnvValues.live=%VALUE3"}},
			track,
		}},
		{"secret:site:delete shop.live NEW", []terminusRequest{
			name, site,
			{"PATCH", secrets + "/NEW", `{"env":"live","value":null}`, 200, nil},
			track,
		}},
		{"secret:site:delete shop NEW", []terminusRequest{
			name, site,
			{"DELETE", secrets + "/NEW", "", 204, nil},
			track,
		}},
	}
}

func terminusOrganization() []terminusCommand {
	const organization = "/customer-secrets/v1/organizations/ORG/secrets"
	memberships := terminusRequest{"GET", "/api/users/USER/memberships/organizations?limit=100", "", 200,
		[]string{"0.id=ORG", "0.role", "0.organization.id=ORG", "0.organization.profile.name=The Agency", "0.organization.profile.machine_name=agency"}}
	track := terminusTrack()
	return []terminusCommand{
		{"secret:org:set agency NEW %VALUE --scope=user", []terminusRequest{
			memberships,
			{"POST", organization, `{"name":"NEW","value":"%VALUE","scopes":["user"]}`, 201, nil},
			track,
		}},
		{"secret:org:list agency", []terminusRequest{
			memberships,
			{"GET", organization, "", 200, []string{"Secrets.NEW.Type=runtime", "Secrets.NEW.Scopes.0=user", "Secrets.NEW.Value=%VALUE", "Secrets.NEW.EnvValues"}},
			track,
		}},
		{"secret:org:set agency NEW %VALUE2 --env=live", []terminusRequest{
			memberships,
			{"PATCH", organization + "/NEW", `{"value":"%VALUE2","env":"live"}`, 200, nil},
			track,
		}},
		{"org:site:list agency", []terminusRequest{
			memberships,
			{"GET", "/api/organizations/ORG/memberships/sites?limit=100", "", 200, []string{"0.id=SITE", "0.site.id=SITE", "0.site.name=shop", "0.tags.0=retail"}},
			track,
		}},
		{"secret:org:delete agency NEW", []terminusRequest{
			memberships,
			{"DELETE", organization + "/NEW", "", 204, nil},
			track,
		}},
	}
}

func TestTerminus(t *testing.T) {
	p := serve(t, emulator.Options{})
	before := p.server.State()
	listener := httptest.NewServer(p.server)
	defer listener.Close()
	replace := strings.NewReplacer(
		"SITE", p.server.ID("site:shop"), "ORG_BANNER", "ORG_BANNER", "ORG", p.server.ID("org:agency"), "USER", p.id, "%VALUE", "hunter",
	)
	for _, command := range append(terminusSite(), terminusOrganization()...) {
		t.Run(command.line, func(t *testing.T) {
			p.t = t
			for _, request := range command.requests {
				p.terminus(listener, command.line, request, replace)
			}
		})
	}
	if diff := cmp.Diff(before, p.server.State()); diff != "" {
		t.Errorf("everything that was set was deleted again, yet (-before +after):\n%s", diff)
	}
	for _, entry := range p.server.Log() {
		if strings.Contains(entry.Path+entry.Query+entry.Secret+entry.Env, "hunter") {
			t.Errorf("a value is in the log: %s %s", entry.Method, entry.Operation)
		}
	}
}

func (p person) terminus(listener *httptest.Server, line string, sent terminusRequest, replace *strings.Replacer) {
	p.t.Helper()
	request, err := http.NewRequestWithContext(p.t.Context(), sent.method, listener.URL+replace.Replace(sent.path), strings.NewReader(replace.Replace(sent.body)))
	if err != nil {
		p.t.Fatal(err)
	}
	for key, value := range map[string]string{
		"User-Agent":                      "Terminus/3.6.1 (php_version=8.3.3&script=bin/terminus)",
		"Accept":                          "application/json",
		"X-Pantheon-Trace-Id":             "a2e3e3e3-3e3e-3e3e-3e3e-3e3e3e3e3e3e",
		"X-Pantheon-Terminus-Command":     replace.Replace(line),
		"X-Pantheon-Terminus-Environment": `{"CI":false,"OS":"Linux"}`,
	} {
		request.Header.Set(key, value)
	}
	switch {
	case strings.HasPrefix(sent.path, "/customer-secrets/"):
		request.Header.Set("Authorization", p.session)
	case !strings.HasSuffix(sent.path, "machine-token"):
		request.Header.Set("Authorization", "Bearer "+p.session)
	}
	if sent.body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := listener.Client().Do(request)
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != sent.status {
		p.t.Fatalf("%s %s: status %d, want %d; %v", sent.method, sent.path, response.StatusCode, sent.status, err)
	}
	for _, read := range sent.reads {
		p.reads(string(body), replace.Replace(read))
	}
}

// reads checks one field as PHP's json_decode would reach it.
func (p person) reads(body, path string) {
	p.t.Helper()
	if part, isText := strings.CutPrefix(path, "~"); isText {
		if text, isString := parse(p.t, body).(string); !isString || !strings.Contains(text, part) {
			p.t.Errorf("reply %s, want a string with %s", body, part)
		}
		return
	}
	path, want, compared := strings.Cut(path, "=")
	value := parse(p.t, body)
	for _, key := range strings.Split(path, ".") {
		switch container := value.(type) {
		case map[string]any:
			value = container[key]
		case []any:
			value = nil
			if key == "0" && len(container) > 0 {
				value = container[0]
			}
		}
	}
	if value == nil || compared && value != want {
		p.t.Errorf("%s is %v, want %q", path, value, want)
	}
}
