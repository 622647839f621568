package project_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/ledger/project"
	"github.com/cella-secrets/cella/secret"
)

// state is what a record says, or nothing where there is none.
type state struct {
	owners []secret.Owner
	source project.Source
}

func stateOf(t testing.TB, b project.Record) state {
	t.Helper()
	if b.Status != ledger.Whole && b.Status != ledger.None {
		t.Fatalf("status = %s: %s", b.Status, b.Reason)
	}
	return state{b.Owners, b.Source}
}

// mustBeBetween fails unless every owner of both is there, nobody else but of
// one of them, and the source is one of theirs.
func mustBeBetween(t testing.TB, old, now, next state) {
	t.Helper()
	has := func(all []secret.Owner, one secret.Owner) bool { return slices.Contains(all, one) }
	for _, owner := range old.owners {
		if has(next.owners, owner) && !has(now.owners, owner) {
			t.Fatalf("%s was there and is to stay, and is gone", owner)
		}
	}
	for _, owner := range now.owners {
		if !has(old.owners, owner) && !has(next.owners, owner) {
			t.Fatalf("%s is there, and was not, and is not to be", owner)
		}
	}
	if len(now.owners) > 0 && now.source != old.source && now.source != next.source {
		t.Fatalf("the source is %v, neither %v nor %v", now.source, old.source, next.source)
	}
}

// interrupt stops after every number of writes and checks what is read.
func interrupt(t testing.TB, s store, writes []ledger.Write, k ledger.Keys, next state) {
	t.Helper()
	old := stateOf(t, s.book(home, k))
	for _, write := range writes {
		s.apply(t, write)
		mustBeBetween(t, old, stateOf(t, s.book(home, k)), next)
	}
}

// step returns the writes from what is stored to exactly these owners.
func step(t testing.TB, s store, next state, k ledger.Keys) []ledger.Write {
	t.Helper()
	record := s.book(home, k)
	writes, _ := encode(t, record.Revise().Leave(record.Owners...).Join(next.owners...).SetSource(next.source), k)
	return writes
}

// TestEveryInterruption stops plain writes and doublings at every point, and
// from there continues with another draft, stopped at every point.
func TestEveryInterruption(t *testing.T) {
	k := keys(t, 'a', 0)
	all := owners(1200)
	moved := project.Source{Forge: source.Forge, Path: "moved.yaml"}
	tests := map[string][3]state{
		"first chunk":                   {{nil, source}, {all[:10], source}, {all[5:12], moved}},
		"first chunks, then a change":   {{nil, source}, {all[:900], source}, {all[10:910], moved}},
		"first chunks, then nobody":     {{nil, source}, {all[:900], source}, {nil, source}},
		"first chunks, then a doubling": {{nil, source}, {all[:500], source}, {all[:1200], source}},
		"plain write, then the old":     {{all[:900], source}, {all[100:950], moved}, {all[:900], source}},
		"doubling, then the old":        {{all[:300], source}, {all[:600], moved}, {all[:300], source}},
		"doubling, then a change":       {{all[:300], source}, {all[:600], source}, {all[50:650], moved}},
		"doubling twice, then fewer":    {{all[:300], source}, {all[:1000], source}, {all[:3], source}},
	}
	for name, states := range tests {
		t.Run(name, func(t *testing.T) {
			start := store{}
			if len(states[0].owners) > 0 {
				start = stored(t, k, home, states[0].owners...)
			}
			writes := step(t, start, states[1], k)
			done := maps.Clone(start)
			interrupt(t, done, writes, k, states[1])
			mustBeBetween(t, states[1], stateOf(t, done.book(home, k)), states[1])
			for n := range len(writes) + 1 {
				s := maps.Clone(start)
				s.apply(t, writes[:n]...)
				interrupt(t, s, step(t, s, states[2], k), k, states[2])
			}
		})
	}
}

