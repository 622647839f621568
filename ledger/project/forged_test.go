package project

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/ledger/chunk"
	"github.com/cella-secrets/cella/secret"
)

// forge encrypts what is not a record's body, which only the holder of the key
// can, and returns what is read of it.
func forge(t *testing.T, body func(ledger.Identity, chunk.Set, chunk.Header) string) Record {
	t.Helper()
	keys, id := forger(t)
	none := Record{Identity: id}
	writes, _, err := chunk.Edition[int]{
		Pen: none.pen(keys, "r", 0), Before: []int{0}, After: []int{1}, Same: func(a, b int) bool { return a == b },
		Lines: func(h chunk.Header, _ int) ([]string, error) {
			set, _ := keys.Set(h.Key)
			return []string{body(id, set, h)}, nil
		},
	}.Encode()
	if err != nil {
		t.Fatal(err)
	}
	live := secret.Live{Owner: id.Owner, Secrets: []secret.LiveSecret{{
		Name: writes[0].Name, Type: ledger.Type, Scopes: ledger.Scopes(), Value: secret.Read(writes[0].Value),
	}}}
	return Find(live, id.Project, nil, keys)[0]
}

// packed packs and encrypts a text.
func packed(t *testing.T, text string) func(ledger.Identity, chunk.Set, chunk.Header) string {
	t.Helper()
	p, err := newPacker()
	if err != nil {
		t.Fatal(err)
	}
	small, err := p.pack(text)
	if err != nil {
		t.Fatal(err)
	}
	return raw(t, small)
}

// raw encrypts what is packed already.
func raw(t *testing.T, small string) func(ledger.Identity, chunk.Set, chunk.Header) string {
	t.Helper()
	return func(id ledger.Identity, set chunk.Set, h chunk.Header) string {
		body, err := encrypt(id, set, h, small)
		if err != nil {
			t.Fatal(err)
		}
		return body
	}
}

// TestForged: the MAC alone is no reason to believe a body. Of everything that
// cella does not write nothing is read, and no more is unpacked than is stated.
func TestForged(t *testing.T) {
	setting := "forge \npath \nformer forge \nformer path \nmoved 0\n"
	row := func(i int) string { return fmt.Sprintf("site %08d n\n", i) }
	full := setting
	for i := 0; len(full)+len(row(i)) <= maxPlainBytes; i++ {
		full += row(i)
	}
	tests := map[string]struct {
		body   func(ledger.Identity, chunk.Set, chunk.Header) string
		reason string // of a Damaged book; empty = Whole
		owners int
	}{
		"no rows":             {packed(t, setting), "", 0},
		"a row":               {packed(t, setting+row(1)), "", 1},
		"an organization too": {packed(t, setting+"organization 1 n\n"+row(1)), "", 2},
		"as many as unpack":   {packed(t, full), "", strings.Count(full, "site")},
		"a bomb":              {packed(t, setting+strings.Repeat("\x00", 10<<20)), "unpacks to more than 65536 bytes", 0},
		"one byte too many":   {packed(t, full+strings.Repeat("x", maxPlainBytes+1-len(full))), "unpacks to more than 65536 bytes", 0},
		"not packed":          {raw(t, setting), "does not unpack", 0},
		"cut":                 {raw(t, "\x01"), "does not unpack", 0},
		"empty":               {raw(t, ""), "does not unpack", 0},
		"bytes after it":      {raw(t, deflated(t, setting)+"x"), "is not written the way cella writes it", 0},
		"no text":             {packed(t, ""), "holds a line that does not belong in a record", 0},
		"the rows in front":   {packed(t, row(1)+setting), "holds a line that does not belong in a record", 0},
		"a line left out":     {packed(t, strings.Replace(setting, "path \n", "", 1)+row(1)), "holds a line that does not belong in a record", 0},
		"a line too many":     {packed(t, setting+"extra\n"), "holds a line that does not belong in a record", 0},
		"no line feed":        {packed(t, setting+strings.TrimSuffix(row(1), "\n")), "holds a line that does not belong in a record", 0},
		"an empty line":       {packed(t, setting+"\n"), "holds a line that does not belong in a record", 0},
		"a serial, padded":    {packed(t, strings.Replace(setting, "moved 0", "moved 00", 1)), "holds a line that does not belong in a record", 0},
		"a serial, negative":  {packed(t, strings.Replace(setting, "moved 0", "moved -1", 1)), "holds a line that does not belong in a record", 0},
		"a long path":         {packed(t, strings.Replace(setting, "path ", "path "+strings.Repeat("p", 1001), 1)), "holds a line that does not belong in a record", 0},
		"a forge of two":      {packed(t, strings.Replace(setting, "forge ", "forge a b", 1)), "holds a line that does not belong in a record", 0},
		"out of order":        {packed(t, setting+row(2)+row(1)), "holds a line that does not belong in a record", 0},
		"twice":               {packed(t, setting+row(1)+row(1)), "holds a line that does not belong in a record", 0},
		"twice, two names":    {packed(t, setting+"site 1 a\nsite 1 b\n"), "holds a line that does not belong in a record", 0},
		"sites first":         {packed(t, setting+row(1)+"organization 1 n\n"), "holds a line that does not belong in a record", 0},
		"another kind":        {packed(t, setting+"sites 1 n\n"), "holds a line that does not belong in a record", 0},
		"id in capitals":      {packed(t, setting+"site A n\n"), "holds a line that does not belong in a record", 0},
		"no id":               {packed(t, setting+"site  n\n"), "holds a line that does not belong in a record", 0},
		"no name":             {packed(t, setting+"site 1 \n"), "holds a line that does not belong in a record", 0},
		"no name at all":      {packed(t, setting+"site 1\n"), "holds a line that does not belong in a record", 0},
		"a long name":         {packed(t, setting+"site 1 "+strings.Repeat("n", 201)+"\n"), "holds a line that does not belong in a record", 0},
		"an unprintable name": {packed(t, setting+"site 1 \x1b[31m\n"), "holds a line that does not belong in a record", 0},
		"another nonce": {func(id ledger.Identity, set chunk.Set, h chunk.Header) string {
			aead, err := set.AEAD(chunk.Project)
			if err != nil {
				t.Fatal(err)
			}
			nonce := make([]byte, nonceBytes)
			bound := chunk.LengthPrefixed(append(format.Context(id), format.Head(h))...)
			return encoding.EncodeToString(aead.Seal(nonce, nonce, []byte(deflated(t, setting)), []byte(bound)))
		}, "is not written the way cella writes it", 0},
		"of another header": {func(id ledger.Identity, set chunk.Set, h chunk.Header) string {
			h.Serial++
			return raw(t, deflated(t, setting))(id, set, h)
		}, "cannot be decrypted", 0},
		"of another home": {func(id ledger.Identity, set chunk.Set, h chunk.Header) string {
			id.Owner.ID = "2"
			return raw(t, deflated(t, setting))(id, set, h)
		}, "cannot be decrypted", 0},
		"no body":    {func(ledger.Identity, chunk.Set, chunk.Header) string { return "" }, "is not written the way cella writes it", 0},
		"short":      {func(ledger.Identity, chunk.Set, chunk.Header) string { return "AAAA" }, "is not written the way cella writes it", 0},
		"only zeros": {func(ledger.Identity, chunk.Set, chunk.Header) string { return strings.Repeat("A", 64) }, "cannot be decrypted", 0},
		"no base64":  {func(ledger.Identity, chunk.Set, chunk.Header) string { return strings.Repeat("=", 64) }, "is not written the way cella writes it", 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			record := forge(t, test.body)
			want := ledger.Damaged
			if test.reason == "" {
				want = ledger.Whole
			}
			if record.Status != want || !strings.HasSuffix(record.Reason, test.reason) || len(record.Owners) != test.owners {
				t.Errorf("Read = %s (%s), %d owners, want %s (%s), %d", record.Status, record.Reason, len(record.Owners), want, test.reason, test.owners)
			}
		})
	}
}

