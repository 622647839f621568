package planfile_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/internal/planfile"
)

// TestPlanFileLimits: a file that is no plan of ours is refused before it takes
// many times its size.
func TestPlanFileLimits(t *testing.T) {
	file := filepath.Join(t.TempDir(), "plan.json")
	write := func(text string) func() error {
		return func() error { return os.WriteFile(file, []byte(text), 0o600) }
	}
	tests := map[string]struct {
		put  func() error
		want string
	}{
		"too large": {func() error {
			if err := write("{")(); err != nil {
				return err
			}
			return os.Truncate(file, planfile.MaxBytes+1)
		}, "it is larger than 128 MiB"},
		"empty changes":   {write(`{"format_version":"1","changes":[` + strings.Repeat("{},", 1<<20) + `{}]}`), "is not a saved plan, or was cut or edited"},
		"empty overrides": {write(`{"changes":[{"overrides":[` + strings.Repeat("{},", 1<<20) + `{}]}]}`), "is not a saved plan, or was cut or edited"},
		"nested":          {write(strings.Repeat(`{"changes":`, 1<<20)), "is not a saved plan, or was cut or edited"},
		"nested lists":    {write(`{"changes":` + strings.Repeat("[", 1<<22)), "is not a saved plan, or was cut or edited"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if err := test.put(); err != nil {
				t.Fatal(err)
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := planfile.Load(file)
			runtime.ReadMemStats(&after)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v", err)
			}
			if took := after.TotalAlloc - before.TotalAlloc; took > 3*planfile.MaxBytes/2 {
				t.Errorf("it took %d bytes", took)
			}
		})
	}
}
