package main

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/ledger/project"
	"github.com/cella-secrets/cella/pantheon/emulator"
	"github.com/cella-secrets/cella/pantheon/emulator/emulatortest"
	"github.com/cella-secrets/cella/secret"
)

const mixedRecord = "CELLA_PROJECT__MIXED"

// recordThere is applied first; then B of site:two leaves the manifest, and
// site:three joins.
const (
	recordThere = recordHead + `
record: site:one
sites:
  one: {secrets: {A: {value: a}}}
  two: {secrets: {A: {value: a}, B: {value: b}}}
`
	recordWanted = recordHead + `
record: site:one
sites:
  one: {secrets: {A: {value: a}}}
  three: {secrets: {A: {value: a}}}
  two: {secrets: {A: {value: a}}}
`
)

// manyChunks are those of a record of a thousand sites.
func manyChunks(t testing.TB, home secret.Owner, key string) map[string]emulator.Secret {
	t.Helper()
	keys, err := ledger.DeriveKeys(secret.NewValue(key), secret.Value{})
	if err != nil {
		t.Fatal(err)
	}
	var owners []secret.Owner
	for i := range 1000 {
		sum := fmt.Sprintf("%x", sha256.Sum256([]byte{byte(i), byte(i >> 8)})) // ids that are packed no better than real ones
		id := sum[:8] + "-" + sum[8:12] + "-" + sum[12:16] + "-" + sum[16:20] + "-" + sum[20:32]
		owners = append(owners, secret.Owner{Kind: secret.Site, Name: "site-" + sum[32:40], ID: id})
	}
	book := project.Find(secret.Live{Owner: home}, "mixed", nil, keys)[0]
	writes, _, err := book.Revise().Join(owners...).Encode(keys, "run-1")
	if err != nil || len(writes) < 2 {
		t.Fatal(err, len(writes))
	}
	chunks := map[string]emulator.Secret{}
	for _, w := range writes {
		chunks[string(w.Name)] = emulator.Secret{Type: "runtime", Scopes: []string{"user"}, Value: w.Value.Reveal()}
	}
	return chunks
}

