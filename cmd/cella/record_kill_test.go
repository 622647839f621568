package main

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/ledger/project"
	"github.com/cella-secrets/cella/pantheon/emulator"
	"github.com/cella-secrets/cella/secret"
)

// fourSites have what nobody manages beside what the manifests will manage.
func fourSites() emulator.State {
	state := emulator.State{}
	for _, name := range []string{"four", "one", "three", "two"} {
		state.Sites = append(state.Sites, emulator.Site{Name: name, Secrets: map[string]emulator.Secret{
			"UNMANAGED": {Type: "runtime", Scopes: []string{"web"}, Value: "theirs"},
		}})
	}
	return state
}

const recordHead = `
version: 1
project: mixed
fingerprint_key: ` + testKey + `
policy: {max_delete_percent: 100}
defaults: {type: runtime, scopes: [web]}
`

// wasOwners is applied first, nowOwners is what gets interrupted: the home moves
// to a site that joins, the former home and another one leave, and one is
// deleted.
const wasOwners = recordHead + `
record: site:one
sites:
  one: {secrets: {A: {value: old}}}
  two: {secrets: {A: {value: old}, B: {value: old}}}
  three: {secrets: {A: {value: old}}}
`

const nowOwners = recordHead + `
record: site:four
sites:
  four: {secrets: {A: {value: new}}}
  one: {retire: release}
  three: {secrets: {A: {value: new}}}
  two: {retire: delete}
`

// oneLeft is wasOwners without one, the home, which is another site now.
func oneLeft(home string) string {
	without := strings.Replace(wasOwners, "  one: {secrets: {A: {value: old}}}\n", "", 1)
	return strings.Replace(without, "record: site:one", "record: "+home, 1)
}

// nowStays are the sites that stay then.
var nowStays = strings.NewReplacer("  one: {retire: release}\n", "", "  two: {retire: delete}\n", "").Replace(nowOwners)

// fourLeaves is what a reviewer says who takes it all back.
var fourLeaves = strings.Replace(wasOwners, "sites:\n", "sites:\n  four: {retire: delete}\n", 1)

// TestAKillForgetsNoOwner kills the process at each write of an apply in which
// owners join and leave and the home moves, before and after the request takes
// effect. No ledger is outside of the record then. The same manifest, or the one
// before, ends with a plan that is quiet, and deletes nothing that it does not
// say; an owner that only the other one names is not forgotten.
func TestAKillForgetsNoOwner(t *testing.T) {
	startsPrograms(t)
	reads, total := ownersRequests(t)
	for n := reads; n < total; n++ {
		for _, effect := range []bool{false, true} {
			for _, back := range []bool{false, true} {
				t.Run(fmt.Sprintf("request %d, took effect %v, then back %v", n+1, effect, back), func(t *testing.T) {
					b := ownersBench(t)
					theirs := onlyUnmanaged(b)
					killAt(t, b, n, effect)
					b.server.Script()
					ledgersInRecord(t, b)
					if back {
						goBack(t, b)
					} else {
						b.cella("apply", "--auto-approve").must(t, exitOK)
						matches(t, b, nowStays)
						if !slices.Contains(b.server.Names("site:one"), "A") || slices.Contains(b.server.Names("site:two"), "A") {
							t.Error("what was released is not there, or what was deleted is")
						}
					}
					if diff := cmp.Diff(theirs, onlyUnmanaged(b)); diff != "" {
						t.Errorf("what nobody manages was touched (-before +after):\n%s", diff)
					}
					ledgersInRecord(t, b)
					says(t, b.cella("plan", "--detailed-exitcode").must(t, exitOK).stdout, "No changes")
				})
			}
		}
	}
}

// goBack applies the manifest before. Where site:four is ours already it is named,
// and goes once somebody says so.
func goBack(t *testing.T, b *bench) {
	t.Helper()
	b.manifest(wasOwners)
	got := b.cella("apply", "--auto-approve")
	if got.code == exitRefused {
		says(t, got.stdout, "! site:four [owner-left] refused: it is no longer in the manifest")
		b.manifest(fourLeaves)
		b.cella("apply", "--auto-approve").must(t, exitOK)
		b.manifest(wasOwners)
	} else {
		got.must(t, exitOK)
	}
	matches(t, b, wasOwners)
	left := slices.DeleteFunc(b.server.Names("site:four"), func(name string) bool { return name == "UNMANAGED" })
	if len(left) > 0 {
		t.Errorf("site:four has %v, and nobody looks after it", left)
	}
}

// ownersBench is about to apply nowOwners.
func ownersBench(t *testing.T) *bench {
	b := newBench(t, fourSites())
	b.manifest(wasOwners)
	b.cella("apply", "--auto-approve").must(t, exitOK)
	b.manifest(nowOwners)
	return b
}

// ownersRequests counts the requests of that apply, and those before its first
// write.
func ownersRequests(t *testing.T) (reads, total int) {
	b := ownersBench(t)
	before := len(b.server.Log())
	b.cella("apply", "--auto-approve").must(t, exitOK)
	requests := b.server.Log()[before:]
	writes := func(method string) bool { return method != http.MethodGet }
	for reads = 1; reads < len(requests) && !writes(requests[reads].Method); reads++ { // the first one signs in
	}
	return reads, len(requests)
}

// listsOf are the lists of all sites, as far as they can be read.
func listsOf(b *bench) []secret.Live {
	var lists []secret.Live
	for _, site := range b.server.State().Sites {
		live := secret.Live{Owner: secret.Owner{Kind: secret.Site, Name: site.Name, ID: site.ID}}
		for _, name := range slices.Sorted(maps.Keys(site.Secrets)) {
			s := site.Secrets[name]
			if !secret.Name(name).Reserved() {
				continue
			}
			live.Secrets = append(live.Secrets, secret.LiveSecret{
				Name: secret.Name(name), Type: ledger.Type, Scopes: ledger.Scopes(), Value: secret.Read(secret.NewValue(s.Value)),
			})
		}
		lists = append(lists, live)
	}
	return lists
}

// ledgersInRecord wants every ledger of the project to be in its record.
func ledgersInRecord(t *testing.T, b *bench) {
	t.Helper()
	keys, err := ledger.DeriveKeys(secret.NewValue(testKey), secret.Value{})
	if err != nil {
		t.Fatal(err)
	}
	var books []project.Record
	lists := listsOf(b)
	if len(lists) == 0 {
		t.Fatal("nothing is live")
	}
	for _, live := range lists {
		books = append(books, project.Find(live, "mixed", nil, keys)...)
	}
	rows, _ := project.Unite(books...)
	for _, live := range lists {
		has := slices.ContainsFunc(rows, func(o secret.Owner) bool { return o.ID == live.Owner.ID })
		if own := ledger.ReadAll(live, "mixed", nil, keys).Own; own.Status != ledger.None && !has {
			t.Errorf("%s has a ledger (%s) and is not in the record: %v", live.Owner, own.Status, rows)
		}
	}
}

// onlyUnmanaged is what nobody manages, values as digests.
func onlyUnmanaged(b *bench) map[string]emulator.Secret {
	found := map[string]emulator.Secret{}
	for _, site := range b.server.State().Sites {
		found[site.Name] = site.Secrets["UNMANAGED"]
	}
	return found
}
