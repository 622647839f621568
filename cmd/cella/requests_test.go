package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/pantheon/emulator"
	"github.com/cella-secrets/cella/plan"
)

// fleet is 150 organizations and three sites whose secrets need every kind of
// change.
func fleet() emulator.State {
	var state emulator.State
	for i := range 150 {
		state.Organizations = append(state.Organizations, emulator.Organization{Name: fmt.Sprintf("agency-%03d", i)})
	}
	state.Sites = []emulator.Site{
		{Name: "one"},
		{Name: "two", Secrets: map[string]emulator.Secret{
			"CHANGED":  {Type: "runtime", Scopes: []string{"user", "web"}, Value: "old", Overrides: map[string]string{"dev": "drop", "live": "same"}},
			"REPLACED": {Type: "runtime", Scopes: []string{"ic"}, Value: "old", Overrides: map[string]string{"live": "old"}},
			"SAME":     {Type: "runtime", Scopes: []string{"user", "web"}, Value: "same"},
		}},
		{Name: "three", ID: "33333333-3333-4333-8333-333333333333"},
	}
	return state
}

const fleetManifest = `
version: 1
project: fleet
defaults: {type: runtime, scopes: [user, web]}
organizations:
  agency-140: {secrets: {}}
  agency-141: {secrets: {}}
sites:
  one: {secrets: {CREATED: {value: a, overrides: {dev: b, live: c}}}}
  two:
    secrets:
      CHANGED: {value: new, overrides: {live: same, test: added}, drop_overrides: [dev]}
      REPLACED: {value: new, replace: true, overrides: {live: new, test: new}}
      SAME: {value: same}
  three: {id: 33333333-3333-4333-8333-333333333333, secrets: {}}
`

// planRequests are those of one plan of fleetManifest.
var planRequests = map[emulator.Operation]int{
	emulator.SignIn:            1,
	emulator.FindSite:          3, // three has an id, which one look-up proves to be its own
	emulator.ListOrganizations: 2, // pages of 100, once for both organizations
	emulator.ListSecrets:       5,
	emulator.ReadSite:          2, // what runs one and two; three has no secret that it matters for
}

func TestAPlanMakesNoRequestTooMany(t *testing.T) {
	b := newBench(t, fleet())
	b.manifest(fleetManifest)
	b.cella("plan").must(t, exitOK)
	if diff := cmp.Diff(planRequests, requests(b)); diff != "" {
		t.Errorf("requests of a plan (-want +got):\n%s", diff)
	}
}

func TestAnApplyMakesOneRequestPerChange(t *testing.T) {
	b := newBench(t, fleet())
	b.manifest(fleetManifest)
	announced := announcement(t, b)
	before := requests(b)
	b.cella("apply", "--auto-approve").must(t, exitOK)
	made := requests(b)
	for operation, n := range before {
		made[operation] -= n
	}
	want := maps.Clone(planRequests)
	maps.Copy(want, map[emulator.Operation]int{
		emulator.CreateSecret:   2,         // CREATED, REPLACED
		emulator.DeleteSecret:   1,         // REPLACED
		emulator.SetDefault:     1,         // CHANGED
		emulator.SetOverride:    2 + 1 + 2, // CREATED, CHANGED, REPLACED
		emulator.RemoveOverride: 1,         // CHANGED
	})
	if diff := cmp.Diff(want, made); diff != "" {
		t.Errorf("requests of an apply (-want +got):\n%s", diff)
	}
	service := made[emulator.ListSecrets] + 2 + 1 + 1 + 5 + 1
	if announced != service {
		t.Errorf("the plan announced %d requests to the secrets service, %d were made", announced, service)
	}
	if quiet := announcement(t, b); quiet != 5 {
		t.Errorf("a quiet plan announces %d requests, want its 5 lists", quiet)
	}
}

func announcement(t *testing.T, b *bench) int {
	t.Helper()
	var p plan.Plan
	if err := json.Unmarshal([]byte(b.cella("plan", "--format", "json").must(t, exitOK).stdout), &p); err != nil {
		t.Fatal(err)
	}
	return p.Requests.Secrets
}

// requests counts what the emulator received, by operation.
func requests(b *bench) map[emulator.Operation]int {
	counts := map[emulator.Operation]int{}
	for _, request := range b.server.Log() {
		counts[request.Operation]++
	}
	return counts
}
