package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/internal/testkit"
	"github.com/cella-secrets/cella/pantheon/emulator"
	"github.com/cella-secrets/cella/pantheon/emulator/emulatortest"
	"github.com/cella-secrets/cella/secret"
)

// testKey is a fingerprint key for tests: 32 bytes in base64.
const testKey = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

// mixedState has what nobody manages beside what the manifests will manage.
func mixedState() emulator.State {
	unmanaged := map[string]emulator.Secret{
		"UNMANAGED": {Type: "runtime", Scopes: []string{"web"}, Value: "theirs", Overrides: map[string]string{"live": "theirs-live"}},
	}
	return emulator.State{
		Organizations: []emulator.Organization{{Name: "agency", Secrets: unmanaged}},
		Sites: []emulator.Site{
			{Name: "one", Organization: "agency", Secrets: unmanaged},
			{Name: "two", Secrets: unmanaged},
		},
	}
}

// previousManifest is applied first, nextManifest is what gets interrupted:
// from one to the other everything happens to somebody.
const previousManifest = `
version: 1
project: mixed
fingerprint_key: ` + testKey + `
record: site:one
defaults: {type: runtime, scopes: [web]}
organizations:
  agency:
    secrets:
      CHANGED: {value: old}
      DELETED: {value: old, overrides: {live: old}}
      SAME: {value: same}
sites:
  one:
    secrets:
      CHANGED: {value: old, overrides: {dev: old, live: old}}
      DELETED: {value: old}
      REPLACED: {value: old, overrides: {live: old}}
      SAME: {value: same, overrides: {live: same}}
  two:
    secrets:
      READABLE: {scopes: [user, web], value: old}
`

const nextManifest = `
version: 1
project: mixed
fingerprint_key: ` + testKey + `
record: site:one
defaults: {type: runtime, scopes: [web]}
organizations:
  agency:
    secrets:
      CHANGED: {value: new}
      CREATED: {value: new, overrides: {live: new}}
      SAME: {value: same}
sites:
  one:
    secrets:
      CHANGED: {value: new, overrides: {live: new, test: new}}
      CREATED: {value: new}
      REPLACED: {scopes: [ic], value: new, overrides: {live: new, dev: new}}
      SAME: {value: same, overrides: {live: same}}
  two:
    secrets:
      ADDED: {value: new}
      READABLE: {scopes: [user, web], value: new}
`

// TestAKillAtAnyRequestLosesNothing kills the process at each request of an
// apply, before and after the request takes effect. Then the same, or the
// previous manifest is applied: what is live is what that manifest says, what
// nobody manages is as it was, and the plan is quiet.
func TestAKillAtAnyRequestLosesNothing(t *testing.T) {
	startsPrograms(t)
	total := requestsOfTheApply(t)
	for n := range total {
		for _, effect := range []bool{false, true} {
			for name, manifest := range map[string]string{"same": nextManifest, "previous": previousManifest} {
				t.Run(fmt.Sprintf("request %d, took effect %v, then the %s manifest", n+1, effect, name), func(t *testing.T) {
					b := newBench(t, mixedState())
					b.manifest(previousManifest)
					b.cella("apply", "--auto-approve").must(t, exitOK)
					theirs := unmanagedOf(b)
					b.manifest(nextManifest)
					killAt(t, b, n, effect)
					b.server.Script()
					b.manifest(manifest)
					b.cella("apply", "--auto-approve").must(t, exitOK)
					matches(t, b, manifest)
					if diff := cmp.Diff(theirs, unmanagedOf(b)); diff != "" {
						t.Errorf("what nobody manages was touched (-before +after):\n%s", diff)
					}
					quiet := b.cella("plan", "--detailed-exitcode").must(t, exitOK)
					says(t, quiet.stdout, "No changes")
				})
			}
		}
	}
}

// requestsOfTheApply counts the requests of the apply that is interrupted.
func requestsOfTheApply(t *testing.T) int {
	b := newBench(t, mixedState())
	b.manifest(previousManifest)
	b.cella("apply", "--auto-approve").must(t, exitOK)
	b.manifest(nextManifest)
	before := len(b.server.Log())
	b.cella("apply", "--auto-approve").must(t, exitOK)
	matches(t, b, nextManifest)
	return len(b.server.Log()) - before
}