// TestRecordsThatCannotBeBelieved: whatever somebody makes of the record, nothing
// is written or deleted, after no more requests than a plan takes; the way that
// is told works, and leads to a plan that is quiet.
func TestRecordsThatCannotBeBelieved(t *testing.T) {
	otherKey := strings.Replace(testKey, "AAEC", "AAED", 1)
	tests := map[string]struct {
		spoil func(home secret.Owner, secrets map[string]emulator.Secret, first emulator.Secret)
		says  string
	}{
		"damaged": {func(_ secret.Owner, secrets map[string]emulator.Secret, first emulator.Secret) {
			first.Value += "."
			secrets[mixedRecord] = first
		}, "[record-damaged]"},
		"of another type": {func(_ secret.Owner, secrets map[string]emulator.Secret, first emulator.Secret) {
			first.Type = "env"
			secrets[mixedRecord] = first
		}, "[record-damaged]"},
		"under another key": {func(home secret.Owner, secrets map[string]emulator.Secret, _ emulator.Secret) {
			secrets[mixedRecord] = manyChunks(t, home, otherKey)[mixedRecord]
		}, "[record-other-key]"},
		"newer": {func(_ secret.Owner, secrets map[string]emulator.Secret, first emulator.Secret) {
			first.Value = strings.Replace(first.Value, "project 1", "project 2", 1)
			secrets[mixedRecord] = first
		}, "[record-newer]"},
		"missing": {func(_ secret.Owner, secrets map[string]emulator.Secret, _ emulator.Secret) {
			delete(secrets, mixedRecord)
		}, "[record-missing]"},
		"put back": {func(_ secret.Owner, secrets map[string]emulator.Secret, first emulator.Secret) {
			secrets[mixedRecord] = first
		}, "[record-put-back]"},
		"a chunk is cut": {func(home secret.Owner, secrets map[string]emulator.Secret, _ emulator.Secret) {
			maps.Copy(secrets, manyChunks(t, home, testKey))
			delete(secrets, mixedRecord+"__2")
		}, "[record-damaged]"},
		"huge": {func(_ secret.Owner, secrets map[string]emulator.Secret, first emulator.Secret) {
			first.Value = strings.Repeat("x", 16384)
			secrets[mixedRecord] = first
			for i := range 200 {
				secrets[fmt.Sprintf("%s__%d", mixedRecord, i+2)] = first
			}
		}, "[record-damaged]"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, fourSites())
			b.manifest(strings.Replace(recordThere, "  two:", "  three: {secrets: {B: {value: b}}}\n  two:", 1))
			b.cella("apply", "--auto-approve").must(t, exitOK)
			first := recordOf(b)
			b.manifest(strings.Replace(recordThere, "  two:", "  four: {secrets: {A: {value: a}}}\n  three: {secrets: {B: {value: c}}}\n  two:", 1))
			b.cella("apply", "--auto-approve").must(t, exitOK)
			b = reborn(t, b, func(state *emulator.State) {
				home := &state.Sites[siteNamed(*state, "one")]
				test.spoil(secret.Owner{Kind: secret.Site, Name: "one", ID: home.ID}, home.Secrets, first)
			})
			b.manifest(strings.Replace(recordWanted, "  two:", "  four: {secrets: {A: {value: a}}}\n  two:", 1))
			before := b.server.State()
			for _, command := range [][]string{{"plan"}, {"apply", "--auto-approve"}} {
				asked := len(b.server.Log())
				got := b.cella(command[0], command[1:]...).must(t, exitRefused)
				says(t, got.stdout, test.says, "add `reset_record: true` under policy, which begins a new list")
				if made := len(b.server.Log()) - asked; made > 1+4+4+4 {
					t.Errorf("%s made %d requests", command[0], made)
				}
			}
			if diff := cmp.Diff(before, b.server.State()); diff != "" {
				t.Errorf("something was changed (-before +after)\n%s", diff)
			}
			wanted := strings.Replace(recordWanted, "  two:", "  four: {secrets: {A: {value: a}}}\n  two:", 1)
			b.manifest(strings.Replace(wanted, "policy: {", "policy: {reset_record: true, ", 1))
			b.cella("apply", "--auto-approve").must(t, exitOK)
			says(t, b.cella("plan", "--detailed-exitcode").must(t, exitOK).stdout, "No changes", "remove `reset_record` under policy from the manifest")
			b.manifest(wanted)
			says(t, b.cella("plan", "--detailed-exitcode").must(t, exitOK).stdout, "No changes")
			matches(t, b, wanted)
			ledgersInRecord(t, b)
		})
	}
}

func siteNamed(state emulator.State, name string) int {
	return slices.IndexFunc(state.Sites, func(s emulator.Site) bool { return s.Name == name })
}

func recordOf(b *bench) emulator.Secret {
	state := b.server.State()
	return state.Sites[siteNamed(state, "one")].Secrets[mixedRecord]
}

// reborn is a bench whose state somebody has changed.
func reborn(t *testing.T, b *bench, change func(*emulator.State)) *bench {
	t.Helper()
	state := b.server.State()
	change(&state)
	return newBench(t, state)
}

// TestARecordThatIsNotInACutList: nobody may act as if there were none, with a
// target neither.
func TestARecordThatIsNotInACutList(t *testing.T) {
	b := newBench(t, fourSites())
	b.manifest(recordThere)
	b.cella("apply", "--auto-approve").must(t, exitOK)
	b.manifest(recordWanted)
	before := b.server.State()
	for _, target := range []string{"", "site:three"} {
		for _, command := range [][]string{{"plan"}, {"apply", "--auto-approve"}} {
			lost := times(emulatortest.CutList(mixedRecord), -1)
			lost.Owner = "site:one"
			b.server.Script(lost)
			args := command[1:]
			if target != "" {
				args = append(slices.Clone(args), "--target", target)
			}
			got := b.cella(command[0], args...).must(t, exitError)
			says(t, got.stderr, "site:one: Pantheon counts more secrets than it lists, so it cannot be said what cella noted of the project")
		}
	}
	if diff := cmp.Diff(before, b.server.State()); diff != "" {
		t.Errorf("something was changed (-before +after)\n%s", diff)
	}
	b.server.Script()
	b.cella("apply", "--auto-approve", "--target", "site:three").must(t, exitOK)
	ledgersInRecord(t, b)
}