// TestRandomHistories lets runs be interrupted anywhere, the source move, the
// key rotate and the record be removed, and checks every state on the way.
func TestRandomHistories(t *testing.T) {
	all := owners(1500)
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 1))
			s, k, last, size, serial := store{}, keys(t, 'a', 0), byte('a'), 200, uint64(0)
			for range 15 {
				record := s.book(home, k)
				if random.IntN(6) == 0 && !record.NeedsRekey {
					k = keys(t, last+1, last)
					last++
					record = s.book(home, k)
				}
				if random.IntN(10) == 0 {
					writes, err := record.Remove(k, run)
					if err != nil {
						t.Fatal(err)
					}
					interrupt(t, s, writes[:random.IntN(len(writes)+1)], k, state{source: record.Source})
					serial = 0
					continue
				}
				if random.IntN(3) == 0 {
					size = min(2*size, len(all))
				}
				revision := record.Revise()
				for range random.IntN(size) {
					if owner := all[random.IntN(size)]; random.IntN(3) == 0 {
						revision.Leave(owner)
					} else {
						revision.Join(owner)
					}
				}
				if random.IntN(3) == 0 {
					revision.SetSource(project.Source{Path: fmt.Sprintf("%d.yaml", random.IntN(3))})
				}
				writes, announced := encode(t, revision, k)
				n := len(writes)
				if random.IntN(2) == 0 {
					n = random.IntN(len(writes) + 1)
				}
				interrupt(t, s, writes[:n], k, stateOf(t, announced))
				now := s.book(home, k)
				if n == len(writes) {
					mustBe(t, now, announced)
				}
				if now.Serial < serial || n > 0 && now.Serial == serial {
					t.Fatalf("serial %d after %d", now.Serial, serial)
				}
				serial = now.Serial
			}
		})
	}
}

// TestMovingTheHome: the new record is written before the old one is removed;
// whatever the point of interruption, both together say everything, and the
// same draft again finishes.
func TestMovingTheHome(t *testing.T) {
	k := keys(t, 'a', 0)
	next := ledger.Identity{Project: "storefront", Owner: secret.Owner{Kind: secret.Organization, Name: "my-agency", ID: example()[0].ID}}
	renamed := home
	renamed.Project = "shop"
	for name, to := range map[string]ledger.Identity{"to the organization": next, "to another name": renamed} {
		for _, n := range []int{3, 900} {
			t.Run(fmt.Sprintf("%s, %d owners", name, n), func(t *testing.T) {
				all := owners(n + 1)
				old, joining := all[:n], all[n]
				from := stored(t, k, home, old...)
				from.apply(t, must(from.book(home, k).Revise().SetSource(project.Source{Path: "b.yaml"}).Encode(k, run))...)
				was := from.book(home, k)
				writes, record := encode(t, store{}.book(to, k).Revise(was).Join(joining), k)
				if record.Serial <= was.Serial || record.Source != was.Source || record.Former != was.Former || record.MovedAt != was.MovedAt {
					t.Errorf("the new record is %v\nafter %v", says(record), says(was))
				}
				removal, err := was.Remove(k, run)
				if err != nil {
					t.Fatal(err)
				}
				for at := range len(writes) + len(removal) + 1 {
					here, there := maps.Clone(from), store{}
					there.apply(t, writes[:min(at, len(writes))]...)
					here.apply(t, removal[:max(at-len(writes), 0)]...)
					both := []project.Record{here.book(home, k), there.book(to, k)}
					owners, ruling := project.Unite(both...)
					mustBeBetween(t, state{sorted(old), was.Source}, state{owners, ruling.Source}, state{sorted(all), was.Source})
					if at >= len(writes) && (ruling.Identity != to || len(owners) != len(all)) {
						t.Fatalf("after %d: %d owners, the record on %s rules", at, len(owners), ruling.Identity.Owner)
					}
					finish(t, here, there, to, joining, k)
					mustBe(t, withoutSerial(there.book(to, k)), withoutSerial(record))
				}
			})
		}
	}
}

// finish does what an apply does that finds what an interrupted one left.
func finish(t *testing.T, here, there store, to ledger.Identity, joining secret.Owner, k ledger.Keys) {
	t.Helper()
	old := here.book(home, k)
	writes, _ := encode(t, there.book(to, k).Revise(old).Join(joining), k)
	there.apply(t, writes...)
	removal, err := old.Remove(k, run)
	if err != nil {
		t.Fatal(err)
	}
	if here.apply(t, removal...); len(here) > 0 {
		t.Fatalf("%d chunks of the old record are left", len(here))
	}
}