// killAt runs apply as a process and kills it at its request n, counted from
// 0; effect says whether that request takes effect.
func killAt(t *testing.T, b *bench, n int, effect bool) {
	t.Helper()
	killOn(t, b, emulatortest.Fault{Skip: n, Effect: effect})
}

// applying is an apply as a process.
func applying(b *bench, flags ...string) *exec.Cmd {
	args := []string{"apply", "--auto-approve", "--file", filepath.Join(b.dir, "secrets.yaml"), "--api", b.url, "--rate", "100000"}
	command := testkit.Command(b, "cella", append(args, flags...)...)
	command.Env = append(asMerged(os.Environ()), "PANTHEON_MACHINE_TOKEN="+b.server.Token())
	return command
}

// killOn kills it at the request that the fault is for.
func killOn(t *testing.T, b *bench, fault emulatortest.Fault) {
	t.Helper()
	command := applying(b)
	started := make(chan *os.Process, 1)
	fault.Cut, fault.Call = true, func() {
		if err := (<-started).Kill(); err != nil {
			t.Error(err)
		}
	}
	b.server.Script(fault)
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	started <- command.Process
	if err := command.Wait(); err == nil || command.ProcessState.Exited() {
		t.Fatalf("the process was not killed: %v", err)
	}
	b.traffic.under.Wait() // what had been sent may still take effect
}

// matches fails the test unless what is live is what the manifest says: names
// and attributes, values and overrides, hidden ones too.
func matches(t *testing.T, b *bench, manifest string) {
	t.Helper()
	for _, owner := range compiled(t, b, manifest) {
		ref := owner.Owner.Address()
		var want []string
		for _, s := range owner.Secrets {
			name := string(s.Name)
			want = append(want, name)
			kind, scopes, envs, _ := b.server.Attributes(ref, name)
			var wantEnvs []string
			for _, o := range s.Overrides {
				wantEnvs = append(wantEnvs, string(o.Env))
				if !b.server.Holds(ref, name, string(o.Env), o.Value.Reveal()) {
					t.Errorf("%s %s for %s is not the manifest's", ref, name, o.Env)
				}
			}
			if !b.server.Holds(ref, name, "", s.Value.Reveal()) {
				t.Errorf("%s %s is not the manifest's", ref, name)
			}
			if kind != string(s.Type) || strings.Join(scopes, ", ") != s.Scopes.String() || !slices.Equal(envs, wantEnvs) {
				t.Errorf("%s %s is %s %v with overrides %v", ref, name, kind, scopes, envs)
			}
		}
		names := slices.DeleteFunc(b.server.Names(ref), func(name string) bool {
			return secret.Name(name).Reserved() || name == "UNMANAGED"
		})
		if diff := cmp.Diff(want, names); diff != "" {
			t.Errorf("secrets of %s (-manifest +live):\n%s", ref, diff)
		}
	}
}

// unmanagedOf returns all that nobody manages, values as digests.
func unmanagedOf(b *bench) []emulator.Secret {
	state := b.server.State()
	found := []emulator.Secret{state.Organizations[0].Secrets["UNMANAGED"]}
	for _, site := range state.Sites {
		found = append(found, site.Secrets["UNMANAGED"])
	}
	return found
}

// TestAnInterruptedTakeOverDeletesNothing: a secret that was live before, and
// nobody's, was about to be taken over. Going back leaves it as it was.
func TestAnInterruptedTakeOverDeletesNothing(t *testing.T) {
	b := newBench(t, mixedState())
	b.manifest(previousManifest)
	b.cella("apply", "--auto-approve").must(t, exitOK)
	b.manifest(strings.Replace(previousManifest, "      READABLE:", "      UNMANAGED: {value: ours, overrides: {live: ours}}\n      READABLE:", 1))
	theirs := unmanagedOf(b)
	killOn(t, b, emulatortest.Fault{Owner: "site:two", Secret: "UNMANAGED"})
	b.server.Script()
	b.manifest(previousManifest)
	got := b.cella("apply", "--auto-approve").must(t, exitOK)
	says(t, got.stdout, "x   UNMANAGED", "it was there before an apply that was interrupted")
	if diff := cmp.Diff(theirs, unmanagedOf(b)); diff != "" {
		t.Errorf("what was nobody's was touched (-before +after):\n%s", diff)
	}
	says(t, b.cella("plan", "--detailed-exitcode").must(t, exitOK).stdout, "No changes")
}
