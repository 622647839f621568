package ledger_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/ledger"
)

// TestRotation: under the previous key everything counts; the next write puts
// every chunk under the current one; fingerprints follow as they are put.
func TestRotation(t *testing.T) {
	old, rotating, done := keys(t, 'o', 0), keys(t, 'n', 'o'), keys(t, 'n', 0)
	records := many(old, site, 100, "v")
	start := stored(t, old, site, records...)

	stored := start.book(site, rotating)
	if d := diff(records, stored.Entries); stored.Status != ledger.Whole || !stored.NeedsRekey || d != "" {
		t.Fatalf("under the previous key: %s (%s), needs rekey %v, records differ:\n%s", stored.Status, stored.Reason, stored.NeedsRekey, d)
	}
	if lost := start.book(site, done); lost.Status != ledger.OtherKey || len(lost.Names) != 100 {
		t.Fatalf("without the previous key: %s, %d names", lost.Status, len(lost.Names))
	}

	// Nothing is known of the values: the chunks are rewritten, the
	// fingerprints stay under the key they were made with.
	writes, chunks := encode(t, stored.Revise(), rotating)
	if got, want := describe(writes), "change STOREFRONT__2, change STOREFRONT"; got != want {
		t.Errorf("writes = %s, want %s", got, want)
	}
	interrupt(t, maps.Clone(start), writes, site, rotating, index(records))
	if d := diff(records, chunks.Entries); !chunks.NeedsRekey || d != "" {
		t.Errorf("fingerprints under the previous key: needs rekey %v, records differ:\n%s", chunks.NeedsRekey, d)
	}
	s := maps.Clone(start)
	s.apply(t, writes...)
	if stored := s.book(site, done); stored.Status != ledger.Whole || !stored.NeedsRekey {
		t.Errorf("the previous key dropped too early: %s, needs rekey %v; records count, values are unverifiable", stored.Status, stored.NeedsRekey)
	}

	// One draft with new fingerprints finishes the rotation.
	writes, stored = encode(t, put(start.book(site, rotating).Revise(), many(rotating, site, 100, "v")...), rotating)
	start.apply(t, writes...)
	mustBe(t, start.book(site, done), stored)
	if stored.NeedsRekey || len(writes) != 2 {
		t.Errorf("after the rotation: needs rekey %v, %d writes", stored.NeedsRekey, len(writes))
	}
	for name := range start {
		if strings.Contains(start.text(name), old.Current().String()) {
			t.Errorf("%s still names the previous key", name)
		}
	}
}

// TestInterruptedRemovalThenRotation: what a removal left under the previous
// key goes with the first write.
func TestInterruptedRemovalThenRotation(t *testing.T) {
	old, rotating, done := keys(t, 'o', 0), keys(t, 'n', 'o'), keys(t, 'n', 0)
	s := stored(t, old, site, many(old, site, 200, "v")...)
	writes, err := s.book(site, old).Remove(rotating, run, origin)
	if err != nil {
		t.Fatal(err)
	}
	s.apply(t, writes[0]) // emptied under the current key
	stored := s.book(site, rotating)
	if stored.Status != ledger.Whole || !stored.NeedsRekey || stored.Count != 1 {
		t.Fatalf("after the removal was interrupted: %s (%s), needs rekey %v, count %d", stored.Status, stored.Reason, stored.NeedsRekey, stored.Count)
	}
	writes, _ = encode(t, stored.Revise(), rotating)
	s.apply(t, writes...)
	if stored := s.book(site, done); stored.Status != ledger.Whole || stored.NeedsRekey {
		t.Errorf("after %s: %s, needs rekey %v", describe(writes), stored.Status, stored.NeedsRekey)
	}
}
