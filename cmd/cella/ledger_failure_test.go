package main

import (
	"net/http"
	"testing"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/pantheon/emulator/emulatortest"
)

const keyedManifest = `
version: 1
project: keyed
fingerprint_key: AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=
defaults: {type: runtime, scopes: [web]}
sites:
  one: {secrets: {A: {value: a}}}
`

const keyedLedger = "CELLA_LEDGER__KEYED"

// TestALedgerThatCannotBeWrittenIsToldByTheExitCode: a pipeline that sees 0
// believes that the next plan is quiet.
func TestALedgerThatCannotBeWrittenIsToldByTheExitCode(t *testing.T) {
	tests := map[string]struct {
		fault  emulatortest.Fault
		held   bool
		says   string
		reason string
	}{
		"announcement": {emulatortest.Fault{Method: http.MethodPost, Secret: keyedLedger}, false,
			"no secret was written here", "what is not recorded first is not written"},
		"conclusion": {emulatortest.Fault{Method: http.MethodPatch, Secret: keyedLedger}, true,
			"counts as this project's", "the secrets are written, and the ledger does not say so"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, threeSites())
			b.manifest(keyedManifest)
			test.fault.Times, test.fault.Status, test.fault.Body = -1, http.StatusTeapot, "no"
			b.server.Script(test.fault)
			got := b.cella("apply", "--auto-approve").must(t, exitPartial)
			says(t, got.stdout, "Not recorded in full", test.says, "Run apply again")
			if held := b.server.Holds("site:one", "A", "", "a"); held != test.held {
				t.Errorf("the secret is written: %v, want %v: %s", held, test.held, test.reason)
			}
			b.server.Script()
			b.cella("apply", "--auto-approve").must(t, exitOK)
			says(t, b.cella("plan", "--detailed-exitcode").must(t, exitOK).stdout, "No changes")
		})
	}
}

// TestRunIDsHaveThePlannedSize: a plan counts the writes to ledgers with an id
// of that size, and a chunk that is nearly full fits or not by a byte.
func TestRunIDsHaveThePlannedSize(t *testing.T) {
	seen := map[string]bool{}
	for range 10 {
		id := newRunID()
		if len(id) != ledger.RunIDBytes || seen[id] {
			t.Errorf("run id %q: want %d letters and digits, another each time", id, ledger.RunIDBytes)
		}
		seen[id] = true
	}
}
