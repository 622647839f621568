package recipients

import (
	"testing"

	"github.com/getsops/sops/v3"
)

func TestShortFingerprints(t *testing.T) {
	long := []string{"2AC233C5FBE1618237941FE8DF12900EC493D617"}
	if got := Without(long, []string{"DF12900EC493D617"}); len(got) != 0 {
		t.Errorf("a short fingerprint is taken for another key: %v", got)
	}
	if got := Without(long, []string{"D617"}); len(got) != 1 {
		t.Error("four digits stand for a key")
	}
	if names := Names([]sops.KeyGroup{nil, {}}); len(names) != 0 {
		t.Errorf("names of nothing: %v", names)
	}
}
