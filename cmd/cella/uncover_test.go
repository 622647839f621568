package main

import (
	"strings"
	"testing"

	"github.com/cella-secrets/cella/pantheon/emulator"
	"github.com/cella-secrets/cella/pantheon/emulator/emulatortest"
)

// retiring is a manifest with one key of the organization, in front of which two
// sites are to lose their own.
const retiring = `
version: 1
project: mail
record: site:blog
fingerprint_key: ` + testKey + `
defaults: {type: runtime, scopes: [web]}
organizations:
  agency: {secrets: {KEY: {value: one, overrides: {live: one live}}}}
sites:
  blog: {secrets: {KEY: {retire: delete}}}
  shop: {secrets: {KEY: {retire: delete}}}
`

func twoKeys() emulator.State {
	key := func(value string) map[string]emulator.Secret {
		return map[string]emulator.Secret{"KEY": {Type: "runtime", Scopes: []string{"web"}, Value: value}}
	}
	return emulator.State{
		Organizations: []emulator.Organization{{Name: "agency"}},
		Sites: []emulator.Site{
			{Name: "blog", Organization: "agency", Secrets: key("blog key")}, {Name: "shop", Organization: "agency", Secrets: key("shop key")},
		},
	}
}

// TestApplyPutsBackWhatADeletionTook: should a site's deletion take the
// organization's secret, that is back before anything else happens, with its
// override, and the other site keeps its own.
func TestApplyPutsBackWhatADeletionTook(t *testing.T) {
	b := newBench(t, twoKeys())
	b.manifest(retiring)
	b.server.Script(emulatortest.TakesTooMuch())
	got := b.cella("apply", "--auto-approve").must(t, exitPartial)
	says(t, got.stdout, "Stopped: deleting KEY of site:blog deleted that of org:agency too, which was created again", "Tell Pantheon's support")
	if !b.server.Holds("org:agency", "KEY", "", "one") || !b.server.Holds("org:agency", "KEY", "live", "one live") {
		t.Error("the organization's secret is not back")
	}
	if !b.server.Holds("site:shop", "KEY", "", "shop key") {
		t.Error("the other site lost its own")
	}
	b.server.Script()
	b.cella("apply", "--auto-approve").must(t, 0)
	if len(b.server.Names("site:blog")) > 0 && b.server.Holds("site:blog", "KEY", "", "one") {
		t.Error("the site keeps what it was given for a moment")
	}
	quiet := b.cella("plan", "--detailed-exitcode").must(t, 0)
	says(t, quiet.stdout, "No changes")
}

// TestApplyUncoversWithTheRequestsAnnounced, in the change that gives the
// organization its key.
func TestApplyUncoversWithTheRequestsAnnounced(t *testing.T) {
	b := newBench(t, twoKeys())
	b.manifest(retiring)
	says(t, b.cella("plan").must(t, 0).stdout, "11 requests: 3 to read, 8 to apply")
	before := len(b.server.Log())
	got := b.cella("apply", "--auto-approve").must(t, 0)
	says(t, got.stdout, " 8 requests.")
	service := 0
	for _, request := range b.server.Log()[before:] {
		if strings.HasPrefix(request.Path, "/customer-secrets/") {
			service++
		}
	}
	if service != 11 {
		t.Errorf("%d requests to the secrets service, 11 announced", service)
	}
	says(t, b.cella("plan", "--detailed-exitcode").must(t, 0).stdout, "No changes")
}