func withoutSerial(b project.Record) project.Record {
	b.Serial = 0
	return b
}

// TestPutBack mixes the chunks of all that ever stood there: what reads as
// whole is a state that did stand there, all of it, and its serial says which.
func TestPutBack(t *testing.T) {
	k := keys(t, 'a', 0)
	random := rand.New(rand.NewPCG(5, 0))
	all := owners(1500)
	s := stored(t, k, home, all[:400]...)
	var past []store
	stood := map[uint64]project.Record{}
	for i := range 12 {
		revision := s.book(home, k).Revise()
		for range 40 {
			revision.Join(all[random.IntN(400+90*i)]).Leave(all[random.IntN(1500)])
		}
		for _, write := range must(revision.Encode(k, fmt.Sprintf("run-%d", i))) {
			s.apply(t, write)
			past = append(past, maps.Clone(s))
			stood[s.book(home, k).Serial] = s.book(home, k)
		}
	}
	names := slices.Sorted(maps.Keys(s))
	whole := 0
	for i := range 900 {
		mixed := store{}
		one, other := past[random.IntN(len(past))], past[random.IntN(len(past))]
		for _, name := range names {
			from := one
			if i%3 == 0 && random.IntN(2) == 0 || i%3 == 1 && name == names[i%len(names)] {
				from = other
			}
			if chunk, found := from[name]; found {
				mixed[name] = chunk
			}
		}
		record := mixed.book(home, k)
		if record.Status != ledger.Whole {
			continue
		}
		whole++
		if genuine := stood[record.Serial]; !reflect.DeepEqual(says(genuine), says(record)) || genuine.Run != record.Run {
			t.Fatalf("what reads as serial %d never stood there:\n%s", record.Serial, diff(says(genuine), says(record)))
		}
	}
	if whole < 300 {
		t.Errorf("only %d mixtures are whole; those that are one state alone should be", whole)
	}
}

// TestTwoRunsAtOnce lets two runs that read the same record write in turns. The
// later run wins, or the record is damaged; it is never a bit of both.
func TestTwoRunsAtOnce(t *testing.T) {
	k := keys(t, 'a', 0)
	all := owners(1100)
	start := stored(t, k, home, all[:1000]...)
	runs := [2][]ledger.Write{}
	var stood []project.Record
	for i := range runs {
		revision := start.book(home, k).Revise().Join(all[1000+50*i : 1050+50*i]...)
		writes, _, err := revision.Encode(k, fmt.Sprintf("run-%d", i))
		if err != nil || len(writes) != 4 {
			t.Fatalf("%s, %v", describe(writes), err)
		}
		runs[i] = writes
		s := maps.Clone(start)
		for _, write := range append([]ledger.Write{{}}, writes...) {
			if write.Op != 0 {
				s.apply(t, write)
			}
			stood = append(stood, says(s.book(home, k)))
		}
	}
	outcomes := map[ledger.Status]int{}
	for turns := range 1 << 8 {
		s, at := maps.Clone(start), [2]int{}
		for turn := range 8 {
			if i := turns >> turn & 1; at[i] < 4 {
				s.apply(t, runs[i][at[i]])
				at[i]++
			}
		}
		record := s.book(home, k)
		outcomes[record.Status]++
		if is := func(r project.Record) bool { return reflect.DeepEqual(r, says(record)) }; record.Status == ledger.Whole && !slices.ContainsFunc(stood, is) {
			t.Fatalf("turns %08b: the record is neither run's", turns)
		}
	}
	if outcomes[ledger.Whole] == 0 || outcomes[ledger.Damaged] == 0 || len(outcomes) != 2 {
		t.Errorf("outcomes: %v", outcomes)
	}
}

