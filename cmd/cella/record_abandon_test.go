package main

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/pantheon/emulator"
	"github.com/cella-secrets/cella/pantheon/emulator/emulatortest"
)

// TestAbandon: only what can't be read, and surely not for a moment, is let go of
// unread. A site that went away with its client is; one that has another name is
// not.
func TestAbandon(t *testing.T) {
	gone := func(state *emulator.State) {
		state.Sites = slices.Delete(state.Sites, siteNamed(*state, "two"), siteNamed(*state, "two")+1)
	}
	renamed := func(state *emulator.State) { state.Sites[siteNamed(*state, "two")].Name = "two-renamed" }
	stays := func(*emulator.State) {}
	list := func(status int) []emulatortest.Fault {
		return []emulatortest.Fault{{Operation: emulator.ListSecrets, Owner: "site:two", Status: status, Times: -1}}
	}
	declared := strings.Replace(wasOwners, "two: {secrets: {A: {value: old}, B: {value: old}}}", "two: {retire: abandon}", 1)
	tests := map[string]struct {
		change func(*emulator.State)
		faults []emulatortest.Fault
		code   int
		says   string
	}{
		"gone":      {gone, nil, exitOK, "no longer lists site:two"},
		"forbidden": {stays, list(403), exitOK, "no longer lists site:two"},
		"readable":  {stays, nil, exitRefused, "`retire: abandon` is only for what cella can't read, and it can read this"},
		"renamed":   {renamed, nil, exitRefused, "`retire: abandon` is only for what cella can't read, and it can read this"},
		"unusable":  {stays, list(422), exitError, "site:two"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, fourSites())
			b.manifest(wasOwners)
			b.cella("apply", "--auto-approve").must(t, exitOK)
			b = reborn(t, b, test.change)
			b.manifest(strings.Replace(wasOwners, "  two: {secrets: {A: {value: old}, B: {value: old}}}\n", "", 1))
			b.server.Script(test.faults...)
			left := exitRefused
			if test.code == exitError {
				left = exitError // a failed read is no reason to let go of it
			}
			b.cella("apply", "--auto-approve").must(t, left)
			b.manifest(declared)
			before := countWrites(b)
			got := b.cella("apply", "--auto-approve").must(t, test.code)
			says(t, got.stdout+got.stderr, test.says)
			if made := countWrites(b) - before; (made > 0) != (test.code == exitOK) {
				t.Errorf("%d writes were made", made)
			}
			if test.code != exitOK {
				return
			}
			says(t, b.cella("plan", "--detailed-exitcode").must(t, exitOK).stdout, "No changes", "remove the lines of site:two from the manifest")
			b.manifest(strings.Replace(declared, "  two: {retire: abandon}\n", "", 1))
			says(t, b.cella("plan", "--detailed-exitcode").must(t, exitOK).stdout, "No changes")
		})
	}
}

// TestAFormerHomeThatFails is no reason to say that the record is missing, for
// that would lead to giving it up. One that the account may not read is.
func TestAFormerHomeThatFails(t *testing.T) {
	moved := oneLeft("site:three")
	for status, test := range map[int]struct {
		code       int
		says, lack string
	}{
		422: {exitError, "site:one: what cella noted of the project is there, but could not be read: ", "record-missing"},
		403: {exitRefused, "[record-missing]", "and could not be read"},
	} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			b := newBench(t, fourSites())
			b.manifest(wasOwners)
			b.cella("apply", "--auto-approve").must(t, exitOK)
			b.manifest(moved)
			b.server.Script(emulatortest.Fault{Operation: emulator.ListSecrets, Owner: "site:one", Status: status, Times: -1})
			before := countWrites(b)
			got := b.cella("apply", "--auto-approve").must(t, test.code)
			says(t, got.stdout+got.stderr, test.says)
			if strings.Contains(got.stdout+got.stderr, test.lack) || countWrites(b) != before {
				t.Errorf("it says %q, or wrote:\n%s%s", test.lack, got.stdout, got.stderr)
			}
		})
	}
}
