package recipients

import (
	"strings"
	"testing"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/age"
)

// TestLongKeys: of keys that begin alike, none passes for another one.
func TestLongKeys(t *testing.T) {
	begin := "ssh-rsa AAAA" + strings.Repeat("x", 500)
	policy := func(key string) Policy {
		return Of(sops.Metadata{KeyGroups: []sops.KeyGroup{{&age.MasterKey{Recipient: key}}}})
	}
	ours, theirs := policy(begin+"y ann@home"), policy(begin+"z ann@home")
	changes := Compare(ours, theirs)
	if len(changes) != 2 || !strings.Contains(changes[0].Old, "xy ann@home") || !strings.Contains(changes[1].New, "xz ann@home") {
		t.Errorf("got %+v", changes)
	}
	if only := Without(Names(ours.Groups), Names(theirs.Groups)); len(only) != 1 {
		t.Errorf("one is taken for the other: %v", only)
	}
	if only := Without(Names(ours.Groups), Names(policy(begin+"y ann@work").Groups)); len(only) != 0 {
		t.Errorf("a comment makes another key: %v", only)
	}
}

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
