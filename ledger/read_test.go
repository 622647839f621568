package ledger_test

import (
	"strings"
	"testing"

	"github.com/cella-secrets/cella/internal/testkit"
	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/secret"
)

// exampleRecords shows every feature of the format.
func exampleRecords(t testing.TB) []ledger.Entry {
	old, k := keys(t, 'o', 0), keys(t, 'a', 0)
	pending := record(k, site, "STRIPE_KEY", "v")
	pending.State = ledger.Pending
	protected := record(k, site, "ACF_PRO_KEY", "v", "live", "pr-12")
	protected.Type, protected.Scopes, protected.Protect = "env", secret.NewScopes("web", "ic", "user"), true
	rotating := record(old, site, "github-oauth.github.com", "v", "dev")
	rotating.Type, rotating.Scopes, rotating.State, rotating.Protect = "composer", secret.Scopes{}, ledger.Pending, true
	return []ledger.Entry{protected, pending, rotating, {Name: "ÜBER", Type: "runtime", Scopes: secret.NewScopes("ic")}}
}

func TestFormat(t *testing.T) {
	k := keys(t, 'a', 0)
	s := stored(t, k, site, exampleRecords(t)...)
	got := s.text("CELLA_LEDGER__STOREFRONT")
	testkit.Golden(t, "testdata/chunk.golden", got) // every ledger that is stored has this format
	if d := diff(exampleRecords(t), s.book(site, k).Entries); d != "" {
		t.Errorf("the records do not come back:\n%s", d)
	}
}

func TestRead(t *testing.T) {
	k := keys(t, 'a', 0)
	records := many(k, site, 100, "v") // two chunks
	s := stored(t, k, site, records...)
	stored := s.book(site, k)
	if d := diff(records, stored.Entries); d != "" || stored.Status != ledger.Whole || stored.Reason != "" || stored.Names != nil {
		t.Fatalf("Read = %s (%s), names %v, records differ:\n%s", stored.Status, stored.Reason, stored.Names, d)
	}
	if stored.Serial != 3 || stored.Count != 2 || stored.Run != run || stored.OwnerName != "my-site" || stored.NeedsRekey {
		t.Errorf("Read = serial %d, count %d, run %q, owner %q, needs rekey %v", stored.Serial, stored.Count, stored.Run, stored.OwnerName, stored.NeedsRekey)
	}
	if stored.Origin != origin {
		t.Errorf("Read = origin %v", stored.Origin)
	}
	if got, found := stored.Entry("SECRET_NUMBER_0042"); !found || diff(records[42], got) != "" {
		t.Errorf("Record = %v, %v", got, found)
	}
	if _, found := stored.Entry("SECRET_NUMBER_0100"); found {
		t.Error("Record finds a name that is not there")
	}
	if f, found := records[0].Fingerprint("live"); !found || f != records[0].Fingerprints[2].Fingerprint {
		t.Errorf("Fingerprint(live) = %v, %v", f, found)
	}
	if _, found := records[0].Fingerprint("pr-1"); found {
		t.Error("Fingerprint finds an environment that is not there")
	}

	renamed := site
	renamed.Owner.Name, renamed.Owner.ID = "new-name", strings.ToUpper(site.Owner.ID)
	if stored := s.book(renamed, k); stored.Status != ledger.Whole || stored.OwnerName != "my-site" {
		t.Errorf("after a rename: %s (%s), owner %q: the ledger tells the former name", stored.Status, stored.Reason, stored.OwnerName)
	}
	if stored := s.book(site, ledger.Keys{}); stored.Status != ledger.NoKey || stored.Entries != nil || stored.Names != nil {
		t.Errorf("without a key: %s, %v: no ledger of ours is read", stored.Status, stored.Entries)
	}
	if stored := (store{}).book(site, k); stored.Status != ledger.None || stored.Serial != 0 || stored.Reason != "" {
		t.Errorf("an empty listing: %s (%s)", stored.Status, stored.Reason)
	}
}

