package ledger_test

import (
	"encoding/binary"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/secret"
)

var organization = ledger.Identity{
	Project: "storefront",
	Owner:   secret.Owner{Kind: secret.Organization, Name: "my-agency", ID: "aaaaaaaa-2222-3333-4444-55555555abcd"},
}

func mark(n uint32) ledger.Mark {
	var m ledger.Mark
	binary.BigEndian.PutUint32(m[:], n)
	return m
}

func marksUpTo(n uint32) []ledger.Mark {
	marks := make([]ledger.Mark, n)
	for i := range marks {
		marks[i] = mark(uint32(i))
	}
	return marks
}

// TestSitesComeBack: what a record remembers of sites is read back, and one bit
// of it that somebody changed is noticed.
func TestSitesComeBack(t *testing.T) {
	k := keys(t, 'a', 0)
	const orgLedger = "CELLA_ORG_LEDGER__STOREFRONT"
	for name, sites := range map[string]ledger.Sites{
		"nothing":     {},
		"own":         ledger.NewSites([]ledger.Mark{mark(7), mark(1)}),
		"none":        ledger.NewSites(nil, []ledger.Mark{mark(9), mark(2)}),
		"both":        ledger.NewSites([]ledger.Mark{mark(7)}, []ledger.Mark{mark(2)}),
		"many, three": ledger.NewSites(nil, marksUpTo(3)),
		"the most":    ledger.NewSites(nil, marksUpTo(2*ledger.MaxSites)),
	} {
		t.Run(name, func(t *testing.T) {
			put := record(k, organization, "A", "v", "live")
			put.Sites = sites
			s := stored(t, k, organization, put)
			got, _ := s.book(organization, k).Entry("A")
			if d := diff(put, got); d != "" {
				t.Errorf("the record that comes back:\n%s", d)
			}
			if sites == (ledger.Sites{}) {
				return
			}
			forged := strings.NewReplacer("own="+sites.Own, "own=AAAAew", "none="+sites.None, "none=AAAAew").Replace(s.text(orgLedger))
			s.set(orgLedger, forged)
			if stored := s.book(organization, k); stored.Status != ledger.Damaged {
				t.Errorf("with other sites it reads as %s", stored.Status)
			}
		})
	}
}

// TestSitesAreNoReasonToWrite: alone they make no change of what was applied.
func TestSitesAreNoReasonToWrite(t *testing.T) {
	k := keys(t, 'a', 0)
	one, other := record(k, organization, "A", "v"), record(k, organization, "A", "v")
	other.Sites = ledger.NewSites([]ledger.Mark{mark(1)})
	if !one.Same(other) {
		t.Error("a record that remembers a site counts as another")
	}
	if revision := put(stored(t, k, organization, one).book(organization, k).Revise(), other); revision != nil {
		if writes, _ := encode(t, revision, k); len(writes) != 1 {
			t.Errorf("%d writes store what is remembered, want 1", len(writes))
		}
	}
}

func TestSitesRefused(t *testing.T) {
	k := keys(t, 'a', 0)
	for name, sites := range map[string]ledger.Sites{
		"no base64":     {Own: "A B"},
		"half a mark":   {None: "AAA"},
		"out of order":  {None: "AAAAAgAAAAE"},
		"twice":         {Own: "AAAAAQAAAAE"},
		"bits left":     {Own: "AAAAAR"},
		"a line break":  {Own: "AAAA\nAQ"},
		"more than fit": {Own: ledger.NewSites(marksUpTo(ledger.MaxSites)).Own, None: ledger.NewSites(nil, []ledger.Mark{mark(99999)}).None},
	} {
		r := record(k, organization, "A", "v")
		r.Sites = sites
		if _, _, err := put(store{}.book(organization, k).Revise(), r).Encode(k, run, origin); err == nil {
			t.Errorf("%s is written", name)
		}
	}
}

// TestSitesOf: who is known, and that the first list wins.
func TestSitesOf(t *testing.T) {
	sites := ledger.NewSites([]ledger.Mark{mark(1)}, []ledger.Mark{mark(1), mark(2)}, []ledger.Mark{mark(3)})
	for n, want := range map[uint32][2]bool{1: {true, true}, 2: {false, true}, 3: {false, true}, 4: {false, false}} {
		if own, known := sites.Of(mark(n)); [2]bool{own, known} != want {
			t.Errorf("of %d: own %t, known %t, want %v", n, own, known, want)
		}
	}
	if own, known := sites.Of(mark(4), mark(1)); !own || !known {
		t.Error("a mark under the previous key is not looked at")
	}
	less := sites.Without(mark(1), mark(3))
	if _, known := less.Of(mark(1)); known {
		t.Error("a site stays known")
	}
	if _, known := less.Of(mark(2)); !known {
		t.Error("another one is forgotten too")
	}
	full := ledger.NewSites([]ledger.Mark{mark(5000)}, []ledger.Mark{mark(4000)}, marksUpTo(ledger.MaxSites))
	for _, first := range []uint32{5000, 4000} {
		if _, known := full.Of(mark(first)); !known {
			t.Errorf("%d comes first and is not remembered", first)
		}
	}
	if own, none := full.Marks(); len(own)+len(none) != ledger.MaxSites {
		t.Errorf("%d sites are remembered, want %d", len(own)+len(none), ledger.MaxSites)
	}
}

// TestMarks: a site has another mark in every project, at every organization and
// under every key, and while the key is rotated those of both.
func TestMarks(t *testing.T) {
	const id = "11111111-2222-3333-4444-55555555abcd"
	elsewhere, renamed := organization, organization
	elsewhere.Owner.ID, renamed.Project = "bbbbbbbb-2222-3333-4444-55555555abcd", "shopfront"
	a, b := keys(t, 'a', 0), keys(t, 'b', 'a')
	first := a.Marks(organization, id)
	if len(first) != 1 || len(ledger.Keys{}.Marks(organization, id)) != 0 {
		t.Fatalf("%d marks", len(first))
	}
	if same := a.Marks(organization, strings.ToUpper(id)); same[0] != first[0] {
		t.Error("an id in upper case is another site")
	}
	for name, other := range map[string][]ledger.Mark{
		"another site":         a.Marks(organization, "11111111-2222-3333-4444-55555555abce"),
		"another organization": a.Marks(elsewhere, id), "another project": a.Marks(renamed, id), "another key": b.Marks(organization, id)[:1],
	} {
		if other[0] == first[0] {
			t.Errorf("%s has the same mark", name)
		}
	}
	if both := b.Marks(organization, id); len(both) != 2 || both[1] != first[0] {
		t.Error("the previous key's mark is not the second")
	}
}
