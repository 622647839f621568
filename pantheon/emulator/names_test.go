package emulator_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/pantheon/emulator"
)

func TestNamesAreDecodedOnce(t *testing.T) {
	for _, name := range []string{"a/b", "A?x=1", "A#1", "100%", "%41", "a%2Fb", "a+b", "é", "..", "showall", "A&B"} {
		t.Run(name, func(t *testing.T) {
			p := serve(t, emulator.Options{})
			for _, other := range []string{"A", "a"} {
				p.secrets(http.MethodPost, "site:commons", "", `{"name":"`+other+`","value":"keep"}`)
			}
			if status, body := p.secrets(http.MethodPost, "site:commons", "", `{"name":`+strconv.Quote(name)+`,"value":"v"}`); status != 201 {
				t.Fatalf("create: status %d, %s", status, body)
			}
			path := "/" + url.PathEscape(name)
			if status, body := p.secrets(http.MethodPatch, "site:commons", path, `{"env":"live","value":"w"}`); status != 200 {
				t.Fatalf("override: status %d, %s", status, body)
			}
			if !p.server.Holds("site:commons", name, "live", "w") {
				t.Error("the override went elsewhere")
			}
			log := p.server.Log()
			if last := log[len(log)-1]; last.Secret != name || !strings.HasSuffix(last.Path, path) {
				t.Errorf("logged secret %q, path %q", last.Secret, last.Path)
			}
			if status, _ := p.secrets(http.MethodDelete, "site:commons", path, ""); status != 204 {
				t.Errorf("delete: status %d", status)
			}
			if diff := cmp.Diff([]string{"A", "a"}, p.server.Names("site:commons")); diff != "" {
				t.Errorf("names left (-want +got):\n%s", diff)
			}
		})
	}
}

func TestUnescapedQuestionMarkDeletesAnother(t *testing.T) {
	p := serve(t, emulator.Options{})
	p.secrets(http.MethodPost, "site:commons", "", `{"name":"A","value":"v"}`)
	p.secrets(http.MethodPost, "site:commons", "", `{"name":"A?x=1","value":"v"}`)
	p.secrets(http.MethodDelete, "site:commons", "/A?x=1", "") // as Terminus sends it
	if diff := cmp.Diff([]string{"A?x=1"}, p.server.Names("site:commons")); diff != "" {
		t.Errorf("names left (-want +got):\n%s", diff)
	}
}

func TestPermission(t *testing.T) {
	server := serve(t, emulator.Options{}).server
	tests := map[string]struct {
		token, ref string
		status     int
		reason     string
	}{
		"by organization":            {"ada-token", "site:shop", 200, "ada is in its organization"},
		"by supporting organization": {"bob-token", "site:shop", 200, "bob is in a supporting one"},
		"direct":                     {"bob-token", "site:blog", 200, "bob is in its team"},
		"neither":                    {"ada-token", "site:blog", 403, "ada is neither"},
		"everyone's":                 {"ada-token", "site:commons", 200, "it has neither team nor organization"},
		"organization":               {"ada-token", "org:agency", 200, "a member"},
		"other organization":         {"ada-token", "org:partner", 403, "no member"},
		"unknown":                    {"ada-token", "site:nowhere", 404, "no such id"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := signIn(t, server, test.token)
			base := secretsPath(server, test.ref)
			if test.status == 404 {
				base = "/customer-secrets/v1/sites/no-such-id/secrets"
			}
			list := base
			if strings.HasPrefix(test.ref, "site:") {
				list += "/showall"
			}
			if status, _ := p.do(http.MethodGet, list, p.session, ""); status != test.status {
				t.Errorf("list: status %d, want %d: %s", status, test.status, test.reason)
			}
			if test.status == 200 {
				return
			}
			for method, path := range map[string]string{http.MethodPost: base, http.MethodPatch: base + "/A", http.MethodDelete: base + "/A"} {
				if status, _ := p.do(method, path, p.session, `{"name":"A","value":"v"}`); status != test.status {
					t.Errorf("%s: status %d, want %d: %s", method, status, test.status, test.reason)
				}
			}
		})
	}
}
