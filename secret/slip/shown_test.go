package slip

import (
	"math/rand/v2"
	"testing"
)

// TestShowTheSame: it says of two texts what making the shown text of both says.
func TestShowTheSame(t *testing.T) {
	pieces := []string{"a", "b", " ", "\t", "\r\n", "\x00", "\x7f", "\u0085", "\u00a0", "\u200b", "\u200d", "\uFEFF", "é", "e\u0301", "日", "👩", "\xff"}
	random := rand.New(rand.NewPCG(1, 2))
	text := func() string {
		made := ""
		for range random.IntN(5) {
			made += pieces[random.IntN(len(pieces))]
		}
		return made
	}
	same := 0
	for range 20_000 {
		one, other := text(), text()
		want := shown(one) == shown(other)
		if got := showTheSame(one, other); got != want {
			t.Fatalf("%q and %q: %t, want %t", one, other, got, want)
		}
		if want {
			same++
		}
	}
	if same < 1000 {
		t.Errorf("only %d pairs show the same", same)
	}
}
