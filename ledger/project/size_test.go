package project_test

import (
	"testing"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/ledger/project"
	"github.com/cella-secrets/cella/secret"
)

// TestSizes measures what a record adds to the list of its home. The figures
// stand in docs/ledger.md.
func TestSizes(t *testing.T) {
	k := keys(t, 'a', 0)
	tests := map[string]struct{ owners, chunks, most int }{
		"one site":    {1, 1, 400},
		"50 sites":    {50, 1, 2_300},
		"408 sites":   {408, 1, 14_500},
		"5,000 sites": {5000, 16, 180_000},
		"the most":    {project.MaxOwners, 128, 1_800_000},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if test.owners == project.MaxOwners && testing.Short() {
				t.Skip("takes seconds")
			}
			all := owners(test.owners)
			s := stored(t, k, home, all...) // applying checks the size of each chunk
			record, size := s.book(home, k), 0
			for name := range s {
				size += len(s.text(name))
			}
			if record.Status != ledger.Whole || record.Count != test.chunks || len(s) != test.chunks || diff(sorted(all), record.Owners) != "" {
				t.Errorf("Read = %s (%s), %d owners, %d of %d chunks, want %d",
					record.Status, record.Reason, len(record.Owners), len(s), record.Count, test.chunks)
			}
			if size > test.most || test.owners > 1 && size < test.most*9/10 {
				t.Errorf("%d bytes, %d for each owner, want up to %d", size, size/test.owners, test.most)
			}
		})
	}
}

func BenchmarkRead(b *testing.B) {
	k := keys(b, 'a', 0)
	live := stored(b, k, home, owners(5000)...).live(home.Owner)
	var record project.Record
	for b.Loop() {
		record = project.Find(live, home.Project, nil, k)[0]
	}
	b.ReportMetric(float64(record.Count), "chunks")
}

func BenchmarkJoin(b *testing.B) {
	k := keys(b, 'a', 0)
	record := stored(b, k, home, owners(5000)...).book(home, k)
	writes := 0
	for b.Loop() {
		done, _ := encode(b, record.Revise().Join(secret.Owner{Kind: secret.Site, Name: "new", ID: "11111111-2222-3333-4444-55555555abcd"}), k)
		writes = len(done)
	}
	b.ReportMetric(float64(writes), "chunks/op")
}
