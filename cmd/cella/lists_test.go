package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/pantheon/emulator"
	"github.com/cella-secrets/cella/pantheon/emulator/emulatortest"
)

// TestTwoOrganizationsOfOneMachineName: neither is taken for the one that is
// meant.
func TestTwoOrganizationsOfOneMachineName(t *testing.T) {
	state := emulator.State{
		Organizations: []emulator.Organization{{Name: "agency", ID: idOfTwo}, {Name: "other", ID: idOfOne}},
		Sites:         []emulator.Site{{Name: "shop", Organization: "agency"}},
	}
	const manifest = `
version: 1
project: keyed
defaults: {type: runtime, scopes: [web]}
organizations: {agency: {secrets: {A: {value: a}}}}
sites: {shop: {secrets: {}}}
`
	twoOfThem := []string{
		"cella: error: org:agency: the account of this token is a member of 2 organizations of this name: " + idOfOne + ", " + idOfTwo,
		"cella: hint: write the UUID of the one that you mean in place of its name",
	}
	b := newBench(t, state)
	b.server.Script(times(emulatortest.SameMachineName("agency"), -1))
	b.manifest(manifest)
	for _, command := range [][]string{{"plan"}, {"apply", "--auto-approve"}, {"explain", "shop"}, {"import org", "agency"}} {
		says(t, b.cella(command[0], command[1:]...).must(t, exitError).stderr, twoOfThem...)
	}
	if made := countWrites(b); made > 0 {
		t.Errorf("%d writes were made", made)
	}
	b.manifest(strings.Replace(manifest, "agency:", idOfTwo+":", 1))
	b.cella("apply", "--auto-approve").must(t, exitOK)
	if names := b.server.Names("org:agency"); len(names) != 1 {
		t.Errorf("the one that was meant has %v", names)
	}
}

// TestOneIDForTwoNames: of two names that lead to one site, nothing is done.
func TestOneIDForTwoNames(t *testing.T) {
	site := func(id string) emulatortest.Fault {
		return emulatortest.Fault{Operation: emulator.FindSite, Times: -1, Edit: func([]byte) []byte { return []byte(`{"id":"` + id + `"}`) }}
	}
	b := newBench(t, twins())
	b.server.Script(site(strings.ToUpper(idOfOne)))
	b.manifest(`
version: 1
project: keyed
defaults: {type: runtime, scopes: [web]}
sites: {one: {secrets: {A: {value: a}}}, two: {secrets: {A: {value: a}}}}
`)
	for _, command := range [][]string{{"plan"}, {"apply", "--auto-approve"}} {
		says(t, b.cella(command[0], command[1:]...).must(t, exitError).stderr, "sites.two: this is the same site as one (8:3); keep one of them")
	}
	got := b.cella("import site", "one", "two").must(t, exitError)
	says(t, got.stderr, "cella: error: site:one and site:two have the same id: "+idOfOne, "cella: hint: name one of them only")

	b.server.Script(site("no-uuid"))
	says(t, b.cella("plan").must(t, exitError).stderr, "cella: error: find site:one: the id in the answer is not a UUID (status 200)")
	if made := countWrites(b); made > 0 {
		t.Errorf("%d writes were made", made)
	}
}

// TestImportOfAllSites takes the sites of every page, whatever a restart of
// paging makes of them, or none.
func TestImportOfAllSites(t *testing.T) {
	const n = 250
	state := emulator.State{Organizations: []emulator.Organization{{Name: "agency"}}}
	for i := range n {
		state.Sites = append(state.Sites, emulator.Site{Name: fmt.Sprintf("site-%03d", i), Organization: "agency"})
	}
	const manifest = "version: 1\nproject: keyed\nsites: {}\n"
	for name, test := range map[string]struct {
		times int // that paging restarts
		code  int
		sites int
	}{"once": {1, exitOK, n}, "twice": {2, exitOK, n}, "for ever": {-1, exitError, 0}} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, state)
			b.server.Script(times(emulatortest.PagingRestarts(), test.times))
			path := b.manifest(manifest)
			got := b.cella("import org", "agency", "--all-sites").must(t, test.code)
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if found := strings.Count(string(text), "site-"); found != test.sites {
				t.Errorf("%d sites in the manifest, want %d", found, test.sites)
			}
			if test.code != exitOK {
				says(t, got.stderr, "cella: error: list sites on org:agency: the pages of the list do not fit together", "nothing was written")
			}
		})
	}
}