// TestTooManyRows: with the key one can write more rows than any project has.
func TestTooManyRows(t *testing.T) {
	keys, id := forger(t)
	none := Record{Identity: id}
	packer, err := newPacker()
	if err != nil {
		t.Fatal(err)
	}
	for n, want := range map[int]ledger.Status{MaxOwners: ledger.Whole, MaxOwners + 1: ledger.Damaged} {
		var owners []secret.Owner
		for i := range n {
			owners = append(owners, secret.Owner{Kind: secret.Site, Name: "n", ID: fmt.Sprintf("%06d", i)})
		}
		_, entries, err := chunk.Edition[[]secret.Owner]{
			Pen: none.pen(keys, "r", 0), Before: byClass(nil, chunk.MaxCount), After: byClass(owners, chunk.MaxCount),
			Same: slices.Equal[[]secret.Owner], Lines: none.lines(keys, content{}, packer),
		}.Encode()
		if err != nil {
			t.Fatal(err)
		}
		const reason = "CELLA_PROJECT__STOREFRONT names more than 50000 sites and organizations"
		record := read(entries, id, keys)
		if record.Status != want || want == ledger.Damaged && (record.Reason != reason || record.Owners != nil || record.Serial != 0) {
			t.Errorf("%d rows: %s (%s), %d owners", n, record.Status, record.Reason, len(record.Owners))
		}
	}
}

func forger(t *testing.T) (ledger.Keys, ledger.Identity) {
	t.Helper()
	keys, err := ledger.DeriveKeys(secret.NewValue(base64.StdEncoding.EncodeToString(make([]byte, ledger.KeyBytes))), secret.Value{})
	if err != nil {
		t.Fatal(err)
	}
	return keys, ledger.Identity{Project: "storefront", Owner: secret.Owner{Kind: secret.Site, Name: "a", ID: "1"}}
}

func deflated(t *testing.T, text string) string {
	t.Helper()
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, flate.DefaultCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestUnpackStops: a bomb is not unpacked to its end.
func TestUnpackStops(t *testing.T) {
	bomb := []byte(deflated(t, strings.Repeat("\x00", 8<<20)))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := unpack(bomb); err == nil {
		t.Error("a bomb unpacks")
	}
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > 16*maxPlainBytes {
		t.Errorf("%d bytes were needed to refuse it", took)
	}
}
