package project_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/ledger/project"
	"github.com/cella-secrets/cella/secret"
)

// lines changes the lines of a chunk.
func (s store) lines(name secret.Name, change func([]string) []string) {
	s.set(name, strings.Join(change(strings.Split(s.text(name), "\n")), "\n"))
}

func (s store) replace(name secret.Name, old, new string) {
	s.set(name, strings.Replace(s.text(name), old, new, 1))
}

// TestUnusable changes a genuine record of four chunks in every way an
// attacker with write access, a mistake or a newer cella might.
func TestUnusable(t *testing.T) {
	k := keys(t, 'a', 0)
	all := owners(1000)
	start := stored(t, k, home, all...)
	older := stored(t, k, home, all[:900]...)
	marketing, elsewhere, agency := home, home, home
	marketing.Project, elsewhere.Owner.ID, agency.Owner.Kind = "marketing", "88888888-2222-3333-4444-55555555abcd", secret.Organization
	otherKey := stored(t, keys(t, 'b', 0), home, all...)
	later := stored(t, k, home, all...)
	later.apply(t, must(later.book(home, k).Revise().Leave(all[:200]...).Encode(k, "run-2"))...)
	const mixed = "CELLA_PROJECT__STOREFRONT and the secrets that belong to it were not written together: an older one was put back, or two runs wrote at once"

	tests := map[string]struct {
		tamper func(store)
		status ledger.Status
		reason string // part of Reason
	}{
		"first chunk gone":  {func(s store) { delete(s, first) }, ledger.Damaged, "CELLA_PROJECT__STOREFRONT is missing"},
		"second chunk gone": {func(s store) { delete(s, second) }, ledger.Damaged, "CELLA_PROJECT__STOREFRONT__2 is missing"},
		"chunks swapped": {func(s store) {
			a, b := s.text(first), s.text(second)
			s.set(first, b)
			s.set(second, a)
		}, ledger.Damaged, "holds another chunk of the record"},
		"a chunk twice":     {func(s store) { s.set(second, s.text(first)) }, ledger.Damaged, "__2 holds another chunk of the record"},
		"a chunk put back":  {func(s store) { s.set(second, older.text(second)) }, ledger.Damaged, mixed},
		"the last put back": {func(s store) { s.set(first, older.text(first)) }, ledger.Damaged, mixed},
		"a later chunk":     {func(s store) { s.set(second, later.text(second)) }, ledger.Damaged, mixed},
		"of another project": {func(s store) {
			s.set(first, stored(t, k, marketing, all...).text("CELLA_PROJECT__MARKETING"))
		}, ledger.Damaged, "its checksum (MAC) is wrong"},
		"of another site": {func(s store) { s.set(first, stored(t, k, elsewhere, all...).text(first)) }, ledger.Damaged, "was written for another site or organization"},
		"of another site, relabelled": {func(s store) {
			s.set(first, strings.Replace(stored(t, k, elsewhere, all...).text(first), elsewhere.Owner.ID, home.Owner.ID, 1))
		}, ledger.Damaged, "its checksum (MAC) is wrong"},
		"of the organization": {func(s store) {
			s.set(first, stored(t, k, agency, all...).text("CELLA_ORG_PROJECT__STOREFRONT"))
		}, ledger.Damaged, "its checksum (MAC) is wrong"},
		"a ledger": {func(s store) { s.set(first, "cella-ledger 1\n") }, ledger.Damaged, "does not begin like a record"},
		"under another key": {func(s store) { s.set(second, otherKey.text(second)) }, ledger.OtherKey,
			"CELLA_PROJECT__STOREFRONT__2 is under another fingerprint key (key id " + keys(t, 'b', 0).Current().String() + ")"},
		"another key, relabelled": {func(s store) {
			s.set(first, strings.Replace(otherKey.text(first), keys(t, 'b', 0).Current().String(), k.Current().String(), 1))
		}, ledger.Damaged, "its checksum (MAC) is wrong"},
		"newer":         {func(s store) { s.replace(second, "cella-project 1\n", "cella-project 2\n") }, ledger.Newer, "__2 was written in a newer format"},
		"serial raised": {func(s store) { s.replace(first, "serial 5", "serial 6") }, ledger.Damaged, "its checksum (MAC) is wrong"},
		"run edited":    {func(s store) { s.replace(first, run, "run-2") }, ledger.Damaged, "its checksum (MAC) is wrong"},
		"home renamed":  {func(s store) { s.replace(first, "blue-shop", "blue-shoq") }, ledger.Damaged, "its checksum (MAC) is wrong"},
		"body of another": {func(s store) {
			s.lines(first, func(l []string) []string { l[4] = strings.Split(s.text(second), "\n")[4]; return l })
		}, ledger.Damaged, "its checksum (MAC) is wrong"},
		"body, one letter": {func(s store) {
			s.lines(first, func(l []string) []string { l[4] = "A" + l[4][1:]; return l })
		}, ledger.Damaged, "its checksum (MAC) is wrong"},
		"body cut": {
			func(s store) { s.lines(first, func(l []string) []string { l[4] = l[4][:100]; return l }) }, ledger.Damaged,
			"its checksum (MAC) is wrong",
		},
		"beside edited":   {func(s store) { s.replace(first, "beside ", "beside A") }, ledger.Damaged, "has a header that cella does not write"},
		"beside left out": {func(s store) { s.lines(first, func(l []string) []string { return slices.Delete(l, 3, 4) }) }, ledger.Damaged, "is cut short"},
		"beside of another": {func(s store) {
			s.lines(first, func(l []string) []string { l[3] = strings.Split(s.text(second), "\n")[3]; return l })
		}, ledger.Damaged, "its checksum (MAC) is wrong"},
		"one line more": {func(s store) {
			s.lines(first, func(l []string) []string { return slices.Insert(l, 4, "x") })
		}, ledger.Damaged, "is not written the way cella writes it"},
		"cut in the middle":    {func(s store) { s.set(first, s.text(first)[:2000]) }, ledger.Damaged, "is cut short"},
		"Windows line ends":    {func(s store) { s.set(first, strings.ReplaceAll(s.text(first), "\n", "\r\n")) }, ledger.Damaged, "does not begin like a record"},
		"line feed at the end": {func(s store) { s.set(first, s.text(first)+"\n") }, ledger.Damaged, "does not end with its checksum (MAC)"},
		"a text without end":   {func(s store) { s.set(first, s.text(first)+strings.Repeat("x", 1<<20)) }, ledger.Damaged, "at most 16000 are written"},
		"a million lines":      {func(s store) { s.set(first, "cella-project 1"+strings.Repeat("\n", 1<<20)) }, ledger.Damaged, "at most 16000 are written"},
		"only line feeds":      {func(s store) { s.set(first, "cella-project 1"+strings.Repeat("\n", 15000)) }, ledger.Damaged, "has a header that cella does not write"},
		"binary":               {func(s store) { s.set(first, "\x00\xff\n\n\n\n") }, ledger.Damaged, "does not begin like a record"},
		"count of 512":         {func(s store) { s.replace(first, "chunk 1 of 4", "chunk 1 of 512") }, ledger.Damaged, "has a header that cella does not write"},
		"hidden":               {func(s store) { s.change(first, func(e *secret.LiveSecret) { e.Value = secret.Hidden() }) }, ledger.Damaged, "is hidden, although"},
		"may be inherited": {func(s store) { s.change(first, func(e *secret.LiveSecret) { e.Presence = secret.MayBeInherited }) }, ledger.Damaged,
			"cannot be told from a secret of the organization"},
		"another type": {func(s store) { s.change(first, func(e *secret.LiveSecret) { e.Type = "env\n" }) }, ledger.Damaged,
			`has type "env\n" and scopes user, not type runtime and scope user`},
		"applications may read it": {func(s store) {
			s.change(first, func(e *secret.LiveSecret) { e.Scopes = secret.NewScopes("user", "web") })
		}, ledger.Damaged, "has type runtime and scopes user, web, not"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := store{}
			for name := range start {
				s.set(name, start.text(name))
			}
			test.tamper(s)
			record := s.book(home, k)
			if record.Status != test.status || !strings.Contains(record.Reason, test.reason) {
				t.Errorf("Read = %s (%s), want %s (%s)", record.Status, record.Reason, test.status, test.reason)
			}
			if diff(project.Record{Identity: home}, says(record)) != "" || record.Count != 0 || record.HomeName != "" || record.Run != "" {
				t.Errorf("an unusable record says something: %v", says(record))
			}
			if strings.Contains(record.Reason, "\n") || !record.Unusable() {
				t.Errorf("the reason is not one line: %q", record.Reason)
			}
			if _, _, err := record.Revise().Join(example()...).Encode(k, run); err == nil {
				t.Error("an unusable record can be continued")
			}
			if _, _, err := (store{}).book(home, k).Revise(record).Join(example()...).Encode(k, run); err == nil {
				t.Error("an unusable record can be taken over")
			}
			if owners, ruling := project.Unite(record); owners != nil || ruling.Status != ledger.None {
				t.Error("an unusable record is united with others")
			}
		})
	}
}

