package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/pantheon/emulator"
	"github.com/cella-secrets/cella/pantheon/emulator/emulatortest"
)

// threeSites is live state without secrets.
func threeSites() emulator.State {
	return emulator.State{
		Organizations: []emulator.Organization{{Name: "agency"}},
		Sites:         []emulator.Site{{Name: "one", Organization: "agency"}, {Name: "two"}, {Name: "three"}},
	}
}

const threeSitesManifest = `
version: 1
project: three
defaults: {type: runtime, scopes: [web]}
organizations:
  agency: {secrets: {A: {value: org-a}}}
sites:
  one: {secrets: {B: {value: one-b, overrides: {live: one-b-live}}, C: {value: one-c}}}
  three: {secrets: {B: {value: three-b}}}
  two: {secrets: {B: {value: two-b}}}
`

func TestAFailedSecretStopsNoOther(t *testing.T) {
	b := newBench(t, threeSites())
	b.manifest(threeSitesManifest)
	b.server.Script(emulatortest.Fault{Method: http.MethodPost, Owner: "site:one", Secret: "B", Times: -1, Status: http.StatusTeapot, Body: "no"})
	got := b.cella("apply", "--auto-approve", "--report", filepath.Join(b.dir, "report.json")).must(t, exitPartial)
	says(t, got.stdout, "site:one", "4 new; 1 failed", "418")
	for owner, names := range map[string]string{"org:agency": "A", "site:one": "C", "site:two": "B", "site:three": "B"} {
		if held := strings.Join(b.server.Names(owner), " "); held != names {
			t.Errorf("%s holds %q, want %q", owner, held, names)
		}
	}
	saved, err := os.ReadFile(filepath.Join(b.dir, "report.json"))
	if err != nil {
		t.Fatal(err)
	}
	says(t, string(saved), `"outcome": "failed"`, `"not_tried"`)

	// Once the cause is gone, running again resumes.
	b.server.Script()
	b.cella("apply", "--auto-approve").must(t, exitOK)
	if !b.server.Holds("site:one", "B", "live", "one-b-live") {
		t.Error("the override was not written by the second run")
	}
}

func TestTheFirstSignalFinishesTheSecretUnderWay(t *testing.T) {
	b := newBench(t, threeSites())
	b.manifest(threeSitesManifest)
	b.server.Script(emulatortest.Fault{Method: http.MethodPost, Owner: "site:one", Secret: "B", Call: func() {
		interruptSelf(t)
		b.stderr.Wait(t, "stopping")
	}})
	got := b.cella("apply", "--auto-approve", "--target", "site:one").must(t, exitInterrupted)
	says(t, got.stdout, "not tried")
	says(t, got.stderr, "finishing what is under way")
	if !b.server.Holds("site:one", "B", "live", "one-b-live") {
		t.Error("the secret under way was not finished: its override is missing")
	}
	if b.server.Holds("site:one", "C", "", "one-c") {
		t.Error("another secret was started after the signal")
	}
}

func TestTheSecondSignalStopsAtOnce(t *testing.T) {
	b := newBench(t, threeSites())
	b.manifest(threeSitesManifest)
	hold := make(chan struct{})
	t.Cleanup(func() { close(hold) })
	b.server.Script(emulatortest.Fault{Method: http.MethodPost, Owner: "site:one", Secret: "B", Call: func() {
		interruptSelf(t)
		b.stderr.Wait(t, "stopping")
		interruptSelf(t)
		<-hold
	}})
	got := b.cella("apply", "--auto-approve", "--target", "site:one").must(t, exitInterrupted)
	says(t, got.stdout, "site:one")
}

func TestASignalWhileReadingWritesNothing(t *testing.T) {
	b := newBench(t, threeSites())
	b.manifest(threeSitesManifest)
	hold := make(chan struct{})
	t.Cleanup(func() { close(hold) })
	b.server.Script(emulatortest.Fault{Operation: emulator.ListSecrets, Call: func() {
		interruptSelf(t)
		<-hold
	}})
	got := b.cella("apply", "--auto-approve").must(t, exitInterrupted)
	says(t, got.stderr, "cella: error: interrupted")
	if got.stdout != "" {
		t.Errorf("stdout = %q, want nothing", got.stdout)
	}
	for _, request := range b.server.Log() {
		if request.Method == http.MethodPatch || request.Method == http.MethodDelete || request.Operation == emulator.CreateSecret {
			t.Errorf("a write was sent: %s %s", request.Method, request.Path)
		}
	}
}

// A refused token is said at once, in the form that is no 401 too, and by which
// variable it came from.
func TestARefusedTokenIsSaidAtOnce(t *testing.T) {
	b := newBench(t, threeSites())
	b.manifest(threeSitesManifest)
	b.server.Script(emulatortest.Fault{
		Operation: emulator.SignIn, Times: -1, Status: http.StatusInternalServerError,
		Body: "Authorization failed. Please check that your machine token is valid.",
	})
	got := b.cella("plan").must(t, exitCredentials)
	says(t, got.stderr, "cella: error: sign in: the token in PANTHEON_MACHINE_TOKEN was refused (status 500)", "expire after 90 days")
	if requests := b.server.Log(); len(requests) != 1 {
		t.Errorf("%d requests, want 1: repeating cannot help", len(requests))
	}
}

func interruptSelf(t *testing.T) {
	self, err := os.FindProcess(os.Getpid())
	if err == nil {
		err = self.Signal(os.Interrupt)
	}
	if err != nil {
		t.Error(err)
	}
}

func TestCredentialsRejectedMidRunStopEverything(t *testing.T) {
	b := newBench(t, threeSites())
	b.manifest(threeSitesManifest)
	b.server.Script(
		emulatortest.Fault{Method: http.MethodPost, Secret: "A", ExpireSessions: true},
		emulatortest.Fault{Operation: emulator.SignIn, Skip: 1, Times: -1, Status: http.StatusUnauthorized, Body: "revoked"},
	)
	got := b.cella("apply", "--auto-approve").must(t, exitCredentials)
	says(t, got.stdout, "not tried")
	says(t, got.stderr, "old machine tokens can be revoked")
}

func TestTheReportFileIsProvedBeforeTheFirstRequest(t *testing.T) {
	b := newBench(t, threeSites())
	b.manifest(threeSitesManifest)
	got := b.cella("apply", "--auto-approve", "--report", filepath.Join(b.dir, "no", "such", "folder")).must(t, exitError)
	says(t, got.stderr, "open report", "make the folder first")
	if requests := b.server.Log(); len(requests) > 0 {
		t.Errorf("%d requests were made", len(requests))
	}
}

func TestALedgerThatCannotBeWrittenIsNoSuccess(t *testing.T) {
	b := newBench(t, mixedState())
	b.manifest(previousManifest)
	ledgerOfTwo := "CELLA_LEDGER__MIXED"
	b.server.Script(emulatortest.Fault{Method: http.MethodPatch, Owner: "site:two", Secret: ledgerOfTwo, Times: -1, Status: http.StatusTeapot, Body: "no"})
	got := b.cella("apply", "--auto-approve").must(t, exitPartial)
	says(t, got.stdout, "site:two", ledgerOfTwo)
	b.server.Script()
	b.cella("apply", "--auto-approve").must(t, exitOK)
	says(t, b.cella("plan", "--detailed-exitcode").must(t, exitOK).stdout, "No changes")
}