// TestNamesOfAnUnusableLedger: names stay listed, as formerly ours.
func TestNamesOfAnUnusableLedger(t *testing.T) {
	k := keys(t, 'a', 0)
	s := stored(t, k, site, exampleRecords(t)...)
	want := []secret.Name{"ACF_PRO_KEY", "STRIPE_KEY", "github-oauth.github.com", "ÜBER"}
	if stored := s.book(site, keys(t, 'b', 0)); stored.Status != ledger.OtherKey || diff(want, stored.Names) != "" {
		t.Errorf("under a lost key: %s, names %v, want %v", stored.Status, stored.Names, want)
	}
	s.replace(first, "cella-ledger 1", "cella-ledger 7")
	if stored := s.book(site, k); stored.Status != ledger.Newer || diff(want, stored.Names) != "" {
		t.Errorf("in a newer format: %s, names %v, want %v", stored.Status, stored.Names, want)
	}
	s.set(first, "junk\n"+strings.Split(s.text(first), "\n")[6]+"\nEVIL\x1b[31m runtime web applied mac\nshort")
	if stored := s.book(site, k); stored.Status != ledger.Damaged || diff(want[1:2], stored.Names) != "" {
		t.Errorf("damaged: %s, names %v, want %v", stored.Status, stored.Names, want[1:2])
	}
}

// TestEveryByteCounts sets every byte of a chunk to every other value.
func TestEveryByteCounts(t *testing.T) {
	k := keys(t, 'a', 'o')
	s := stored(t, k, site, exampleRecords(t)[1:3]...)
	text := []byte(s.text(first))
	for i, original := range text {
		for b := range 256 {
			if text[i] = byte(b); text[i] == original {
				continue
			}
			s.set(first, string(text))
			if stored := s.book(site, k); stored.Status == ledger.Whole || stored.Status == ledger.None || stored.Entries != nil {
				t.Fatalf("byte %d from %q to %#x: status %s, %d records", i, original, b, stored.Status, len(stored.Entries))
			}
		}
		text[i] = original
	}
}

// TestInheritedLedger: what a site's listing shows of its organization's
// ledger is neither the site's ledger nor a claim on the site.
func TestInheritedLedger(t *testing.T) {
	k := keys(t, 'a', 0)
	organization := site
	organization.Owner.Kind = secret.Organization
	s := stored(t, k, organization, many(k, organization, 3, "v")...)
	inherited := store{}
	for name, entry := range s {
		entry.Presence, entry.Value = secret.MayBeInherited, secret.Hidden()
		inherited[name] = entry
	}
	for name, seen := range map[string]store{"as listed": inherited, "as if its own": s} {
		if stored := seen.book(site, k); stored.Status != ledger.None || stored.Names != nil {
			t.Errorf("%s: status %s, names %v, want no ledger", name, stored.Status, stored.Names)
		}
		if claims := ledger.Foreign(seen.live(site.Owner)); claims != nil {
			t.Errorf("%s: %v, want no claim", name, claims)
		}
	}
}

func FuzzRead(f *testing.F) {
	k := keys(f, 'a', 'o')
	genuine := stored(f, k, site, exampleRecords(f)...)
	want := genuine.book(site, k).Entries
	two := stored(f, k, site, many(k, site, 100, "v")...)
	f.Add(genuine.text(first), "")
	f.Add(two.text(first), two.text(second))
	f.Add("cella-ledger 2\n", strings.Repeat("\n", 100))
	f.Fuzz(func(t *testing.T, a, b string) {
		s := store{}
		s.set(first, a)
		if b != "" {
			s.set(second, b)
		}
		stored := s.book(site, k)
		wrote := func(text string) bool {
			return text == "" || text == genuine.text(first) || text == two.text(first) || text == two.text(second)
		}
		if stored.Status == ledger.Whole && !(wrote(a) && wrote(b)) || stored.Status != ledger.Whole && stored.Entries != nil {
			t.Fatalf("a forged ledger is %s with %d records", stored.Status, len(stored.Entries))
		}
		if a == genuine.text(first) && b == "" && diff(want, stored.Entries) != "" {
			t.Fatal("the genuine ledger lost its records")
		}
		for _, claim := range ledger.Foreign(s.live(site.Owner)) {
			for _, name := range claim.Names {
				if err := name.Validate(secret.RuntimeType); err != nil {
					t.Fatalf("a claim lists a name that cannot be: %v", err)
				}
			}
		}
	})
}
