package ledger_test

import (
	"testing"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/secret"
)

func TestSizes(t *testing.T) {
	k := keys(t, 'a', 0)
	tests := map[string]struct{ records, chunks int }{
		"500 secrets with 3 overrides":   {500, 8},
		"2,000 secrets with 3 overrides": {2000, 32},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			records := many(k, site, test.records, "v")
			s := stored(t, k, site, records...) // applying checks the size of each chunk
			book := s.book(site, k)
			if book.Status != ledger.Whole || book.Count != test.chunks || len(s) != test.chunks || diff(records, book.Records) != "" {
				t.Errorf("Read = %s (%s), %d of %d chunks, want %d", book.Status, book.Reason, len(s), book.Count, test.chunks)
			}
		})
	}
}

func BenchmarkRead2000(b *testing.B) {
	k := keys(b, 'a', 0)
	live := stored(b, k, site, many(k, site, 2000, "v")...).live(site.Owner)
	var book ledger.Book
	for b.Loop() {
		book = ledger.Read(live, site, k)
	}
	b.ReportMetric(float64(book.Count), "chunks")
}

func BenchmarkEncodeOneChangeOf2000(b *testing.B) {
	k := keys(b, 'a', 0)
	book := stored(b, k, site, many(k, site, 2000, "v")...).book(site, k)
	changed := record(k, site, "SECRET_NUMBER_0042", "w", "dev", "live", "test")
	writes := 0
	for b.Loop() {
		draft := book.Edit()
		draft.Put(changed)
		done, _ := encode(b, draft, k)
		writes = len(done)
	}
	b.ReportMetric(float64(writes), "chunks/op")
}

func BenchmarkFingerprint(b *testing.B) {
	k := keys(b, 'a', 0)
	place := ledger.Place{Name: "API_KEY", Env: "live", Type: secret.RuntimeType, Scopes: secret.NewScopes("web")}
	value := secret.NewValue("a value of a usual length, such as a token has")
	for b.Loop() {
		k.Fingerprint(site, place, value)
	}
}
