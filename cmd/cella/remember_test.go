package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/pantheon/emulator"
	"github.com/cella-secrets/cella/pantheon/emulator/emulatortest"
)

const (
	idOfOne = "11111111-1111-4111-8111-111111111111"
	idOfTwo = "22222222-2222-4222-8222-222222222222"
)

// twins are two sites that a wrong id could mix up.
func twins() emulator.State {
	return emulator.State{Sites: []emulator.Site{{Name: "one", ID: idOfOne}, {Name: "two", ID: idOfTwo}}}
}

// withID is a manifest that gives the id of site one.
func withID(id string) string {
	return `
version: 1
project: proving
fingerprint_key: ` + testKey + `
defaults: {type: runtime, scopes: [web]}
sites:
  one: {id: ` + id + `, secrets: {A: {value: a}}}
`
}

func TestAnIDIsProvedOnce(t *testing.T) {
	b := newBench(t, twins())
	b.manifest(withID(idOfOne))
	b.cella("apply", "--auto-approve").must(t, exitOK)
	if made := requests(b)[emulator.FindSite]; made != 1 {
		t.Errorf("%d look-ups before there is a ledger, want 1", made)
	}
	b.cella("plan").must(t, exitOK)
	if made := requests(b)[emulator.FindSite]; made != 1 {
		t.Errorf("%d look-ups, want none once the ledger says that name and id belong together", made-1)
	}
}

func TestAnIDOfAnotherSiteIsRefused(t *testing.T) {
	b := newBench(t, twins())
	b.manifest(withID(idOfTwo))
	got := b.cella("apply", "--auto-approve").must(t, exitError)
	says(t, got.stderr, "cella: error: site:one: the id in the manifest is not that of the site of this name", "cella: hint: correct the name or the id")
	if made := countWrites(b); made > 0 {
		t.Errorf("%d writes were made to the wrong site", made)
	}
}

// TestARenamedSiteIsProvedAgain: the ledger knows the site by another name
// than the manifest does.
func TestARenamedSiteIsProvedAgain(t *testing.T) {
	b := newBench(t, twins())
	b.manifest(withID(idOfOne))
	b.cella("apply", "--auto-approve").must(t, exitOK)
	b.manifest(strings.Replace(withID(idOfOne), "one:", "two:", 1))
	got := b.cella("plan").must(t, exitError)
	says(t, got.stderr, "site:two: the id in the manifest is not that of the site of this name")
	if strings.Contains(got.stdout, "site:two: site:two") {
		t.Errorf("the plan names the site twice: %s", got.stdout)
	}
}

// TestWithoutAKeyAnIDIsProvedEachTime: no ledger vouches for it then.
func TestWithoutAKeyAnIDIsProvedEachTime(t *testing.T) {
	keyless := func(id string) string { return strings.Replace(withID(id), "fingerprint_key: "+testKey, "", 1) }
	b := newBench(t, twins())
	b.manifest(keyless(idOfOne))
	for want := 1; want <= 2; want++ {
		b.cella("apply", "--auto-approve").must(t, exitOK)
		if made := requests(b)[emulator.FindSite]; made != want {
			t.Errorf("%d look-ups after %d applies", made, want)
		}
	}
	before := countWrites(b)
	b.manifest(keyless(idOfTwo))
	for _, arguments := range [][]string{{"plan"}, {"plan", "--no-decrypt"}, {"apply", "--auto-approve"}, {"apply", "--auto-approve", "--target", "site:one"}} {
		got := b.cella(arguments[0], arguments[1:]...).must(t, exitError)
		says(t, got.stderr, "cella: error: site:one: the id in the manifest is not that of the site of this name", "cella: hint: correct the name or the id")
		if made := countWrites(b) - before; made > 0 {
			t.Fatalf("%v made %d writes to the wrong site", arguments, made)
		}
	}
	if names := b.server.Names("site:two"); len(names) > 0 {
		t.Errorf("the other site has %v now", names)
	}
}

// TestIDsInUpperCase: in the manifest, or in every reply, they mean the same.
func TestIDsInUpperCase(t *testing.T) {
	const id = "abcdefab-1111-4111-8111-abcdefabcdef"
	for name, test := range map[string]struct {
		manifest string
		fault    emulatortest.Fault
	}{
		"in the manifest":       {withID(strings.ToUpper(id)), emulatortest.Fault{}},
		"in the replies":        {withID(id), times(emulatortest.UpperCaseIDs(), -1)},
		"in replies alone":      {strings.Replace(withID(id), "id: "+id+",", "", 1), times(emulatortest.UpperCaseIDs(), -1)},
		"in both, by one field": {withID(strings.ToUpper(id)), times(emulatortest.UpperCaseIDs(), -1)},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, emulator.State{Sites: []emulator.Site{{Name: "one", ID: id}}})
			b.server.Script(test.fault)
			b.manifest(test.manifest)
			b.cella("apply", "--auto-approve").must(t, exitOK)
			says(t, b.cella("plan").must(t, exitOK).stdout, "No changes")
			// Its own ledger says the same in either case.
			b.manifest(withID(id))
			says(t, b.cella("plan").must(t, exitOK).stdout, "No changes")
		})
	}
}

func TestAnOwnerWithoutAccessIsAnError(t *testing.T) {
	b := newBench(t, threeSites())
	b.manifest(threeSitesManifest)
	b.server.Script(emulatortest.Fault{Operation: emulator.ListSecrets, Owner: "site:two", Times: -1, Status: http.StatusForbidden, Body: "no"})
	got := b.cella("plan").must(t, exitError)
	says(t, got.stdout, "three (site)", "site:two")
	says(t, got.stderr, "site:two", "cella: hint: the account of this token needs a role",
		"cella: hint: apply will write nothing while a site or organization cannot be read")
}