// TestATargetNeedsTheHomeWhereItJoins: while the home can't be read, no owner
// gets a first ledger; one that has it is applied to.
func TestATargetNeedsTheHomeWhereItJoins(t *testing.T) {
	b := newBench(t, fourSites())
	b.manifest(recordThere)
	b.cella("apply", "--auto-approve").must(t, exitOK)
	b.manifest(recordWanted)
	b.server.Script(emulatortest.Fault{Operation: emulator.ListSecrets, Owner: "site:one", Status: 403, Times: -1})
	writes := countWrites(b)
	got := b.cella("apply", "--auto-approve", "--target", "site:three").must(t, exitError)
	says(t, got.stderr, "site:one")
	if made := countWrites(b) - writes; made > 0 {
		t.Errorf("%d writes were made", made)
	}
	b.cella("apply", "--auto-approve", "--target", "site:two").must(t, exitOK)
}

// TestTwoFirstAppliesAtOnce: the second one finds that there is a record by now,
// and writes no secret.
func TestTwoFirstAppliesAtOnce(t *testing.T) {
	b := newBench(t, fourSites())
	first := *b
	first.dir = t.TempDir()
	first.manifest(recordThere)
	b.manifest(recordWanted)
	b.server.Script(emulatortest.Fault{Operation: emulator.CreateSecret, Secret: mixedRecord, Call: func() {
		first.cella("apply", "--auto-approve").must(t, exitOK)
	}})
	got := b.cella("apply", "--auto-approve").must(t, exitPartial)
	says(t, got.stdout+got.stderr, "failed: create CELLA_PROJECT__MIXED on site:one: it is there already", "Applied: nothing;")
	matches(t, &first, recordThere)
	if diff := cmp.Diff([]string{"UNMANAGED"}, b.server.Names("site:three")); diff != "" {
		t.Errorf("the second one wrote (-want +got)\n%s", diff)
	}
	b.cella("apply", "--auto-approve").must(t, exitOK)
	says(t, b.cella("plan", "--detailed-exitcode").must(t, exitOK).stdout, "No changes")
	ledgersInRecord(t, b)
}

// TestWhatOwnersThatLeftCost: a plan takes a list more for each of them, a home
// that left the manifest included, and says so.
func TestWhatOwnersThatLeftCost(t *testing.T) {
	b := newBench(t, fourSites())
	b.manifest(wasOwners)
	b.cella("apply", "--auto-approve").must(t, exitOK)
	tests := map[string]struct {
		manifest string
		code     int
		lists    int
		left     []string
	}{
		"all are there":    {wasOwners, exitOK, 3, nil},
		"one left":         {strings.Replace(wasOwners, "  three: {secrets: {A: {value: old}}}\n", "", 1), exitRefused, 3, []string{"site:three"}},
		"the home left":    {oneLeft("site:two"), exitRefused, 3, []string{"site:one"}},
		"all but one left": {recordHead + "record: site:three\nsites:\n  three: {secrets: {A: {value: old}}}\n", exitRefused, 3, []string{"site:one", "site:two"}},
		"a new home joined": {strings.NewReplacer("record: site:one", "record: site:four",
			"sites:\n", "sites:\n  four: {secrets: {A: {value: a}}}\n").Replace(wasOwners),
			exitOK, 4, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			b.manifest(test.manifest)
			before := requests(b)[emulator.ListSecrets]
			got := b.cella("plan").must(t, test.code)
			if made := requests(b)[emulator.ListSecrets] - before; made != test.lists {
				t.Errorf("%d lists were read, want %d", made, test.lists)
			}
			for _, owner := range test.left {
				says(t, got.stdout, "! "+owner+" [owner-left] refused: it is no longer in the manifest")
			}
			if test.code == exitRefused {
				says(t, got.stdout, fmt.Sprintf("%d requests to read.", test.lists))
			}
		})
	}
}
