package schema

import (
	"strings"
	"testing"

	"github.com/cella-secrets/cella/schema/internal/sealtest"
)

// TestFailingLineIsFarFromItsBlock: the library names the line where the block
// begins. In a file too large to search, that line has to do.
func TestFailingLineIsFarFromItsBlock(t *testing.T) {
	sealtest.SlowUnderRace(t)
	const head = "version: 1\nproject: storefront\nsites:\n  my-site:\n    secrets:\n"
	const secret, wrong = "      A: {external: true}\n", "     B: {external: true}\n"
	tests := map[string]struct {
		secrets, want int
		reason        string
	}{
		"small": {1_000, 1_006, "the line that is indented wrongly"},
		"large": {1 + 4<<20/len(secret), 4, "close to where the block begins: reading on and on would take too long"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, problems, err := loadData(t, []byte(head+strings.Repeat(secret, test.secrets)+wrong), Options{AllowPlaintext: true})
			if err != nil || len(problems) != 1 || problems[0].Code != "syntax" {
				t.Fatalf("%v\n%s", err, sealtest.Lines(problems))
			}
			if got := problems[0].Pos.Line; got != test.want {
				t.Errorf("line %d, want %d: %s", got, test.want, test.reason)
			}
		})
	}
}
