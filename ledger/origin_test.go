package ledger_test

import (
	"strings"
	"testing"
	"time"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/secret"
)

// with returns an origin that knows everything, changed.
func with(change func(*ledger.Origin)) ledger.Origin {
	o := origin
	change(&o)
	return o
}

// widest is an origin that takes as much as any can.
func widest() ledger.Origin {
	return ledger.Origin{
		Record: 1<<64 - 1,
		Home:   secret.Owner{Kind: secret.Organization, Name: strings.Repeat("n", 200), ID: strings.Repeat("f", 64)},
		Commit: strings.Repeat("c", 64), CommitTime: time.Unix(78364164095, 0), Actor: strings.Repeat("a", 100), Time: time.Unix(78364164095, 0),
	}
}

func TestOriginComesBack(t *testing.T) {
	k := keys(t, 'a', 0)
	berlin := time.FixedZone("CET", 3600)
	agency := secret.Owner{Kind: secret.Organization, Name: "My  Agency ", ID: origin.Home.ID}
	utc := func(seconds int64) time.Time { return time.Unix(seconds, 0).UTC() }
	tests := map[string]struct {
		origin ledger.Origin
		want   ledger.Origin
		lines  string
	}{
		"all of it": {origin, origin, "record 3 home site 99999999-2222-3333-4444-55555555abcd blue-shop\n" +
			"commit 0123456789abcdef0123456789abcdef01234567 1790000000 actor octocat at 1790000300\n"},
		"nothing": {ledger.Origin{}, ledger.Origin{}, "record 0 home -\ncommit - 0 actor - at 0\n"},
		"a home called -": {with(func(o *ledger.Origin) { o.Home.Name = "-" }), with(func(o *ledger.Origin) { o.Home.Name = "-" }),
			"home site 99999999-2222-3333-4444-55555555abcd -\n"},
		"a home with spaces": {ledger.Origin{Home: agency}, ledger.Origin{Home: agency},
			"home organization 99999999-2222-3333-4444-55555555abcd My  Agency \n"},
		"id in capitals":    {with(func(o *ledger.Origin) { o.Home.ID = strings.ToUpper(o.Home.ID) }), origin, "55555555abcd blue-shop"},
		"a home, no record": {ledger.Origin{Home: origin.Home}, ledger.Origin{Home: origin.Home}, "record 0 home site 9"},
		"parts of a second": {with(func(o *ledger.Origin) { o.Time = o.Time.Add(999 * time.Millisecond).In(berlin) }), origin, " at 1790000300\n"},
		"before 1970":       {with(func(o *ledger.Origin) { o.Time = utc(-1) }), with(func(o *ledger.Origin) { o.Time = time.Time{} }), " at 0\n"},
		"far too late": {
			with(func(o *ledger.Origin) { o.CommitTime = utc(1 << 40) }), with(func(o *ledger.Origin) { o.CommitTime = time.Time{} }),
			"4567 0 actor",
		},
		"a time, no commit": {ledger.Origin{CommitTime: utc(1)}, ledger.Origin{}, "commit - 0 actor"},
		"a bot":             {ledger.Origin{Actor: "dependabot[bot]"}, ledger.Origin{Actor: "dependabot[bot]"}, " actor dependabot[bot] at 0"},
		"SHA-256":           {ledger.Origin{Commit: strings.Repeat("0a", 32)}, ledger.Origin{Commit: strings.Repeat("0a", 32)}, "0a0a 0 actor"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := store{}
			writes, announced, err := put(s.book(site, k).Revise(), record(k, site, "A", "v")).Encode(k, run, test.origin)
			if err != nil {
				t.Fatal(err)
			}
			s.apply(t, writes...)
			mustBe(t, s.book(site, k), announced)
			if d := diff(test.want, announced.Origin); d != "" {
				t.Errorf("the origin that comes back:\n%s", d)
			}
			if !strings.Contains(s.text(first), test.lines) {
				t.Errorf("the chunk does not say %q:\n%s", test.lines, s.text(first))
			}
			if presumed := ledger.Presume(s.live(site.Owner), site.Project, nil).Own; diff(test.want, presumed.Origin) != "" {
				t.Error("without the key the origin is another")
			}
		})
	}
}

