package ledger_test

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/secret"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// exampleRecords shows every feature of the format.
func exampleRecords(t testing.TB) []ledger.Record {
	old, k := keys(t, 'o', 0), keys(t, 'a', 0)
	pending := record(k, site, "STRIPE_KEY", "v")
	pending.State = ledger.Pending
	protected := record(k, site, "ACF_PRO_KEY", "v", "live", "pr-12")
	protected.Type, protected.Scopes, protected.Protect = "env", secret.NewScopes("web", "ic", "user"), true
	rotating := record(old, site, "github-oauth.github.com", "v", "dev")
	rotating.Type, rotating.Scopes, rotating.State, rotating.Protect = "composer", secret.Scopes{}, ledger.Pending, true
	return []ledger.Record{protected, pending, rotating, {Name: "ÜBER", Type: "runtime", Scopes: secret.NewScopes("ic")}}
}

func TestFormat(t *testing.T) {
	k := keys(t, 'a', 0)
	s := stored(t, k, site, exampleRecords(t)...)
	got := s.text("CELLA_LEDGER__STOREFRONT")
	const golden = "testdata/chunk.golden"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if d := diff(string(want), got); d != "" {
		t.Errorf("the format changed, and with it every ledger that is stored:\n%s", d)
	}
	if d := diff(exampleRecords(t), s.book(site, k).Records); d != "" {
		t.Errorf("the records do not come back:\n%s", d)
	}
}

