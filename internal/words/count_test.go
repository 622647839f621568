package words

import "testing"

func TestCount(t *testing.T) {
	for n, want := range map[int]string{0: "0 owners", 1: "1 owner", 2: "2 owners"} {
		if got := Count(n, "owner"); got != want {
			t.Errorf("Count(%d) = %q, want %q", n, got, want)
		}
	}
}