// TestEveryByteCounts sets every byte of a chunk to several other values.
func TestEveryByteCounts(t *testing.T) {
	k := keys(t, 'a', 'o')
	s := stored(t, k, home, example()...)
	text := []byte(s.text(first))
	for i, original := range text {
		for _, b := range []byte{original + 1, original - 1, original ^ 0x20, original ^ 0x80, '\n', ' ', 'A', '0'} {
			if text[i] = b; b == original {
				continue
			}
			s.set(first, string(text))
			if record := s.book(home, k); !record.Unusable() || record.Owners != nil {
				t.Fatalf("byte %d from %q to %#x: status %s, %d owners", i, original, b, record.Status, len(record.Owners))
			}
		}
		text[i] = original
	}
}

func FuzzRead(f *testing.F) {
	k := keys(f, 'a', 'o')
	genuine := stored(f, k, home, example()...)
	four := stored(f, k, home, owners(1000)...)
	f.Add(genuine.text(first), "")
	f.Add(four.text(first), four.text(second))
	f.Add("cella-project 2\n", strings.Repeat("\n", 100))
	f.Fuzz(func(t *testing.T, a, b string) {
		s := store{}
		s.set(first, a)
		if b != "" {
			s.set(second, b)
		}
		record := s.book(home, k)
		if whole := a == genuine.text(first) && b == ""; whole != (record.Status == ledger.Whole) && a != "" {
			t.Fatalf("a record that is genuine (%v) is %s", whole, record.Status)
		}
		if record.Status != ledger.Whole && record.Owners != nil {
			t.Fatalf("an unusable record names %d owners", len(record.Owners))
		}
	})
}
