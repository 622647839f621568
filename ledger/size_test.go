package ledger_test

import (
	"testing"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/secret"
)

func TestSizes(t *testing.T) {
	k := keys(t, 'a', 0)
	tests := map[string]struct{ records, chunks int }{
		"408 secrets with 3 overrides":   {408, 8},
		"500 secrets with 3 overrides":   {500, 8},
		"2,000 secrets with 3 overrides": {2000, 64},
		"5,000 secrets with 3 overrides": {5000, 128},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			records := many(k, site, test.records, "v")
			s := stored(t, k, site, records...) // applying checks the size of each chunk
			stored := s.book(site, k)
			if stored.Status != ledger.Whole || stored.Count != test.chunks || len(s) != test.chunks || diff(records, stored.Entries) != "" {
				t.Errorf("Read = %s (%s), %d of %d chunks, want %d", stored.Status, stored.Reason, len(s), stored.Count, test.chunks)
			}
		})
	}
}

// TestBytesOfARecord: the tag and the time of each value, the names, the MAC.
func TestBytesOfARecord(t *testing.T) {
	k := keys(t, 'a', 0)
	size := func(records ...ledger.Entry) int { return len(stored(t, k, site, records...).text(first)) }
	one, two := record(k, site, "ONE", "v"), record(k, site, "TWO", "v", "live")
	for name, test := range map[string]struct{ got, want int }{
		"a secret":    {size(one, two) - size(two), len("ONE runtime web applied ") + len(":") + 22 + len(":") + 7 + len(" ") + 22 + len("\n")},
		"an override": {size(one, two) - size(one, record(k, site, "TWO", "v")), len(" live:") + 22 + len(":") + 7},
	} {
		if test.got != test.want {
			t.Errorf("%s takes %d bytes, want %d", name, test.got, test.want)
		}
	}
}

func BenchmarkRead2000(b *testing.B) {
	k := keys(b, 'a', 0)
	live := stored(b, k, site, many(k, site, 2000, "v")...).live(site.Owner)
	var stored ledger.Ledger
	for b.Loop() {
		stored = ledger.ReadAll(live, site.Project, nil, k).Own
	}
	b.ReportMetric(float64(stored.Count), "chunks")
}

func BenchmarkEncodeOneChangeOf2000(b *testing.B) {
	k := keys(b, 'a', 0)
	stored := stored(b, k, site, many(k, site, 2000, "v")...).book(site, k)
	changed := record(k, site, "SECRET_NUMBER_0042", "w", "dev", "live", "test")
	writes := 0
	for b.Loop() {
		revision := stored.Revise()
		revision.Put(changed)
		done, _ := encode(b, revision, k)
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
