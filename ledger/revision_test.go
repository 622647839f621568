package ledger_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/secret"
)

// describe lists what writes do, without their content.
func describe(writes []ledger.Write) string {
	var out []string
	for _, w := range writes {
		out = append(out, w.Op.String()+" "+strings.TrimPrefix(string(w.Name), "CELLA_LEDGER__"))
	}
	return strings.Join(out, ", ")
}

func TestEncodeWritesWhatChanged(t *testing.T) {
	k := keys(t, 'a', 0)
	records := many(k, site, 100, "v") // two chunks
	changed := func(i int) ledger.Entry {
		r := record(k, site, string(records[i].Name), "changed", "dev", "live", "test")
		return r
	}
	inFirst, inSecond := halves(t, stored(t, k, site, records...), records)
	tests := map[string]struct {
		from   []ledger.Entry
		edit   func(*ledger.Revision)
		want   string
		reason string
	}{
		"nothing":             {records, func(*ledger.Revision) {}, "", "an apply without changes writes nothing"},
		"nothing from none":   {nil, func(*ledger.Revision) {}, "", "no records need no ledger"},
		"the same again":      {records, func(d *ledger.Revision) { d.Put(records[7]) }, "", "nothing changed"},
		"the same, unordered": {records, func(d *ledger.Revision) { d.Put(unordered(records[7])) }, "", "order says nothing"},
		"not there":           {records, func(d *ledger.Revision) { d.Drop("X") }, "", "nothing changed"},
		"there and back":      {records, func(d *ledger.Revision) { d.Drop(records[7].Name); d.Put(records[7]) }, "", "nothing changed"},
		"one value":           {records, func(d *ledger.Revision) { d.Put(changed(inSecond)) }, "change STOREFRONT__2", "only its chunk"},
		"one drop":            {records, func(d *ledger.Revision) { d.Drop(records[inFirst].Name) }, "change STOREFRONT", "only its chunk"},
		"one of each": {
			records, func(d *ledger.Revision) { d.Drop(records[inFirst].Name); d.Put(changed(inSecond)) }, "change STOREFRONT__2, change STOREFRONT",
			"highest number first",
		},
		"first record": {nil, func(d *ledger.Revision) { d.Put(records[0]) }, "create STOREFRONT", "one chunk"},
		"first records": {
			nil, func(d *ledger.Revision) { put(d, records...) }, "create STOREFRONT, create STOREFRONT__2, change STOREFRONT",
			"an empty only chunk comes first",
		},
		"doubling": {records[:50], func(d *ledger.Revision) { put(d, records...) }, "create STOREFRONT__2, change STOREFRONT", "the new half comes first"},
		"doubling twice": {records[:50], func(d *ledger.Revision) { put(d, many(k, site, 200, "v")...) },
			"create STOREFRONT__4, create STOREFRONT__3, create STOREFRONT__2, change STOREFRONT", "the new chunks come first"},
		"all dropped": {records, func(d *ledger.Revision) {
			for _, r := range records {
				d.Drop(r.Name)
			}
		}, "change STOREFRONT__2, change STOREFRONT", "the count never shrinks by itself"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := stored(t, k, site, test.from...)
			revision := s.book(site, k).Revise()
			test.edit(revision)
			writes, next := encode(t, revision, k)
			if got := describe(writes); got != test.want {
				t.Errorf("writes = %s\nwant %s: %s", got, test.want, test.reason)
			}
			again, _ := encode(t, revision, k)
			if !slices.EqualFunc(writes, again, sameWrite) {
				t.Error("the same draft gives other bytes")
			}
			s.apply(t, writes...)
			mustBe(t, s.book(site, k), next)
			if more, _ := encode(t, next.Revise(), k); more != nil {
				t.Errorf("after the writes there is more to write: %s", describe(more))
			}
		})
	}
}

