package ledger_test

import (
	"maps"
	"testing"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/secret"
)

// TestRemove: whatever the point of interruption the ledger is whole, or
// empty, or gone, and removing it again finishes.
func TestRemove(t *testing.T) {
	k := keys(t, 'a', 0)
	tests := map[string]struct {
		records int
		want    string
	}{
		"none":       {0, ""},
		"one chunk":  {10, "delete STOREFRONT"},
		"two chunks": {100, "change STOREFRONT, delete STOREFRONT__2, delete STOREFRONT"},
		"four":       {200, "change STOREFRONT, delete STOREFRONT__4, delete STOREFRONT__3, delete STOREFRONT__2, delete STOREFRONT"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			start := stored(t, k, site, many(k, site, test.records, "v")...)
			writes, err := start.book(site, k).Remove(k, run, origin)
			if err != nil || describe(writes) != test.want {
				t.Fatalf("Remove = %s, %v, want %s", describe(writes), err, test.want)
			}
			for n := range len(writes) + 1 {
				s := maps.Clone(start)
				s.apply(t, writes[:n]...)
				if left := len(byName(t, s.book(site, k))); left != 0 && n > 0 {
					t.Errorf("after %d writes %d records are left", n, left)
				}
				rest, err := s.book(site, k).Remove(k, run, origin)
				if err != nil {
					t.Fatal(err)
				}
				if s.apply(t, rest...); len(s) != 0 {
					t.Errorf("after %d writes and another removal %d chunks are left", n, len(s))
				}
			}
		})
	}
}

// TestRemovedThenUsedAgain: chunks that an interrupted removal left are
// deleted before anything can take them for its own.
func TestRemovedThenUsedAgain(t *testing.T) {
	k := keys(t, 'a', 0)
	s := stored(t, k, site, many(k, site, 200, "old")...)
	writes, err := s.book(site, k).Remove(k, run, origin)
	if err != nil {
		t.Fatal(err)
	}
	s.apply(t, writes[:2]...) // emptied, and the last of four chunks deleted
	records := many(k, site, 200, "new")
	again := step(t, s, records, k)
	want := "delete STOREFRONT__3, delete STOREFRONT__2, create STOREFRONT__4, create STOREFRONT__3, create STOREFRONT__2, change STOREFRONT"
	if got := describe(again); got != want {
		t.Errorf("writes = %s\nwant %s", got, want)
	}
	interrupt(t, s, again, site, k, index(records))
}

func TestRemoveRefuses(t *testing.T) {
	k := keys(t, 'a', 0)
	s := stored(t, k, site, many(k, site, 100, "v")...)
	whole := s.book(site, k)
	if _, err := whole.Remove(k, "", origin); err == nil {
		t.Error("a removal without a run id succeeds")
	}
	if _, err := s.book(site, keys(t, 'b', 0)).Remove(k, run, origin); err == nil {
		t.Error("a ledger under a lost key is removed without a reset")
	}
	if _, err := s.book(site, ledger.Keys{}).Remove(ledger.Keys{}, run, origin); err == nil {
		t.Error("a ledger is removed without a key")
	}
}

// TestReset gives up a ledger in every unusable state. From the first write on
// none of its records ever comes back.
func TestReset(t *testing.T) {
	k := keys(t, 'a', 0)
	lost := keys(t, 'b', 0)
	tests := map[string]func(store){
		"lost key":      func(s store) { maps.Copy(s, stored(t, lost, site, many(lost, site, 120, "v")...)) },
		"newer":         func(s store) { s.set(first, "cella-ledger 2\n") },
		"missing chunk": func(s store) { delete(s, second) },
		"missing first": func(s store) { delete(s, first) },
		"surplus junk":  func(s store) { s.set("CELLA_LEDGER__STOREFRONT__256", "junk") },
		"hidden":        func(s store) { s.change(second, func(e *secret.LiveSecret) { e.Value = secret.Hidden() }) },
		"whole":         func(store) {},
	}
	for name, damage := range tests {
		t.Run(name, func(t *testing.T) {
			start := stored(t, k, site, many(k, site, 120, "old")...)
			start.set("BANNER", "untouched")
			start.set("CELLA_LEDGER__OTHER", "untouched")
			damage(start)
			if got := start.book(site, k).Status == ledger.Whole; got != (name == "whole") {
				t.Fatalf("whole is %v before the reset", got)
			}
			records := index(many(k, site, 110, "new"))
			writes, stored := encode(t, put(start.book(site, k).Reset(), many(k, site, 110, "new")...), k)
			for n := range len(writes) + 1 {
				s := maps.Clone(start)
				s.apply(t, writes[:n]...)
				now := s.book(site, k)
				for _, r := range now.Entries {
					if n > 0 && !sameEntry(r, records[r.Name]) {
						t.Fatalf("after %d of %s: %s is back", n, describe(writes), r.Name)
					}
				}
				repeated, _ := encode(t, put(now.Reset(), many(k, site, 110, "new")...), k)
				s.apply(t, repeated...)
				mustBe(t, s.book(site, k), stored)
				if s.text("BANNER") != "untouched" || s.text("CELLA_LEDGER__OTHER") != "untouched" {
					t.Error("a reset touches what is not this project's ledger")
				}
			}
		})
	}
	s := store{}
	s.set(first, "junk")
	writes, stored := encode(t, s.book(site, k).Reset(), k)
	if describe(writes) != "delete STOREFRONT" || stored.Status != ledger.None {
		t.Errorf("a reset without records = %s, %s, want only the delete", describe(writes), stored.Status)
	}
}

// TestChunkOfAFormerLedgerPutBack: a chunk from before a removal, put back
// among the chunks of a smaller ledger, never speaks for a name.
func TestChunkOfAFormerLedgerPutBack(t *testing.T) {
	k := keys(t, 'a', 0)
	s := stored(t, k, site, many(k, site, 200, "former")...)
	former := maps.Clone(s)
	writes, err := s.book(site, k).Remove(k, run, origin)
	if err != nil {
		t.Fatal(err)
	}
	s.apply(t, writes[:len(writes)-1]...) // the empty first chunk stays
	s.apply(t, step(t, s, many(k, site, 100, "now"), k)...)

	inRange := maps.Clone(s)
	inRange[second] = former[second]
	if stored := inRange.book(site, k); stored.Status != ledger.Damaged || stored.Reason != "CELLA_LEDGER__STOREFRONT__2 is left from a ledger that was given up" {
		t.Errorf("among the chunks: %s (%s)", stored.Status, stored.Reason)
	}
	s["CELLA_LEDGER__STOREFRONT__3"] = former["CELLA_LEDGER__STOREFRONT__3"]
	now := index(many(k, site, 100, "now"))
	mustBeBetween(t, now, byName(t, s.book(site, k)), now)
}
