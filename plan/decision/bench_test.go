package decision

import (
	"fmt"
	"testing"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/secret"
)

// BenchmarkDiff compares 10,000 secrets, each with an override, over 500
// owners: a third equal, a third changed, a third hidden.
func BenchmarkDiff(b *testing.B) {
	in := wholeFleet()
	b.ReportAllocs()
	for b.Loop() {
		if p := Diff(in); len(p.Changes) != 10_000 {
			b.Fatal(len(p.Changes))
		}
	}
}

// BenchmarkDiffRemembering does the same where all of it is recorded and live
// as applied, a third readable and the rest hidden.
func BenchmarkDiffRemembering(b *testing.B) {
	in := wholeFleet()
	k := manifest{}.under("k", "").keys
	for i, live := range in.Live {
		p := past{}
		for j, s := range in.Desired[i].Secrets {
			p.records = append(p.records, did(s))
			if j%3 == 1 {
				live.Secrets[j] = have(string(s.Name), "=?", "live=?")
			}
		}
		in.Live[i] = p.write(live)
		in.Ledgers = append(in.Ledgers, ledger.ReadAll(in.Live[i], "storefront", nil, k))
	}
	in.Project, in.Keys = "storefront", k
	b.ReportAllocs()
	for b.Loop() {
		if p := Diff(in); p.HasChanges() || p.Summary.None != 10_000 {
			b.Fatal(p.Summary)
		}
	}
}

func wholeFleet() Input {
	var in Input
	for owner := range 500 {
		site := secret.Owner{Kind: secret.Site, Name: fmt.Sprintf("site-%03d", owner), ID: fmt.Sprintf("%036d", owner)}
		d, l := desire(site), living(site)
		for i := range 20 {
			name := fmt.Sprintf("SECRET_%02d", i)
			d.Secrets = append(d.Secrets, want(name, "=a value of usual size", "live=another value of usual size"))
			l.Secrets = append(l.Secrets, [...]secret.LiveSecret{
				have(name, "=a value of usual size", "live=another value of usual size"),
				have(name, "=a value of other size", "live=another value of other size"),
				have(name, "=?", "live=?"),
			}[i%3])
		}
		in.Desired, in.Live = append(in.Desired, d), append(in.Live, l)
	}
	return in
}