// halves returns the index of a record in either chunk.
func halves(t *testing.T, s store, records []ledger.Entry) (inFirst, inSecond int) {
	t.Helper()
	in := func(r ledger.Entry) bool { return strings.Contains(s.text(second), string(r.Name)) }
	inSecond = slices.IndexFunc(records, in)
	inFirst = slices.IndexFunc(records, func(r ledger.Entry) bool { return !in(r) })
	if inFirst < 0 || inSecond < 0 {
		t.Fatal("one chunk holds all")
	}
	return inFirst, inSecond
}

func unordered(r ledger.Entry) ledger.Entry {
	r.Fingerprints = slices.Clone(r.Fingerprints)
	slices.Reverse(r.Fingerprints)
	return r
}

func sameWrite(a, b ledger.Write) bool {
	return a.Op == b.Op && a.Name == b.Name && a.Value.Reveal() == b.Value.Reveal()
}

// mustBe compares what people and plans see of two books.
func mustBe(t *testing.T, got, want ledger.Ledger) {
	t.Helper()
	visible := func(b ledger.Ledger) []any {
		return []any{b.Identity, b.Status, b.Reason, b.Entries, b.Names, b.OwnerName, b.Run, b.Origin, b.Serial, b.Count, b.NeedsRekey}
	}
	if d := diff(visible(want), visible(got)); d != "" {
		t.Errorf("Read is not what Encode announced:\n%s", d)
	}
}

func TestPutKeepsACopy(t *testing.T) {
	k := keys(t, 'a', 0)
	r := record(k, site, "A", "v", "live")
	r.Scopes = secret.Scopes{"web", "ic"}
	want := []ledger.Entry{record(k, site, "A", "v", "live")}
	want[0].Scopes = secret.Scopes{"ic", "web"}
	revision := put(store{}.book(site, k).Revise(), r)
	r.Scopes[0], r.Fingerprints[0].Env = "user", "dev"
	if _, stored := encode(t, revision, k); diff(want, stored.Entries) != "" {
		t.Errorf("the draft follows its caller:\n%s", diff(want, stored.Entries))
	}
}