func TestOriginRefuses(t *testing.T) {
	k := keys(t, 'a', 0)
	long := strings.Repeat("n", 201)
	tests := map[string]struct {
		origin ledger.Origin
		want   string
	}{
		"a serial without a home":  {ledger.Origin{Record: 1}, "the project's record has a serial and no home"},
		"a home of no kind":        {with(func(o *ledger.Origin) { o.Home.Kind = 0 }), "neither a site nor an organization"},
		"a home of another kind":   {with(func(o *ledger.Origin) { o.Home.Kind = 3 }), "neither a site nor an organization"},
		"a home without id":        {with(func(o *ledger.Origin) { o.Home.ID = "" }), "the home of the project's record: the id of the site or organization is not known"},
		"a home without name":      {with(func(o *ledger.Origin) { o.Home.Name = "" }), "the home of the project's record: the name of the site or organization is not"},
		"a home with a line break": {with(func(o *ledger.Origin) { o.Home.Name = "a\nb" }), "the home of the project's record: the name of the site or organization is not"},
		"a home with a long name":  {with(func(o *ledger.Origin) { o.Home.Name = long }), "the home of the project's record: the name of the site or organization is not"},
		"an abbreviated commit":    {with(func(o *ledger.Origin) { o.Commit = "0123456" }), "the commit is not 40 or 64 hex digits"},
		"a branch":                 {with(func(o *ledger.Origin) { o.Commit = "main" }), "the commit is not 40 or 64 hex digits"},
		"a commit in capitals":     {with(func(o *ledger.Origin) { o.Commit = strings.Repeat("A", 40) }), "the commit is not 40 or 64 hex digits"},
		"an e-mail address":        {with(func(o *ledger.Origin) { o.Actor = "me@example.org" }), "the actor is not a login"},
		"a name":                   {with(func(o *ledger.Origin) { o.Actor = "Mona Lisa" }), "the actor is not a login"},
		"the sign for unknown":     {with(func(o *ledger.Origin) { o.Actor = "-" }), "the actor is not a login"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			revision := put(store{}.book(site, k).Revise(), record(k, site, "A", "v"))
			if _, _, err := revision.Encode(k, run, test.origin); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Encode = %v, want an error with %q", err, test.want)
			}
			if _, err := (store{}).book(site, k).Discard(k, run, test.origin); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Discard = %v, want an error with %q", err, test.want)
			}
		})
	}
}

func TestLogin(t *testing.T) {
	for text, want := range map[string]string{
		"octocat": "octocat", "dependabot[bot]": "dependabot[bot]", "project_123_bot": "project_123_bot", "mona_acme": "mona_acme",
		"": "", "-": "", "-a": "", "me@example.org": "", "Mona Lisa": "", "mona\n": "", strings.Repeat("a", 101): "", "ÜBER": "",
	} {
		if got := ledger.Login(text); got != want {
			t.Errorf("Login(%q) = %q, want %q", text, got, want)
		}
	}
}

// TestOriginIsNoReasonToWrite: neither alone, nor may it make more chunks of
// the same records, because a plan counts the writes before the origin is
// known.
func TestOriginIsNoReasonToWrite(t *testing.T) {
	k := keys(t, 'a', 0)
	longRun := strings.Repeat("r", 64)
	for n := range 80 {
		records := many(k, site, n, "v")
		narrow, _, errNarrow := put(store{}.book(site, k).Revise(), records...).Encode(k, "r", ledger.Origin{})
		wide, stored, errWide := put(store{}.book(site, k).Revise(), records...).Encode(k, longRun, widest())
		if errNarrow != nil || errWide != nil || describe(narrow) != describe(wide) {
			t.Fatalf("%d records: %s (%v), and with the widest header %s (%v)", n, describe(narrow), errNarrow, describe(wide), errWide)
		}
		s := store{}
		s.apply(t, wide...) // checks the size of each chunk
		if n > 0 && stored.Origin.Record != widest().Record {
			t.Fatalf("%d records: the widest origin does not come back", n)
		}
		if again, _, err := s.book(site, k).Revise().Encode(k, "r", origin); err != nil || again != nil {
			t.Fatalf("%d records: another origin alone is written: %s, %v", n, describe(again), err)
		}
	}
}