func TestRead(t *testing.T) {
	k := keys(t, 'a', 0)
	records := many(k, site, 100, "v") // two chunks
	s := stored(t, k, site, records...)
	book := s.book(site, k)
	if d := diff(records, book.Records); d != "" || book.Status != ledger.Whole || book.Reason != "" || book.Names != nil {
		t.Fatalf("Read = %s (%s), names %v, records differ:\n%s", book.Status, book.Reason, book.Names, d)
	}
	if book.Serial != 2 || book.Count != 2 || book.Run != run || book.OwnerName != "my-site" || book.NeedsRekey {
		t.Errorf("Read = serial %d, count %d, run %q, owner %q, needs rekey %v", book.Serial, book.Count, book.Run, book.OwnerName, book.NeedsRekey)
	}
	if got, found := book.Record("SECRET_NUMBER_0042"); !found || diff(records[42], got) != "" {
		t.Errorf("Record = %v, %v", got, found)
	}
	if _, found := book.Record("SECRET_NUMBER_0100"); found {
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
	if book := s.book(renamed, k); book.Status != ledger.Whole || book.OwnerName != "my-site" {
		t.Errorf("after a rename: %s (%s), owner %q: the ledger tells the former name", book.Status, book.Reason, book.OwnerName)
	}
	if book := s.book(site, ledger.Keys{}); book.Status != ledger.NoKey || book.Records != nil || book.Names != nil {
		t.Errorf("without a key: %s, %v: no ledger of ours is read", book.Status, book.Records)
	}
	if book := (store{}).book(site, k); book.Status != ledger.None || book.Serial != 0 || book.Reason != "" {
		t.Errorf("an empty listing: %s (%s)", book.Status, book.Reason)
	}
}

const (
	first  = secret.Name("CELLA_LEDGER__STOREFRONT")
	second = secret.Name("CELLA_LEDGER__STOREFRONT__2")
)

// lines changes the lines of a chunk.
func (s store) lines(name secret.Name, change func([]string) []string) {
	s.set(name, strings.Join(change(strings.Split(s.text(name), "\n")), "\n"))
}

func (s store) replace(name secret.Name, old, new string) {
	s.set(name, strings.Replace(s.text(name), old, new, 1))
}

// change changes one entry of the listing.
func (s store) change(name secret.Name, change func(*secret.LiveSecret)) {
	entry := s[name]
	change(&entry)
	s[name] = entry
}

// TestUnusable changes a genuine ledger of two chunks in every way an attacker
// with write access, a mistake or a newer cella might.
func TestUnusable(t *testing.T) {
	k := keys(t, 'a', 0)
	records := many(k, site, 100, "v")
	other := func(id ledger.Identity) store { return stored(t, k, id, many(k, id, 100, "v")...) }
	project, owner, organization := site, site, site
	project.Project = "marketing"
	owner.Owner.ID = "99999999-2222-3333-4444-55555555abcd"
	organization.Owner.Kind = secret.Organization
	longer := stored(t, k, site, many(k, site, 300, "v")...) // four chunks
	otherKey := stored(t, keys(t, 'b', 0), site, many(keys(t, 'b', 0), site, 100, "v")...)

	tests := map[string]struct {
		tamper func(store)
		status ledger.Status
		reason string // part of Reason
	}{
		"first chunk gone":  {func(s store) { delete(s, first) }, ledger.Damaged, "CELLA_LEDGER__STOREFRONT is missing"},
		"second chunk gone": {func(s store) { delete(s, second) }, ledger.Damaged, "CELLA_LEDGER__STOREFRONT__2 is missing"},
		"chunks swapped": {func(s store) {
			a, b := s.text(first), s.text(second)
			s.set(first, b)
			s.set(second, a)
		}, ledger.Damaged, "holds another chunk"},
		"a chunk twice": {func(s store) { s.set(second, s.text(first)) }, ledger.Damaged, "__2 holds another chunk"},
		"a chunk too many": {func(s store) {
			s.set("CELLA_LEDGER__STOREFRONT__3", s.text(second))
		}, ledger.Damaged, "__3 holds another chunk"},
		"a chunk of a longer ledger": {func(s store) { s.set(second, longer.text(second)) }, ledger.Damaged, "__4 is missing"},

		"of another project": {func(s store) { s.set(first, other(project).text("CELLA_LEDGER__MARKETING")) }, ledger.Damaged, "its seal does not verify"},
		"of another site":    {func(s store) { s.set(first, other(owner).text(first)) }, ledger.Damaged, "was written for another owner"},
		"of another site, id": {func(s store) {
			s.set(first, strings.Replace(other(owner).text(first), owner.Owner.ID, site.Owner.ID, 1))
		}, ledger.Damaged, "its seal does not verify"},
		"of the organization": {func(s store) { s.set(first, other(organization).text("CELLA_ORG_LEDGER__STOREFRONT")) }, ledger.Damaged, "its seal does not verify"},
		"one chunk under another key": {func(s store) { s.set(second, otherKey.text(second)) }, ledger.OtherKey,
			"CELLA_LEDGER__STOREFRONT__2 is under another fingerprint key (key id " + keys(t, 'b', 0).Current().String() + ")"},
		"relabelled to another key": {func(s store) { s.replace(first, k.Current().String(), "0000000000000001") }, ledger.OtherKey, "key id 0000000000000001"},
		"another key, relabelled": {func(s store) {
			s.set(first, strings.Replace(otherKey.text(first), keys(t, 'b', 0).Current().String(), k.Current().String(), 1))
		}, ledger.Damaged, "its seal does not verify"},
		"newer":                    {func(s store) { s.replace(second, "cella-ledger 1\n", "cella-ledger 2\n") }, ledger.Newer, "__2 was written in a newer format"},
		"newer, everything else":   {func(s store) { s.set(first, "cella-ledger 10\nwhatever") }, ledger.Newer, "newer format"},
		"newer, and one of no key": {func(s store) { s.set(first, "cella-ledger 2"); s.set(second, otherKey.text(second)) }, ledger.Newer, "newer format"},
		"version 0":                {func(s store) { s.set(first, "cella-ledger 0\n") }, ledger.Damaged, "does not begin like a ledger"},
		"version 02":               {func(s store) { s.set(first, "cella-ledger 02\n") }, ledger.Damaged, "does not begin like a ledger"},
		"version -2":               {func(s store) { s.set(first, "cella-ledger -2\n") }, ledger.Damaged, "does not begin like a ledger"},
		"huge version":             {func(s store) { s.set(first, "cella-ledger "+strings.Repeat("9", 99)) }, ledger.Damaged, "does not begin like a ledger"},
		"only a number":            {func(s store) { s.set(first, "2") }, ledger.Damaged, "does not begin like a ledger"},

		"a record removed": {func(s store) { s.lines(first, func(l []string) []string { return slices.Delete(l, 4, 5) }) }, ledger.Damaged, "its seal does not verify"},
		"the last record removed": {func(s store) {
			s.lines(first, func(l []string) []string { return slices.Delete(l, len(l)-2, len(l)-1) })
		}, ledger.Damaged, "its seal does not verify"},
		"a record twice":  {func(s store) { s.lines(first, func(l []string) []string { return slices.Insert(l, 4, l[4]) }) }, ledger.Damaged, "line 6 is out of order"},
		"records swapped": {func(s store) { s.lines(first, func(l []string) []string { l[3], l[4] = l[4], l[3]; return l }) }, ledger.Damaged, "line 5 is out of order"},
		"a record of the other": {func(s store) {
			l := strings.Split(s.text(second), "\n")
			s.lines(first, func(f []string) []string { f[3] = l[3]; return f })
		}, ledger.Damaged, "line 4 belongs into another chunk"},
		"pending to applied":   {func(s store) { s.replace(first, " applied ", " pending ") }, ledger.Damaged, "its seal does not verify"},
		"protection added":     {func(s store) { s.replace(first, " applied ", " applied+protect ") }, ledger.Damaged, "its seal does not verify"},
		"serial raised":        {func(s store) { s.replace(first, "serial 2", "serial 3") }, ledger.Damaged, "its seal does not verify"},
		"run edited":           {func(s store) { s.replace(first, run, "run-2") }, ledger.Damaged, "its seal does not verify"},
		"owner name edited":    {func(s store) { s.replace(first, "my-site", "my-sitf") }, ledger.Damaged, "its seal does not verify"},
		"cut in the middle":    {func(s store) { s.set(first, s.text(first)[:2000]) }, ledger.Damaged, "does not end with a seal"},
		"cut after the header": {func(s store) { s.lines(first, func(l []string) []string { return l[:3] }) }, ledger.Damaged, "is cut short"},
		"seal cut":             {func(s store) { s.set(first, strings.TrimRight(s.text(first)[:len(s.text(first))-1], "\n")) }, ledger.Damaged, "does not end with a seal"},
		"line feed at the end": {func(s store) { s.set(first, s.text(first)+"\n") }, ledger.Damaged, "line "},
		"Windows line ends":    {func(s store) { s.set(first, strings.ReplaceAll(s.text(first), "\n", "\r\n")) }, ledger.Damaged, "does not begin like a ledger"},
		"empty line":           {func(s store) { s.lines(first, func(l []string) []string { return slices.Insert(l, 3, "") }) }, ledger.Damaged, "line 4 is not a record"},
		"lone MAC":             {func(s store) { s.lines(first, func(l []string) []string { l[3] = l[3][len(l[3])-22:]; return l }) }, ledger.Damaged, "line 4 is not a record"},
		"count of 0":           {func(s store) { s.replace(first, "chunk 1 of 2", "chunk 1 of 0") }, ledger.Damaged, "has a header that is not one"},
		"count of 3":           {func(s store) { s.replace(first, "chunk 1 of 2", "chunk 1 of 3") }, ledger.Damaged, "has a header that is not one"},
		"count of 512":         {func(s store) { s.replace(first, "chunk 1 of 2", "chunk 1 of 512") }, ledger.Damaged, "has a header that is not one"},
		"huge count":           {func(s store) { s.replace(first, "chunk 1 of 2", "chunk 1 of 99999999999999999999") }, ledger.Damaged, "has a header that is not one"},
		"negative count":       {func(s store) { s.replace(first, "chunk 1 of 2", "chunk 1 of -2") }, ledger.Damaged, "has a header that is not one"},
		"chunk 3 of 2":         {func(s store) { s.replace(first, "chunk 1 of 2", "chunk 3 of 2") }, ledger.Damaged, "has a header that is not one"},
		"serial 0":             {func(s store) { s.replace(first, "serial 2", "serial 0") }, ledger.Damaged, "has a header that is not one"},
		"huge serial":          {func(s store) { s.replace(first, "serial 2", "serial 18446744073709551616") }, ledger.Damaged, "has a header that is not one"},
		"largest serial":       {func(s store) { s.replace(first, "serial 2", "serial 18446744073709551615") }, ledger.Damaged, "its seal does not verify"},
		"serial 02":            {func(s store) { s.replace(first, "serial 2", "serial 02") }, ledger.Damaged, "is not written the way cella writes it"},
		"key id in capitals":   {func(s store) { s.replace(first, k.Current().String(), strings.ToUpper(k.Current().String())) }, ledger.Damaged, "is not written the way cella writes it"},
		"key written out": {func(s store) {
			s.lines(first, func(l []string) []string { l[3] = addKey(l[3], k.Current()); return l })
		}, ledger.Damaged, "is not written the way cella writes it"},
		"two spaces":              {func(s store) { s.replace(first, "serial 2", "serial  2") }, ledger.Damaged, "has a header that is not one"},
		"an unknown header field": {func(s store) { s.replace(first, " chunk", " extra 1 chunk") }, ledger.Damaged, "has a header that is not one"},
		"an unknown record field": {func(s store) { s.replace(first, " applied ", " applied extra ") }, ledger.Damaged, "is not a record"},
		"unprintable owner name":  {func(s store) { s.replace(first, "my-site", "my\x1b[31m") }, ledger.Damaged, "has a header that is not one"},
		"a reserved name":         {func(s store) { s.replace(first, "SECRET_NUMBER", "CELLA_NUMBER") }, ledger.Damaged, "is not a record"},
		"deep JSON":               {func(s store) { s.set(first, strings.Repeat("[", 16000)) }, ledger.Damaged, "does not begin like a ledger"},
		"a text without end":      {func(s store) { s.set(first, s.text(first)+strings.Repeat("x", 1<<20)) }, ledger.Damaged, "at most 16000 are written"},
		"binary":                  {func(s store) { s.set(first, "\x00\xff\n\n\n\n") }, ledger.Damaged, "does not begin like a ledger"},
		"only line feeds":         {func(s store) { s.set(first, "cella-ledger 1"+strings.Repeat("\n", 15000)) }, ledger.Damaged, "has a header that is not one"},

		"hidden":           {func(s store) { s.change(first, func(e *secret.LiveSecret) { e.Value = secret.Hidden() }) }, ledger.Damaged, "is hidden, although"},
		"may be inherited": {func(s store) { s.change(first, func(e *secret.LiveSecret) { e.Presence = secret.MayBeInherited }) }, ledger.Damaged, "cannot be told from a secret of the organization"},
		"another type":     {func(s store) { s.change(first, func(e *secret.LiveSecret) { e.Type = "env\n" }) }, ledger.Damaged, `has type "env\n" and scopes user, not type runtime and scope user`},
		"another scope": {func(s store) {
			s.change(first, func(e *secret.LiveSecret) { e.Scopes = secret.NewScopes("user", "web") })
		}, ledger.Damaged, "has type runtime and scopes user, web, not"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := stored(t, k, site, records...)
			test.tamper(s)
			book := s.book(site, k)
			if book.Status != test.status || !strings.Contains(book.Reason, test.reason) {
				t.Errorf("Read = %s (%s), want %s (%s)", book.Status, book.Reason, test.status, test.reason)
			}
			if book.Records != nil || book.Serial != 0 || book.Count != 0 || book.OwnerName != "" || book.Run != "" {
				t.Errorf("an unusable ledger says something: %d records, serial %d", len(book.Records), book.Serial)
			}
			if strings.Contains(book.Reason, "SECRET") || strings.Contains(book.Reason, "\n") {
				t.Errorf("the reason quotes the content: %s", book.Reason)
			}
			if _, _, err := book.Edit().Encode(k, run); err == nil {
				t.Error("an unusable ledger can be continued")
			}
		})
	}
}

