package main

import (
	"path/filepath"
	"testing"

	"github.com/cella-secrets/cella/pantheon/emulator"
)

const (
	oneID = "11111111-1111-4111-8111-111111111111"
	twoID = "22222222-2222-4222-8222-222222222222"
)

// torn is a ledger's secret that was damaged; it lists no names.
var torn = map[string]emulator.Secret{keyedLedger: {Type: "runtime", Scopes: []string{"user"}, Value: "junk"}}

func proofManifest(id, more string) string {
	return `
version: 1
project: keyed
fingerprint_key: AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=
defaults: {type: runtime, scopes: [web]}
sites:
  one: {id: ` + id + `, ` + more + `secrets: {A: {value: a}}}
`
}

// TestNameAndIDAreProvedToBelongTogether: the id of another site, copied into
// the manifest, must not lead to that site's secrets, or to its ledger.
func TestNameAndIDAreProvedToBelongTogether(t *testing.T) {
	state := func(ledgers map[string]emulator.Secret) emulator.State {
		return emulator.State{Sites: []emulator.Site{{Name: "one", ID: oneID, Secrets: ledgers}, {Name: "two", ID: twoID, Secrets: ledgers}}}
	}
	tests := map[string]struct {
		ledgers map[string]emulator.Secret
		id      string
		more    string
		code    int
		lookUps int
		reason  string
	}{
		"no ledger yet":                 {nil, oneID, "", exitOK, 1, "one look-up proves it"},
		"no ledger yet, another site":   {nil, twoID, "", exitError, 1, "that site is not this one"},
		"a ledger given up":             {torn, oneID, "reset_ledger: true, ", exitOK, 1, "it proves nothing"},
		"another site's given up":       {torn, twoID, "reset_ledger: true, ", exitError, 1, "it is not ours to give up"},
		"a damaged ledger":              {torn, oneID, "", exitRefused, 1, "refused, for what it is"},
		"a damaged one of another site": {torn, twoID, "", exitError, 1, "the id is what has to be mended"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, state(test.ledgers))
			b.manifest(proofManifest(test.id, test.more))
			got := b.cella("plan")
			if got.code != test.code {
				t.Errorf("exit code = %d, want %d: %s\n%s%s", got.code, test.code, test.reason, got.stdout, got.stderr)
			}
			if made := requests(b)[emulator.FindSite]; made != test.lookUps {
				t.Errorf("%d look-ups, want %d", made, test.lookUps)
			}
			if test.code == exitError {
				says(t, got.stderr, "the id in the manifest is not that of the site of this name", "cella: hint: correct the name or the id")
			}
		})
	}
}

// TestAProofIsNeededOnce: the ledger remembers the name that was proved.
func TestAProofIsNeededOnce(t *testing.T) {
	b := newBench(t, emulator.State{Sites: []emulator.Site{{Name: "one", ID: oneID}}})
	b.manifest(proofManifest(oneID, ""))
	b.cella("apply", "--auto-approve").must(t, exitOK)
	before := requests(b)[emulator.FindSite]
	says(t, b.cella("plan").must(t, exitOK).stdout, "No changes")
	if made := requests(b)[emulator.FindSite] - before; made > 0 {
		t.Errorf("%d look-ups for what the ledger says", made)
	}
}

// TestASavedPlanCoversLedgers: what happens to a ledger as a whole is approved
// like everything else, also where no secret changes with it.
func TestASavedPlanCoversLedgers(t *testing.T) {
	const empty = `
version: 1
project: keyed
fingerprint_key: AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=
sites: {one: {reset_ledger: true, secrets: {}}}
`
	b := newBench(t, emulator.State{Sites: []emulator.Site{{Name: "one", ID: oneID}}})
	b.manifest(empty)
	file := filepath.Join(b.dir, "plan.json")
	says(t, b.cella("plan", "--out", file).must(t, exitOK).stdout, "No changes")

	other := newBench(t, emulator.State{Sites: []emulator.Site{{Name: "one", ID: oneID, Secrets: torn}}})
	b.url = other.url // the ledger was damaged meanwhile
	got := b.cella("apply", file).must(t, exitStale)
	says(t, got.stderr, "the saved plan is stale", keyedLedger)
	if made := countWrites(other); made > 0 {
		t.Errorf("%d writes were made", made)
	}
}
