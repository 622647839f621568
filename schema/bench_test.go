package schema

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/getsops/sops/v3/decrypt"
	"gopkg.in/yaml.v3"

	"github.com/cella-secrets/cella/internal/testkit"
	"github.com/cella-secrets/cella/schema/internal/sealtest"
)

// benchSecrets is the size that the figures are given for.
const benchSecrets = 10_000

// large is a plain manifest of n secrets over n/20 sites, each with a value,
// an override, type and scopes.
func large(n int) []byte {
	var out bytes.Buffer
	out.WriteString("version: 1\nproject: storefront\nsites:\n")
	for i := range n {
		if i%20 == 0 {
			fmt.Fprintf(&out, "  site-%04d:\n    secrets:\n", i/20)
		}
		fmt.Fprintf(&out, "      SECRET_%05d:\n        type: runtime\n        scopes: [ic, web]\n", i)
		fmt.Fprintf(&out, "        value: value of secret number %d\n        overrides: {live: live value of secret number %d}\n", i, i)
	}
	return out.Bytes()
}

func BenchmarkLoad(b *testing.B) {
	for _, n := range []int{100, 1_000, benchSecrets} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			me := sealtest.NewIdentity(b)
			file := sealtest.Write(b, sealtest.Encrypt(b, large(n), sealtest.Seal{Groups: sealtest.KeyGroups(b, me.Public)}))
			b.ReportAllocs()
			for b.Loop() {
				mustLoad(b, file)
			}
		})
	}
}

func mustLoad(b *testing.B, file string) {
	m, problems, err := Load(b.Context(), file, defaultOptions())
	if err != nil || len(problems) > 0 || !m.Decrypted {
		b.Fatalf("Load: %v %v", err, problems)
	}
}

// BenchmarkLoadAgainstSOPS loads the same file five times with this package
// and with SOPS's decrypt.Data and a YAML decoder, in turn, and reports the
// ratios: of the medians of time, at least 25 promised, and of the bytes that are
// allocated. Run it with -benchtime=1x. Most of what it takes is SOPS's: look at
// profiles with -focus=schema.Load.
func BenchmarkLoadAgainstSOPS(b *testing.B) {
	me := sealtest.NewIdentity(b)
	data := sealtest.Encrypt(b, large(benchSecrets), sealtest.Seal{Groups: sealtest.KeyGroups(b, me.Public)})
	file := sealtest.Write(b, data)
	for b.Loop() {
		var ours, theirs []cost
		for range 5 {
			ours = append(ours, costOf(func() { mustLoad(b, file) }))
			theirs = append(theirs, costOf(func() { mustDecryptAsSOPS(b, data) }))
		}
		here, there := median(ours), median(theirs)
		b.ReportMetric(float64(there.time)/float64(here.time), "x-faster-than-sops")
		b.ReportMetric(float64(there.bytes)/float64(here.bytes), "x-fewer-bytes-than-sops")
		b.ReportMetric(float64(here.bytes)/float64(len(data)), "bytes/byte-of-file")
		b.ReportMetric(float64(here.time.Milliseconds()), "ms-here")
		b.ReportMetric(float64(there.time.Milliseconds()), "ms-sops")
	}
}

func mustDecryptAsSOPS(b *testing.B, data []byte) {
	clear, err := decrypt.Data(data, "yaml")
	if err != nil {
		b.Fatal(err)
	}
	var into map[string]any
	if err := yaml.Unmarshal(clear, &into); err != nil {
		b.Fatal(err)
	}
}

// cost is what something took: time, and bytes allocated.
type cost struct {
	time  time.Duration
	bytes uint64
}

func costOf(do func()) cost {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	start := time.Now()
	do()
	took := time.Since(start)
	runtime.ReadMemStats(&after)
	return cost{took, after.TotalAlloc - before.TotalAlloc}
}

// median is that of the times; the bytes hardly differ.
func median(costs []cost) cost {
	slices.SortFunc(costs, func(a, b cost) int { return cmp.Compare(a.time, b.time) })
	return costs[len(costs)/2]
}

// loadEnv makes the test binary load the manifest that it names, and exit.
const loadEnv = "CELLA_SCHEMA_TEST_LOAD"

func TestMain(m *testing.M) {
	if file := os.Getenv(loadEnv); file != "" {
		os.Exit(loadAndExit(file))
	}
	os.Exit(testkit.Suite(m).Run())
}

func loadAndExit(file string) int {
	m, problems, err := Load(context.Background(), file, defaultOptions())
	if err != nil || len(problems) > 0 || !m.Decrypted {
		fmt.Fprintln(os.Stderr, err, problems)
		return 1
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if size, found := strings.CutPrefix(line, "VmHWM:"); found {
			fmt.Print(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(size), "kB")))
		}
	}
	return 0
}

// BenchmarkLoadMemory reports the largest resident size of a process that
// loads the large manifest. The process asks for its own: what its parent is
// told (ru_maxrss) begins at the parent's size.
func BenchmarkLoadMemory(b *testing.B) {
	me := sealtest.NewIdentity(b)
	file := sealtest.Write(b, sealtest.Encrypt(b, large(benchSecrets), sealtest.Seal{Groups: sealtest.KeyGroups(b, me.Public)}))
	for b.Loop() {
		command := testkit.Command(b, os.Args[0])
		command.Env = append(os.Environ(), loadEnv+"="+file)
		var stderr strings.Builder
		command.Stderr = &stderr
		out, err := command.Output()
		if err != nil {
			b.Fatalf("%v: %s", err, stderr.String())
		}
		kilobytes, err := strconv.Atoi(string(out))
		if err != nil {
			b.Skip("this system does not tell the resident size")
		}
		b.ReportMetric(float64(kilobytes)/1024, "MB-resident")
	}
}
