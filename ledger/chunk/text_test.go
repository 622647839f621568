package chunk_test

import (
	"testing"

	"github.com/cella-secrets/cella/ledger/chunk"
)

// TestClass: the last bytes of the digest are the digest modulo a power of
// two.
func TestClass(t *testing.T) {
	// SHA-256 of "abc" ends with f20015ad.
	for count, want := range map[int]int{1: 0, 2: 1, 4: 1, 8: 5, 16: 13, 256: 0xad} {
		if got := chunk.Class("abc", count); got != want {
			t.Errorf("class of %d = %d, want %d", count, got, want)
		}
	}
}
