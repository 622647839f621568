package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cella-secrets/cella/internal/testkit"
	"github.com/cella-secrets/cella/plan/decision"
	"github.com/cella-secrets/cella/schema"
	"github.com/cella-secrets/cella/schema/sopsfile/keyring"
	"github.com/cella-secrets/cella/secret"
)

// The figures are ratios within one run, so that they hold on any machine:
//
//	go test -run '^$' -bench . ./cmd/cella ./schema
const (
	figureOwners  = 500
	figureSecrets = 10_000
	figureRuns    = 5
)

// figureManifest has figureSecrets secrets over figureOwners sites, each with
// a value, an override, type and scopes spelled out.
func figureManifest(b *testing.B) string {
	b.Helper()
	setKey(b)
	var plain strings.Builder
	plain.WriteString("version: 1\nproject: figures\nsites:\n")
	for owner := range figureOwners {
		fmt.Fprintf(&plain, "  site-%03d:\n    id: 00000000-0000-4000-8000-%012d\n    secrets:\n", owner, owner)
		for i := range figureSecrets / figureOwners {
			fmt.Fprintf(&plain, "      SECRET_%02d:\n        type: runtime\n        scopes: [user, web]\n", i)
			fmt.Fprintf(&plain, "        value: value-%d-%d\n        overrides: {live: live-%d-%d}\n", owner, i, owner, i)
		}
	}
	encrypted, err := encryptManifest([]byte(plain.String()))
	if err != nil {
		b.Fatal(err)
	}
	path := filepath.Join(b.TempDir(), "secrets.yaml")
	if err := os.WriteFile(path, encrypted, 0o600); err != nil {
		b.Fatal(err)
	}
	return path
}

// BenchmarkDiffAgainstLoad reports how long the diff of 10,000 secrets takes
// in parts of the time that loading them takes. At most 0.1 is promised.
func BenchmarkDiffAgainstLoad(b *testing.B) {
	path := figureManifest(b)
	var loads, diffs []time.Duration
	for b.Loop() {
		loads, diffs = nil, nil
		for range figureRuns {
			start := time.Now()
			manifest, problems, err := schema.Load(b.Context(), path, schema.Options{Keys: keyring.New(keyring.LocalSources())})
			if err != nil || len(problems.Errors(false)) > 0 {
				b.Fatal(err, problems)
			}
			desired, _ := manifest.Compile(nil)
			loads = append(loads, time.Since(start))
			input := decision.Input{Project: manifest.Project, Desired: desired, Live: liveHalf(desired)}
			start = time.Now()
			if got := decision.Diff(input); got.Summary.Update != figureSecrets/2 {
				b.Fatalf("%d updates, want %d", got.Summary.Update, figureSecrets/2)
			}
			diffs = append(diffs, time.Since(start))
		}
	}
	b.ReportMetric(float64(median(diffs))/float64(median(loads)), "diff/load")
}

// liveHalf is live state in which every other secret differs.
func liveHalf(desired []secret.Desired) []secret.Live {
	var live []secret.Live
	for _, owner := range desired {
		one := secret.Live{Owner: owner.Owner}
		for i, want := range owner.Secrets {
			value := want.Value
			if i%2 == 0 {
				value = secret.NewValue("other")
			}
			entry := secret.LiveSecret{Name: want.Name, Type: want.Type, Scopes: want.Scopes, Value: secret.Read(value)}
			for _, override := range want.Overrides {
				entry.Overrides = append(entry.Overrides, secret.LiveOverride{Env: override.Env, Value: secret.Read(override.Value)})
			}
			one.Secrets = append(one.Secrets, entry)
		}
		live = append(live, one)
	}
	return live
}

// BenchmarkValidateAgainstSOPS runs `cella validate` with a key and `sops -d`
// as processes on the same file. At least 15 times faster is promised.
func BenchmarkValidateAgainstSOPS(b *testing.B) {
	cella := build(b, "cella", ".")
	sops := build(b, "sops", "github.com/getsops/sops/v3/cmd/sops")
	path := figureManifest(b)
	var ours, theirs []time.Duration
	for b.Loop() {
		ours, theirs = nil, nil
		for range figureRuns {
			ours = append(ours, measure(b, cella, "validate", "--file", path))
			theirs = append(theirs, measure(b, sops, "decrypt", path))
		}
	}
	b.ReportMetric(float64(median(theirs))/float64(median(ours)), "times-faster")
}

func build(b *testing.B, name, source string) string {
	b.Helper()
	binary := filepath.Join(b.TempDir(), name)
	if out, err := testkit.Command(b, "go", "build", "-o", binary, source).CombinedOutput(); err != nil {
		b.Skipf("building %s: %v: %s", name, err, out)
	}
	return binary
}

// measure runs a command and returns its wall time.
func measure(b *testing.B, name string, args ...string) time.Duration {
	b.Helper()
	command := testkit.Command(b, name, args...)
	start := time.Now()
	if err := command.Run(); err != nil {
		b.Fatalf("%s: %v", name, err)
	}
	return time.Since(start)
}

func median(times []time.Duration) time.Duration {
	sorted := slices.Clone(times)
	slices.Sort(sorted)
	return sorted[len(sorted)/2]
}
