package ledger_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/secret"
)

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

		"of another project": {func(s store) { s.set(first, other(project).text("CELLA_LEDGER__MARKETING")) }, ledger.Damaged, "its checksum (MAC) is wrong"},
		"of another site":    {func(s store) { s.set(first, other(owner).text(first)) }, ledger.Damaged, "was written for another site or organization"},
		"of another site, id": {func(s store) {
			s.set(first, strings.Replace(other(owner).text(first), owner.Owner.ID, site.Owner.ID, 1))
		}, ledger.Damaged, "its checksum (MAC) is wrong"},
		"of the organization": {
			func(s store) { s.set(first, other(organization).text("CELLA_ORG_LEDGER__STOREFRONT")) }, ledger.Damaged, "its checksum (MAC) is wrong",
		},
		"one chunk under another key": {func(s store) { s.set(second, otherKey.text(second)) }, ledger.OtherKey,
			"CELLA_LEDGER__STOREFRONT__2 is under another fingerprint key (key id " + keys(t, 'b', 0).Current().String() + ")"},
		"relabelled to another key": {func(s store) { s.replace(first, k.Current().String(), "0000000000000001") }, ledger.OtherKey, "key id 0000000000000001"},
		"another key, relabelled": {func(s store) {
			s.set(first, strings.Replace(otherKey.text(first), keys(t, 'b', 0).Current().String(), k.Current().String(), 1))
		}, ledger.Damaged, "its checksum (MAC) is wrong"},
		"newer":                    {func(s store) { s.replace(second, "cella-ledger 1\n", "cella-ledger 2\n") }, ledger.Newer, "__2 was written in a newer format"},
		"newer, everything else":   {func(s store) { s.set(first, "cella-ledger 10\nwhatever") }, ledger.Newer, "newer format"},
		"newer, and one of no key": {func(s store) { s.set(first, "cella-ledger 2"); s.set(second, otherKey.text(second)) }, ledger.Newer, "newer format"},
		"version 0":                {func(s store) { s.set(first, "cella-ledger 0\n") }, ledger.Damaged, "does not begin like a ledger"},
		"version 02":               {func(s store) { s.set(first, "cella-ledger 02\n") }, ledger.Damaged, "does not begin like a ledger"},
		"version -2":               {func(s store) { s.set(first, "cella-ledger -2\n") }, ledger.Damaged, "does not begin like a ledger"},
		"huge version":             {func(s store) { s.set(first, "cella-ledger "+strings.Repeat("9", 99)) }, ledger.Damaged, "does not begin like a ledger"},
		"only a number":            {func(s store) { s.set(first, "2") }, ledger.Damaged, "does not begin like a ledger"},

		"a record removed": {
			func(s store) { s.lines(first, func(l []string) []string { return slices.Delete(l, 6, 7) }) }, ledger.Damaged,
			"its checksum (MAC) is wrong",
		},
		"the last record removed": {func(s store) {
			s.lines(first, func(l []string) []string { return slices.Delete(l, len(l)-2, len(l)-1) })
		}, ledger.Damaged, "its checksum (MAC) is wrong"},
		"a record twice": {
			func(s store) { s.lines(first, func(l []string) []string { return slices.Insert(l, 6, l[6]) }) }, ledger.Damaged,
			"line 8 is out of order",
		},
		"records swapped": {
			func(s store) { s.lines(first, func(l []string) []string { l[5], l[6] = l[6], l[5]; return l }) }, ledger.Damaged,
			"line 7 is out of order",
		},
		"a record of the other": {func(s store) {
			l := strings.Split(s.text(second), "\n")
			s.lines(first, func(f []string) []string { f[5] = l[5]; return f })
		}, ledger.Damaged, "line 6 belongs in another chunk"},
		"pending to applied":   {func(s store) { s.replace(first, " applied ", " pending ") }, ledger.Damaged, "its checksum (MAC) is wrong"},
		"protection added":     {func(s store) { s.replace(first, " applied ", " applied+protect ") }, ledger.Damaged, "its checksum (MAC) is wrong"},
		"serial raised":        {func(s store) { s.replace(first, "serial 3", "serial 4") }, ledger.Damaged, "its checksum (MAC) is wrong"},
		"run edited":           {func(s store) { s.replace(first, run, "run-2") }, ledger.Damaged, "its checksum (MAC) is wrong"},
		"record put back":      {func(s store) { s.replace(first, "record 3", "record 2") }, ledger.Damaged, "its checksum (MAC) is wrong"},
		"home moved":           {func(s store) { s.replace(first, "99999999", "88888888") }, ledger.Damaged, "its checksum (MAC) is wrong"},
		"commit replaced":      {func(s store) { s.replace(first, "commit 0123", "commit 1123") }, ledger.Damaged, "its checksum (MAC) is wrong"},
		"applied later":        {func(s store) { s.replace(first, "1790000300", "1790000301") }, ledger.Damaged, "its checksum (MAC) is wrong"},
		"owner name edited":    {func(s store) { s.replace(first, "my-site", "my-sitf") }, ledger.Damaged, "its checksum (MAC) is wrong"},
		"cut in the middle":    {func(s store) { s.set(first, s.text(first)[:2000]) }, ledger.Damaged, "does not end with its checksum (MAC)"},
		"cut after the header": {func(s store) { s.lines(first, func(l []string) []string { return l[:3] }) }, ledger.Damaged, "is cut short"},
		"seal cut": {
			func(s store) { s.set(first, strings.TrimRight(s.text(first)[:len(s.text(first))-1], "\n")) }, ledger.Damaged,
			"does not end with its checksum (MAC)",
		},
		"line feed at the end": {func(s store) { s.set(first, s.text(first)+"\n") }, ledger.Damaged, "does not end with its checksum (MAC)"},
		"Windows line ends":    {func(s store) { s.set(first, strings.ReplaceAll(s.text(first), "\n", "\r\n")) }, ledger.Damaged, "does not begin like a ledger"},
		"empty line": {
			func(s store) { s.lines(first, func(l []string) []string { return slices.Insert(l, 5, "") }) }, ledger.Damaged, "line 6 is not a record",
		},
		"lone MAC": {
			func(s store) { s.lines(first, func(l []string) []string { l[5] = l[5][len(l[5])-22:]; return l }) }, ledger.Damaged,
			"line 6 is not a record",
		},
		"count of 0":   {func(s store) { s.replace(first, "chunk 1 of 2", "chunk 1 of 0") }, ledger.Damaged, "has a header that cella does not write"},
		"count of 3":   {func(s store) { s.replace(first, "chunk 1 of 2", "chunk 1 of 3") }, ledger.Damaged, "has a header that cella does not write"},
		"count of 512": {func(s store) { s.replace(first, "chunk 1 of 2", "chunk 1 of 512") }, ledger.Damaged, "has a header that cella does not write"},
		"huge count": {
			func(s store) { s.replace(first, "chunk 1 of 2", "chunk 1 of 99999999999999999999") }, ledger.Damaged, "has a header that cella does not write",
		},
		"negative count": {func(s store) { s.replace(first, "chunk 1 of 2", "chunk 1 of -2") }, ledger.Damaged, "has a header that cella does not write"},
		"chunk 3 of 2":   {func(s store) { s.replace(first, "chunk 1 of 2", "chunk 3 of 2") }, ledger.Damaged, "has a header that cella does not write"},
		"serial 0":       {func(s store) { s.replace(first, "serial 3", "serial 0") }, ledger.Damaged, "has a header that cella does not write"},
		"huge serial":    {func(s store) { s.replace(first, "serial 3", "serial 18446744073709551616") }, ledger.Damaged, "has a header that cella does not write"},
		"largest serial": {func(s store) { s.replace(first, "serial 3", "serial 18446744073709551615") }, ledger.Damaged, "its checksum (MAC) is wrong"},
		"serial 03":      {func(s store) { s.replace(first, "serial 3", "serial 03") }, ledger.Damaged, "is not written the way cella writes it"},
		"key id in capitals": {
			func(s store) { s.replace(first, k.Current().String(), strings.ToUpper(k.Current().String())) }, ledger.Damaged,
			"is not written the way cella writes it",
		},
		"key written out": {func(s store) {
			s.lines(first, func(l []string) []string { l[5] = addKey(l[5], k.Current()); return l })
		}, ledger.Damaged, "is not written the way cella writes it"},
		"two spaces":              {func(s store) { s.replace(first, "serial 3", "serial  3") }, ledger.Damaged, "has a header that cella does not write"},
		"an unknown header field": {func(s store) { s.replace(first, " chunk", " extra 1 chunk") }, ledger.Damaged, "has a header that cella does not write"},
		"an unknown record field": {func(s store) { s.replace(first, " applied ", " applied extra ") }, ledger.Damaged, "is not a record"},
		"unprintable owner name":  {func(s store) { s.replace(first, "my-site", "my\x1b[31m") }, ledger.Damaged, "has a header that cella does not write"},
		"a reserved name":         {func(s store) { s.replace(first, "SECRET_NUMBER", "CELLA_NUMBER") }, ledger.Damaged, "is not a record"},
		"deep JSON":               {func(s store) { s.set(first, strings.Repeat("[", 16000)) }, ledger.Damaged, "does not begin like a ledger"},
		"a text without end":      {func(s store) { s.set(first, s.text(first)+strings.Repeat("x", 1<<20)) }, ledger.Damaged, "at most 16000 are written"},
		"binary":                  {func(s store) { s.set(first, "\x00\xff\n\n\n\n") }, ledger.Damaged, "does not begin like a ledger"},
		"only line feeds":         {func(s store) { s.set(first, "cella-ledger 1"+strings.Repeat("\n", 15000)) }, ledger.Damaged, "has a header that cella does not write"},

		"hidden": {func(s store) { s.change(first, func(e *secret.LiveSecret) { e.Value = secret.Hidden() }) }, ledger.Damaged, "is hidden, although"},
		"may be inherited": {
			func(s store) { s.change(first, func(e *secret.LiveSecret) { e.Presence = secret.MayBeInherited }) }, ledger.Damaged,
			"cannot be told from a secret of the organization",
		},
		"another type": {
			func(s store) { s.change(first, func(e *secret.LiveSecret) { e.Type = "env\n" }) }, ledger.Damaged,
			`has type "env\n" and scopes user, not type runtime and scope user`,
		},
		"another scope": {func(s store) {
			s.change(first, func(e *secret.LiveSecret) { e.Scopes = secret.NewScopes("user", "web") })
		}, ledger.Damaged, "has type runtime and scopes user, web, not"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := stored(t, k, site, records...)
			test.tamper(s)
			stored := s.book(site, k)
			if stored.Status != test.status || !strings.Contains(stored.Reason, test.reason) {
				t.Errorf("Read = %s (%s), want %s (%s)", stored.Status, stored.Reason, test.status, test.reason)
			}
			if stored.Entries != nil || stored.Serial != 0 || stored.Count != 0 || stored.OwnerName != "" || stored.Run != "" {
				t.Errorf("an unusable ledger says something: %d records, serial %d", len(stored.Entries), stored.Serial)
			}
			if strings.Contains(stored.Reason, "SECRET") || strings.Contains(stored.Reason, "\n") {
				t.Errorf("the reason quotes the content: %s", stored.Reason)
			}
			if _, _, err := stored.Revise().Encode(k, run, origin); err == nil {
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
