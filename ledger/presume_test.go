package ledger_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/ledger"
)

// TestPresume: without the key everything is seen that can be, and nothing is
// taken for verified.
func TestPresume(t *testing.T) {
	k := keys(t, 'k', 0)
	whole := func() store { return stored(t, k, site, record(k, site, "A", "1"), record(k, site, "B", "1")) }
	name := ledger.Name(site.Project, site.Owner.Kind, 1)
	for name, c := range map[string]struct {
		store   store
		status  ledger.Status
		records int
		reason  string
	}{
		"none":  {store{}, ledger.None, 0, "that there is none needs no key to be seen"},
		"whole": {whole(), ledger.Unverified, 2, "it may be anybody's"},
		"forged": {func() store {
			s := whole()
			s.replace(name, "A runtime web applied", "A runtime web pending")
			return s
		}(), ledger.Unverified, 2, "only the key tells it from a genuine one"},
		"junk": {func() store {
			s := whole()
			s.set(name, "junk")
			return s
		}(), ledger.Damaged, 0, "no key makes a ledger of it"},
		"newer": {func() store {
			s := whole()
			s.replace(name, "ledger 1", "ledger 2")
			return s
		}(), ledger.Newer, 0, "the format stands in clear"},
	} {
		t.Run(name, func(t *testing.T) {
			held := ledger.Presume(c.store.live(site.Owner), site.Project, nil)
			if held.Own.Status != c.status || len(held.Own.Entries) != c.records || !held.Presumed || held.Owner != site.Owner {
				t.Errorf("%s with %d records, want %s with %d: %s", held.Own.Status, len(held.Own.Entries), c.status, c.records, c.reason)
			}
			if _, _, err := held.Revise(false).Encode(k, run, origin); c.status != ledger.None && !errors.Is(err, ledger.ErrUnusable) {
				t.Errorf("it is continued: %v", err)
			}
			if c.status == ledger.Unverified && (held.Own.Unusable() || held.Own.OwnerName != site.Owner.Name) {
				t.Errorf("unusable %v, owner name %q", held.Own.Unusable(), held.Own.OwnerName)
			}
		})
	}
}

// TestPresumeSeesWhatHoldSees: of a ledger that verifies, the records are the
// same with and without the key, under former names too.
func TestPresumeSeesWhatHoldSees(t *testing.T) {
	k, other := keys(t, 'k', 0), keys(t, 'm', 0)
	shopfront, marketing := identity("shopfront"), identity("marketing")
	live := merge(
		stored(t, k, site, record(k, site, "A", "1")),
		stored(t, k, shopfront, record(k, shopfront, "B", "1")),
		stored(t, other, marketing, record(other, marketing, "C", "1")),
	).live(site.Owner)
	formerly := []string{"never-was", "shopfront"}
	held, presumed := ledger.ReadAll(live, site.Project, formerly, k), ledger.Presume(live, site.Project, formerly)
	if diff := cmp.Diff(held.Own.Entries, presumed.Own.Entries); diff != "" {
		t.Error(diff)
	}
	if len(presumed.Former) != 1 || presumed.Former[0].Status != ledger.Unverified {
		t.Fatalf("former ledgers: %v", presumed.Former)
	}
	if diff := cmp.Diff(held.Former[0].Entries, presumed.Former[0].Entries); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(held.Claims, presumed.Claims); diff != "" {
		t.Error(diff)
	}
}
