package ledger_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/secret"
)

// mustBeBetween fails unless every name reads as its old or its new record.
func mustBeBetween(t *testing.T, old, now, next map[secret.Name]ledger.Entry) {
	t.Helper()
	names := maps.Clone(old)
	maps.Copy(names, now)
	maps.Copy(names, next)
	same := func(name secret.Name, other map[secret.Name]ledger.Entry) bool {
		a, inA := now[name]
		b, inB := other[name]
		return inA == inB && sameEntry(a, b)
	}
	for name := range names {
		if !same(name, old) && !same(name, next) {
			_, found := now[name]
			t.Fatalf("%s reads as neither its old nor its new record; found is %v", name, found)
		}
	}
}

// interrupt stops after every number of writes and checks what is read, then
// carries the rest out.
func interrupt(t *testing.T, s store, writes []ledger.Write, id ledger.Identity, k ledger.Keys, next map[secret.Name]ledger.Entry) {
	t.Helper()
	old := byName(t, s.book(id, k))
	for n, write := range writes {
		mustBeBetween(t, old, byName(t, s.book(id, k)), next)
		s.apply(t, write)
		if t.Failed() {
			t.Fatalf("after %d of %s", n, describe(writes))
		}
	}
	if len(writes) > 0 {
		mustBeBetween(t, next, byName(t, s.book(id, k)), next)
	}
}

// TestEveryInterruptionOfAWrite stops plain writes and doublings at every
// point, and from there continues with another draft, stopped at every point.
func TestEveryInterruptionOfAWrite(t *testing.T) {
	k := keys(t, 'a', 'o')
	type edition []ledger.Entry
	half := func(value string, n int) edition { return edition(many(k, site, n, value)) }
	tests := map[string][3]edition{
		"first chunk":                     {nil, half("a", 10), half("b", 5)},
		"first chunks, then a change":     {nil, half("a", 200), half("b", 200)},
		"first chunks, then the old":      {nil, half("a", 200), nil},
		"first chunks, then a doubling":   {nil, half("a", 100), half("b", 250)},
		"plain write, then the old":       {half("a", 200), half("b", 200), half("a", 200)},
		"plain write, then a doubling":    {half("a", 200), half("b", 150), half("c", 300)},
		"doubling, then the old":          {half("a", 50), half("b", 100), half("a", 50)},
		"doubling, then a change":         {half("a", 50), half("b", 100), half("c", 100)},
		"doubling, then one more":         {half("a", 50), half("b", 100), half("c", 200)},
		"doubling twice, then twice more": {half("a", 50), half("b", 200), half("c", 500)},
		"doubling, then fewer":            {half("a", 100), half("b", 200), half("c", 3)},
	}
	for name, editions := range tests {
		t.Run(name, func(t *testing.T) {
			start := stored(t, k, site, editions[0]...)
			writes := step(t, start, editions[1], k)
			interrupt(t, maps.Clone(start), writes, site, k, index(editions[1]))
			for n := range len(writes) + 1 {
				s := maps.Clone(start)
				s.apply(t, writes[:n]...)
				next := step(t, s, editions[2], k)
				interrupt(t, s, next, site, k, index(editions[2]))
			}
		})
	}
}

// step returns the writes from what is stored to exactly these records.
func step(t *testing.T, s store, records []ledger.Entry, k ledger.Keys) []ledger.Write {
	t.Helper()
	revision := s.book(site, k).Revise()
	for name := range byName(t, s.book(site, k)) {
		revision.Drop(name)
	}
	writes, _ := encode(t, put(revision, records...), k)
	return writes
}

func index(records []ledger.Entry) map[secret.Name]ledger.Entry {
	index := map[secret.Name]ledger.Entry{}
	for _, r := range records {
		index[r.Name] = r
	}
	return index
}

// TestRandomHistories lets runs be interrupted anywhere, the key rotate and
// the ledger be removed, and checks every state on the way.
func TestRandomHistories(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 0))
			s, k, last := store{}, keys(t, 'a', 0), byte('a')
			size := 20
			for range 25 {
				stored := s.book(site, k)
				if random.IntN(8) == 0 && !stored.NeedsRekey {
					k = keys(t, last+1, last)
					last++
					stored = s.book(site, k)
				}
				if random.IntN(10) == 0 {
					writes, err := stored.Remove(k, run, origin)
					if err != nil {
						t.Fatal(err)
					}
					interrupt(t, s, writes[:random.IntN(len(writes)+1)], site, k, nil)
					size = 20
					continue
				}
				if random.IntN(4) == 0 {
					size = min(2*size, 300)
				}
				revision, next := stored.Revise(), byName(t, stored)
				for range random.IntN(size) {
					r := record(k, site, fmt.Sprintf("SECRET_%d", random.IntN(size)), fmt.Sprint(random.IntN(3)), "dev", "live", "test")
					if random.IntN(3) == 0 {
						revision.Drop(r.Name)
						delete(next, r.Name)
					} else {
						revision.Put(r)
						next[r.Name] = r
					}
				}
				writes, announced := encode(t, revision, k)
				n := len(writes)
				if random.IntN(2) == 0 {
					n = random.IntN(len(writes) + 1)
				}
				before := byName(t, s.book(site, k))
				for i := range n {
					s.apply(t, writes[i])
					mustBeBetween(t, before, byName(t, s.book(site, k)), next)
				}
				if n == len(writes) {
					mustBe(t, s.book(site, k), announced)
				}
			}
		})
	}
}

// TestOlderChunkPutBack documents the limit: a genuine older chunk verifies,
// and gives back what this project really wrote, never anything else.
func TestOlderChunkPutBack(t *testing.T) {
	k := keys(t, 'a', 0)
	s := stored(t, k, site, many(k, site, 100, "old")...)
	old := maps.Clone(s)
	s.apply(t, step(t, s, many(k, site, 100, "new"), k)...)
	s[second] = old[second]
	was, is := index(many(k, site, 100, "old")), index(many(k, site, 100, "new"))
	mustBeBetween(t, was, byName(t, s.book(site, k)), is)

	// After a doubling an old chunk cannot take names back from the new half.
	s.apply(t, step(t, s, many(k, site, 200, "new"), k)...)
	s[second] = old[second]
	now := byName(t, s.book(site, k))
	half := 0
	for name, r := range now {
		if sameEntry(r, was[name]) {
			half++
		}
	}
	if half == 0 || half > 40 {
		t.Errorf("an old chunk of two speaks for %d names, want those of one chunk of four", half)
	}
}