// addKey writes the key of the first fingerprint out.
func addKey(line string, key ledger.KeyID) string {
	fields := strings.Split(line, " ")
	fields[4] += "@" + key.String()
	return strings.Join(fields, " ")
}

// TestNamesOfAnUnusableLedger: names stay listed, as formerly ours.
func TestNamesOfAnUnusableLedger(t *testing.T) {
	k := keys(t, 'a', 0)
	s := stored(t, k, site, exampleRecords(t)...)
	want := []secret.Name{"ACF_PRO_KEY", "STRIPE_KEY", "github-oauth.github.com", "ÜBER"}
	if book := s.book(site, keys(t, 'b', 0)); book.Status != ledger.OtherKey || diff(want, book.Names) != "" {
		t.Errorf("under a lost key: %s, names %v, want %v", book.Status, book.Names, want)
	}
	s.replace(first, "cella-ledger 1", "cella-ledger 7")
	if book := s.book(site, k); book.Status != ledger.Newer || diff(want, book.Names) != "" {
		t.Errorf("in a newer format: %s, names %v, want %v", book.Status, book.Names, want)
	}
	s.set(first, "junk\n"+strings.Split(s.text(first), "\n")[4]+"\nEVIL\x1b[31m runtime web applied mac\nshort")
	if book := s.book(site, k); book.Status != ledger.Damaged || diff(want[1:2], book.Names) != "" {
		t.Errorf("damaged: %s, names %v, want %v", book.Status, book.Names, want[1:2])
	}
}

