package project_test

import (
	"encoding/base64"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/internal/testkit"
	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/ledger/project"
	"github.com/cella-secrets/cella/secret"
)

// example shows every feature of the format.
func example() []secret.Owner {
	return []secret.Owner{
		{Kind: secret.Organization, Name: "My  Agency ", ID: "33333333-2222-3333-4444-55555555abcd"},
		{Kind: secret.Site, Name: "ÜBER", ID: "11111111-2222-3333-4444-55555555abcd"},
		{Kind: secret.Site, Name: "red-shop", ID: "22222222-2222-3333-4444-55555555abcd"},
	}
}

// TestFormat reads what an earlier cella wrote. What is written may differ from
// it in how it is packed, which is the standard library's. The file was decrypted
// by another implementation too (Python's hmac, zlib and cryptography).
func TestFormat(t *testing.T) {
	const golden = "testdata/chunk.golden"
	k := keys(t, 'a', 0)
	s := stored(t, k, home, example()...)
	s.apply(t, must(s.book(home, k).Revise().SetSource(project.Source{Path: "ops/secrets.yaml"}).Encode(k, run))...)
	if *testkit.Update {
		if err := os.WriteFile(golden, []byte(s.text(first)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	earlier := store{}
	earlier.set(first, string(text))
	want := project.Record{
		Identity: home, Serial: 2, Owners: example(), MovedAt: 2,
		Source: project.Source{Forge: "github.com:123456", Path: "ops/secrets.yaml"}, Former: source,
	}
	got := earlier.book(home, k)
	if d := diff(want, says(got)); d != "" || got.Status != ledger.Whole {
		t.Errorf("the format changed, and with it every record that is stored: %s (%s)\n%s", got.Status, got.Reason, d)
	}
	mustBe(t, s.book(home, k), got)
}

func must(writes []ledger.Write, _ project.Record, err error) []ledger.Write {
	if err != nil {
		panic(err)
	}
	return writes
}

func TestRead(t *testing.T) {
	k := keys(t, 'a', 0)
	all := owners(1000)
	s := stored(t, k, home, all...)
	record := s.book(home, k)
	if d := diff(sorted(all), record.Owners); d != "" || record.Status != ledger.Whole || record.Reason != "" {
		t.Fatalf("Read = %s (%s), owners differ:\n%s", record.Status, record.Reason, d)
	}
	if record.Serial != 5 || record.Count != 4 || record.Run != run || record.HomeName != "blue-shop" || record.NeedsRekey {
		t.Errorf("Read = serial %d, count %d, run %q, home %q, needs rekey %v", record.Serial, record.Count, record.Run, record.HomeName, record.NeedsRekey)
	}
	if record.Source != source || record.Former != (project.Source{}) || record.MovedAt != 0 {
		t.Errorf("Read = source %v, formerly %v, moved at %d", record.Source, record.Former, record.MovedAt)
	}

	renamed := home
	renamed.Owner.Name, renamed.Owner.ID = "new-name", strings.ToUpper(home.Owner.ID)
	if record := s.book(renamed, k); record.Status != ledger.Whole || record.HomeName != "blue-shop" {
		t.Errorf("after a rename: %s (%s), home %q: the record tells the former name", record.Status, record.Reason, record.HomeName)
	}
	if record := s.book(home, ledger.Keys{}); record.Status != ledger.NoKey || record.Owners != nil {
		t.Errorf("without a key: %s, %v: no record of ours is read", record.Status, record.Owners)
	}
	if record := (store{}).book(home, k); record.Status != ledger.None || record.Serial != 0 || record.Reason != "" || record.Identity != home {
		t.Errorf("an empty listing: %s (%s)", record.Status, record.Reason)
	}
}

// TestNothingShows: of the rows and the source nothing can be read in what is
// stored, and two records that differ in one name have nothing in common.
func TestNothingShows(t *testing.T) {
	k := keys(t, 'a', 0)
	all := owners(30)
	other := slices.Clone(all)
	other[7].Name = "another"
	s, o := stored(t, k, home, all...), stored(t, k, home, other...)
	text := s.text(first)
	for _, owner := range all {
		if strings.Contains(text, owner.ID) || strings.Contains(text, owner.Name) {
			t.Fatalf("the chunk names %s", owner)
		}
	}
	if strings.Contains(text, "123456") || strings.Contains(text, "secrets.yaml") {
		t.Error("the chunk names the source")
	}
	bodies := [2][]byte{}
	for i, s := range []store{s, o} {
		body, err := base64.RawURLEncoding.DecodeString(strings.Split(s.text(first), "\n")[4])
		if err != nil {
			t.Fatal(err)
		}
		bodies[i] = body
	}
	equal := 0
	for i := range min(len(bodies[0]), len(bodies[1])) {
		if bodies[0][i] == bodies[1][i] {
			equal++
		}
	}
	if equal > len(bodies[0])/20 {
		t.Errorf("%d of %d bytes are the same in another record: a nonce was used twice", equal, len(bodies[0]))
	}
}

// TestNoncesDiffer: whatever one thing of the header or of the content is
// another, the nonce is another.
func TestNoncesDiffer(t *testing.T) {
	k := keys(t, 'a', 0)
	elsewhere, renamed, marketing, agency := home, home, home, home
	elsewhere.Owner.ID = "88888888-2222-3333-4444-55555555abcd"
	renamed.Owner.Name = "new-name"
	marketing.Project = "marketing"
	agency.Owner.Kind = secret.Organization
	type writing struct {
		id     ledger.Identity
		keys   ledger.Keys
		run    string
		after  uint64
		source project.Source
		owners []secret.Owner
	}
	base := writing{home, k, run, 0, source, example()}
	nonce := func(w writing) string {
		writes := must(store{}.book(w.id, w.keys).Revise().Join(w.owners...).SetSource(w.source).After(w.after).Encode(w.keys, w.run))
		return strings.Split(writes[0].Value.Reveal(), "\n")[4][:16]
	}
	if nonce(base) != nonce(base) {
		t.Error("the same writing has two nonces")
	}
	seen := map[string]string{nonce(base): "the base"}
	for name, change := range map[string]func(*writing){
		"home":    func(w *writing) { w.id = elsewhere },
		"renamed": func(w *writing) { w.id = renamed },
		"project": func(w *writing) { w.id = marketing },
		"kind":    func(w *writing) { w.id = agency },
		"key":     func(w *writing) { w.keys = keys(t, 'b', 0) },
		"run":     func(w *writing) { w.run = "run-2" },
		"serial":  func(w *writing) { w.after = 1 },
		"source":  func(w *writing) { w.source.Path = "b.yaml" },
		"owners":  func(w *writing) { w.owners = w.owners[:2] },
	} {
		w := base
		change(&w)
		n := nonce(w)
		if other, taken := seen[n]; taken {
			t.Errorf("%s has the nonce of %s", name, other)
		}
		seen[n] = name
	}
}

// TestFind reads records under former names, which were made with those.
func TestFind(t *testing.T) {
	k := keys(t, 'a', 0)
	shopfront, marketing := home, home
	shopfront.Project, marketing.Project = "shopfront", "marketing"
	s := stored(t, k, home, example()[0])
	maps.Copy(s, stored(t, k, shopfront, example()[1]))
	maps.Copy(s, stored(t, keys(t, 'm', 0), marketing, example()[2]))
	s.set("CELLA_LEDGER__STOREFRONT", "a ledger")
	s.set("CELLA_PROJECT__A__0", "not the name of a chunk")
	s.set("PLAIN", "v")
	books := project.Find(s.live(home.Owner), "storefront", []string{"never-was", "shopfront", "marketing"}, k)
	var got []string
	for _, b := range books {
		got = append(got, b.Identity.Project+" "+b.Status.String())
	}
	if d := diff([]string{"storefront whole", "shopfront whole", "marketing other key"}, got); d != "" {
		t.Errorf("Find:\n%s", d)
	}
	if d := diff(example()[1:2], books[1].Owners); d != "" {
		t.Errorf("the record under the former name:\n%s", d)
	}
	if books := project.Find(s.live(home.Owner), "fresh", nil, k); len(books) != 1 || books[0].Status != ledger.None {
		t.Errorf("a new project: %v", books)
	}
	if books := project.Find(s.live(home.Owner), "storefront", []string{"shopfront"}, ledger.Keys{}); len(books) != 1 || books[0].Status != ledger.NoKey {
		t.Errorf("without a key: %v", books)
	}
}

// TestInherited: what a site's listing shows of its organization's record is
// not the site's.
func TestInherited(t *testing.T) {
	k := keys(t, 'a', 0)
	agency := home
	agency.Owner.Kind = secret.Organization
	s := stored(t, k, agency, example()...)
	if name := project.Name("storefront", secret.Organization, 2); name != "CELLA_ORG_PROJECT__STOREFRONT__2" || !name.Reserved() {
		t.Errorf("Name = %s", name)
	}
	if record := s.book(agency, k); record.Status != ledger.Whole {
		t.Errorf("on the organization: %s (%s)", record.Status, record.Reason)
	}
	if record := s.book(home, k); record.Status != ledger.None {
		t.Errorf("on the site: %s (%s)", record.Status, record.Reason)
	}
	for _, kind := range []secret.OwnerKind{secret.Site, secret.Organization} {
		if _, _, ok := ledger.ParseName(project.Name("my-shop", kind, 3), kind); ok {
			t.Error("a record passes for a ledger")
		}
	}
}