// TestImportOfAListThatMayBeCut says so, and takes what there is.
func TestImportOfAListThatMayBeCut(t *testing.T) {
	b := newBench(t, emulator.State{Sites: []emulator.Site{{Name: "one", Secrets: map[string]emulator.Secret{
		"SHOWN": {Type: "runtime", Scopes: []string{"web"}, Value: "x"}, "LOST": {Type: "runtime", Scopes: []string{"web"}, Value: "x"},
	}}}})
	b.server.Script(emulatortest.CutList("LOST"))
	b.manifest("version: 1\nproject: keyed\nsites: {}\n")
	got := b.cella("import site", "one").must(t, exitOK)
	says(t, got.stderr, "cella: warning: site:one: Pantheon counts more secrets than it lists, so some may be missing: import again later")
	text, err := os.ReadFile(filepath.Join(b.dir, "secrets.yaml"))
	if err != nil || !strings.Contains(string(text), "SHOWN") {
		t.Errorf("the manifest lacks what was listed, %v", err)
	}
}

// TestALedgerThatIsNotInACutList was not read: nobody may act as if there were
// none.
func TestALedgerThatIsNotInACutList(t *testing.T) {
	b := newBench(t, twins())
	b.manifest(proofManifest(idOfOne, ""))
	b.cella("apply", "--auto-approve").must(t, exitOK)
	before := countWrites(b)
	lost := times(emulatortest.CutList(keyedLedger), -1)
	for _, command := range [][]string{{"plan"}, {"plan", "--no-decrypt"}, {"apply", "--auto-approve"}, {"explain", "one"}} {
		b.server.Script(lost)
		got := b.cella(command[0], command[1:]...).must(t, exitError)
		says(t, got.stderr, "cella: hint: run the command again",
			"site:one: Pantheon counts more secrets than it lists, so it cannot be said what cella last applied here")
	}
	b.manifest(strings.Replace(proofManifest(idOfOne, ""), "sites:\n  one: {", "sites:\n  one: {retire: release, ", 1))
	b.server.Script(lost)
	b.cella("apply", "--auto-approve").must(t, exitError)
	b.server.Script()
	if made := countWrites(b) - before; made > 0 {
		t.Errorf("%d writes were made", made)
	}
	b.manifest(proofManifest(idOfOne, ""))
	says(t, b.cella("plan").must(t, exitOK).stdout, "No changes")
}

// TestExplainOfACutList notes that secrets may be missing.
func TestExplainOfACutList(t *testing.T) {
	b := newBench(t, explainState())
	b.manifest("version: 1\nproject: keyed\nsites: {shop: {secrets: {}}}\n")
	b.server.Script(emulatortest.WrongCount(100), emulatortest.WrongCount(100))
	got := b.cella("explain", "shop").must(t, exitOK)
	says(t, got.stdout, "Pantheon counts more secrets of site:shop than it lists, so some may be missing here",
		"Pantheon counts more secrets of org:agency than it lists, so some may be missing here")
}

// TestAnApplyOnACutList: what is there after all is not overwritten, and not
// forgotten; the next whole list has nothing to do.
func TestAnApplyOnACutList(t *testing.T) {
	const two = `
version: 1
project: keyed
fingerprint_key: AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=
defaults: {type: runtime, scopes: [web]}
sites: {one: {secrets: {A: {value: a}, B: {value: b}}}}
`
	b := newBench(t, twins())
	b.manifest(two)
	b.cella("apply", "--auto-approve").must(t, exitOK)
	before := b.server.State()
	lost := times(emulatortest.CutList("A"), -1)

	b.server.Script(lost)
	got := b.cella("plan", "--detailed-exitcode").must(t, exitChanges)
	says(t, got.stdout, "[list-may-be-cut]", "+   A", "apply creates it, and fails if it is there", "1 new; 1 unchanged")
	b.server.Script(lost)
	got = b.cella("apply", "--auto-approve").must(t, exitPartial)
	says(t, got.stdout+got.stderr, "Pantheon refuses it as one that exists already, and its list, which may be cut, does not show it")
	for _, secret := range []string{"A", "B"} {
		if now, then := b.server.State().Sites[0].Secrets[secret], before.Sites[0].Secrets[secret]; now.ValueDigest != then.ValueDigest {
			t.Errorf("%s was written", secret)
		}
	}

	b.manifest(strings.Replace(two, "A: {value: a}, ", "", 1))
	b.server.Script(lost)
	got = b.cella("apply", "--auto-approve").must(t, exitOK)
	says(t, got.stdout, "1 secret left until the list is complete")
	b.server.Script()
	says(t, b.cella("plan").must(t, exitOK).stdout, "-   A", "1 delete") // it is still ours
	b.manifest(two)
	says(t, b.cella("plan").must(t, exitOK).stdout, "No changes")
}