// TestEveryByteCounts sets every byte of a chunk to every other value.
func TestEveryByteCounts(t *testing.T) {
	k := keys(t, 'a', 'o')
	s := stored(t, k, site, exampleRecords(t)...)
	text := []byte(s.text(first))
	for i, original := range text {
		for b := range 256 {
			if text[i] = byte(b); text[i] == original {
				continue
			}
			s.set(first, string(text))
			if book := s.book(site, k); book.Status == ledger.Whole || book.Status == ledger.None || book.Records != nil {
				t.Fatalf("byte %d from %q to %#x: status %s, %d records", i, original, b, book.Status, len(book.Records))
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
		if book := seen.book(site, k); book.Status != ledger.None || book.Names != nil {
			t.Errorf("%s: status %s, names %v, want no ledger", name, book.Status, book.Names)
		}
		if claims := ledger.Foreign(seen.live(site.Owner)); claims != nil {
			t.Errorf("%s: %v, want no claim", name, claims)
		}
	}
}

func FuzzRead(f *testing.F) {
	k := keys(f, 'a', 'o')
	genuine := stored(f, k, site, exampleRecords(f)...)
	want := genuine.book(site, k).Records
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
		book := s.book(site, k)
		wrote := func(text string) bool {
			return text == "" || text == genuine.text(first) || text == two.text(first) || text == two.text(second)
		}
		if book.Status == ledger.Whole && !(wrote(a) && wrote(b)) || book.Status != ledger.Whole && book.Records != nil {
			t.Fatalf("a forged ledger is %s with %d records", book.Status, len(book.Records))
		}
		if a == genuine.text(first) && b == "" && diff(want, book.Records) != "" {
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
