package ledger_test

import (
	"errors"
	"testing"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/secret"
)

func identity(project string) ledger.Identity {
	return ledger.Identity{Project: project, Owner: site.Owner}
}

// merge puts ledgers of several projects side by side.
func merge(stores ...store) store {
	all := store{}
	for _, s := range stores {
		for name, entry := range s {
			all[name] = entry
		}
	}
	return all
}

func TestHold(t *testing.T) {
	k, other := keys(t, 'k', 0), keys(t, 'm', 0)
	shopfront, marketing := identity("shopfront"), identity("marketing")
	all := merge(
		stored(t, k, site, record(k, site, "A", "1")),
		stored(t, k, shopfront, record(k, shopfront, "B", "1")),
		stored(t, other, marketing, record(other, marketing, "C", "1")),
	)
	held := ledger.ReadAll(all.live(site.Owner), site.Project, []string{"never-was", "shopfront"}, k)
	if _, found := held.Own.Entry("A"); !found || held.Owner != site.Owner {
		t.Errorf("own ledger is %s", held.Own.Status)
	}
	if len(held.Former) != 1 || held.Former[0].Identity.Project != "shopfront" || len(held.Former[0].Entries) != 1 {
		t.Errorf("former ledgers are %v", held.Former)
	}
	if len(held.Claims) != 1 || held.Claims[0].Project != "marketing" || !held.Claims[0].Intact {
		t.Errorf("claims are %v", held.Claims)
	}
	keyless := ledger.ReadAll(all.live(site.Owner), site.Project, []string{"shopfront"}, ledger.Keys{})
	if keyless.Own.Status != ledger.NoKey || len(keyless.Claims) != 1 {
		t.Errorf("without a key: own ledger is %s, claims are %v", keyless.Own.Status, keyless.Claims)
	}
}

func TestHoldingDraft(t *testing.T) {
	k, lost := keys(t, 'k', 0), keys(t, 'l', 0)
	whole := ledger.ReadAll(stored(t, k, site, record(k, site, "A", "1")).live(site.Owner), site.Project, nil, k)
	unusable := ledger.ReadAll(stored(t, lost, site, record(lost, site, "A", "1")).live(site.Owner), site.Project, nil, k)
	for name, c := range map[string]struct {
		holding ledger.Ledgers
		reset   bool
		records int
		err     error
		reason  string
	}{
		"whole":           {whole, false, 2, nil, "it goes on"},
		"whole, reset":    {whole, true, 2, nil, "there is nothing to give up"},
		"unusable":        {unusable, false, 0, ledger.ErrUnusable, "it cannot go on"},
		"unusable, reset": {unusable, true, 1, nil, "it begins anew"},
		"none, reset":     {ledger.ReadAll(secret.Live{Owner: site.Owner}, site.Project, nil, k), true, 1, nil, "it begins"},
	} {
		t.Run(name, func(t *testing.T) {
			revision := c.holding.Revise(c.reset)
			revision.Put(record(k, site, "B", "1"))
			_, stored, err := revision.Encode(k, run, origin)
			if !errors.Is(err, c.err) || len(stored.Entries) != c.records {
				t.Errorf("%d records, error %v: %s", len(stored.Entries), err, c.reason)
			}
		})
	}
}

func TestDiscard(t *testing.T) {
	k, lost := keys(t, 'k', 0), keys(t, 'l', 0)
	for name, s := range map[string]store{
		"none":             {},
		"whole":            stored(t, k, site, many(k, site, 200, "1")...),
		"under a lost key": stored(t, lost, site, many(lost, site, 200, "1")...),
	} {
		t.Run(name, func(t *testing.T) {
			writes, err := s.book(site, k).Discard(k, run, origin)
			if err != nil {
				t.Fatal(err)
			}
			s.apply(t, writes...)
			if len(s) > 0 {
				t.Errorf("%d chunks are left", len(s))
			}
		})
	}
}

func TestKnows(t *testing.T) {
	rotated := keys(t, 'n', 'k')
	place := ledger.Place{Name: "A"}
	for name, c := range map[string]struct {
		by   ledger.Keys
		want bool
	}{
		"current": {rotated, true}, "previous": {keys(t, 'k', 0), true}, "lost": {keys(t, 'l', 0), false}, "none": {ledger.Keys{}, false},
	} {
		if got := rotated.Knows(c.by.Fingerprint(site, place, secret.NewValue("1"))); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

func TestRunIDBytesIsAllowed(t *testing.T) {
	k := keys(t, 'k', 0)
	revision := store{}.book(site, k).Revise()
	revision.Put(record(k, site, "A", "1"))
	id := make([]byte, ledger.RunIDBytes)
	for i := range id {
		id[i] = '0'
	}
	if _, _, err := revision.Encode(k, string(id), origin); err != nil {
		t.Error(err)
	}
}