// TestOriginOfTheLastWriting: of a ledger of several chunks the one that was
// written last says where it came from, and removing one says it too.
func TestOriginOfTheLastWriting(t *testing.T) {
	k := keys(t, 'a', 0)
	records := many(k, site, 100, "v")
	s := stored(t, k, site, records...)
	inFirst, inSecond := halves(t, s, records)
	for i, at := range []int{inFirst, inSecond, inFirst} {
		o := with(func(o *ledger.Origin) { o.Record += uint64(i) + 1 })
		writes, _, err := put(s.book(site, k).Revise(), record(k, site, string(records[at].Name), "new"+string(rune('0'+i)))).Encode(k, run, o)
		if err != nil || len(writes) != 1 {
			t.Fatalf("%s, %v", describe(writes), err)
		}
		s.apply(t, writes...)
		if got := s.book(site, k).Origin; got != o {
			t.Errorf("after %s: the origin is that of record %d, want %d", describe(writes), got.Record, o.Record)
		}
	}
	last := with(func(o *ledger.Origin) { o.Actor = "who-removed-it" })
	writes, err := s.book(site, k).Discard(k, run, last)
	if err != nil {
		t.Fatal(err)
	}
	s.apply(t, writes[0])
	if got := s.book(site, k).Origin; got != last {
		t.Errorf("half-way through a removal: the origin is %v", got)
	}
}

// TestOriginLines changes the lines of a genuine chunk; without the key too
// only what would be written is read.
func TestOriginLines(t *testing.T) {
	k := keys(t, 'a', 0)
	tests := map[string]struct{ old, new, reason string }{
		"serial, leading zero":     {"record 3", "record 03", "is not written the way cella writes it"},
		"serial, too large":        {"record 3", "record 18446744073709551616", "has a header that cella does not write"},
		"serial, negative":         {"record 3", "record -3", "has a header that cella does not write"},
		"a serial and no home":     {"home site 99999999-2222-3333-4444-55555555abcd blue-shop", "home -", "has a header that cella does not write"},
		"home of no kind":          {"home site 9", "home sites 9", "has a header that cella does not write"},
		"home, id in capitals":     {"55555555abcd blue", "55555555ABCD blue", "has a header that cella does not write"},
		"home without a name":      {" blue-shop\n", " \n", "has a header that cella does not write"},
		"home, unprintable":        {"blue-shop", "blue\x1b[31m", "has a header that cella does not write"},
		"time, leading zero":       {"at 17", "at 017", "is not written the way cella writes it"},
		"time, out of range":       {"1790000300", "78364164096", "is not written the way cella writes it"},
		"time, negative":           {"1790000300", "-1", "is not written the way cella writes it"},
		"time, sign":               {"1790000300", "+1790000300", "is not written the way cella writes it"},
		"a time and no commit":     {"0123456789abcdef0123456789abcdef01234567", "-", "is not written the way cella writes it"},
		"a commit too short":       {"0123456789abcdef0123456789abcdef01234567", "0123", "has a header that cella does not write"},
		"actor, an address":        {"octocat", "octo@cat", "has a header that cella does not write"},
		"one more field":           {" at ", " extra at ", "has a header that cella does not write"},
		"one more at the end":      {"1790000300\n", "1790000300 x\n", "has a header that cella does not write"},
		"two spaces":               {"actor octocat", "actor  octocat", "has a header that cella does not write"},
		"the lines swapped":        {"record 3 home", "commit 3 home", "has a header that cella does not write"},
		"Windows line ends":        {"1790000300\n", "1790000300\r\n", "has a header that cella does not write"},
		"the second line left out": {"commit 0123456789abcdef0123456789abcdef01234567 1790000000 actor octocat at 1790000300\n", "", "is cut short"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := stored(t, k, site)
			s.apply(t, must(put(s.book(site, k).Revise(), ledger.Entry{Name: "A", Type: "env"}).Encode(k, run, origin))...)
			if name == "the second line left out" {
				s.lines(first, func(l []string) []string { return append(l[:5:5], l[6]) }) // without the record too
			}
			if !strings.Contains(s.text(first), test.old) {
				t.Fatalf("there is no %q to change", test.old)
			}
			s.replace(first, test.old, test.new)
			stored := ledger.Presume(s.live(site.Owner), site.Project, nil).Own
			if stored.Status != ledger.Damaged || !strings.HasSuffix(stored.Reason, test.reason) || stored.Origin != (ledger.Origin{}) {
				t.Errorf("Presume = %s (%s), want damaged (%s)", stored.Status, stored.Reason, test.reason)
			}
		})
	}
}

func must(writes []ledger.Write, _ ledger.Ledger, err error) []ledger.Write {
	if err != nil {
		panic(err)
	}
	return writes
}