func TestRemove(t *testing.T) {
	k := keys(t, 'a', 0)
	for name, c := range map[string]struct {
		owners int
		want   string
	}{
		"none":      {0, ""},
		"one chunk": {10, "delete STOREFRONT"},
		"four":      {1000, "change STOREFRONT, delete STOREFRONT__4, delete STOREFRONT__3, delete STOREFRONT__2, delete STOREFRONT"},
	} {
		t.Run(name, func(t *testing.T) {
			start := stored(t, k, home, owners(c.owners)...)
			writes, err := start.book(home, k).Discard(k, run)
			if err != nil || describe(writes) != c.want {
				t.Fatalf("Discard = %s, %v, want %s", describe(writes), err, c.want)
			}
			for n := range len(writes) + 1 {
				s := maps.Clone(start)
				s.apply(t, writes[:n]...)
				now := stateOf(t, s.book(home, k))
				if n > 0 && (len(now.owners) > 0 || n < len(writes) && now.source != source) {
					t.Errorf("after %d writes: %d owners, source %v", n, len(now.owners), now.source)
				}
				// Used again, nothing of the old one comes back.
				again := maps.Clone(s)
				again.apply(t, must(again.book(home, k).Revise().Join(example()...).Encode(k, run))...)
				if record := again.book(home, k); n > 0 && diff(example(), record.Owners) != "" {
					t.Errorf("after %d writes, used again: %s (%s), %d owners", n, record.Status, record.Reason, len(record.Owners))
				}
				rest, err := s.book(home, k).Remove(k, run)
				if err != nil {
					t.Fatal(err)
				}
				if s.apply(t, rest...); len(s) != 0 {
					t.Errorf("after %d writes and another removal %d chunks are left", n, len(s))
				}
			}
		})
	}
	if _, err := stored(t, k, home, example()...).book(home, k).Remove(k, ""); err == nil {
		t.Error("a removal without a run id succeeds")
	}
	if _, err := stored(t, k, home, example()...).book(home, keys(t, 'b', 0)).Remove(k, run); err == nil {
		t.Error("a record under a lost key is removed without a reset")
	}
}

func TestUnite(t *testing.T) {
	k := keys(t, 'a', 0)
	all := example()
	renamed := all[1]
	renamed.Name = "renamed"
	elsewhere := home
	elsewhere.Owner.ID = "88888888-2222-3333-4444-55555555abcd"
	low := stored(t, k, home, all[0], all[1]).book(home, k)
	make := func(after uint64, source project.Source, owners ...secret.Owner) project.Record {
		s := store{}
		s.apply(t, must(s.book(elsewhere, k).Revise().Join(owners...).SetSource(source).After(after).Encode(k, run))...)
		return s.book(elsewhere, k)
	}
	other := project.Source{Path: "other.yaml"}
	high := make(7, other, renamed, all[2])
	_, emptied := encode(t, make(9, other, all[2]).Revise().Leave(all[2]), k)
	damaged := store{}
	damaged.set(first, "junk")
	for name, c := range map[string]struct {
		books  []project.Record
		owners []secret.Owner
		source project.Source
		serial uint64
		reason string
	}{
		"none":               {nil, nil, project.Source{}, 0, ""},
		"one":                {[]project.Record{low}, all[:2], source, 1, ""},
		"both":               {[]project.Record{low, high}, []secret.Owner{all[0], renamed, all[2]}, other, 8, "the higher serial rules, its name too"},
		"in another order":   {[]project.Record{high, low}, []secret.Owner{all[0], renamed, all[2]}, other, 8, "the order says nothing"},
		"with one not there": {[]project.Record{{}, low, damaged.book(home, k)}, all[:2], source, 1, "only genuine ones say something"},
		"with an empty one":  {[]project.Record{emptied, low}, all[:2], source, 1, "one that is being removed does not rule"},
		"only an empty one":  {[]project.Record{emptied}, nil, other, 11, "but it is there"},
	} {
		owners, ruling := project.Unite(c.books...)
		if diff(c.owners, owners) != "" || ruling.Source != c.source || ruling.Serial != c.serial {
			t.Errorf("%s: %v, source %v, serial %d, want %v, %v, %d: %s", name, owners, ruling.Source, ruling.Serial, c.owners, c.source, c.serial, c.reason)
		}
	}
}