func TestEncodeRefuses(t *testing.T) {
	k := keys(t, 'a', 0)
	ok := record(k, site, "A", "v", "live")
	with := func(change func(*ledger.Entry)) ledger.Entry {
		r := unordered(unordered(ok))
		change(&r)
		return r
	}
	identity := func(change func(*ledger.Identity)) ledger.Identity {
		id := site
		change(&id)
		return id
	}
	large := with(func(r *ledger.Entry) {
		for i := range 600 {
			r.Fingerprints = append(r.Fingerprints, ledger.EnvFingerprint{Env: secret.Env(fmt.Sprintf("pr-%d", i)), Fingerprint: r.Fingerprints[0].Fingerprint})
		}
	})
	tests := map[string]struct {
		id     ledger.Identity
		record ledger.Entry
		keys   ledger.Keys
		run    string
		want   string
	}{
		"no key":             {site, ok, ledger.Keys{}, run, "write what cella last applied to site:my-site: there is no fingerprint_key"},
		"reserved name":      {site, with(func(r *ledger.Entry) { r.Name = "CELLA_X" }), k, run, "record CELLA_X: names that begin with CELLA_"},
		"name with a space":  {site, with(func(r *ledger.Entry) { r.Name = "A B" }), k, run, `record "A B": the name has white space`},
		"no type":            {site, with(func(r *ledger.Entry) { r.Type = "" }), k, run, "record A: the type is not a word"},
		"type with a space":  {site, with(func(r *ledger.Entry) { r.Type = "a b" }), k, run, "record A: the type is not a word"},
		"scope with a comma": {site, with(func(r *ledger.Entry) { r.Scopes = secret.Scopes{"a,b"} }), k, run, "record A: a scope is not a word"},
		"unknown state":      {site, with(func(r *ledger.Entry) { r.State = 3 }), k, run, "record A: the state is not known"},
		"bad environment":    {site, with(func(r *ledger.Entry) { r.Fingerprints[1].Env = "a:b" }), k, run, "record A: environments are"},
		"environment twice":  {site, with(func(r *ledger.Entry) { r.Fingerprints[1].Env = "" }), k, run, "record A: an environment is there twice"},
		"fingerprint, no key": {
			site, with(func(r *ledger.Entry) { r.Fingerprints[1].Fingerprint = ledger.Fingerprint{} }), k, run, "record A: a fingerprint has no key",
		},
		"too large":           {site, large, k, run, "record A: with 602 values it is larger than a chunk"},
		"no run":              {site, ok, k, "", "the run id is not"},
		"run with a line":     {site, ok, k, "a\nb", "the run id is not"},
		"run too long":        {site, ok, k, strings.Repeat("r", 65), "the run id is not"},
		"no project":          {identity(func(id *ledger.Identity) { id.Project = "" }), ok, k, run, "the project's name is not valid"},
		"project, capitals":   {identity(func(id *ledger.Identity) { id.Project = "A" }), ok, k, run, "the project's name is not valid"},
		"owner not looked up": {identity(func(id *ledger.Identity) { id.Owner.ID = "" }), ok, k, run, "the id of the site or organization is not known"},
		"owner, bad id":       {identity(func(id *ledger.Identity) { id.Owner.ID = "a b" }), ok, k, run, "the id of the site or organization is not known"},
		"owner without name":  {identity(func(id *ledger.Identity) { id.Owner.Name = "" }), ok, k, run, "the name of the site or organization is not"},
		"owner with a line":   {identity(func(id *ledger.Identity) { id.Owner.Name = "a\nb" }), ok, k, run, `write what cella last applied to site:"a\nb": the name of the site or organization is not`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			writes, stored, err := put(store{}.book(test.id, test.keys).Revise(), test.record).Encode(test.keys, test.run, origin)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Encode = %v, want an error with %q", err, test.want)
			}
			if writes != nil || stored.Status != ledger.None || stored.Entries != nil {
				t.Errorf("a failed Encode returns %d writes, %d records", len(writes), len(stored.Entries))
			}
		})
	}
	if _, _, err := put(store{}.book(site, k).Revise(), ok).Encode(ledger.Keys{}, run, origin); !errors.Is(err, ledger.ErrNoKey) {
		t.Errorf("Encode with a book that was read with a key, but without one now = %v, want ErrNoKey", err)
	}
	if _, _, err := (ledger.Ledger{}).Reset().Encode(ledger.Keys{}, run, origin); !errors.Is(err, ledger.ErrNoKey) {
		t.Errorf("a reset without a key = %v, want ErrNoKey", err)
	}
}

func TestTooManyRecords(t *testing.T) {
	k := keys(t, 'a', 0)
	revision := store{}.book(site, k).Revise()
	for i := range 2 * ledger.MaxChunks {
		r := record(k, site, fmt.Sprintf("SECRET_%d", i), "v")
		for j := range 350 {
			r.Fingerprints = append(r.Fingerprints, ledger.EnvFingerprint{Env: secret.Env(fmt.Sprintf("pr-%d", j)), Fingerprint: r.Fingerprints[0].Fingerprint})
		}
		revision.Put(r)
	}
	if _, _, err := revision.Encode(k, run, origin); err == nil || !strings.Contains(err.Error(), "512 records do not fit into 256 chunks") {
		t.Errorf("Encode = %v, want that they do not fit", err)
	}
}

func TestWords(t *testing.T) {
	for got, want := range map[string]string{
		ledger.Op(0).String(): "Op(0)", ledger.Op(9).String(): "Op(9)", ledger.Delete.String(): "delete",
		ledger.State(9).String(): "State(9)", ledger.Pending.String(): "pending",
		ledger.Status(9).String(): "Status(9)", ledger.OtherKey.String(): "other key",
	} {
		if got != want {
			t.Errorf("String = %q, want %q", got, want)
		}
	}
}
